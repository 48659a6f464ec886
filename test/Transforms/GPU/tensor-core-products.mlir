// RUN: grow-opt %s --pass-pipeline="builtin.module(func.func(grow-gpu-map-blocks{tensor-cores=true}))" | FileCheck %s
// RUN: grow-opt %s --pass-pipeline="builtin.module(func.func(grow-gpu-map-blocks))" | FileCheck %s --check-prefix=SHARED

#rows = affine_map<(m, n, k) -> (m, k)>
#columns = affine_map<(m, n, k) -> (k, n)>
#sums = affine_map<(m, n, k) -> (m, n)>

// A product of narrow matrices that all blocks can read is left, with its fill; what
// follows it is shared by the threads.
// CHECK-LABEL: func @block
// CHECK: gpu.launch
// CHECK: linalg.fill
// CHECK-NEXT: linalg.generic
// CHECK: scf.for
// CHECK: arith.truncf
// CHECK-NOT: linalg
// SHARED-LABEL: func @block
// SHARED-NOT: linalg
func.func @block(%rows: memref<64x32xbf16>, %columns: memref<32x64xbf16>, %out: memref<64x64xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  scf.parallel (%i) = (%c0) to (%c1) step (%c1) {
    %sums = memref.alloc() : memref<64x64xf32>
    linalg.fill ins(%zero : f32) outs(%sums : memref<64x64xf32>)
    linalg.generic {indexing_maps = [#rows, #columns, #sums],
                    iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%rows, %columns : memref<64x32xbf16>, memref<32x64xbf16>)
        outs(%sums : memref<64x64xf32>) {
    ^bb0(%row: bf16, %column: bf16, %sum: f32):
      %x = arith.extf %row : bf16 to f32
      %y = arith.extf %column : bf16 to f32
      %next = math.fma %x, %y, %sum : f32
      linalg.yield %next : f32
    }
    linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>],
                    iterator_types = ["parallel", "parallel"]}
        ins(%sums : memref<64x64xf32>) outs(%out : memref<64x64xbf16>) {
    ^bb0(%sum: f32, %old: bf16):
      %t = arith.truncf %sum : f32 to bf16
      linalg.yield %t : bf16
    }
    scf.reduce
  }
  return
}

// One whose rows are made by the block itself is not: asynchronous copies read memory of
// the device.
// CHECK-LABEL: func @own_rows
// CHECK-NOT: linalg
func.func @own_rows(%columns: memref<32x64xbf16>, %sums: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : bf16
  scf.parallel (%i) = (%c0) to (%c1) step (%c1) {
    %rows = memref.alloc() : memref<64x32xbf16>
    linalg.fill ins(%one : bf16) outs(%rows : memref<64x32xbf16>)
    linalg.generic {indexing_maps = [#rows, #columns, #sums],
                    iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%rows, %columns : memref<64x32xbf16>, memref<32x64xbf16>)
        outs(%sums : memref<64x64xf32>) {
    ^bb0(%row: bf16, %column: bf16, %sum: f32):
      %x = arith.extf %row : bf16 to f32
      %y = arith.extf %column : bf16 to f32
      %next = math.fma %x, %y, %sum : f32
      linalg.yield %next : f32
    }
    scf.reduce
  }
  return
}
