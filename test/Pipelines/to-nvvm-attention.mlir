// Attention in bf16 down to PTX: both products on tensor cores, exponentials by one
// instruction, what belongs to a row exchanged by lanes. Between the products nothing goes
// to memory: after the first copies the only stores to workgroup memory are those of
// single entries, where operands are not aligned, and there are no others but those of
// the result.
// RUN: grow-opt %s --grow-to-nvvm | sed 's/\\0A/\n/g; s/\\09/ /g' > %t.ptx
// RUN: FileCheck %s --input-file %t.ptx
// RUN: FileCheck %s --input-file %t.ptx --check-prefix=STORES

// CHECK: .target sm_80
// CHECK: .visible .entry attend_kernel(
// CHECK-DAG: cp.async.cg.shared.global
// CHECK-DAG: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK-DAG: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK-DAG: max.NaN.f32
// CHECK-DAG: shfl.sync.bfly.b32
// CHECK-DAG: ex2.approx.ftz.f32
// CHECK-DAG: cvt.rn.bf16x2.f32
// CHECK-DAG: ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16
// CHECK-DAG: st.global{{.*}}.b16

// STORES: .visible .entry attend_kernel(
// STORES-NOT: .local
// STORES-NOT: st.shared.{{b32|f32|v2|v4|b64}}
// STORES-NOT: st.global.{{f32|v2.f32|v4.f32}}
// STORES-NOT: .extern .func
func.func @attend(%q: tensor<?x?x2x3x64xbf16>, %k: tensor<?x?x2x64xbf16>, %v: tensor<?x?x2x64xbf16>)
    -> tensor<?x?x2x3x64xbf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %batch = tensor.dim %q, %c0 : tensor<?x?x2x3x64xbf16>
  %length = tensor.dim %q, %c1 : tensor<?x?x2x3x64xbf16>
  %init = tensor.empty(%batch, %length) : tensor<?x?x2x3x64xbf16>
  %0 = grow.fused_attention ins(%q, %k, %v : tensor<?x?x2x3x64xbf16>, tensor<?x?x2x64xbf16>, tensor<?x?x2x64xbf16>)
      outs(%init : tensor<?x?x2x3x64xbf16>) scale 1/8 causal -> tensor<?x?x2x3x64xbf16>
  return %0 : tensor<?x?x2x3x64xbf16>
}
