// A contraction of bf16 by bf16 with sums in f32 is the same chain of fused steps as any
// other, acc = fma(x[k], w[k], acc) in ascending order of k, also where AVX512-BF16 takes
// two steps at once. Its products are expanded here to two steps each, the odd places
// first, as the instruction adds them. Compared bit by bit with the chain written out,
// over depths that are odd and longer than a block, and sizes that are no whole tiles.
// Next to it chains in which the steps of a pair have changed places, to show that the
// comparison sees it.

// RUN: grow-opt %s --grow-to-llvm="vector-bits=256 bf16-dot expand-bf16-dot" | mlir-runner -O1 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: grow-opt %s --grow-to-llvm="vector-bits=128 bf16-dot expand-bf16-dot" | mlir-runner -O1 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: grow-opt %s --grow-to-llvm="vector-bits=512 bf16-dot expand-bf16-dot" | mlir-runner -O1 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: %if avx512bf16 %{ grow-opt %s --grow-to-llvm="vector-bits=256 bf16-dot" | mlir-runner -O1 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s %}
// RUN: grow-opt %s --grow-to-llvm | mlir-runner -O1 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s

// CHECK: sizes compared: 45
// CHECK-NEXT: k by n, elements that differ: 0
// CHECK-NEXT: n by k, elements that differ: 0
// CHECK-NEXT: sums that an order with exchanged pairs changes: 1
// CHECK-NEXT: sums of -0 that differ: 0

!x = tensor<?x?xbf16>
!sums = tensor<?x?xf32>

func.func private @zeros(%m: index, %n: index) -> !sums {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty(%m, %n) : !sums
  %init = linalg.fill ins(%zero : f32) outs(%empty : !sums) -> !sums
  return %init : !sums
}

func.func private @kn(%x: !x, %w: !x) -> !sums {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : !x
  %n = tensor.dim %w, %c1 : !x
  %empty = tensor.empty(%m, %n) : !sums
  %init = linalg.fill ins(%zero : f32) outs(%empty : !sums) -> !sums
  %result = linalg.matmul ins(%x, %w : !x, !x) outs(%init : !sums) -> !sums
  return %result : !sums
}

// Rows of x(k,m) and columns of w(n,k), in a loop: neither packed nor cut into blocks.
func.func private @nk(%x: !x, %w: !x) -> !sums {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %x, %c1 : !x
  %n = tensor.dim %w, %c0 : !x
  %init = call @zeros(%m, %n) : (index, index) -> !sums
  %result = scf.for %i = %c0 to %c1 step %c1 iter_args(%sum = %init) -> (!sums) {
    %next = linalg.generic {
        indexing_maps = [affine_map<(m, n, k) -> (k, m)>,
                         affine_map<(m, n, k) -> (n, k)>,
                         affine_map<(m, n, k) -> (m, n)>],
        iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : !x, !x) outs(%sum : !sums) {
      ^bb0(%a: bf16, %b: bf16, %s: f32):
        %aWide = arith.extf %a : bf16 to f32
        %bWide = arith.extf %b : bf16 to f32
        %product = arith.mulf %aWide, %bWide : f32
        %add = arith.addf %product, %s : f32
        linalg.yield %add : f32
    } -> !sums
    scf.yield %next : !sums
  }
  return %result : !sums
}

// The definition: one chain per element. With `exchange` = 1 the steps of each whole pair
// change places.
func.func private @chain(%x: !x, %w: !x, %exchange: index) -> !sums {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : !x
  %depth = tensor.dim %x, %c1 : !x
  %n = tensor.dim %w, %c1 : !x
  %result = tensor.generate %m, %n {
  ^bb0(%i: index, %j: index):
    %sum = scf.for %step = %c0 to %depth step %c1 iter_args(%acc = %zero) -> (f32) {
      %other = arith.xori %step, %exchange : index
      %inside = arith.cmpi ult, %other, %depth : index
      %k = arith.select %inside, %other, %step : index
      %a = tensor.extract %x[%i, %k] : !x
      %b = tensor.extract %w[%k, %j] : !x
      %aWide = arith.extf %a : bf16 to f32
      %bWide = arith.extf %b : bf16 to f32
      %next = math.fma %aWide, %bWide, %acc : f32
      scf.yield %next : f32
    }
    tensor.yield %sum : f32
  } : !sums
  return %result : !sums
}

// Values of either sign in 16 binades: sums of their products have to be rounded.
func.func private @random(%m: index, %n: index, %seed: i32) -> !x {
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
    %h8 = arith.shrui %h7, %shift : i32
    // The sign, four bits of the exponent above 119, and the fraction.
    %random = arith.constant 0x87ff : i32
    %least = arith.constant 0x3b80 : i32
    %bits = arith.andi %h8, %random : i32
    %number = arith.addi %bits, %least : i32
    %half = arith.trunci %number : i32 to i16
    %value = arith.bitcast %half : i16 to bf16
    tensor.yield %value : bf16
  } : !x
  return %result : !x
}

func.func private @transposed(%w: !x) -> !x {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %k = tensor.dim %w, %c0 : !x
  %n = tensor.dim %w, %c1 : !x
  %empty = tensor.empty(%n, %k) : !x
  %result = linalg.transpose ins(%w : !x) outs(%empty : !x) permutation = [1, 0]
  return %result : !x
}

