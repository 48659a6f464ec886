// A function of one element has the same bits in the body of a vectorised loop and in
// its scalar remainder: 100 elements together, and each of them alone.

// RUN: grow-opt %s --grow-to-llvm | mlir-runner -O3 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: grow-opt %s --grow-to-llvm=approximate-math=false | mlir-runner -O3 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s

// CHECK: f32 elements that differ: 0
// CHECK-NEXT: f64 elements that differ: 0

func.func private @f32(%x: tensor<?xf32>) -> tensor<?xf32> {
  %a = math.exp %x : tensor<?xf32>
  %b = math.tanh %x : tensor<?xf32>
  %c = math.erf %x : tensor<?xf32>
  %d = math.rsqrt %a : tensor<?xf32>
  %e = math.sin %x : tensor<?xf32>
  %ab = arith.mulf %a, %b : tensor<?xf32>
  %abc = arith.addf %ab, %c : tensor<?xf32>
  %abcd = arith.divf %abc, %d : tensor<?xf32>
  %result = arith.subf %abcd, %e : tensor<?xf32>
  return %result : tensor<?xf32>
}

func.func private @f64(%x: tensor<?xf64>) -> tensor<?xf64> {
  %a = math.exp %x : tensor<?xf64>
  %b = math.tanh %x : tensor<?xf64>
  %c = math.erf %x : tensor<?xf64>
  %d = math.rsqrt %a : tensor<?xf64>
  %ab = arith.mulf %a, %b : tensor<?xf64>
  %abc = arith.addf %ab, %c : tensor<?xf64>
  %result = arith.divf %abc, %d : tensor<?xf64>
  return %result : tensor<?xf64>
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = arith.constant 100 : index
  %x = tensor.generate %n {
  ^bb0(%i: index):
    %i32 = arith.index_cast %i : index to i32
    %float = arith.sitofp %i32 : i32 to f32
    %step = arith.constant 0.0931 : f32
    %first = arith.constant -4.77 : f32
    %scaled = arith.mulf %float, %step : f32
    %value = arith.addf %scaled, %first : f32
    tensor.yield %value : f32
  } : tensor<?xf32>
  %x64 = arith.extf %x : tensor<?xf32> to tensor<?xf64>
  %together = call @f32(%x) : (tensor<?xf32>) -> tensor<?xf32>
  %together64 = call @f64(%x64) : (tensor<?xf64>) -> tensor<?xf64>
  %differ:2 = scf.for %i = %c0 to %n step %c1
      iter_args(%count = %c0, %count64 = %c0) -> (index, index) {
    %one = tensor.extract_slice %x[%i] [%c1] [1] : tensor<?xf32> to tensor<?xf32>
    %alone = func.call @f32(%one) : (tensor<?xf32>) -> tensor<?xf32>
    %a = tensor.extract %together[%i] : tensor<?xf32>
    %b = tensor.extract %alone[%c0] : tensor<?xf32>
    %aBits = arith.bitcast %a : f32 to i32
    %bBits = arith.bitcast %b : f32 to i32
    %ne = arith.cmpi ne, %aBits, %bBits : i32
    %inc = arith.index_castui %ne : i1 to index
    %next = arith.addi %count, %inc : index

    %one64 = tensor.extract_slice %x64[%i] [%c1] [1] : tensor<?xf64> to tensor<?xf64>
    %alone64 = func.call @f64(%one64) : (tensor<?xf64>) -> tensor<?xf64>
    %a64 = tensor.extract %together64[%i] : tensor<?xf64>
    %b64 = tensor.extract %alone64[%c0] : tensor<?xf64>
    %aBits64 = arith.bitcast %a64 : f64 to i64
    %bBits64 = arith.bitcast %b64 : f64 to i64
    %ne64 = arith.cmpi ne, %aBits64, %bBits64 : i64
    %inc64 = arith.index_castui %ne64 : i1 to index
    %next64 = arith.addi %count64, %inc64 : index
    scf.yield %next, %next64 : index, index
  }
  vector.print str "f32 elements that differ: "
  vector.print %differ#0 : index
  vector.print str "f64 elements that differ: "
  vector.print %differ#1 : index
  return
}
