// The two contractions of attention, with query heads in groups: batch dimensions,
// operands with strided rows and a transposed result are chains of fused steps, too.

// RUN: grow-opt %s --grow-to-llvm | mlir-runner -O3 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: grow-opt %s --grow-to-llvm=vector-bits=256 | mlir-runner -O3 -e main \
// RUN:   -entry-point-result=void -shared-libs=%mlir_libs | FileCheck %s
// RUN: %if openmp %{ grow-opt %s --grow-to-llvm=parallel=true | env OMP_NUM_THREADS=2 \
// RUN:   mlir-runner -O3 -e main -entry-point-result=void \
// RUN:   -shared-libs=%mlir_libs,%omp_lib | FileCheck %s %}

// CHECK: sizes compared: 36
// CHECK-NEXT: scores that differ: 0
// CHECK-NEXT: context that differs: 0

!t4 = tensor<?x?x?x?xf32>
!t5 = tensor<?x?x?x?x?xf32>

// scores[b,g,r,s,t] = sum over k of q[b,s,g,r,k] * keys[b,t,g,k]
func.func private @scores(%q: !t5, %keys: !t4) -> !t5 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0.0 : f32
  %b = tensor.dim %q, %c0 : !t5
  %s = tensor.dim %q, %c1 : !t5
  %g = tensor.dim %q, %c2 : !t5
  %r = tensor.dim %q, %c3 : !t5
  %t = tensor.dim %keys, %c1 : !t4
  %empty = tensor.empty(%b, %g, %r, %s, %t) : !t5
  %init = linalg.fill ins(%zero : f32) outs(%empty : !t5) -> !t5
  %result = linalg.generic {
      indexing_maps = [affine_map<(b, g, r, s, t, k) -> (b, s, g, r, k)>,
                       affine_map<(b, g, r, s, t, k) -> (b, t, g, k)>,
                       affine_map<(b, g, r, s, t, k) -> (b, g, r, s, t)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %keys : !t5, !t4) outs(%init : !t5) {
    ^bb0(%a: f32, %k: f32, %sum: f32):
      %product = arith.mulf %a, %k : f32
      %next = arith.addf %sum, %product : f32
      linalg.yield %next : f32
  } -> !t5
  return %result : !t5
}

// context[b,s,g,r,v] = sum over t of p[b,g,r,s,t] * values[b,t,g,v]
func.func private @context(%p: !t5, %values: !t4) -> !t5 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0.0 : f32
  %b = tensor.dim %p, %c0 : !t5
  %g = tensor.dim %p, %c1 : !t5
  %r = tensor.dim %p, %c2 : !t5
  %s = tensor.dim %p, %c3 : !t5
  %v = tensor.dim %values, %c3 : !t4
  %empty = tensor.empty(%b, %s, %g, %r, %v) : !t5
  %init = linalg.fill ins(%zero : f32) outs(%empty : !t5) -> !t5
  %result = linalg.generic {
      indexing_maps = [affine_map<(b, s, g, r, v, t) -> (b, g, r, s, t)>,
                       affine_map<(b, s, g, r, v, t) -> (b, t, g, v)>,
                       affine_map<(b, s, g, r, v, t) -> (b, s, g, r, v)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %values : !t5, !t4) outs(%init : !t5) {
    ^bb0(%a: f32, %k: f32, %sum: f32):
      %product = arith.mulf %a, %k : f32
      %next = arith.addf %sum, %product : f32
      linalg.yield %next : f32
  } -> !t5
  return %result : !t5
}

func.func private @scoreChains(%q: !t5, %keys: !t4) -> !t5 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %nb = tensor.dim %q, %c0 : !t5
  %ns = tensor.dim %q, %c1 : !t5
  %ng = tensor.dim %q, %c2 : !t5
  %nr = tensor.dim %q, %c3 : !t5
  %nk = tensor.dim %q, %c4 : !t5
  %nt = tensor.dim %keys, %c1 : !t4
  %result = tensor.generate %nb, %ng, %nr, %ns, %nt {
  ^bb0(%b: index, %g: index, %r: index, %s: index, %t: index):
    %sum = scf.for %k = %c0 to %nk step %c1 iter_args(%acc = %zero) -> (f32) {
      %x = tensor.extract %q[%b, %s, %g, %r, %k] : !t5
      %y = tensor.extract %keys[%b, %t, %g, %k] : !t4
      %next = math.fma %x, %y, %acc : f32
      scf.yield %next : f32
    }
    tensor.yield %sum : f32
  } : !t5
  return %result : !t5
}

func.func private @contextChains(%p: !t5, %values: !t4) -> !t5 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %nb = tensor.dim %p, %c0 : !t5
  %ng = tensor.dim %p, %c1 : !t5
  %nr = tensor.dim %p, %c2 : !t5
  %ns = tensor.dim %p, %c3 : !t5
  %nt = tensor.dim %p, %c4 : !t5
  %nv = tensor.dim %values, %c3 : !t4
  %result = tensor.generate %nb, %ns, %ng, %nr, %nv {
  ^bb0(%b: index, %s: index, %g: index, %r: index, %v: index):
    %sum = scf.for %t = %c0 to %nt step %c1 iter_args(%acc = %zero) -> (f32) {
      %x = tensor.extract %p[%b, %g, %r, %s, %t] : !t5
      %y = tensor.extract %values[%b, %t, %g, %v] : !t4
      %next = math.fma %x, %y, %acc : f32
      scf.yield %next : f32
    }
    tensor.yield %sum : f32
  } : !t5
  return %result : !t5
}

