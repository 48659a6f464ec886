// Products of bf16 by bf16 on machines with AVX512-BF16: the innermost loop takes pairs of
// steps, keeps 24 sums in registers, converts nothing and puts nothing on the stack.

// RUN: grow-opt %s --grow-to-llvm="vector-bits=512 bf16-dot threads=4" | mlir-translate --mlir-to-llvmir -o %t.512.ll
// RUN: grow-opt %s --grow-to-llvm="vector-bits=256 bf16-dot threads=4" | mlir-translate --mlir-to-llvmir -o %t.256.ll

// DEFINE: %{width} =
// DEFINE: %{target} =
// DEFINE: %{loop} = opt -O2 -mtriple=x86_64-linux-gnu %{target} %t.%{width}.ll -S | llc -O3 -mtriple=x86_64-linux-gnu %{target} \
// DEFINE: | sed -n '/^multiply_tile_12x2x[0-9]*xf32_dot:/,$p' | sed -n '/Inner Loop/,$p' | awk '!done; /^[[:space:]]*j/ {done = 1}'
// DEFINE: %{check} = FileCheck %s --implicit-check-not=rsp --implicit-check-not=rbp --implicit-check-not=vcvt \
// DEFINE: --implicit-check-not=vpsll --implicit-check-not=vpmovzx --implicit-check-not=vfmadd

// REDEFINE: %{width} = 512
// REDEFINE: %{target} = -mcpu=sapphirerapids
// RUN: %if x86-registered-target %{ %{loop} | %{check} --check-prefix=ZMM %}
// REDEFINE: %{target} = -mcpu=znver4
// RUN: %if x86-registered-target %{ %{loop} | %{check} --check-prefix=ZMM %}
// ZMM-COUNT-96: vdpbf16ps{{.*}}%zmm
// ZMM-NOT: vdpbf16ps

// REDEFINE: %{width} = 256
// REDEFINE: %{target} = -mattr=+avx512bf16,+avx512vl,+fma
// RUN: %if x86-registered-target %{ %{loop} | %{check} --check-prefix=YMM %}
// YMM-COUNT-96: vdpbf16ps{{.*}}%ymm
// YMM-NOT: vdpbf16ps

func.func @product(%x: tensor<?x512xbf16>, %w: tensor<512x768xbf16>) -> tensor<?x768xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x512xbf16>
  %empty = tensor.empty(%m) : tensor<?x768xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x768xf32>) -> tensor<?x768xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x512xbf16>, tensor<512x768xbf16>)
      outs(%init : tensor<?x768xf32>) -> tensor<?x768xf32>
  return %y : tensor<?x768xf32>
}
