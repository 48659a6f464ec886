// Operations are counted in the IR. Of 2 x 5 tokens, with heads of 3 + 2
// channels that see the 12 pairs within a window of 3 tokens:
//   attention    2 (10 (6 x 4 x 3 + 6 x 2 x 3 + 6 x 2 x 2 + 4 x 2 x 6) + 2 x 4 x 5 x 12) = 4560
//   mlp          2 10 (3 x 6 x 10)                                                       = 3600
//   unembedding  2 10 (11 x 6)                                                           = 1320
// RUN: grow bench %s --batch 2 --seq 5 --repeat 3 --seed 4 --json > %t.json
// RUN: FileCheck %s --input-file=%t.json
// RUN: %python %S/check-bench.py %t.json
// CHECK: "batch": 2,
// CHECK: "bind_seconds":
// CHECK: "dtype": "f64",
// CHECK: "gflops":
// CHECK: "jit_seconds":
// CHECK: "load_seconds":
// CHECK: "model": "{{.*}}bench.mlir",
// CHECK: "operations": 9480,
// CHECK: "ops": [
// CHECK: "op": "attention",
// CHECK: "peak_gflops":
// CHECK: "peak_rss_bytes":
// CHECK: "peak_share":
// CHECK: "repeat": 3,
// CHECK: "runs": [
// CHECK: "seconds":
// CHECK: "seconds_max":
// CHECK: "seconds_min":
// CHECK: "seed": 4,
// CHECK: "sequence": 5,
// CHECK: "threads":
// CHECK: "tokens": 10,
// CHECK: "tokens_per_second":

// Sizes that a model is written for are taken, and others refused.
// RUN: sed 's/?x?x/2x5x/g' %s > %t.fixed.mlir
// RUN: grow bench %t.fixed.mlir --repeat 1 | FileCheck %s --check-prefix=FIXED
// FIXED: fixed.mlir: 2 x 5 tokens in f64
// RUN: not grow bench %t.fixed.mlir --batch 3 2>&1 | FileCheck %s --check-prefix=BATCH
// BATCH: error: the batch has 3 entries, but the model is written for 2
// RUN: not grow bench %t.fixed.mlir --seq 6 2>&1 | FileCheck %s --check-prefix=LENGTH
// LENGTH: error: the sequence has 6 tokens, but the model is written for 5

module {
  grow.param @wte : tensor<11x6xf64>
  grow.param @gain : tensor<6xf64>
  grow.param @q : tensor<6x2x2x3xf64>
  grow.param @k : tensor<6x2x3xf64>
  grow.param @v : tensor<6x2x2xf64>
  grow.param @o : tensor<2x2x2x6xf64>
  grow.param @up : tensor<6x10xf64>
  grow.param @gate : tensor<6x10xf64>
  grow.param @down : tensor<10x6xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x11xf64> {
    %wte = grow.get @wte : tensor<11x6xf64>
    %x0 = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<11x6xf64>
    %x1 = grow.layer "h.0" (%x = %x0 : tensor<?x?x6xf64>) {
      %gain = grow.get @gain : tensor<6xf64>
      %n = grow.rms_norm %x gain(%gain) epsilon 1.0e-05 count 6 : tensor<?x?x6xf64>
      %q = grow.get @q : tensor<6x2x2x3xf64>
      %k = grow.get @k : tensor<6x2x3xf64>
      %v = grow.get @v : tensor<6x2x2xf64>
      %o = grow.get @o : tensor<2x2x2x6xf64>
      %a = grow.attention %n q(%q) k(%k) v(%v) o(%o) scale 1/2 causal window 3
        : (tensor<?x?x6xf64>, tensor<6x2x2x3xf64>, tensor<6x2x3xf64>, tensor<6x2x2xf64>, tensor<2x2x2x6xf64>) -> tensor<?x?x6xf64>
      %up = grow.get @up : tensor<6x10xf64>
      %gate = grow.get @gate : tensor<6x10xf64>
      %down = grow.get @down : tensor<10x6xf64>
      %m = grow.mlp %a up(%up) gate(%gate) down(%down) activation gelu
        : (tensor<?x?x6xf64>, tensor<6x10xf64>, tensor<6x10xf64>, tensor<10x6xf64>) -> tensor<?x?x6xf64>
      %y = arith.addf %x, %m : tensor<?x?x6xf64>
      grow.yield %y : tensor<?x?x6xf64>
    }
    %logits = grow.unembedding %x1, %wte : tensor<?x?x6xf64>, tensor<11x6xf64>
    return %logits : tensor<?x?x11xf64>
  }
}
