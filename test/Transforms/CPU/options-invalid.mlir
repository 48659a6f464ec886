// RUN: not grow-opt %s --grow-to-llvm=vector-bits=96 2>&1 | FileCheck %s
// RUN: not grow-opt %s --grow-cpu-lower-contractions=vector-bits=16 2>&1 | FileCheck %s --check-prefix=NARROW
// RUN: not grow-opt %s --grow-cpu-lower-contractions=block-rows=0 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not grow-opt %s --grow-cpu-lower-contractions=block-depth=0 2>&1 | FileCheck %s --check-prefix=DEPTH
// RUN: not grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-tile-contractions{block-rows=-6}))' 2>&1 \
// RUN: | FileCheck %s --check-prefix=TILE-ROWS
// RUN: not grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-tile-contractions{block-columns=0}))' 2>&1 \
// RUN: | FileCheck %s --check-prefix=TILE-COLUMNS
// RUN: not grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-tile-contractions{norm-rows=0}))' 2>&1 \
// RUN: | FileCheck %s --check-prefix=NORM-ROWS

// CHECK: error: 'vector-bits' is 96: expected a power of two from 128 on, or 0 for this machine's
// NARROW: error: 'vector-bits' is 16: expected a power of two from 128 on, or 0 for this machine's
// ROWS: error: 'block-rows' is 0: expected at least 1
// DEPTH: error: 'block-depth' is 0: expected at least 1
// TILE-ROWS: error: 'block-rows' is -6: expected at least 1
// TILE-COLUMNS: error: 'block-columns' is 0: expected at least 1
// NORM-ROWS: error: 'norm-rows' is 0: expected at least 1
func.func @f() {
  return
}