// Values in [-1, 1) that depend on every index.
func.func private @hash(%i: index, %seed: i32) -> f32 {
  %i32 = arith.index_cast %i : index to i32
  %r = arith.constant 0x5bd1e995 : i32
  %shift = arith.constant 15 : i32
  %h3 = arith.addi %i32, %seed : i32
  %h4 = arith.muli %h3, %r : i32
  %h5 = arith.shrui %h4, %shift : i32
  %h6 = arith.xori %h4, %h5 : i32
  %h7 = arith.muli %h6, %r : i32
  %float = arith.sitofp %h7 : i32 to f32
  %scale = arith.constant 4.6566128730773926e-10 : f32
  %value = arith.mulf %float, %scale : f32
  return %value : f32
}

func.func private @random(%n0: index, %n1: index, %n2: index, %n3: index, %n4: index,
                          %seed: i32) -> !t5 {
  %result = tensor.generate %n0, %n1, %n2, %n3, %n4 {
  ^bb0(%a: index, %b: index, %c: index, %d: index, %e: index):
    %flat = affine.linearize_index [%a, %b, %c, %d, %e] by (%n0, %n1, %n2, %n3, %n4) : index
    %value = func.call @hash(%flat, %seed) : (index, i32) -> f32
    tensor.yield %value : f32
  } : !t5
  return %result : !t5
}

func.func private @countDifferences(%x: !t5, %y: !t5) -> index {
  %zero = arith.constant 0 : index
  %empty = tensor.empty() : tensor<index>
  %init = linalg.fill ins(%zero : index) outs(%empty : tensor<index>) -> tensor<index>
  %count = linalg.generic {
      indexing_maps = [affine_map<(a, b, c, d, e) -> (a, b, c, d, e)>,
                       affine_map<(a, b, c, d, e) -> (a, b, c, d, e)>,
                       affine_map<(a, b, c, d, e) -> ()>],
      iterator_types = ["reduction", "reduction", "reduction", "reduction", "reduction"]}
      ins(%x, %y : !t5, !t5) outs(%init : tensor<index>) {
    ^bb0(%p: f32, %q: f32, %sum: index):
      %pBits = arith.bitcast %p : f32 to i32
      %qBits = arith.bitcast %q : f32 to i32
      %differ = arith.cmpi ne, %pBits, %qBits : i32
      %one = arith.index_castui %differ : i1 to index
      %next = arith.addi %sum, %one : index
      linalg.yield %next : index
  } -> tensor<index>
  %result = tensor.extract %count[] : tensor<index>
  return %result : index
}

func.func private @compare(%s: index, %t: index, %r: index, %k: index) -> (index, index) {
  %b = arith.constant 2 : index
  %g = arith.constant 3 : index
  %one = arith.constant 1 : i32
  %two = arith.constant 2 : i32
  %q = call @random(%b, %s, %g, %r, %k, %one) : (index, index, index, index, index, i32) -> !t5
  %unit = arith.constant 1 : index
  %kv5 = call @random(%unit, %b, %t, %g, %k, %two) : (index, index, index, index, index, i32) -> !t5
  %kv = tensor.collapse_shape %kv5 [[0, 1], [2], [3], [4]] : !t5 into !t4
  %scores = call @scores(%q, %kv) : (!t5, !t4) -> !t5
  %scoreChains = call @scoreChains(%q, %kv) : (!t5, !t4) -> !t5
  %context = call @context(%scores, %kv) : (!t5, !t4) -> !t5
  %contextChains = call @contextChains(%scores, %kv) : (!t5, !t4) -> !t5
  %differ0 = call @countDifferences(%scores, %scoreChains) : (!t5, !t5) -> index
  %differ1 = call @countDifferences(%context, %contextChains) : (!t5, !t5) -> index
  return %differ0, %differ1 : index, index
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %ss = arith.constant dense<[1, 9, 37]> : tensor<3xindex>
  %ts = arith.constant dense<[1, 33, 140]> : tensor<3xindex>
  %rs = arith.constant dense<[1, 5]> : tensor<2xindex>
  %ks = arith.constant dense<[16, 43]> : tensor<2xindex>
  %sums:3 = scf.for %i = %c0 to %c3 step %c1
      iter_args(%x0 = %c0, %y0 = %c0, %z0 = %c0) -> (index, index, index) {
    %s = tensor.extract %ss[%i] : tensor<3xindex>
    %s1:3 = scf.for %j = %c0 to %c3 step %c1
        iter_args(%x1 = %x0, %y1 = %y0, %z1 = %z0) -> (index, index, index) {
      %t = tensor.extract %ts[%j] : tensor<3xindex>
      %s2:3 = scf.for %l = %c0 to %c2 step %c1
          iter_args(%x2 = %x1, %y2 = %y1, %z2 = %z1) -> (index, index, index) {
        %r = tensor.extract %rs[%l] : tensor<2xindex>
        %s3:3 = scf.for %o = %c0 to %c2 step %c1
            iter_args(%x3 = %x2, %y3 = %y2, %z3 = %z2) -> (index, index, index) {
          %k = tensor.extract %ks[%o] : tensor<2xindex>
          %x, %y = func.call @compare(%s, %t, %r, %k)
              : (index, index, index, index) -> (index, index)
          %x4 = arith.addi %x3, %x : index
          %y4 = arith.addi %y3, %y : index
          %z4 = arith.addi %z3, %c1 : index
          scf.yield %x4, %y4, %z4 : index, index, index
        }
        scf.yield %s3#0, %s3#1, %s3#2 : index, index, index
      }
      scf.yield %s2#0, %s2#1, %s2#2 : index, index, index
    }
    scf.yield %s1#0, %s1#1, %s1#2 : index, index, index
  }
  vector.print str "sizes compared: "
  vector.print %sums#2 : index
  vector.print str "scores that differ: "
  vector.print %sums#0 : index
  vector.print str "context that differs: "
  vector.print %sums#1 : index
  return
}
