// A buffer that a loop inside of a parallel one carries on lives while the next
// iteration writes its own: three times x <- transpose(x) + 1.

// RUN: grow-opt %s --grow-to-llvm | mlir-runner -O2 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: %if openmp %{ grow-opt %s --grow-to-llvm=parallel=true | env OMP_NUM_THREADS=2 \
// RUN:   mlir-runner -O2 -e main -entry-point-result=void \
// RUN:   -shared-libs=%mlir_libs,%omp_lib | FileCheck %s %}

// CHECK: ( ( 3, 13, 23, 33, 43, 53, 63, 73 ), ( 4, 14, 24, 34, 44, 54, 64, 74 ) )

#t = affine_map<(i, j) -> (j, i)>
#id = affine_map<(i, j) -> (i, j)>
func.func private @f(%x: tensor<4x8x8xf32>, %n: index) -> tensor<4x8x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<4x8x8xf32>
  %r = scf.forall (%b) in (4) shared_outs(%o = %e) -> tensor<4x8x8xf32> {
    %s = tensor.extract_slice %x[%b, 0, 0] [1, 8, 8] [1, 1, 1] : tensor<4x8x8xf32> to tensor<8x8xf32>
    %l = scf.for %i = %c0 to %n step %c1 iter_args(%t = %s) -> tensor<8x8xf32> {
      %en = tensor.empty() : tensor<8x8xf32>
      %u = linalg.generic {indexing_maps = [#t, #id], iterator_types = ["parallel", "parallel"]} ins(%t : tensor<8x8xf32>) outs(%en : tensor<8x8xf32>) {
        ^bb0(%a: f32, %q: f32):
          %v = arith.addf %a, %one : f32
          linalg.yield %v : f32 } -> tensor<8x8xf32>
      scf.yield %u : tensor<8x8xf32>
    }
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %l into %o[%b, 0, 0] [1, 8, 8] [1, 1, 1] : tensor<8x8xf32> into tensor<4x8x8xf32>
    }
  }
  return %r : tensor<4x8x8xf32>
}
func.func @main() {
  %c3 = arith.constant 3 : index
  %x = tensor.generate {
    ^bb0(%b: index, %i: index, %j: index):
      %c10 = arith.constant 10 : index
      %v = arith.muli %i, %c10 : index
      %w = arith.addi %v, %j : index
      %k = arith.index_cast %w : index to i64
      %f = arith.sitofp %k : i64 to f32
      tensor.yield %f : f32
  } : tensor<4x8x8xf32>
  %r = call @f(%x, %c3) : (tensor<4x8x8xf32>, index) -> tensor<4x8x8xf32>
  %s = tensor.extract_slice %r[1, 0, 0] [1, 8, 8] [1, 1, 1] : tensor<4x8x8xf32> to tensor<8x8xf32>
  %c0 = arith.constant 0 : index
  %z = arith.constant 0.0 : f32
  %v = vector.transfer_read %s[%c0, %c0], %z : tensor<8x8xf32>, vector<2x8xf32>
  vector.print %v : vector<2x8xf32>
  return
}
