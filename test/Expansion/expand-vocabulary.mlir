// New tokens: which tables grow, and what their rows are.
// RUN: grow-opt %s --split-input-file --grow-expand | FileCheck %s

// A tied table grows once, and the logits with it.
// CHECK-LABEL: module @expand_vocabulary_tied
module @expand_vocabulary_tied {
  // CHECK: grow.param @wte : tensor<7x4xf32>
  // CHECK-NEXT: grow.source
  // CHECK-NEXT: grow.extend %{{.*}} with #grow.normal<stddev = 1/50> along 0 at [5] by [2]
  // CHECK-NEXT: grow.yield
  grow.param @wte : tensor<5x4xf32>
  // CHECK: func.func @forward(%{{.*}}: tensor<?x?xi64>) -> tensor<?x?x7xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    // CHECK: grow.unembedding
    // CHECK-SAME: tensor<?x?x4xf32>, tensor<7x4xf32>
    // CHECK-NEXT: return %{{.*}} : tensor<?x?x7xf32>
    %logits = grow.unembedding %x, %wte : tensor<?x?x4xf32>, tensor<5x4xf32>
    return %logits : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    grow.expand_vocabulary to 7
  }
}

// -----

// Tables that are not tied grow together, and with them a bias of the logits.
// CHECK-LABEL: module @expand_vocabulary_untied
module @expand_vocabulary_untied {
  // CHECK: grow.param @wte : tensor<7x4xf32>
  // CHECK-NEXT: grow.source
  // CHECK-NEXT: grow.extend %{{.*}} with #grow.mean along 0 at [5] by [2]
  // CHECK-NEXT: grow.yield
  grow.param @wte : tensor<5x4xf32>
  // CHECK: grow.param @head : tensor<7x4xf32>
  // CHECK-NEXT: grow.source
  // CHECK-NEXT: grow.extend %{{.*}} with #grow.mean along 0 at [5] by [2]
  // CHECK-NEXT: grow.yield
  grow.param @head : tensor<5x4xf32>
  // CHECK: grow.param @head_bias : tensor<7xf32>
  // CHECK-NEXT: grow.source
  // CHECK-NEXT: grow.extend %{{.*}} with #grow.constant<-1> along 0 at [5] by [2]
  // CHECK-NEXT: grow.yield
  grow.param @head_bias : tensor<5xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    %head = grow.get @head : tensor<5x4xf32>
    %head_bias = grow.get @head_bias : tensor<5xf32>
    %logits = grow.unembedding %x, %head bias(%head_bias : tensor<5xf32>) : tensor<?x?x4xf32>, tensor<5x4xf32>
    return %logits : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    grow.expand_vocabulary to 7 init #grow.mean bias_init #grow.constant<-1>
  }
}

// -----

// A bias is zero by default.
// CHECK-LABEL: module @expand_vocabulary_bias
module @expand_vocabulary_bias {
  grow.param @wte : tensor<5x4xf32>
  // CHECK: grow.param @head_bias : tensor<7xf32>
  // CHECK-NEXT: grow.source
  // CHECK-NEXT: grow.extend %{{.*}} with #grow.zero along 0 at [5] by [2]
  // CHECK-NEXT: grow.yield
  grow.param @head_bias : tensor<5xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    %head_bias = grow.get @head_bias : tensor<5xf32>
    %logits = grow.unembedding %x, %wte bias(%head_bias : tensor<5xf32>) : tensor<?x?x4xf32>, tensor<5x4xf32>
    return %logits : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    grow.expand_vocabulary to 7
  }
}

// -----

// What is done to the logits is done to more of them.
// CHECK-LABEL: module @expand_vocabulary_scaled
module @expand_vocabulary_scaled {
  grow.param @wte : tensor<5x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    %logits = grow.unembedding %x, %wte : tensor<?x?x4xf32>, tensor<5x4xf32>
    // CHECK: grow.scale %{{.*}} by 1/2 : tensor<?x?x7xf32>
    %last = grow.scale %logits by 1/2 : tensor<?x?x5xf32>
    return %last : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    grow.expand_vocabulary to 7
  }
}
