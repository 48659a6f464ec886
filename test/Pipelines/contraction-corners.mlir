// Contractions at the edges of what the kernels take: without rows, columns or depth,
// more rows than are copied together, columns that are cut out with gaps, packs that
// are padded with something.

// RUN: grow-opt %s --grow-to-llvm | mlir-runner -O2 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: grow-opt %s --grow-to-llvm=vector-bits=128 | mlir-runner -O1 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s

!t = tensor<?x?xf32>

// In a loop, so that it is not cut into blocks: sums of x(m,k) w(k,n), twice.
func.func private @twice(%x: !t, %w: !t, %init: !t) -> !t {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %result = scf.for %i = %c0 to %c2 step %c1 iter_args(%sum = %init) -> (!t) {
    %next = linalg.matmul ins(%x, %w : !t, !t) outs(%sum : !t) -> !t
    scf.yield %next : !t
  }
  return %result : !t
}

// The same in blocks, from zeros.
func.func private @once(%x: !t, %w: !t) -> !t {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : !t
  %n = tensor.dim %w, %c1 : !t
  %empty = tensor.empty(%m, %n) : !t
  %init = linalg.fill ins(%zero : f32) outs(%empty : !t) -> !t
  %result = linalg.matmul ins(%x, %w : !t, !t) outs(%init : !t) -> !t
  return %result : !t
}

// Rows of x(k,m), which lie badly, and of another type: six times their entries, twice.
func.func private @strided(%x: !t, %narrow: tensor<?x?xbf16>, %w: !t, %init: !t) -> !t {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %result = scf.for %i = %c0 to %c2 step %c1 iter_args(%sum = %init) -> (!t) {
    %half = linalg.generic {
        indexing_maps = [affine_map<(m, n, k) -> (k, m)>,
                         affine_map<(m, n, k) -> (k, n)>,
                         affine_map<(m, n, k) -> (m, n)>],
        iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %w : !t, !t) outs(%sum : !t) {
      ^bb0(%a: f32, %b: f32, %s: f32):
        %product = arith.mulf %a, %b : f32
        %next = arith.addf %product, %s : f32
        linalg.yield %next : f32
    } -> !t
    %whole = linalg.generic {
        indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                         affine_map<(m, n, k) -> (k, n)>,
                         affine_map<(m, n, k) -> (m, n)>],
        iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%narrow, %w : tensor<?x?xbf16>, !t) outs(%half : !t) {
      ^bb0(%a: bf16, %b: f32, %s: f32):
        %wide = arith.extf %a : bf16 to f32
        %product = arith.mulf %wide, %b : f32
        %next = arith.addf %product, %s : f32
        linalg.yield %next : f32
    } -> !t
    scf.yield %whole : !t
  }
  return %result : !t
}

// Every other column of w.
func.func private @gaps(%x: tensor<2x4xf32>, %w: tensor<4x64xf32>,
                        %init: tensor<2x32xf32>) -> tensor<2x32xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %result = scf.for %i = %c0 to %c1 step %c1 iter_args(%sum = %init) -> (tensor<2x32xf32>) {
    %even = tensor.extract_slice %w[0, 0] [4, 32] [1, 2] : tensor<4x64xf32> to tensor<4x32xf32>
    %next = linalg.matmul ins(%x, %even : tensor<2x4xf32>, tensor<4x32xf32>)
        outs(%sum : tensor<2x32xf32>) -> tensor<2x32xf32>
    scf.yield %next : tensor<2x32xf32>
  }
  return %result : tensor<2x32xf32>
}

// Panels of 8 lanes of 10: along the first, the middle and the last dimension.
func.func private @packs(%x: tensor<10x10x10xf32>) -> (tensor<2x10x10x8xf32>,
    tensor<10x2x10x8xf32>, tensor<10x2x10x8xf32>) {
  %padding = arith.constant 7.0 : f32
  %e = tensor.empty() : tensor<2x10x10x8xf32>
  %d = tensor.empty() : tensor<10x2x10x8xf32>
  %first = linalg.pack %x padding_value(%padding : f32) outer_dims_perm = [0, 1, 2]
      inner_dims_pos = [0] inner_tiles = [8] into %e : tensor<10x10x10xf32> -> tensor<2x10x10x8xf32>
  %middle = linalg.pack %x padding_value(%padding : f32) outer_dims_perm = [2, 1, 0]
      inner_dims_pos = [1] inner_tiles = [8] into %d : tensor<10x10x10xf32> -> tensor<10x2x10x8xf32>
  %last = linalg.pack %x padding_value(%padding : f32) outer_dims_perm = [0, 2, 1]
      inner_dims_pos = [2] inner_tiles = [8] into %d : tensor<10x10x10xf32> -> tensor<10x2x10x8xf32>
  return %first, %middle, %last
      : tensor<2x10x10x8xf32>, tensor<10x2x10x8xf32>, tensor<10x2x10x8xf32>
}