func.func private @countDifferences(%a: !sums, %b: !sums) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %a, %c0 : !sums
  %n = tensor.dim %a, %c1 : !sums
  %count = scf.for %i = %c0 to %m step %c1 iter_args(%outer = %c0) -> (index) {
    %row = scf.for %j = %c0 to %n step %c1 iter_args(%inner = %outer) -> (index) {
      %x = tensor.extract %a[%i, %j] : !sums
      %y = tensor.extract %b[%i, %j] : !sums
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

func.func private @compare(%m: index, %n: index, %k: index) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1 : i32
  %two = arith.constant 2 : i32
  %x = call @random(%m, %k, %one) : (index, index, i32) -> !x
  %w = call @random(%k, %n, %two) : (index, index, i32) -> !x
  %xt = call @transposed(%x) : (!x) -> !x
  %wt = call @transposed(%w) : (!x) -> !x
  %expected = call @chain(%x, %w, %c0) : (!x, !x, index) -> !sums
  %exchanged = call @chain(%x, %w, %c1) : (!x, !x, index) -> !sums
  %byKN = call @kn(%x, %w) : (!x, !x) -> !sums
  %byNK = call @nk(%xt, %wt) : (!x, !x) -> !sums
  %kn = call @countDifferences(%expected, %byKN) : (!sums, !sums) -> index
  %nk = call @countDifferences(%expected, %byNK) : (!sums, !sums) -> index
  %wrong = call @countDifferences(%exchanged, %byKN) : (!sums, !sums) -> index
  return %kn, %nk, %wrong : index, index, index
}

// From -0, products of -0 leave -0, also beyond an odd depth.
func.func private @fromMinusZero(%m: index) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c40 = arith.constant 40 : index
  %zero = arith.constant 0.0 : bf16
  %minusOne = arith.constant -1.0 : bf16
  %minusZero = arith.constant -0.0 : f32
  %x = tensor.splat %zero[%m, %c1] : !x
  %w = tensor.splat %minusOne[%c1, %c40] : !x
  %init = tensor.splat %minusZero[%m, %c40] : !sums
  %result = scf.for %i = %c0 to %c1 step %c1 iter_args(%sum = %init) -> (!sums) {
    %next = linalg.matmul ins(%x, %w : !x, !x) outs(%sum : !sums) -> !sums
    scf.yield %next : !sums
  }
  %expected = tensor.splat %minusZero[%m, %c40] : !sums
  %differ = call @countDifferences(%expected, %result) : (!sums, !sums) -> index
  return %differ : index
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %ms = arith.constant dense<[1, 13, 33]> : tensor<3xindex>
  %ns = arith.constant dense<[7, 32, 129]> : tensor<3xindex>
  %ks = arith.constant dense<[1, 7, 129, 385, 774]> : tensor<5xindex>
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %sums:4 = scf.for %i = %c0 to %c3 step %c1
      iter_args(%kn0 = %c0, %nk0 = %c0, %wrong0 = %c0, %count0 = %c0)
      -> (index, index, index, index) {
    %m = tensor.extract %ms[%i] : tensor<3xindex>
    %s1:4 = scf.for %j = %c0 to %c3 step %c1
        iter_args(%kn1 = %kn0, %nk1 = %nk0, %wrong1 = %wrong0, %count1 = %count0)
        -> (index, index, index, index) {
      %n = tensor.extract %ns[%j] : tensor<3xindex>
      %s2:4 = scf.for %l = %c0 to %c5 step %c1
          iter_args(%kn2 = %kn1, %nk2 = %nk1, %wrong2 = %wrong1, %count2 = %count1)
          -> (index, index, index, index) {
        %k = tensor.extract %ks[%l] : tensor<5xindex>
        %kn, %nk, %wrong = func.call @compare(%m, %n, %k)
            : (index, index, index) -> (index, index, index)
        %kn3 = arith.addi %kn2, %kn : index
        %nk3 = arith.addi %nk2, %nk : index
        %wrong3 = arith.addi %wrong2, %wrong : index
        %count3 = arith.addi %count2, %c1 : index
        scf.yield %kn3, %nk3, %wrong3, %count3 : index, index, index, index
      }
      scf.yield %s2#0, %s2#1, %s2#2, %s2#3 : index, index, index, index
    }
    scf.yield %s1#0, %s1#1, %s1#2, %s1#3 : index, index, index, index
  }
  vector.print str "sizes compared: "
  vector.print %sums#3 : index
  vector.print str "k by n, elements that differ: "
  vector.print %sums#0 : index
  vector.print str "n by k, elements that differ: "
  vector.print %sums#1 : index
  vector.print str "sums that an order with exchanged pairs changes: "
  %c100 = arith.constant 100 : index
  %seen = arith.cmpi ugt, %sums#2, %c100 : index
  vector.print %seen : i1
  %one = call @fromMinusZero(%c1) : (index) -> index
  %five = call @fromMinusZero(%c5) : (index) -> index
  %both = arith.addi %one, %five : index
  vector.print str "sums of -0 that differ: "
  vector.print %both : index
  return
}
