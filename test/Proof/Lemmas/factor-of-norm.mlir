// The factor of a gain, which may be stored less one, and of a bias if there is one.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=factor-of-norm | FileCheck %s
// RUN: %check-lemma factor-of-norm reals %t/holds.mlir
// RUN: %check-lemma factor-of-norm unchanged %t/unchanged.mlir

// CHECK: %[[G:.*]] = grow.source "g"
// CHECK: %[[H:.*]] = grow.scale %{{.*}} by 1/3
// CHECK: %[[B:.*]] = grow.source "b"
// CHECK: %[[N:.*]] = grow.rms_norm %{{.*}} gain(%[[G]]) unit_offset
// CHECK: %[[S:.*]] = grow.scale %[[N]] by 3/2 : tensor<?x?x4xf64>
// CHECK: %[[F:.*]] = grow.scale %[[H]] by 1/5 : tensor<4xf64>
// CHECK: %[[L:.*]] = grow.layer_norm %[[S]] gain(%[[F]]) bias(%[[B]])
// CHECK: grow.scale %[[L]] by 5 : tensor<?x?x4xf64>

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<4xf64> {
    %0 = grow.source "g" : tensor<4xf64>
    %1 = grow.scale %0 by 3/2 about -1 : tensor<4xf64>
    grow.yield %1 : tensor<4xf64>
  }
  grow.param @h : tensor<4xf64> {
    %0 = grow.source "h" : tensor<4xf64>
    %1 = grow.scale %0 by 1/3 : tensor<4xf64>
    grow.yield %1 : tensor<4xf64>
  }
  grow.param @b : tensor<4xf64> {
    %0 = grow.source "b" : tensor<4xf64>
    %1 = grow.scale %0 by 5 : tensor<4xf64>
    grow.yield %1 : tensor<4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<4xf64>
    %h = grow.get @h : tensor<4xf64>
    %b = grow.get @b : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %n = grow.rms_norm %x gain(%g) unit_offset epsilon 1/10 count 4 : tensor<?x?x4xf64>
    %y = grow.layer_norm %n gain(%h) bias(%b) epsilon 1/10 count 4 centered 4 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- unchanged.mlir
// A gain that is stored less one and scaled as it is stored; a bias without a factor.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<4xf64> {
    %0 = grow.source "g" : tensor<4xf64>
    %1 = grow.scale %0 by 3/2 : tensor<4xf64>
    grow.yield %1 : tensor<4xf64>
  }
  grow.param @h : tensor<4xf64> {
    %0 = grow.source "h" : tensor<4xf64>
    %1 = grow.scale %0 by 1/3 : tensor<4xf64>
    grow.yield %1 : tensor<4xf64>
  }
  grow.param @b : tensor<4xf64> {
    %0 = grow.source "b" : tensor<4xf64>
    %1 = grow.center %0 along 0 : tensor<4xf64>
    grow.yield %1 : tensor<4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<4xf64>
    %h = grow.get @h : tensor<4xf64>
    %b = grow.get @b : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %n = grow.rms_norm %x gain(%g) unit_offset epsilon 1/10 count 4 : tensor<?x?x4xf64>
    %y = grow.layer_norm %n gain(%h) bias(%b) epsilon 1/10 count 4 centered 4 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
