// Code for other machines than this one: with a width and a number of threads nothing
// is asked of the machine that compiles. The innermost loop keeps the sums in registers,
// each of four steps multiplies all of the tile, and nothing goes to the stack.

// RUN: grow-opt %s --grow-to-llvm="vector-bits=512 threads=4" | mlir-translate --mlir-to-llvmir -o %t.512.ll
// RUN: grow-opt %s --grow-to-llvm="vector-bits=256 threads=4" | mlir-translate --mlir-to-llvmir -o %t.256.ll
// RUN: grow-opt %s --grow-to-llvm="vector-bits=128 threads=4" | mlir-translate --mlir-to-llvmir -o %t.128.ll

// DEFINE: %{width} =
// DEFINE: %{target} =
// DEFINE: %{tile} =
// DEFINE: %{end} =
// DEFINE: %{loop} = opt -O2 %{target} %t.%{width}.ll -S | llc -O3 %{target} \
// DEFINE: | sed -n '/^multiply_tile_%{tile}:/,$p' | sed -n '/Inner Loop/,$p' | awk '!done; /^[[:space:]]*%{end}/ {done = 1}'

// REDEFINE: %{width} = 512
// REDEFINE: %{tile} = 8x2x16xf32
// REDEFINE: %{end} = j
// REDEFINE: %{target} = -mtriple=x86_64-linux-gnu -mcpu=skylake-avx512
// RUN: %if x86-registered-target %{ %{loop} | FileCheck %s --check-prefix=AVX512 --implicit-check-not=rsp %}
// REDEFINE: %{target} = -mtriple=x86_64-linux-gnu -mcpu=znver4
// RUN: %if x86-registered-target %{ %{loop} | FileCheck %s --check-prefix=AVX512 --implicit-check-not=rsp %}
// AVX512-COUNT-64: vfmadd{{.*}}%zmm
// AVX512-NOT: vfmadd

// REDEFINE: %{width} = 256
// REDEFINE: %{tile} = 6x2x8xf32
// REDEFINE: %{target} = -mtriple=x86_64-linux-gnu -mcpu=haswell
// RUN: %if x86-registered-target %{ %{loop} | FileCheck %s --check-prefix=AVX2 --implicit-check-not=rsp %}
// AVX2-COUNT-48: vfmadd{{.*}}%ymm
// AVX2-NOT: vfmadd

// REDEFINE: %{width} = 128
// REDEFINE: %{tile} = 5x4x4xf32
// REDEFINE: %{end} = b[.]
// REDEFINE: %{target} = -mtriple=aarch64-linux-gnu -mcpu=neoverse-n1
// RUN: %if aarch64-registered-target %{ %{loop} | FileCheck %s --check-prefix=NEON --implicit-check-not='sp,' --implicit-check-not=[sp] %}
// REDEFINE: %{target} = -mtriple=aarch64-linux-gnu -mcpu=neoverse-v1
// RUN: %if aarch64-registered-target %{ %{loop} | FileCheck %s --check-prefix=NEON --implicit-check-not='sp,' --implicit-check-not=[sp] %}
// NEON-COUNT-80: fmla v{{[0-9]+}}.4s, v{{[0-9]+}}.4s, v{{[0-9]+}}.{{4s|s\[0\]}}
// NEON-NOT: fmla

// Four blocks of columns for each thread, of whole panels.
// RUN: grow-opt %s --grow-to-llvm="vector-bits=256 threads=8" -o /dev/null \
// RUN:   --mlir-print-ir-after=grow-cpu-tile-contractions 2>&1 | FileCheck %s --check-prefix=EIGHT
// RUN: grow-opt %s --grow-to-llvm="vector-bits=256 threads=1" -o /dev/null \
// RUN:   --mlir-print-ir-after=grow-cpu-tile-contractions 2>&1 | FileCheck %s --check-prefix=ONE
// EIGHT: scf.forall {{.*}} to (%{{.*}}, 768) step (132, 32)
// ONE: scf.forall {{.*}} to (%{{.*}}, 768) step (132, 192)

func.func @product(%x: tensor<?x512xf32>, %w: tensor<512x768xf32>) -> tensor<?x768xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x512xf32>
  %empty = tensor.empty(%m) : tensor<?x768xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x768xf32>) -> tensor<?x768xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x512xf32>, tensor<512x768xf32>)
      outs(%init : tensor<?x768xf32>) -> tensor<?x768xf32>
  return %y : tensor<?x768xf32>
}
