// A thread computes four neighbouring elements, and loads and stores them as vectors.
// RUN: grow-opt %s --grow-to-nvvm | FileCheck %s
// RUN: grow-opt %s --grow-to-nvvm=elements-at-a-time=1 | FileCheck %s --check-prefix=SINGLE

// CHECK: .entry add_kernel(
// CHECK: ld.global.v4.b32
// CHECK: ld.global.v4.b16
// CHECK: st.global.v4.b32
// SINGLE-NOT: .v4
func.func @add(%x: tensor<?x64xf32>, %y: tensor<?x64xbf16>) -> tensor<?x64xf32> {
  %sum = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                         iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<?x64xbf16>) outs(%x : tensor<?x64xf32>) {
  ^bb0(%b: bf16, %a: f32):
    %wide = arith.extf %b : bf16 to f32
    %s = arith.addf %a, %wide : f32
    linalg.yield %s : f32
  } -> tensor<?x64xf32>
  return %sum : tensor<?x64xf32>
}
