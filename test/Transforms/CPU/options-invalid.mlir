// RUN: not grow-opt %s --grow-to-llvm=vector-bits=96 2>&1 | FileCheck %s
// RUN: not grow-opt %s --grow-cpu-lower-contractions=vector-bits=16 2>&1 | FileCheck %s --check-prefix=NARROW
// RUN: not grow-opt %s --grow-cpu-lower-contractions=vector-bits=2147483648 2>&1 | FileCheck %s --check-prefix=WIDE
// RUN: not grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-lower-reductions{interleave=0}))' 2>&1 \
// RUN: | FileCheck %s --check-prefix=INTERLEAVE
// RUN: not grow-opt %s --grow-cpu-plan-buffers=alignment=4611686018427387904 2>&1 | FileCheck %s --check-prefix=ALIGNMENT
// RUN: not grow-opt %s --grow-cpu-lower-contractions=block-rows=0 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not grow-opt %s --grow-cpu-lower-contractions=block-depth=0 2>&1 | FileCheck %s --check-prefix=DEPTH
// RUN: not grow-opt %s --grow-cpu-lower-contractions="vector-bits=1024 bf16-dot" 2>&1 | FileCheck %s --check-prefix=DOT
// RUN: not grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-tile-contractions{block-rows=-6}))' 2>&1 \
// RUN: | FileCheck %s --check-prefix=TILE-ROWS
// RUN: not grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-tile-contractions{block-columns=0}))' 2>&1 \
// RUN: | FileCheck %s --check-prefix=TILE-COLUMNS
// RUN: not grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-tile-contractions{norm-rows=0}))' 2>&1 \
// RUN: | FileCheck %s --check-prefix=NORM-ROWS

// CHECK: error: 'vector-bits' is 96: expected a power of two from 128 to 16384, or 0 for this machine's
// NARROW: error: 'vector-bits' is 16: expected a power of two from 128 to 16384, or 0 for this machine's
// WIDE: error: 'vector-bits' is 2147483648: expected a power of two from 128 to 16384, or 0 for this machine's
// INTERLEAVE: error: 'interleave' is 0: expected 1 to 64
// ALIGNMENT: error: 'alignment' is 4611686018427387904: expected a power of two, at most 1073741824
// ROWS: error: 'block-rows' is 0: expected at least 1
// DEPTH: error: 'block-depth' is 0: expected at least 1
// DOT: error: 'bf16-dot' with 'vector-bits' of 1024: AVX512-BF16 has vectors of 128, 256 and 512
// TILE-ROWS: error: 'block-rows' is -6: expected at least 1
// TILE-COLUMNS: error: 'block-columns' is 0: expected at least 1
// NORM-ROWS: error: 'norm-rows' is 0: expected at least 1
func.func @f() {
  return
}
