// The residual stream times 3: everything that writes it is, epsilons are times 9,
// and the last norm makes up for the tied table. These are the derivations that
// CompensationTest expects.
// RUN: sed -E 's/grow.param @(wte|wpe|o|o_bias|down|down_bias) : (.*)/grow.param @\1 : \2 { %%0 = grow.source "\1" : \2 %%1 = grow.scale %%0 by 3 : \2 grow.yield %%1 : \2 }/' %S/expand-hidden-layer-norm.mlir > %t.writers.mlir
// RUN: sed -E 's/grow.param @(final_gain|final_bias) : (.*)/grow.param @\1 : \2 { %%0 = grow.source "\1" : \2 %%1 = grow.scale %%0 by 1\/3 : \2 grow.yield %%1 : \2 }/' %t.writers.mlir > %t.norm.mlir
// RUN: sed 's/epsilon 1\/10/epsilon 9\/10/' %t.norm.mlir > %t.scaled.mlir
// RUN: grow verify %S/expand-hidden-layer-norm.mlir %t.scaled.mlir | FileCheck %s
// CHECK: {{^}}equivalent

// Without one of the three it is another function.
// RUN: sed 's/epsilon 1\/10/epsilon 9\/10/' %t.writers.mlir > %t.loud.mlir
// RUN: sh -c 'grow verify %S/expand-hidden-layer-norm.mlir %t.loud.mlir; test $? -eq 3'
// RUN: sh -c 'grow verify %S/expand-hidden-layer-norm.mlir %t.norm.mlir; test $? -eq 3'
