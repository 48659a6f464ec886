// A contraction is the chain acc = fma(x[k], w[k], acc) in ascending order of k, in
// every element alike: full tiles, borders, any number of threads. Compared bit by
// bit with that chain written out, over sizes around those of tiles and blocks.

// RUN: grow-opt %s --grow-to-llvm | mlir-runner -O3 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: grow-opt %s --grow-to-llvm=vector-bits=128 | mlir-runner -O1 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: grow-opt %s --grow-to-llvm=vector-bits=256 | mlir-runner -O2 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: grow-opt %s --grow-to-llvm=vector-bits=512 | mlir-runner -O1 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: %if openmp %{ grow-opt %s --grow-to-llvm=parallel=true | env OMP_NUM_THREADS=3 \
// RUN:   mlir-runner -O3 -e main -entry-point-result=void \
// RUN:   -shared-libs=%mlir_libs,%omp_lib | FileCheck %s %}

// CHECK: sizes compared: 252
// CHECK-NEXT: k by n, elements that differ: 0
// CHECK-NEXT: n by k, elements that differ: 0

func.func private @kn(%x: tensor<?x?xf32>, %w: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %w, %c1 : tensor<?x?xf32>
  %empty = tensor.empty(%m, %n) : tensor<?x?xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x?xf32>) -> tensor<?x?xf32>
  %result = linalg.matmul ins(%x, %w : tensor<?x?xf32>, tensor<?x?xf32>)
      outs(%init : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %result : tensor<?x?xf32>
}

func.func private @nk(%x: tensor<?x?xf32>, %w: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %w, %c0 : tensor<?x?xf32>
  %empty = tensor.empty(%m, %n) : tensor<?x?xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x?xf32>) -> tensor<?x?xf32>
  %result = linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x?xf32>, tensor<?x?xf32>) outs(%init : tensor<?x?xf32>) {
    ^bb0(%a: f32, %b: f32, %sum: f32):
      %product = arith.mulf %b, %a : f32
      %next = arith.addf %product, %sum : f32
      linalg.yield %next : f32
  } -> tensor<?x?xf32>
  return %result : tensor<?x?xf32>
}

// The definition: one chain per element.
func.func private @chain(%x: tensor<?x?xf32>, %w: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %depth = tensor.dim %x, %c1 : tensor<?x?xf32>
  %n = tensor.dim %w, %c1 : tensor<?x?xf32>
  %result = tensor.generate %m, %n {
  ^bb0(%i: index, %j: index):
    %sum = scf.for %k = %c0 to %depth step %c1 iter_args(%acc = %zero) -> (f32) {
      %a = tensor.extract %x[%i, %k] : tensor<?x?xf32>
      %b = tensor.extract %w[%k, %j] : tensor<?x?xf32>
      %next = math.fma %a, %b, %acc : f32
      scf.yield %next : f32
    }
    tensor.yield %sum : f32
  } : tensor<?x?xf32>
  return %result : tensor<?x?xf32>
}

// Values in [-1, 1) whose products and sums all have to be rounded.
func.func private @random(%m: index, %n: index, %seed: i32) -> tensor<?x?xf32> {
  %result = tensor.generate %m, %n {
  ^bb0(%i: index, %j: index):
    %i32 = arith.index_cast %i : index to i32
    %j32 = arith.index_cast %j : index to i32
    %p = arith.constant 73856093 : i32
    %q = arith.constant 19349663 : i32
    %r = arith.constant 0x5bd1e995 : i32
    %shift = arith.constant 15 : i32
    %h0 = arith.muli %i32, %p : i32
    %h1 = arith.muli %j32, %q : i32
    %h2 = arith.xori %h0, %h1 : i32
    %h3 = arith.addi %h2, %seed : i32
    %h4 = arith.muli %h3, %r : i32
    %h5 = arith.shrui %h4, %shift : i32
    %h6 = arith.xori %h4, %h5 : i32
    %h7 = arith.muli %h6, %r : i32
    %float = arith.sitofp %h7 : i32 to f32
    %scale = arith.constant 4.6566128730773926e-10 : f32
    %value = arith.mulf %float, %scale : f32
    tensor.yield %value : f32
  } : tensor<?x?xf32>
  return %result : tensor<?x?xf32>
}

