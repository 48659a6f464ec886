// Reductions of rows by vectors are the chains that they were, at sizes that leave rows
// and columns over: sums, squares less a mean of each row, maxima with NaN and zeros.

// RUN: grow-opt %s --grow-to-llvm | mlir-runner -O2 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: %if openmp %{ grow-opt %s --grow-to-llvm=parallel=true | env OMP_NUM_THREADS=2 \
// RUN:   mlir-runner -O2 -e main -entry-point-result=void \
// RUN:   -shared-libs=%mlir_libs,%omp_lib | FileCheck %s %}

// CHECK: sizes compared: 42
// CHECK-NEXT: sums that differ: 0
// CHECK-NEXT: squares that differ: 0
// CHECK-NEXT: maxima that differ: 0

!m = tensor<?x?xf32>
!v = tensor<?xf32>

#entries = affine_map<(i, k) -> (i, k)>
#rows = affine_map<(i, k) -> (i)>

func.func private @fill(%x: !m, %value: f32) -> !v {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : !m
  %empty = tensor.empty(%n) : !v
  %init = linalg.fill ins(%value : f32) outs(%empty : !v) -> !v
  return %init : !v
}

func.func private @sums(%x: !m) -> !v {
  %zero = arith.constant 0.0 : f32
  %init = call @fill(%x, %zero) : (!m, f32) -> !v
  %result = linalg.generic {indexing_maps = [#entries, #rows], iterator_types = ["parallel", "reduction"]}
      ins(%x : !m) outs(%init : !v) {
    ^bb0(%a: f32, %sum: f32):
      %next = arith.addf %sum, %a : f32
      linalg.yield %next : f32
  } -> !v
  return %result : !v
}

func.func private @squares(%x: !m, %means: !v) -> !v {
  %zero = arith.constant 0.0 : f32
  %init = call @fill(%x, %zero) : (!m, f32) -> !v
  %result = linalg.generic {indexing_maps = [#entries, #rows, #rows], iterator_types = ["parallel", "reduction"]}
      ins(%x, %means : !m, !v) outs(%init : !v) {
    ^bb0(%a: f32, %mean: f32, %sum: f32):
      %d = arith.subf %a, %mean : f32
      %square = arith.mulf %d, %d : f32
      %next = arith.addf %sum, %square : f32
      linalg.yield %next : f32
  } -> !v
  return %result : !v
}

func.func private @maxima(%x: !m) -> !v {
  %lowest = arith.constant 0xff800000 : f32
  %init = call @fill(%x, %lowest) : (!m, f32) -> !v
  %result = linalg.generic {indexing_maps = [#entries, #rows], iterator_types = ["parallel", "reduction"]}
      ins(%x : !m) outs(%init : !v) {
    ^bb0(%a: f32, %max: f32):
      %next = arith.maximumf %a, %max : f32
      linalg.yield %next : f32
  } -> !v
  return %result : !v
}

func.func private @chains(%x: !m, %means: !v) -> (!v, !v, !v) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %lowest = arith.constant 0xff800000 : f32
  %n = tensor.dim %x, %c0 : !m
  %m = tensor.dim %x, %c1 : !m
  %sums = tensor.generate %n {
  ^bb0(%i: index):
    %sum = scf.for %k = %c0 to %m step %c1 iter_args(%acc = %zero) -> (f32) {
      %a = tensor.extract %x[%i, %k] : !m
      %next = arith.addf %acc, %a : f32
      scf.yield %next : f32
    }
    tensor.yield %sum : f32
  } : !v
  %squares = tensor.generate %n {
  ^bb0(%i: index):
    %mean = tensor.extract %means[%i] : !v
    %sum = scf.for %k = %c0 to %m step %c1 iter_args(%acc = %zero) -> (f32) {
      %a = tensor.extract %x[%i, %k] : !m
      %d = arith.subf %a, %mean : f32
      %next = math.fma %d, %d, %acc : f32
      scf.yield %next : f32
    }
    tensor.yield %sum : f32
  } : !v
  %maxima = tensor.generate %n {
  ^bb0(%i: index):
    %max = scf.for %k = %c0 to %m step %c1 iter_args(%acc = %lowest) -> (f32) {
      %a = tensor.extract %x[%i, %k] : !m
      %next = arith.maximumf %a, %acc : f32
      scf.yield %next : f32
    }
    tensor.yield %max : f32
  } : !v
  return %sums, %squares, %maxima : !v, !v, !v
}

// Values in [-1, 1) that depend on both indices.
func.func private @hash(%i: index, %k: index) -> f32 {
  %c4001 = arith.constant 4001 : index
  %row = arith.muli %i, %c4001 : index
  %flat = arith.addi %row, %k : index
  %i32 = arith.index_cast %flat : index to i32
  %r = arith.constant 0x5bd1e995 : i32
  %shift = arith.constant 15 : i32
  %h4 = arith.muli %i32, %r : i32
  %h5 = arith.shrui %h4, %shift : i32
  %h6 = arith.xori %h4, %h5 : i32
  %h7 = arith.muli %h6, %r : i32
  %float = arith.sitofp %h7 : i32 to f32
  %scale = arith.constant 4.6566128730773926e-10 : f32
  %value = arith.mulf %float, %scale : f32
  return %value : f32
}

func.func private @random(%n: index, %m: index) -> !m {
  %result = tensor.generate %n, %m {
  ^bb0(%i: index, %k: index):
    %value = func.call @hash(%i, %k) : (index, index) -> f32
    tensor.yield %value : f32
  } : !m
  return %result : !m
}

// Zeros of both signs and smaller numbers; NaN in every fifth row.
func.func private @special(%x: !m) -> !m {
  %zero = arith.constant 0.0 : f32
  %nan = arith.constant 0x7fc00000 : f32
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : !m
  %m = tensor.dim %x, %c1 : !m
  %result = tensor.generate %n, %m {
  ^bb0(%i: index, %k: index):
    %value = tensor.extract %x[%i, %k] : !m
    %size = math.absf %value : f32
    %negative = arith.negf %size : f32
    %sign = arith.negf %zero : f32
    %odd = arith.remui %k, %c2 : index
    %is_odd = arith.cmpi eq, %odd, %c1 : index
    %signed = arith.select %is_odd, %sign, %zero : f32
    %fifth = arith.remui %k, %c5 : index
    %keep = arith.cmpi ult, %fifth, %c4 : index
    %entry = arith.select %keep, %negative, %signed : f32
    %row = arith.remui %i, %c5 : index
    %is_fifth = arith.cmpi eq, %row, %c4 : index
    %second = arith.cmpi eq, %k, %c2 : index
    %both = arith.andi %is_fifth, %second : i1
    %final = arith.select %both, %nan, %entry : f32
    tensor.yield %final : f32
  } : !m
  return %result : !m
}

func.func private @countDifferences(%x: !v, %y: !v) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : !v
  %count = scf.for %i = %c0 to %n step %c1 iter_args(%so_far = %c0) -> (index) {
    %a = tensor.extract %x[%i] : !v
    %b = tensor.extract %y[%i] : !v
    %aBits = arith.bitcast %a : f32 to i32
    %bBits = arith.bitcast %b : f32 to i32
    %differ = arith.cmpi ne, %aBits, %bBits : i32
    %aNaN = arith.cmpf uno, %a, %a : f32
    %bNaN = arith.cmpf uno, %b, %b : f32
    %bothNaN = arith.andi %aNaN, %bNaN : i1
    %no = arith.constant false
    %counted = arith.select %bothNaN, %no, %differ : i1
    %one = arith.index_castui %counted : i1 to index
    %next = arith.addi %so_far, %one : index
    scf.yield %next : index
  }
  return %count : index
}

func.func private @compare(%n: index, %m: index) -> (index, index, index) {
  %x = call @random(%n, %m) : (index, index) -> !m
  %sums = call @sums(%x) : (!m) -> !v
  %squares = call @squares(%x, %sums) : (!m, !v) -> !v
  %special = call @special(%x) : (!m) -> !m
  %maxima = call @maxima(%special) : (!m) -> !v
  %sums0, %squares0, %unused = call @chains(%x, %sums) : (!m, !v) -> (!v, !v, !v)
  %unused1, %unused2, %maxima0 = call @chains(%special, %sums) : (!m, !v) -> (!v, !v, !v)
  %a = call @countDifferences(%sums, %sums0) : (!v, !v) -> index
  %b = call @countDifferences(%squares, %squares0) : (!v, !v) -> index
  %c = call @countDifferences(%maxima, %maxima0) : (!v, !v) -> index
  return %a, %b, %c : index, index, index
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %c7 = arith.constant 7 : index
  %ns = arith.constant dense<[1, 7, 8, 9, 16, 17, 31]> : tensor<7xindex>
  %ms = arith.constant dense<[1, 8, 15, 16, 17, 55]> : tensor<6xindex>
  %r:4 = scf.for %i = %c0 to %c7 step %c1
      iter_args(%x0 = %c0, %y0 = %c0, %z0 = %c0, %w0 = %c0) -> (index, index, index, index) {
    %n = tensor.extract %ns[%i] : tensor<7xindex>
    %r1:4 = scf.for %j = %c0 to %c6 step %c1
        iter_args(%x1 = %x0, %y1 = %y0, %z1 = %z0, %w1 = %w0) -> (index, index, index, index) {
      %m = tensor.extract %ms[%j] : tensor<6xindex>
      %x, %y, %z = func.call @compare(%n, %m) : (index, index) -> (index, index, index)
      %x2 = arith.addi %x1, %x : index
      %y2 = arith.addi %y1, %y : index
      %z2 = arith.addi %z1, %z : index
      %w2 = arith.addi %w1, %c1 : index
      scf.yield %x2, %y2, %z2, %w2 : index, index, index, index
    }
    scf.yield %r1#0, %r1#1, %r1#2, %r1#3 : index, index, index, index
  }
  vector.print str "sizes compared: "
  vector.print %r#3 : index
  vector.print str "sums that differ: "
  vector.print %r#0 : index
  vector.print str "squares that differ: "
  vector.print %r#1 : index
  vector.print str "maxima that differ: "
  vector.print %r#2 : index
  return
}
