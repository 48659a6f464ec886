// RUN: not grow-opt %s --convert-grow-to-linalg="attention-rows=8" 2>&1 | FileCheck %s --check-prefix=PART
// RUN: not grow-opt %s --convert-grow-to-linalg="attention-rows=8 attention-keys=-6 key-panel=6" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NEGATIVE
// RUN: not grow-opt %s --convert-grow-to-linalg="attention-rows=8 attention-keys=10 key-panel=6" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=MULTIPLE

// PART: error: blocks of attention need positive 'attention-rows' and 'attention-keys', a multiple of 'key-panel' unless that is 0; found 8, 0 and 0: give these, or none for attention as a whole
// NEGATIVE: found 8, -6 and 6
// MULTIPLE: found 8, 10 and 6
module {}
