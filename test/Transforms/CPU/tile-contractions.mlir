// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-pin-arithmetic,grow-cpu-tile-contractions{vector-bits=256 threads=2},canonicalize,cse))' \
// RUN: | FileCheck %s

#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#y = affine_map<(m, n, k) -> (m, n)>
#row = affine_map<(m, n) -> (m)>
#column = affine_map<(m, n) -> (n)>
#all = affine_map<(m, n) -> (m, n)>

// Blocks of 132 rows, and of an eighth of the columns in whole panels. Zeros, products
// and the bias go where the block of the result is.
// CHECK-LABEL: func.func @bias
// CHECK: scf.forall (%[[I:.*]], %[[J:.*]]) = (0, 0) to (%{{.*}}, 760) step (132, 96) shared_outs
// CHECK: %[[ZERO:.*]] = linalg.fill
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} outs(%[[ZERO]]
// CHECK: math.fma
// CHECK: %[[BIASED:.*]] = linalg.generic {{.*}} ins(%{{[a-z_0-9]*}} : tensor<?xf32>) outs(%[[SUM]]
// CHECK: tensor.parallel_insert_slice %[[BIASED]]
// CHECK-NOT: linalg
// CHECK: return
func.func @bias(%x: tensor<?x64xf32>, %w: tensor<64x760xf32>, %bias: tensor<760xf32>) -> tensor<?x760xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %empty = tensor.empty(%m) : tensor<?x760xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x760xf32>) -> tensor<?x760xf32>
  %product = linalg.contract indexing_maps = [#x, #w, #y] ins(%x, %w : tensor<?x64xf32>, tensor<64x760xf32>)
      outs(%init : tensor<?x760xf32>) -> tensor<?x760xf32>
  %biased = linalg.generic {indexing_maps = [#all, #column, #all], iterator_types = ["parallel", "parallel"]}
      ins(%product, %bias : tensor<?x760xf32>, tensor<760xf32>) outs(%empty : tensor<?x760xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %sum = arith.addf %a, %b : f32
      linalg.yield %sum : f32
  } -> tensor<?x760xf32>
  return %biased : tensor<?x760xf32>
}

// A gated unit is two contractions in one loop.
// CHECK-LABEL: func.func @gate
// CHECK: scf.forall
// CHECK-COUNT-2: math.fma
// CHECK: arith.mulf
// CHECK: tensor.parallel_insert_slice
// CHECK-NOT: scf.forall
// CHECK: return
func.func @gate(%x: tensor<?x64xf32>, %u: tensor<64x256xf32>, %g: tensor<64x256xf32>) -> tensor<?x256xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %empty = tensor.empty(%m) : tensor<?x256xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x256xf32>) -> tensor<?x256xf32>
  %up = linalg.contract indexing_maps = [#x, #w, #y] ins(%x, %u : tensor<?x64xf32>, tensor<64x256xf32>)
      outs(%init : tensor<?x256xf32>) -> tensor<?x256xf32>
  %gate = linalg.contract indexing_maps = [#x, #w, #y] ins(%x, %g : tensor<?x64xf32>, tensor<64x256xf32>)
      outs(%init : tensor<?x256xf32>) -> tensor<?x256xf32>
  %gated = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%up, %gate : tensor<?x256xf32>, tensor<?x256xf32>) outs(%empty : tensor<?x256xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %product = arith.mulf %a, %b : f32
      linalg.yield %product : f32
  } -> tensor<?x256xf32>
  return %gated : tensor<?x256xf32>
}

// The reductions of a norm are computed for a few rows, which are then normalised.
// CHECK-LABEL: func.func @norm
// CHECK: scf.forall (%{{.*}}) = (0) to (%{{.*}}) step (16)
// CHECK: iterator_types = ["parallel", "reduction"]
// CHECK: iterator_types = ["parallel", "parallel"]
// CHECK: tensor.parallel_insert_slice
// CHECK-NOT: linalg
// CHECK: return
func.func @norm(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %rows = tensor.empty(%m) : tensor<?xf32>
  %init = linalg.fill ins(%zero : f32) outs(%rows : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x64xf32>) outs(%init : tensor<?xf32>) {
    ^bb0(%a: f32, %out: f32):
      %next = arith.addf %a, %out : f32
      linalg.yield %next : f32
  } -> tensor<?xf32>
  %empty = tensor.empty(%m) : tensor<?x64xf32>
  %result = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x, %sum : tensor<?x64xf32>, tensor<?xf32>) outs(%empty : tensor<?x64xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %difference = arith.subf %a, %b : f32
      linalg.yield %difference : f32
  } -> tensor<?x64xf32>
  return %result : tensor<?x64xf32>
}

