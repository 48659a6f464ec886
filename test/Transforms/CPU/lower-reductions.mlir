// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-lower-reductions{interleave=2},canonicalize,cse))' \
// RUN: | FileCheck %s

// Two rows advance together, each in its own order; a last odd row goes alone.
// CHECK-LABEL: @row_sums
// CHECK: scf.parallel
// CHECK: scf.if
// CHECK: scf.for %[[K:[^ ]*]] = {{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}})
// CHECK-NEXT: %[[X:.*]] = memref.load %{{.*}}[%{{.*}}, %[[K]]]
// CHECK-NEXT: arith.addf %[[A]], %[[X]]
// CHECK-NEXT: %[[Y:.*]] = memref.load %{{.*}}[%{{.*}}, %[[K]]]
// CHECK-NEXT: arith.addf %[[B]], %[[Y]]
// CHECK: else
// CHECK: scf.for
// CHECK: scf.for {{.*}} iter_args(%{{[^,]*}})
func.func @row_sums(%x: memref<?x?xf64>, %sums: memref<?xf64>) {
  linalg.generic {indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<?x?xf64>) outs(%sums : memref<?xf64>) {
    ^bb0(%v: f64, %sum: f64):
      %next = arith.addf %sum, %v : f64
      linalg.yield %next : f64
  }
  return
}

// Rows of f32: each of two vectors of 8 rows reads a cache line of each row, turns
// rows into columns and adds those in order, a row in each lane. At the end of a row
// it goes column by column, and the last rows are one vector, the last one repeated.
// CHECK-LABEL: @vector_row_sums
// CHECK: scf.parallel {{.*}} step (%c16)
// CHECK: scf.if
// CHECK: scf.for {{.*}} step %c16 iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}) -> (vector<8xf32>, vector<8xf32>)
// CHECK-COUNT-16: vector.load
// CHECK: %[[LOW:.*]] = vector.shuffle %{{.*}}, %{{.*}} [0, 1, 2, 3, 8, 9, 10, 11]
// CHECK: %[[A1:.*]] = arith.addf %[[A]], %{{.*}} : vector<8xf32>
// CHECK-NEXT: %[[A2:.*]] = arith.addf %[[A1]], %{{.*}} : vector<8xf32>
// CHECK-COUNT-14: arith.addf
// CHECK-COUNT-16: vector.load
// CHECK: arith.addf %[[B]], %{{.*}} : vector<8xf32>
// CHECK: scf.yield
// CHECK: scf.for {{.*}} step %c1 iter_args
// CHECK-COUNT-8: memref.load
// CHECK: vector.from_elements
// CHECK: else
// CHECK: scf.for {{.*}} step %c8
// CHECK: arith.minui
// CHECK-NOT: linalg
func.func @vector_row_sums(%x: memref<?x?xf32>, %sums: memref<?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<?x?xf32>) outs(%sums : memref<?xf32>) {
    ^bb0(%v: f32, %sum: f32):
      %next = arith.addf %sum, %v : f32
      linalg.yield %next : f32
  }
  return
}

// What a row has of its own is read once, and constants become vectors.
// CHECK-LABEL: @vector_squares
// CHECK: %[[TWO:.*]] = arith.constant dense<2.000000e+00> : vector<8xf32>
// CHECK: scf.if
// CHECK: %[[MEAN:.*]] = vector.from_elements
// CHECK: scf.for
// CHECK: %[[D:.*]] = arith.subf %{{.*}}, %[[MEAN]] : vector<8xf32>
// CHECK-NEXT: %[[T:.*]] = arith.mulf %[[D]], %[[TWO]] : vector<8xf32>
// CHECK-NEXT: math.fma %[[T]], %[[D]], %{{.*}} : vector<8xf32>
func.func @vector_squares(%x: memref<?x?xf32>, %means: memref<?xf32>, %sums: memref<?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>, affine_map<(i, k) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x, %means : memref<?x?xf32>, memref<?xf32>) outs(%sums : memref<?xf32>) {
    ^bb0(%v: f32, %mean: f32, %sum: f32):
      %two = arith.constant 2.0 : f32
      %d = arith.subf %v, %mean : f32
      %twice = arith.mulf %d, %two : f32
      %next = math.fma %twice, %d, %sum : f32
      linalg.yield %next : f32
  }
  return
}

// A maximum is the same in any order. No parallel loop inside of one.
// CHECK-LABEL: @maxima
// CHECK: scf.parallel
// CHECK-NOT: scf.parallel
// CHECK: scf.for {{.*}} step %c4
// CHECK: scf.for {{.*}} step %c8 {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK: arith.maximumf {{.*}} : vector<8xf32>
// CHECK: vector.reduction <maximumf>
// CHECK: scf.for {{.*}} step %c1 {{.*}} -> (f32, f32, f32, f32)
// CHECK-NOT: linalg
func.func @maxima(%x: memref<?x?x?xf32>, %maxima: memref<?x?xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %part = memref.subview %x[%i, 0, 0] [1, 7, 19] [1, 1, 1] : memref<?x?x?xf32> to memref<7x19xf32, strided<[?, 1], offset: ?>>
    %into = memref.subview %maxima[%i, 0] [1, 7] [1, 1] : memref<?x?xf32> to memref<7xf32, strided<[1], offset: ?>>
    linalg.generic {indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>], iterator_types = ["parallel", "reduction"]}
        ins(%part : memref<7x19xf32, strided<[?, 1], offset: ?>>) outs(%into : memref<7xf32, strided<[1], offset: ?>>) {
      ^bb0(%v: f32, %max: f32):
        %next = arith.maximumf %v, %max : f32
        linalg.yield %next : f32
    }
  }
  return
}

// Not by vectors: columns that are no neighbours, and a body that uses indices.
// CHECK-LABEL: @negative_vector
// CHECK-NOT: vector
// CHECK: return
func.func @negative_vector(%x: memref<?x?xf32>, %sums: memref<?xf32>, %more: memref<?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, k) -> (k, i)>, affine_map<(i, k) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<?x?xf32>) outs(%sums : memref<?xf32>) {
    ^bb0(%v: f32, %sum: f32):
      %next = arith.addf %sum, %v : f32
      linalg.yield %next : f32
  }
  linalg.generic {indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<?x?xf32>) outs(%more : memref<?xf32>) {
    ^bb0(%v: f32, %sum: f32):
      %k = linalg.index 1 : index
      %i32 = arith.index_cast %k : index to i32
      %weight = arith.sitofp %i32 : i32 to f32
      %next = math.fma %v, %weight, %sum : f32
      linalg.yield %next : f32
  }
  return
}

// Without parallel loops there is one element; the body may use indices.
// CHECK-LABEL: @weighted_sum
// CHECK-NOT: scf.parallel
// CHECK: scf.for %[[K:[^ ]*]] =
// CHECK: arith.index_cast %[[K]]
// CHECK-NOT: linalg
func.func @weighted_sum(%x: memref<?xi64>, %sum: memref<i64>) {
  linalg.generic {indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> ()>], iterator_types = ["reduction"]}
      ins(%x : memref<?xi64>) outs(%sum : memref<i64>) {
    ^bb0(%v: i64, %acc: i64):
      %k = linalg.index 0 : index
      %weight = arith.index_cast %k : index to i64
      %product = arith.muli %v, %weight : i64
      %next = arith.addi %acc, %product : i64
      linalg.yield %next : i64
  }
  return
}
