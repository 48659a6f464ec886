// RUN: not grow-opt %s --grow-to-llvm=vector-bits=96 2>&1 | FileCheck %s
// RUN: not grow-opt %s --grow-cpu-lower-contractions=vector-bits=16 2>&1 | FileCheck %s --check-prefix=NARROW

// CHECK: error: 'vector-bits' is 96: expected a power of two from 128 on, or 0 for this machine's
// NARROW: error: 'vector-bits' is 16: expected a power of two from 128 on, or 0 for this machine's
func.func @f() {
  return
}