// What another op reads, too, is computed on its own.
// CHECK-LABEL: func.func @negative_two_users
// CHECK: %[[PRODUCT:.*]] = scf.forall
// CHECK: scf.forall.in_parallel
// CHECK: linalg.generic {{.*}} ins(%[[PRODUCT]]
func.func @negative_two_users(%x: tensor<?x64xf32>, %w: tensor<64x256xf32>) -> (tensor<?x256xf32>, tensor<?x256xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %empty = tensor.empty(%m) : tensor<?x256xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x256xf32>) -> tensor<?x256xf32>
  %product = linalg.contract indexing_maps = [#x, #w, #y] ins(%x, %w : tensor<?x64xf32>, tensor<64x256xf32>)
      outs(%init : tensor<?x256xf32>) -> tensor<?x256xf32>
  %negative = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%product : tensor<?x256xf32>) outs(%empty : tensor<?x256xf32>) {
    ^bb0(%a: f32, %out: f32):
      %minus = arith.negf %a : f32
      linalg.yield %minus : f32
  } -> tensor<?x256xf32>
  return %product, %negative : tensor<?x256xf32>, tensor<?x256xf32>
}

// Nor with what repeats it along another axis: the blocks of that are others.
// CHECK-LABEL: func.func @negative_repeated
// CHECK: %[[PRODUCT:.*]] = scf.forall
// CHECK: linalg.generic
// CHECK: scf.forall.in_parallel
// CHECK: linalg.generic {{.*}} ins(%[[NEGATIVE:.*]], %{{.*}} : tensor<?x256xf32>, tensor<3x?x256xf32>)
func.func @negative_repeated(%x: tensor<?x64xf32>, %w: tensor<64x256xf32>, %y: tensor<3x?x256xf32>) -> tensor<3x?x256xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %empty = tensor.empty(%m) : tensor<?x256xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x256xf32>) -> tensor<?x256xf32>
  %product = linalg.contract indexing_maps = [#x, #w, #y] ins(%x, %w : tensor<?x64xf32>, tensor<64x256xf32>)
      outs(%init : tensor<?x256xf32>) -> tensor<?x256xf32>
  %negative = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%product : tensor<?x256xf32>) outs(%empty : tensor<?x256xf32>) {
    ^bb0(%a: f32, %out: f32):
      %minus = arith.negf %a : f32
      linalg.yield %minus : f32
  } -> tensor<?x256xf32>
  %all = tensor.empty(%m) : tensor<3x?x256xf32>
  %sum = linalg.generic {
      indexing_maps = [affine_map<(b, m, n) -> (m, n)>, affine_map<(b, m, n) -> (b, m, n)>,
                       affine_map<(b, m, n) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%negative, %y : tensor<?x256xf32>, tensor<3x?x256xf32>) outs(%all : tensor<3x?x256xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %both = arith.addf %a, %b : f32
      linalg.yield %both : f32
  } -> tensor<3x?x256xf32>
  return %sum : tensor<3x?x256xf32>
}

// The panel is that of the sums, whatever the epilogue makes of them.
// CHECK-LABEL: func.func @epilogue_to_index
// CHECK: scf.forall {{.*}} step (132, 32)
func.func @epilogue_to_index(%x: tensor<?x64xf32>, %w: tensor<64x256xf32>) -> tensor<?x256xindex> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %empty = tensor.empty(%m) : tensor<?x256xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x256xf32>) -> tensor<?x256xf32>
  %product = linalg.contract indexing_maps = [#x, #w, #y] ins(%x, %w : tensor<?x64xf32>, tensor<64x256xf32>)
      outs(%init : tensor<?x256xf32>) -> tensor<?x256xf32>
  %indices = tensor.empty(%m) : tensor<?x256xindex>
  %result = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%product : tensor<?x256xf32>) outs(%indices : tensor<?x256xindex>) {
    ^bb0(%a: f32, %out: index):
      %integer = arith.fptosi %a : f32 to i64
      %index = arith.index_cast %integer : i64 to index
      linalg.yield %index : index
  } -> tensor<?x256xindex>
  return %result : tensor<?x256xindex>
}
