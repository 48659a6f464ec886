// Attention in blocks. Within one block of keys it is bit for bit attention as a
// whole; with several the bits depend on the keys of a block only, not on its rows,
// the width of panels or threads.

// DEFINE: %{options} =
// DEFINE: %{flags} = parallel=false
// DEFINE: %{libs} = %mlir_libs
// DEFINE: %{print} = grow-opt %s --convert-grow-to-linalg="%{options}" \
// DEFINE:   --transform-preload-library=transform-library-paths=%S/Inputs/lower-packs.mlir \
// DEFINE:   --transform-interpreter --grow-to-llvm="%{flags}" | \
// DEFINE:   env OMP_NUM_THREADS=2 mlir-runner -O0 -e main -entry-point-result=void -shared-libs=%{libs} | \
// DEFINE:   sed 's/^.*sizes/sizes/'

// RUN: %{print} > %t.whole
// REDEFINE: %{options} = attention-rows=32 attention-keys=132 key-panel=12
// RUN: %{print} > %t.one-block && diff %t.whole %t.one-block

// REDEFINE: %{options} = attention-rows=4 attention-keys=6 key-panel=3
// RUN: %{print} > %t.blocks && FileCheck %s --input-file=%t.blocks \
// RUN:   --implicit-check-not=2143289344 --implicit-check-not=-4194304

// REDEFINE: %{options} = attention-rows=7 attention-keys=6 key-panel=2
// RUN: %{print} > %t.rows && diff %t.blocks %t.rows
// Other blocks, other bits: the comparison above would notice.
// REDEFINE: %{options} = attention-rows=4 attention-keys=9 key-panel=3
// RUN: %{print} > %t.keys && not diff %t.blocks %t.keys > %t.diff
// REDEFINE: %{options} = attention-rows=1 attention-keys=6 key-panel=6
// REDEFINE: %{flags} = parallel=true
// REDEFINE: %{libs} = %mlir_libs,%omp_lib
// RUN: %if openmp %{ %{print} > %t.parallel && diff %t.blocks %t.parallel %}

// Four models, each at three lengths. The numbers excluded above are the bits of
// NaN.
// CHECK-COUNT-12: sizes =

#rope = #grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1>

func.func private @printMemrefI32(tensor<*xi32> {bufferization.access = "read"}) attributes {llvm.emit_c_interface}

func.func private @input(%length: index) -> tensor<?x?x6xf32> {
  %x = grow.fill #grow.normal<stddev = 1, key = "x"> -> tensor<2x129x6xf32>
  %part = tensor.extract_slice %x[0, 0, 0] [2, %length, 6] [1, 1, 1] : tensor<2x129x6xf32> to tensor<2x?x6xf32>
  %0 = tensor.cast %part : tensor<2x?x6xf32> to tensor<?x?x6xf32>
  return %0 : tensor<?x?x6xf32>
}

func.func private @print(%a: tensor<?x?x6xf32>) {
  %bits = arith.bitcast %a : tensor<?x?x6xf32> to tensor<?x?x6xi32>
  %any = tensor.cast %bits : tensor<?x?x6xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

func.func private @attend(%length: index) {
  %x = call @input(%length) : (index) -> tensor<?x?x6xf32>
  %q = grow.fill #grow.normal<stddev = 1, key = "q"> -> tensor<6x2x2x4xf32>
  %k = grow.fill #grow.normal<stddev = 1, key = "k"> -> tensor<6x2x4xf32>
  %v = grow.fill #grow.normal<stddev = 1, key = "v"> -> tensor<6x2x3xf32>
  %o = grow.fill #grow.normal<stddev = 1, key = "o"> -> tensor<2x2x3x6xf32>
  %qg = grow.fill #grow.normal<stddev = 1, key = "qg"> -> tensor<4xf32>
  %kg = grow.fill #grow.normal<stddev = 1, key = "kg"> -> tensor<4xf32>
  %causal = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #rope scale 2 causal
    : (tensor<?x?x6xf32>, tensor<6x2x2x4xf32>, tensor<6x2x4xf32>, tensor<6x2x3xf32>, tensor<2x2x3x6xf32>) -> tensor<?x?x6xf32>
  call @print(%causal) : (tensor<?x?x6xf32>) -> ()
  %all = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 2 softcap 5 alibi [0.5, 0.25, 0.125, 1.0]
    : (tensor<?x?x6xf32>, tensor<6x2x2x4xf32>, tensor<6x2x4xf32>, tensor<6x2x3xf32>, tensor<2x2x3x6xf32>) -> tensor<?x?x6xf32>
  call @print(%all) : (tensor<?x?x6xf32>) -> ()
  // Rows of a block that see no key of a block of keys.
  %near = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 2 causal window 2
    : (tensor<?x?x6xf32>, tensor<6x2x2x4xf32>, tensor<6x2x4xf32>, tensor<6x2x3xf32>, tensor<2x2x3x6xf32>) -> tensor<?x?x6xf32>
  call @print(%near) : (tensor<?x?x6xf32>) -> ()
  // One head for each pair of keys and values.
  %q1 = grow.fill #grow.normal<stddev = 1, key = "q1"> -> tensor<6x2x1x4xf32>
  %o1 = grow.fill #grow.normal<stddev = 1, key = "o1"> -> tensor<2x1x3x6xf32>
  %single = grow.attention %x q(%q1) k(%k) v(%v) o(%o1) qk_norm(%qg, %kg) epsilon 1/10 count 4 scale 2 causal window 17
    : (tensor<?x?x6xf32>, tensor<6x2x1x4xf32>, tensor<6x2x4xf32>, tensor<6x2x3xf32>, tensor<2x1x3x6xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x6xf32>
  call @print(%single) : (tensor<?x?x6xf32>) -> ()
  return
}

func.func @main() {
  %one = arith.constant 1 : index
  %seven = arith.constant 7 : index
  %many = arith.constant 129 : index
  call @attend(%one) : (index) -> ()
  call @attend(%seven) : (index) -> ()
  call @attend(%many) : (index) -> ()
  return
}