func.func private @constant(%m: index, %n: index, %value: f32) -> !t {
  %result = tensor.generate %m, %n {
  ^bb0(%i: index, %j: index):
    tensor.yield %value : f32
  } : !t
  return %result : !t
}

// Each entry is the number of its row, or of its column, modulo 256.
func.func private @numbers(%m: index, %n: index, %rows: i1) -> !t {
  %result = tensor.generate %m, %n {
  ^bb0(%i: index, %j: index):
    %index = arith.select %rows, %i, %j : index
    // bf16 holds them.
    %integer = arith.index_cast %index : index to i64
    %most = arith.constant 255 : i64
    %small = arith.andi %integer, %most : i64
    %value = arith.sitofp %small : i64 to f32
    tensor.yield %value : f32
  } : !t
  return %result : !t
}

// Entries that are not `factor` times the number of their row, if `by_row`, else that
// are not `factor`.
func.func private @countWrong(%x: !t, %factor: f32, %byRow: i1) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %m = tensor.dim %x, %c0 : !t
  %n = tensor.dim %x, %c1 : !t
  %count = scf.for %i = %c0 to %m step %c1 iter_args(%outer = %c0) -> (index) {
    %whole = arith.index_cast %i : index to i64
    %most = arith.constant 255 : i64
    %integer = arith.andi %whole, %most : i64
    %row = arith.sitofp %integer : i64 to f32
    %number = arith.select %byRow, %row, %one : f32
    %expected = arith.mulf %number, %factor : f32
    %inRow = scf.for %j = %c0 to %n step %c1 iter_args(%inner = %outer) -> (index) {
      %entry = tensor.extract %x[%i, %j] : !t
      %differs = arith.cmpf une, %entry, %expected : f32
      %more = arith.index_castui %differs : i1 to index
      %next = arith.addi %inner, %more : index
      scf.yield %next : index
    }
    scf.yield %inRow : index
  }
  return %count : index
}

func.func private @report(%x: !t, %factor: f32, %byRow: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %x, %c0 : !t
  %n = tensor.dim %x, %c1 : !t
  %wrong = call @countWrong(%x, %factor, %byRow) : (!t, f32, i1) -> index
  vector.print %m : index punctuation <no_punctuation>
  vector.print str " by "
  vector.print %n : index punctuation <no_punctuation>
  vector.print str ", wrong: "
  vector.print %wrong : index
  return
}

func.func private @sizes(%m: index, %n: index, %k: index, %factor: f32) {
  %no = arith.constant false
  %one = arith.constant 1.0 : f32
  %two = arith.constant 2.0 : f32
  %start = arith.constant -5.0 : f32
  %x = call @constant(%m, %k, %one) : (index, index, f32) -> !t
  %w = call @constant(%k, %n, %two) : (index, index, f32) -> !t
  %init = call @constant(%m, %n, %start) : (index, index, f32) -> !t
  %a = call @twice(%x, %w, %init) : (!t, !t, !t) -> !t
  %b = call @once(%x, %w) : (!t, !t) -> !t
  %double = arith.mulf %factor, %two : f32
  %expected = arith.addf %double, %start : f32
  call @report(%a, %expected, %no) : (!t, f32, i1) -> ()
  call @report(%b, %factor, %no) : (!t, f32, i1) -> ()
  return
}

func.func private @manyRows(%m: index) {
  %yes = arith.constant true
  %no = arith.constant false
  %c3 = arith.constant 3 : index
  %c20 = arith.constant 20 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %twelve = arith.constant 12.0 : f32
  %x = call @numbers(%c3, %m, %no) : (index, index, i1) -> !t
  %y = call @numbers(%m, %c3, %yes) : (index, index, i1) -> !t
  %narrow = arith.truncf %y : !t to tensor<?x?xbf16>
  %w = call @constant(%c3, %c20, %one) : (index, index, f32) -> !t
  %init = call @constant(%m, %c20, %zero) : (index, index, f32) -> !t
  %sum = call @strided(%x, %narrow, %w, %init) : (!t, tensor<?x?xbf16>, !t, !t) -> !t
  call @report(%sum, %twelve, %yes) : (!t, f32, i1) -> ()
  return
}