func.func private @transposed(%w: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %k = tensor.dim %w, %c0 : tensor<?x?xf32>
  %n = tensor.dim %w, %c1 : tensor<?x?xf32>
  %empty = tensor.empty(%n, %k) : tensor<?x?xf32>
  %result = linalg.transpose ins(%w : tensor<?x?xf32>) outs(%empty : tensor<?x?xf32>)
      permutation = [1, 0]
  return %result : tensor<?x?xf32>
}

func.func private @countDifferences(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %a, %c0 : tensor<?x?xf32>
  %n = tensor.dim %a, %c1 : tensor<?x?xf32>
  %count = scf.for %i = %c0 to %m step %c1 iter_args(%outer = %c0) -> (index) {
    %row = scf.for %j = %c0 to %n step %c1 iter_args(%inner = %outer) -> (index) {
      %x = tensor.extract %a[%i, %j] : tensor<?x?xf32>
      %y = tensor.extract %b[%i, %j] : tensor<?x?xf32>
      %xBits = arith.bitcast %x : f32 to i32
      %yBits = arith.bitcast %y : f32 to i32
      %differ = arith.cmpi ne, %xBits, %yBits : i32
      %one = arith.index_castui %differ : i1 to index
      %next = arith.addi %inner, %one : index
      scf.yield %next : index
    }
    scf.yield %row : index
  }
  return %count : index
}

func.func private @compare(%m: index, %n: index, %k: index) -> (index, index) {
  %one = arith.constant 1 : i32
  %two = arith.constant 2 : i32
  %x = call @random(%m, %k, %one) : (index, index, i32) -> tensor<?x?xf32>
  %w = call @random(%k, %n, %two) : (index, index, i32) -> tensor<?x?xf32>
  %wt = call @transposed(%w) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %expected = call @chain(%x, %w) : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %byKN = call @kn(%x, %w) : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %byNK = call @nk(%x, %wt) : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %kn = call @countDifferences(%expected, %byKN) : (tensor<?x?xf32>, tensor<?x?xf32>) -> index
  %nk = call @countDifferences(%expected, %byNK) : (tensor<?x?xf32>, tensor<?x?xf32>) -> index
  return %kn, %nk : index, index
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %ms = arith.constant dense<[1, 7, 8, 9, 33, 130]> : tensor<6xindex>
  %ns = arith.constant dense<[1, 7, 15, 32, 129, 300]> : tensor<6xindex>
  %ks = arith.constant dense<[1, 3, 8, 17, 129, 256, 521]> : tensor<7xindex>
  %c6 = arith.constant 6 : index
  %c7 = arith.constant 7 : index
  %sums:3 = scf.for %i = %c0 to %c6 step %c1
      iter_args(%kn0 = %c0, %nk0 = %c0, %count0 = %c0) -> (index, index, index) {
    %m = tensor.extract %ms[%i] : tensor<6xindex>
    %s1:3 = scf.for %j = %c0 to %c6 step %c1
        iter_args(%kn1 = %kn0, %nk1 = %nk0, %count1 = %count0) -> (index, index, index) {
      %n = tensor.extract %ns[%j] : tensor<6xindex>
      %s2:3 = scf.for %l = %c0 to %c7 step %c1
          iter_args(%kn2 = %kn1, %nk2 = %nk1, %count2 = %count1) -> (index, index, index) {
        %k = tensor.extract %ks[%l] : tensor<7xindex>
        %kn, %nk = func.call @compare(%m, %n, %k) : (index, index, index) -> (index, index)
        %kn3 = arith.addi %kn2, %kn : index
        %nk3 = arith.addi %nk2, %nk : index
        %count3 = arith.addi %count2, %c1 : index
        scf.yield %kn3, %nk3, %count3 : index, index, index
      }
      scf.yield %s2#0, %s2#1, %s2#2 : index, index, index
    }
    scf.yield %s1#0, %s1#1, %s1#2 : index, index, index
  }
  vector.print str "sizes compared: "
  vector.print %sums#2 : index
  vector.print str "k by n, elements that differ: "
  vector.print %sums#0 : index
  vector.print str "n by k, elements that differ: "
  vector.print %sums#1 : index
  return
}
