// A model whose positions begin at row 2 of their table.
grow.param @wte : tensor<10x4xf32>
grow.param @wpe : tensor<8x4xf32>
func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x10xf32> {
  %wte = grow.get @wte : tensor<10x4xf32>
  %wpe = grow.get @wpe : tensor<8x4xf32>
  %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<10x4xf32>
  %p = grow.position_embedding %ids, %wpe offset 2 : tensor<?x?xi64>, tensor<8x4xf32>
  %y = arith.addf %x, %p : tensor<?x?x4xf32>
  %logits = grow.unembedding %y, %wte : tensor<?x?x4xf32>, tensor<10x4xf32>
  return %logits : tensor<?x?x10xf32>
}
