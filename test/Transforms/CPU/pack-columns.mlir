// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-pack-columns{vector-bits=256},cse))' | FileCheck %s
// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-pack-columns{vector-bits=256},grow-cpu-lower-packs,canonicalize,cse))' \
// RUN: | FileCheck %s --check-prefix=LOWERED

#x = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#nk = affine_map<(m, n, k) -> (n, k)>
#y = affine_map<(m, n, k) -> (m, n)>

// CHECK-DAG: #[[$PANELS:.*]] = affine_map<(d0, d1, d2) -> (d1 floordiv 16, d2, d1 mod 16)>
// CHECK-DAG: #[[$CUT:.*]] = affine_map<()[s0] -> (s0 floordiv 16)>

// What a block cuts out of a weight it cuts out of its panels.
// CHECK-LABEL: func.func @blocks
// CHECK-SAME: %[[W:[a-z0-9]*]]: tensor<64x100xf32>
// CHECK: %[[PACK:.*]] = linalg.pack %[[W]] padding_value(%{{.*}} : f32) outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [16] into %{{.*}} : tensor<64x100xf32> -> tensor<7x64x16xf32>
// CHECK: scf.forall (%[[J:.*]]) = (0) to (100) step (48)
// CHECK: %[[OFFSET:.*]] = affine.apply #[[$CUT]]()[%[[J]]]
// CHECK: %[[CUT:.*]] = tensor.extract_slice %[[PACK]][%[[OFFSET]], 0, 0] [%{{.*}}, 64, 16] [1, 1, 1]
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[$PANELS]], #{{.*}}]{{.*}} ins(%{{.*}}, %[[CUT]]

// Rows are copied a panel at a time.
// LOWERED-LABEL: func.func @blocks
// LOWERED: scf.forall (%{{.*}}) in (7)
// LOWERED: scf.for
// LOWERED: vector.transfer_read {{.*}} vector<16xf32>
// LOWERED: vector.transfer_write
func.func @blocks(%x: tensor<8x64xf32>, %w: tensor<64x100xf32>, %init: tensor<8x100xf32>) -> tensor<8x100xf32> {
  %r = scf.forall (%j) = (0) to (100) step (48) shared_outs(%out = %init) -> tensor<8x100xf32> {
    %size = affine.min affine_map<(d0) -> (48, 100 - d0)>(%j)
    %cut = tensor.extract_slice %w[0, %j] [64, %size] [1, 1] : tensor<64x100xf32> to tensor<64x?xf32>
    %block = tensor.extract_slice %out[0, %j] [8, %size] [1, 1] : tensor<8x100xf32> to tensor<8x?xf32>
    %sum = linalg.generic {indexing_maps = [#x, #kn, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %cut : tensor<8x64xf32>, tensor<64x?xf32>) outs(%block : tensor<8x?xf32>) {
      ^bb0(%a: f32, %b: f32, %s: f32):
        %next = math.fma %a, %b, %s : f32
        linalg.yield %next : f32
    } -> tensor<8x?xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %sum into %out[0, %j] [8, %size] [1, 1] : tensor<8x?xf32> into tensor<8x100xf32>
    }
  }
  return %r : tensor<8x100xf32>
}

// CHECK-LABEL: func.func @transposed_bf16
// CHECK: linalg.pack %{{.*}} outer_dims_perm = [0, 1] inner_dims_pos = [0] inner_tiles = [16] into %{{.*}} : tensor<32x64xbf16> -> tensor<2x64x16xbf16>

// Squares are transposed in registers, as integers.
// LOWERED-LABEL: func.func @transposed_bf16
// LOWERED: vector.transfer_read {{.*}} vector<8xbf16>
// LOWERED: vector.shuffle {{.*}} : vector<8xi16>, vector<8xi16>
func.func @transposed_bf16(%x: tensor<8x64xf32>, %w: tensor<32x64xbf16>, %init: tensor<8x32xf32>) -> tensor<8x32xf32> {
  %sum = linalg.generic {indexing_maps = [#x, #nk, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<8x64xf32>, tensor<32x64xbf16>) outs(%init : tensor<8x32xf32>) {
    ^bb0(%a: f32, %b: bf16, %s: f32):
      %wide = arith.extf %b : bf16 to f32
      %next = math.fma %a, %wide, %s : f32
      linalg.yield %next : f32
  } -> tensor<8x32xf32>
  return %sum : tensor<8x32xf32>
}

// Computed here, and in rows: read where it lies.
// CHECK-LABEL: func.func @negative_computed
// CHECK-NOT: linalg.pack
func.func @negative_computed(%x: tensor<8x64xf32>, %w: tensor<64x32xf32>, %init: tensor<8x32xf32>) -> tensor<8x32xf32> {
  %empty = tensor.empty() : tensor<64x32xf32>
  %computed = linalg.exp ins(%w : tensor<64x32xf32>) outs(%empty : tensor<64x32xf32>) -> tensor<64x32xf32>
  %sum = linalg.generic {indexing_maps = [#x, #kn, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %computed : tensor<8x64xf32>, tensor<64x32xf32>) outs(%init : tensor<8x32xf32>) {
    ^bb0(%a: f32, %b: f32, %s: f32):
      %next = math.fma %a, %b, %s : f32
      linalg.yield %next : f32
  } -> tensor<8x32xf32>
  return %sum : tensor<8x32xf32>
}

// A block that starts within a panel.
// CHECK-LABEL: func.func @negative_offset
// CHECK-NOT: linalg.pack
func.func @negative_offset(%x: tensor<8x64xf32>, %w: tensor<64x100xf32>, %init: tensor<8x100xf32>) -> tensor<8x100xf32> {
  %r = scf.forall (%j) = (0) to (100) step (10) shared_outs(%out = %init) -> tensor<8x100xf32> {
    %cut = tensor.extract_slice %w[0, %j] [64, 10] [1, 1] : tensor<64x100xf32> to tensor<64x10xf32>
    %block = tensor.extract_slice %out[0, %j] [8, 10] [1, 1] : tensor<8x100xf32> to tensor<8x10xf32>
    %sum = linalg.generic {indexing_maps = [#x, #kn, #y], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %cut : tensor<8x64xf32>, tensor<64x10xf32>) outs(%block : tensor<8x10xf32>) {
      ^bb0(%a: f32, %b: f32, %s: f32):
        %next = math.fma %a, %b, %s : f32
        linalg.yield %next : f32
    } -> tensor<8x10xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %sum into %out[0, %j] [8, 10] [1, 1] : tensor<8x10xf32> into tensor<8x100xf32>
    }
  }
  return %r : tensor<8x100xf32>
}
