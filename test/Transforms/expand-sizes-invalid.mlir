// Sizes that no expansion leads to, and options that mean nothing. The decoder
// has two heads of keys and values, each for two query heads.

// Options are read before anything else.
// RUN: not grow-opt %examples/decoder.mlir --grow-expand="mlp=-1" 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: error: option 'mlp' of grow-expand: expected a size, found -1
// RUN: not grow-opt %examples/decoder.mlir --grow-expand="layers=2" 2>&1 | FileCheck %s --check-prefix=LAYERS
// LAYERS: error: option 'layers' of grow-expand: '2' is not a number of new layers: expected +N, or +N@i,j,...
// RUN: not grow-opt %examples/decoder.mlir --grow-expand="mlp=16 init=gauss:1" 2>&1 | FileCheck %s --check-prefix=INIT
// INIT: error: option 'init' of grow-expand: 'gauss:1' is not a way to fill new weights
// RUN: not grow-opt %examples/decoder.mlir --grow-expand="mlp=16 mlp-zero=left" 2>&1 | FileCheck %s --check-prefix=ZERO
// ZERO: error: option 'mlp-zero' of grow-expand: unknown value 'left'

// A size that is there, or larger, is the expansion's to refuse.
// RUN: not grow-opt %examples/decoder.mlir --grow-expand="mlp=12" 2>&1 | FileCheck %s --check-prefix=SMALL
// SMALL: error: 'grow.expand_mlp' op cannot widen the MLP of layer 0 ("h.0") to 12 units
// SMALL: note: {{.*}}it already has 12

// Heads.
// RUN: not grow-opt %examples/decoder.mlir --grow-expand="heads=4 kv-heads=2" 2>&1 | FileCheck %s --check-prefix=SAME
// SAME: error: the model already has this many heads
// RUN: not grow-opt %examples/decoder.mlir --grow-expand="heads=5" 2>&1 | FileCheck %s --check-prefix=ODD
// ODD: error: no expansion leads to 5 query heads with 2 heads of keys and values
// ODD: note: layer 0 ("h.0") has 4 query heads, 2 for each of 2 heads of keys and values
// ODD: note: with 'kv-heads' of 2 possible: 'heads' of 4 or more, a multiple of 2
// RUN: not grow-opt %examples/decoder.mlir --grow-expand="heads=2" 2>&1 | FileCheck %s --check-prefix=FEWER
// FEWER: error: no expansion leads to 2 query heads
// FEWER: note: growth removes no head
// RUN: not grow-opt %examples/decoder.mlir --grow-expand="kv-heads=3" 2>&1 | FileCheck %s --check-prefix=ALONE
// ALONE: error: no expansion leads to 4 query heads with 3 heads of keys and values
// ALONE: note: new heads of keys and values come with query heads: 'heads' of 6 or more, a multiple of 3
// RUN: not grow-opt %examples/decoder.mlir --grow-expand="kv-heads=4" 2>&1 | FileCheck %s --check-prefix=COPY
// COPY: error: no expansion leads to 4 query heads with 4 heads of keys and values
// COPY: note: or copy what is there: 'unshare-kv-heads' of 4
// RUN: not grow-opt %examples/decoder.mlir --grow-expand="unshare-kv-heads=3" 2>&1 | FileCheck %s --check-prefix=UNSHARE
// UNSHARE: error: 'unshare-kv-heads' cannot give 3 heads of keys and values
// UNSHARE: note: possible: 4
// RUN: grow-opt %examples/decoder.mlir --grow-expand="unshare-kv-heads=4" | not grow-opt --grow-expand="unshare-kv-heads=8" 2>&1 | FileCheck %s --check-prefix=SHARED
// SHARED: note: no head of keys and values is shared
// RUN: not grow-opt %examples/mlp.mlir --grow-expand="heads=2" 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: cannot change the number of heads: no layer has attention

// All or nothing, together with the schedules: nothing is reported of the first.
// RUN: not grow-opt %examples/mlp.mlir --grow-expand="mlp=10" --remarks-filter=grow 2>&1 | FileCheck %s --check-prefix=NOTHING --implicit-check-not=Passed
// NOTHING: error: 'grow.expand_mlp' op cannot widen the MLP
