// Embedding, weights in bf16, residual, slices, concatenation and padding, and a layer
// that is called twice; buffers are freed, so the JIT may call it for ever.

// RUN: grow-opt %s --grow-to-llvm | mlir-runner -O3 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: %if openmp %{ grow-opt %s --grow-to-llvm=parallel=true | mlir-runner -O3 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs,%omp_lib | FileCheck %s %}

func.func private @embed(%ids: tensor<?x?xi64>, %table: tensor<11x4xf32>) -> tensor<?x?x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %ids, %c0 : tensor<?x?xi64>
  %s = tensor.dim %ids, %c1 : tensor<?x?xi64>
  %e = tensor.empty(%b, %s) : tensor<?x?x4xf32>
  %r = linalg.generic {
      indexing_maps = [affine_map<(b,s,h)->(b,s)>, affine_map<(b,s,h)->(b,s,h)>],
      iterator_types = ["parallel","parallel","parallel"]}
      ins(%ids : tensor<?x?xi64>) outs(%e : tensor<?x?x4xf32>) {
  ^bb0(%id: i64, %o: f32):
    %i = arith.index_cast %id : i64 to index
    %h = linalg.index 2 : index
    %v = tensor.extract %table[%i, %h] : tensor<11x4xf32>
    linalg.yield %v : f32
  } -> tensor<?x?x4xf32>
  return %r : tensor<?x?x4xf32>
}
// x + x * w, then (a, b) -> (-b, a) in halves.
func.func private @layer(%x: tensor<?x?x4xf32>, %w: tensor<4x4xbf16>) -> tensor<?x?x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  %b = tensor.dim %x, %c0 : tensor<?x?x4xf32>
  %s = tensor.dim %x, %c1 : tensor<?x?x4xf32>
  %e = tensor.empty(%b, %s) : tensor<?x?x4xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %p = linalg.generic {
      indexing_maps = [affine_map<(b,s,n,k)->(b,s,k)>, affine_map<(b,s,n,k)->(n,k)>, affine_map<(b,s,n,k)->(b,s,n)>],
      iterator_types = ["parallel","parallel","parallel","reduction"]}
      ins(%x, %w : tensor<?x?x4xf32>, tensor<4x4xbf16>) outs(%f : tensor<?x?x4xf32>) {
  ^bb0(%a: f32, %c: bf16, %acc: f32):
    %ce = arith.extf %c : bf16 to f32
    %m = arith.mulf %a, %ce : f32
    %t = arith.addf %acc, %m : f32
    linalg.yield %t : f32
  } -> tensor<?x?x4xf32>
  %r = arith.addf %x, %p : tensor<?x?x4xf32>
  %lo = tensor.extract_slice %r[0, 0, 0] [%b, %s, 2] [1, 1, 1] : tensor<?x?x4xf32> to tensor<?x?x2xf32>
  %hi = tensor.extract_slice %r[0, 0, 2] [%b, %s, 2] [1, 1, 1] : tensor<?x?x4xf32> to tensor<?x?x2xf32>
  %n = arith.negf %hi : tensor<?x?x2xf32>
  %cc = tensor.concat dim(2) %n, %lo : (tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x4xf32>
  return %cc : tensor<?x?x4xf32>
}
func.func private @forward(%ids: tensor<?x?xi64>, %table: tensor<11x4xf32>, %w: tensor<4x4xbf16>) -> tensor<?x?x6xf32> {
  %x = call @embed(%ids, %table) : (tensor<?x?xi64>, tensor<11x4xf32>) -> tensor<?x?x4xf32>
  %y = call @layer(%x, %w) : (tensor<?x?x4xf32>, tensor<4x4xbf16>) -> tensor<?x?x4xf32>
  %z = call @layer(%y, %w) : (tensor<?x?x4xf32>, tensor<4x4xbf16>) -> tensor<?x?x4xf32>
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %z low[0, 0, 1] high[0, 0, 1] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  } : tensor<?x?x4xf32> to tensor<?x?x6xf32>
  return %p : tensor<?x?x6xf32>
}

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %ids = arith.constant dense<[[3, 0, 10]]> : tensor<1x3xi64>
  %dynamicIds = tensor.cast %ids : tensor<1x3xi64> to tensor<?x?xi64>
  %table = tensor.generate {
  ^bb0(%i: index, %j: index):
    %c4 = arith.constant 4 : index
    %row = arith.muli %i, %c4 : index
    %flat = arith.addi %row, %j : index
    %i32 = arith.index_cast %flat : index to i32
    %value = arith.sitofp %i32 : i32 to f32
    tensor.yield %value : f32
  } : tensor<11x4xf32>
  %w = arith.constant dense<[[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0],
                             [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]> : tensor<4x4xbf16>
  // Two layers: twice doubled, twice turned by a quarter.
  // CHECK: [0,   -48,   -52,   -56,   -60,   0]
  // CHECK-NEXT: [0,   -0,   -4,   -8,   -12,   0]
  // CHECK-NEXT: [0,   -160,   -164,   -168,   -172,   0]
  %result = call @forward(%dynamicIds, %table, %w)
      : (tensor<?x?xi64>, tensor<11x4xf32>, tensor<4x4xbf16>) -> tensor<?x?x6xf32>
  %unranked = tensor.cast %result : tensor<?x?x6xf32> to tensor<*xf32>
  call @printMemrefF32(%unranked) : (tensor<*xf32>) -> ()
  return
}
