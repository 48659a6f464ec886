// What NVIDIA's tools make of PTX is embedded before it. Here they are scripts, one of
// which refuses sm_90a.
// RUN: rm -rf %t && split-file %s %t && chmod +x %t/bin/* && mkdir %t/cuda
// DEFINE: %{assemble} = grow-opt %t/kernels.mlir --grow-nvgpu-assemble-kernels
// RUN: env PATH=%t/bin %{assemble} --remarks-filter=grow 2> %t/warnings | FileCheck %s
// RUN: FileCheck %s --input-file=%t/warnings --check-prefix=WARNING

// CHECK-LABEL: gpu.binary @one
// CHECK-SAME: #gpu.object<#nvvm.target<chip = "sm_80">, kernels = {{.+}}, "elf,sm=80 of [PTX 1] and ptx,sm=80 of [PTX 1]\0A">
// CHECK-SAME: #gpu.object<#nvvm.target<chip = "sm_80">, kernels = {{.+}}, assembly = "PTX 1\00">
// CHECK-LABEL: gpu.binary @refused
// CHECK-SAME: [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "PTX 2\00">]
// CHECK-LABEL: gpu.binary @other
// CHECK-SAME: [#gpu.object<#rocdl.target, assembly = "ISA">, #gpu.object<#nvvm.target, bin = "cubin">]
// WARNING: kernels.mlir:6:{{.+}}: warning: its PTX is left to the driver to compile: '{{.+}}bin{{.}}ptxas' failed: sm_90a is not known
// WARNING-NOT: warning
// WARNING: [Passed] NVGPUAssembleKernels | Category:grow | Reason="1 binaries given machine code", binaries=1

// The toolkit may also be named by the environment. Without tools nothing changes.
// RUN: mv %t/bin %t/cuda
// RUN: env PATH=%t CUDA_ROOT=%t/cuda %{assemble} 2> %t/warnings | FileCheck %s
// RUN: env PATH=%t CUDA_ROOT=%t/none %{assemble} | FileCheck %s --check-prefix=NONE
// NONE: gpu.binary @one [#gpu.object<#nvvm.target<chip = "sm_80">, kernels = {{.+}}, assembly = "PTX 1\00">]

//--- kernels.mlir
module attributes {gpu.container_module} {
  gpu.binary @one [#gpu.object<#nvvm.target<chip = "sm_80">, kernels = <[
    #gpu.kernel_metadata<"k", () -> ()>
  ]>, assembly = "PTX 1\00">]

  gpu.binary @refused [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "PTX 2\00">]
  gpu.binary @other [#gpu.object<#rocdl.target, assembly = "ISA">,
                     #gpu.object<#nvvm.target, bin = "cubin">]
}

//--- bin/ptxas
#!/bin/sh
PATH=/usr/bin:/bin
# -arch CHIP SOURCE -o RESULT
test $2 = sm_90a && echo "$2 is not known" >&2 && exit 1
echo "[$(cat $3)]" > $5

//--- bin/fatbinary
#!/bin/sh
PATH=/usr/bin:/bin
# -64 ELF PTX --create RESULT
contents() {
  echo "$1" | sed 's/--image3=kind=\(.*\),file=.*/\1/'
  echo "of"
  cat "${1##*file=}" | tr -d '[]\n' | sed 's/.*/[&]/'
}
echo $(contents $2) and $(contents $3) > $5