func.func private @countPadding(%x: tensor<?x?x?x?xf32>) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %seven = arith.constant 7.0 : f32
  %n0 = tensor.dim %x, %c0 : tensor<?x?x?x?xf32>
  %n1 = tensor.dim %x, %c1 : tensor<?x?x?x?xf32>
  %n2 = tensor.dim %x, %c2 : tensor<?x?x?x?xf32>
  %n3 = tensor.dim %x, %c3 : tensor<?x?x?x?xf32>
  %count = scf.for %i0 = %c0 to %n0 step %c1 iter_args(%s0 = %c0) -> (index) {
    %r0 = scf.for %i1 = %c0 to %n1 step %c1 iter_args(%s1 = %s0) -> (index) {
      %r1 = scf.for %i2 = %c0 to %n2 step %c1 iter_args(%s2 = %s1) -> (index) {
        %r2 = scf.for %i3 = %c0 to %n3 step %c1 iter_args(%s3 = %s2) -> (index) {
          %entry = tensor.extract %x[%i0, %i1, %i2, %i3] : tensor<?x?x?x?xf32>
          %is = arith.cmpf oeq, %entry, %seven : f32
          %one = arith.index_castui %is : i1 to index
          %next = arith.addi %s3, %one : index
          scf.yield %next : index
        }
        scf.yield %r2 : index
      }
      scf.yield %r1 : index
    }
    scf.yield %r0 : index
  }
  vector.print str "padding: "
  vector.print %count : index
  return %count : index
}

func.func @main() {
  %no = arith.constant false
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %c20 = arith.constant 20 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %c257 = arith.constant 257 : index
  %c600 = arith.constant 600 : index
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %one = arith.constant 1.0 : f32
  %ten = arith.constant 10.0 : f32
  // CHECK: 0 by 20, wrong: 0
  // CHECK-NEXT: 0 by 20, wrong: 0
  call @sizes(%c0, %c20, %c5, %ten) : (index, index, index, f32) -> ()
  // CHECK-NEXT: 5 by 0, wrong: 0
  // CHECK-NEXT: 5 by 0, wrong: 0
  call @sizes(%c5, %c0, %c5, %ten) : (index, index, index, f32) -> ()
  // CHECK-NEXT: 5 by 20, wrong: 0
  // CHECK-NEXT: 5 by 20, wrong: 0
  call @sizes(%c5, %c20, %c0, %zero) : (index, index, index, f32) -> ()
  // CHECK-NEXT: 1 by 20, wrong: 0
  // CHECK-NEXT: 1 by 20, wrong: 0
  call @sizes(%c1, %c20, %c5, %ten) : (index, index, index, f32) -> ()
  // CHECK-NEXT: 600 by 20, wrong: 0
  // CHECK-NEXT: 257 by 20, wrong: 0
  call @manyRows(%c600) : (index) -> ()
  call @manyRows(%c257) : (index) -> ()

  // Columns 0, 2, 4, ... are numbered so: halves of their sums are the sums of 0, 1, ...
  // CHECK-NEXT: 32 by 2, wrong: 0
  %x = arith.constant dense<0.125> : tensor<2x4xf32>
  %columns = call @numbers(%c4, %c64, %no) : (index, index, i1) -> !t
  %w = tensor.cast %columns : !t to tensor<4x64xf32>
  %init = arith.constant dense<0.0> : tensor<2x32xf32>
  %sums = call @gaps(%x, %w, %init)
      : (tensor<2x4xf32>, tensor<4x64xf32>, tensor<2x32xf32>) -> tensor<2x32xf32>
  %empty = tensor.empty() : tensor<32x2xf32>
  %byRow = linalg.transpose ins(%sums : tensor<2x32xf32>) outs(%empty : tensor<32x2xf32>)
      permutation = [1, 0]
  %dynamic = tensor.cast %byRow : tensor<32x2xf32> to !t
  %yes = arith.constant true
  call @report(%dynamic, %one, %yes) : (!t, f32, i1) -> ()

  // CHECK-NEXT: padding: 600
  // CHECK-NEXT: padding: 600
  // CHECK-NEXT: padding: 600
  %cube = arith.constant dense<1.0> : tensor<10x10x10xf32>
  %p:3 = call @packs(%cube) : (tensor<10x10x10xf32>) -> (tensor<2x10x10x8xf32>,
      tensor<10x2x10x8xf32>, tensor<10x2x10x8xf32>)
  %p0 = tensor.cast %p#0 : tensor<2x10x10x8xf32> to tensor<?x?x?x?xf32>
  %p1 = tensor.cast %p#1 : tensor<10x2x10x8xf32> to tensor<?x?x?x?xf32>
  %p2 = tensor.cast %p#2 : tensor<10x2x10x8xf32> to tensor<?x?x?x?xf32>
  call @countPadding(%p0) : (tensor<?x?x?x?xf32>) -> index
  call @countPadding(%p1) : (tensor<?x?x?x?xf32>) -> index
  call @countPadding(%p2) : (tensor<?x?x?x?xf32>) -> index
  return
}
