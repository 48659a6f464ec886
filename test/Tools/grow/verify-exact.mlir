// IR is compared exactly, over a finite field.
// RUN: grow-opt %s --grow-expand -o %t.mlir
// RUN: grow verify %s %t.mlir --exact | FileCheck %s
// CHECK: equivalent
// CHECK-NEXT: proof {{ *}}equal, exactly in real numbers
// CHECK-NEXT: lemmas {{ *}}{{[0-9]+}}
// CHECK-NEXT: finite field {{ *}}44 logits agree exactly
// CHECK-NEXT: chance that others would agree {{ *}}less than 2^-{{[34].*}}
// CHECK-NEXT: logits only the second model has {{ *}}2 a token, not compared
// CHECK-NEXT: integers modulo the prime {{ *}}{{[0-9]+}}

// RUN: grow verify %s %t.mlir --exact --rounds 2 --batch 2 --seq 3 --seed 5 --json | FileCheck %s --check-prefix=JSON
// JSON: "equivalent": true
// JSON: "agree": true
// JSON: "further_logits": 2
// JSON: "log2_error": -{{[789].*}}
// JSON: "logits": 66
// JSON: "prime": {{[0-9]+}}
// JSON: "rounds": 2
// JSON: "exactness": "reals"
// JSON: "proven": true

// RUN: sed 's/with #grow.zero/with #grow.constant<1>/' %t.mlir > %t.loud.mlir
// RUN: not grow verify %s %t.loud.mlir --exact | FileCheck %s --check-prefix=LOUD
// LOUD: not equivalent
// LOUD: proof {{ *}}none: not proven: 'grow.embedding'
// LOUD: finite field {{ *}}they differ
// LOUD: first logit that differs {{ *}}0, 0, 0
// RUN: not grow verify %s %t.loud.mlir --exact --json | FileCheck %s --check-prefix=DIFFERENCE
// DIFFERENCE: "equivalent": false
// DIFFERENCE: "difference": [
// DIFFERENCE: "proven": false

// A checkpoint that does not say how it has grown cannot be compared exactly.
// RUN: not grow verify %grow_src_root/models/tiny-gpt2 %grow_src_root/models/tiny-gpt2 --exact 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: error: not compared exactly: {{.*}}tiny-gpt2 has no growth.mlir, which would say how it has grown

module {
  grow.param @wte : tensor<11x6xf64>
  grow.param @gain : tensor<6xf64>
  grow.param @up : tensor<6x10xf64>
  grow.param @down : tensor<10x6xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x11xf64> {
    %wte = grow.get @wte : tensor<11x6xf64>
    %x0 = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<11x6xf64>
    %x1 = grow.layer "h.0" (%x = %x0 : tensor<?x?x6xf64>) {
      %gain = grow.get @gain : tensor<6xf64>
      %n = grow.rms_norm %x gain(%gain) epsilon 1.0e-05 count 6 : tensor<?x?x6xf64>
      %up = grow.get @up : tensor<6x10xf64>
      %down = grow.get @down : tensor<10x6xf64>
      %m = grow.mlp %n up(%up) down(%down) activation gelu
        : (tensor<?x?x6xf64>, tensor<6x10xf64>, tensor<10x6xf64>) -> tensor<?x?x6xf64>
      %y = arith.addf %x, %m : tensor<?x?x6xf64>
      grow.yield %y : tensor<?x?x6xf64>
    }
    %logits = grow.unembedding %x1, %wte : tensor<?x?x6xf64>, tensor<11x6xf64>
    return %logits : tensor<?x?x11xf64>
  }
  grow.schedule @bigger {
    grow.expand_mlp to 14
    grow.expand_hidden to 8 compensation weights
    grow.expand_vocabulary to 13
  }
}
