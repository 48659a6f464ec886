// Growing a contraction changes no bit of its old elements: k grows by zeros in one
// operand and anything in the other, n grows by anything, and the sizes are such that
// full tiles become borders and blocks move. The same for the sum of squares of a norm.
// Next to it a rule that is wrong, to show that the comparison sees the last bit.

// RUN: grow-opt %s --grow-to-llvm | mlir-runner -O3 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: grow-opt %s --grow-to-llvm=vector-bits=256 | mlir-runner -O3 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s

// CHECK: grown by zeros, elements that differ: 0
// CHECK-NEXT: grown by more than zeros, they differ: 1
// CHECK-NEXT: sums of squares that differ: 0

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

// A result of the grown contraction has more columns than the old one: count over the
// old ones.
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

func.func private @grow(%x: tensor<?x?xf32>, %m: index, %n: index, %fill: f32)
    -> tensor<?x?xf32> {
  %padded = tensor.pad %x low[0, 0] high[%m, %n] {
  ^bb0(%i: index, %j: index):
    tensor.yield %fill : f32
  } : tensor<?x?xf32> to tensor<?x?xf32>
  return %padded : tensor<?x?xf32>
}

func.func private @sumOfSquares(%x: tensor<?x?xf32>) -> tensor<?x1xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %empty = tensor.empty(%m) : tensor<?x1xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x1xf32>) -> tensor<?x1xf32>
  %result = linalg.generic {
      indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (i, j)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<?x?xf32>) outs(%init : tensor<?x1xf32>) {
    ^bb0(%v: f32, %sum: f32):
      %square = arith.mulf %v, %v : f32
      %next = arith.addf %sum, %square : f32
      linalg.yield %next : f32
  } -> tensor<?x1xf32>
  return %result : tensor<?x1xf32>
}

// The contraction of 37×k by k×n, against the one grown by `more` steps.
func.func private @compare(%n: index, %k: index, %more: index, %fill: f32) -> (index, index) {
  %c0 = arith.constant 0 : index
  %m = arith.constant 37 : index
  %five = arith.constant 5 : index
  %one = arith.constant 1 : i32
  %two = arith.constant 2 : i32
  %grownK = arith.addi %k, %more : index
  %grownN = arith.addi %n, %five : index
  %x = call @random(%m, %k, %one) : (index, index, i32) -> tensor<?x?xf32>
  %grownX = call @grow(%x, %c0, %more, %fill)
      : (tensor<?x?xf32>, index, index, f32) -> tensor<?x?xf32>
  %grownW = call @random(%grownK, %grownN, %two) : (index, index, i32) -> tensor<?x?xf32>
  %w = tensor.extract_slice %grownW[0, 0] [%k, %n] [1, 1] : tensor<?x?xf32> to tensor<?x?xf32>
  %y = call @kn(%x, %w) : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %grownY = call @kn(%grownX, %grownW) : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %differ = call @countDifferences(%y, %grownY) : (tensor<?x?xf32>, tensor<?x?xf32>) -> index
  %s = call @sumOfSquares(%x) : (tensor<?x?xf32>) -> tensor<?x1xf32>
  %grownS = call @sumOfSquares(%grownX) : (tensor<?x?xf32>) -> tensor<?x1xf32>
  %s2 = tensor.cast %s : tensor<?x1xf32> to tensor<?x?xf32>
  %grownS2 = tensor.cast %grownS : tensor<?x1xf32> to tensor<?x?xf32>
  %sums = call @countDifferences(%s2, %grownS2) : (tensor<?x?xf32>, tensor<?x?xf32>) -> index
  return %differ, %sums : index, index
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %tiny = arith.constant 1.0e-6 : f32
  %ns = arith.constant dense<[1, 31, 64, 252]> : tensor<4xindex>
  %ks = arith.constant dense<[7, 16, 255, 256]> : tensor<4xindex>
  %mores = arith.constant dense<[1, 3, 16, 300]> : tensor<4xindex>
  %sums:3 = scf.for %i = %c0 to %c4 step %c1
      iter_args(%a0 = %c0, %b0 = %c0, %d0 = %c0) -> (index, index, index) {
    %n = tensor.extract %ns[%i] : tensor<4xindex>
    %s1:3 = scf.for %j = %c0 to %c4 step %c1
        iter_args(%a1 = %a0, %b1 = %b0, %d1 = %d0) -> (index, index, index) {
      %k = tensor.extract %ks[%j] : tensor<4xindex>
      %s2:3 = scf.for %l = %c0 to %c4 step %c1
          iter_args(%a2 = %a1, %b2 = %b1, %d2 = %d1) -> (index, index, index) {
        %more = tensor.extract %mores[%l] : tensor<4xindex>
        %a, %b = func.call @compare(%n, %k, %more, %zero)
            : (index, index, index, f32) -> (index, index)
        %wrong, %wrongSums = func.call @compare(%n, %k, %more, %tiny)
            : (index, index, index, f32) -> (index, index)
        %a3 = arith.addi %a2, %a : index
        %b3 = arith.addi %b2, %b : index
        %d3 = arith.addi %d2, %wrong : index
        scf.yield %a3, %b3, %d3 : index, index, index
      }
      scf.yield %s2#0, %s2#1, %s2#2 : index, index, index
    }
    scf.yield %s1#0, %s1#1, %s1#2 : index, index, index
  }
  %differ = arith.cmpi ne, %sums#2, %c0 : index
  vector.print str "grown by zeros, elements that differ: "
  vector.print %sums#0 : index
  vector.print str "grown by more than zeros, they differ: "
  vector.print %differ : i1
  vector.print str "sums of squares that differ: "
  vector.print %sums#1 : index
  return
}
