// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=drop-of-softcap | FileCheck %s
// RUN: %check-lemma drop-of-softcap bits %t/holds.mlir
// RUN: %check-lemma drop-of-softcap unchanged %t/unchanged.mlir

// CHECK: %[[D:.*]] = grow.drop %{{.*}} along 2 at [1] by [2] : tensor<?x?x4xf64>
// CHECK: grow.softcap %[[D]] at 3/2 : tensor<?x?x2xf64>

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x2xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %l = grow.softcap %x at 3/2 : tensor<?x?x4xf64>
    %y = grow.drop %l along 2 at [1] by [2] : tensor<?x?x4xf64>
    return %y : tensor<?x?x2xf64>
  }
}

//--- unchanged.mlir
// A norm sees all channels.
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x2xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %l = grow.center %x along 2 : tensor<?x?x4xf64>
    %y = grow.drop %l along 2 at [1] by [2] : tensor<?x?x4xf64>
    return %y : tensor<?x?x2xf64>
  }
}
