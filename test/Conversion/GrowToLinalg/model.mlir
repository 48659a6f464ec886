// RUN: grow-opt %s --convert-grow-to-linalg --split-input-file | FileCheck %s

// Rows of the table are looked up by token number.
// CHECK-LABEL: func.func @embedding(
// CHECK-SAME: %[[IDS:.*]]: tensor<?x?xi64>, %[[TABLE:.*]]: tensor<5x8xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[IDS]] : tensor<?x?xi64>)
// CHECK: ^bb0(%[[ID:.*]]: i64, %{{.*}}: f32):
// CHECK: %[[ROW:.*]] = arith.index_cast %[[ID]]
// CHECK: %[[COLUMN:.*]] = linalg.index 2
// CHECK: tensor.extract %[[TABLE]][%[[ROW]], %[[COLUMN]]]
func.func @embedding(%ids: tensor<?x?xi64>, %table: tensor<5x8xf32>) -> tensor<?x?x8xf32> {
  %0 = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<5x8xf32>
  return %0 : tensor<?x?x8xf32>
}

// -----

// Positions are the first rows of the table, for every sequence of the batch.
// CHECK-LABEL: func.func @position_embedding(
// CHECK-SAME: %[[IDS:.*]]: tensor<?x?xi64>, %[[TABLE:.*]]: tensor<5x8xf32>)
// CHECK: %[[LENGTH:.*]] = tensor.dim %[[IDS]], %c1
// CHECK: tensor.extract_slice %[[TABLE]][0, 0] [%[[LENGTH]], 8] [1, 1]
func.func @position_embedding(%ids: tensor<?x?xi64>, %table: tensor<5x8xf32>) -> tensor<?x?x8xf32> {
  %0 = grow.position_embedding %ids, %table : tensor<?x?xi64>, tensor<5x8xf32>
  return %0 : tensor<?x?x8xf32>
}

// -----

// The table is read as it is, not transposed.
// CHECK-DAG: #[[ROWS:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[COLUMNS:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-LABEL: func.func @unembedding(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x8xf32>, %[[TABLE:.*]]: tensor<5x8xf32>)
// CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[X]] {{\[}}[0, 1], [2]]
// CHECK: linalg.contract indexing_maps = [#[[ROWS]], #[[COLUMNS]], {{.*}}] ins(%[[FLAT]], %[[TABLE]]
func.func @unembedding(%x: tensor<?x?x8xf32>, %table: tensor<5x8xf32>) -> tensor<?x?x5xf32> {
  %0 = grow.unembedding %x, %table : tensor<?x?x8xf32>, tensor<5x8xf32>
  return %0 : tensor<?x?x5xf32>
}

// -----

// The divisor is the count, not the number of channels.
// CHECK-LABEL: func.func @rms_norm(
// CHECK: arith.mulf
// CHECK-NEXT: arith.addf
// CHECK: %[[COUNT:.*]] = arith.constant 6.000000e+00 : f32
// CHECK: arith.divf %{{.*}}, %[[COUNT]]
// CHECK: math.sqrt
func.func @rms_norm(%x: tensor<?x?x8xf32>, %g: tensor<8xf32>) -> tensor<?x?x8xf32> {
  %0 = grow.rms_norm %x gain(%g) epsilon 1.0e-05 count 6 : tensor<?x?x8xf32>
  return %0 : tensor<?x?x8xf32>
}

// -----

// Sums over bf16 channels are in f32, and the result is rounded once.
// CHECK-LABEL: func.func @layer_norm_bf16(
// CHECK: linalg.fill {{.*}} outs(%{{.*}} : tensor<?x?xf32>)
// CHECK-DAG: arith.constant 5.000000e+00 : f32
// CHECK: arith.constant 7.000000e+00 : f32
// CHECK: arith.subf
// CHECK: arith.truncf %{{.*}} : f32 to bf16
func.func @layer_norm_bf16(%x: tensor<?x?x8xbf16>, %g: tensor<8xbf16>, %b: tensor<8xbf16>) -> tensor<?x?x8xbf16> {
  %0 = grow.layer_norm %x gain(%g) bias(%b) epsilon 1.0e-05 count 7 centered 5 : tensor<?x?x8xbf16>
  return %0 : tensor<?x?x8xbf16>
}

// -----

// A transposed weight is read in place, and so is one of narrower elements.
// CHECK-DAG: #[[TRANSPOSED:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[PLAIN:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-LABEL: func.func @mlp_in_place(
// CHECK-SAME: %{{.*}}: tensor<?x?x8xf32>, %[[UP:.*]]: tensor<12x8xf32>, %[[DOWN:.*]]: tensor<12x8xbf16>)
// CHECK-NOT: linalg.transpose
// CHECK-NOT: arith.extf
// CHECK: linalg.contract indexing_maps = [{{.*}}, #[[TRANSPOSED]], {{.*}}] ins(%{{.*}}, %[[UP]] :
// CHECK: arith.maximumf
// CHECK: linalg.contract indexing_maps = [{{.*}}, #[[PLAIN]], {{.*}}] ins(%{{.*}}, %[[DOWN]] :
func.func @mlp_in_place(%x: tensor<?x?x8xf32>, %stored: tensor<12x8xf32>, %narrow: tensor<12x8xbf16>) -> tensor<?x?x8xf32> {
  %empty = tensor.empty() : tensor<8x12xf32>
  %up = linalg.transpose ins(%stored : tensor<12x8xf32>) outs(%empty : tensor<8x12xf32>) permutation = [1, 0]
  %down = arith.extf %narrow : tensor<12x8xbf16> to tensor<12x8xf32>
  %0 = grow.mlp %x up(%up) down(%down) activation relu : (tensor<?x?x8xf32>, tensor<8x12xf32>, tensor<12x8xf32>) -> tensor<?x?x8xf32>
  return %0 : tensor<?x?x8xf32>
}

// -----

// Layers that have not been outlined are inlined.
// CHECK-LABEL: func.func @inlined_layer(
// CHECK-NOT: grow.layer
// CHECK: arith.addf
// CHECK-NEXT: return
func.func @inlined_layer(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %0 = grow.layer "a" (%s = %x : tensor<?x?x8xf32>) {
    %y = arith.addf %s, %s : tensor<?x?x8xf32>
    grow.yield %y : tensor<?x?x8xf32>
  }
  return %0 : tensor<?x?x8xf32>
}

// -----

// Grouped heads: queries of a group meet the group's one key, without a copy
// of it; masked scores are minus infinity.
// CHECK-DAG: #[[Q:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d3, d1, d2, d5)>
// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d4, d1, d5)>
// CHECK-LABEL: func.func @attention(
// CHECK: %[[KEYS:.*]] = tensor.expand_shape %{{.*}} output_shape {{\[}}%{{.*}}, %{{.*}}, 2, 4] : tensor<?x8xf32> into tensor<?x?x2x4xf32>
// CHECK: linalg.contract indexing_maps = [#[[Q]], #[[K]], {{.*}}] ins(%{{.*}}, %[[KEYS]] : tensor<?x?x2x3x4xf32>, tensor<?x?x2x4xf32>)
// CHECK: arith.constant 5.000000e-01 : f32
// CHECK: arith.cmpi sle
// CHECK: math.exp
func.func @attention(%x: tensor<?x?x8xf32>, %q: tensor<8x2x3x4xf32>, %k: tensor<8x2x4xf32>, %v: tensor<8x2x5xf32>, %o: tensor<2x3x5x8xf32>) -> tensor<?x?x8xf32> {
  %0 = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x5xf32>, tensor<2x3x5x8xf32>) -> tensor<?x?x8xf32>
  return %0 : tensor<?x?x8xf32>
}

// -----

// Only the first channels are centered: the mean is of a slice, and others pass.
// CHECK-LABEL: func.func @centered(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x8xf32>,
// CHECK: %[[SLICE:.*]] = tensor.extract_slice %[[X]][0, 0, 0] [%{{.*}}, %{{.*}}, 5]
// CHECK: linalg.generic {{.*}} ins(%[[SLICE]] :
// CHECK: linalg.index 2
// CHECK: arith.cmpi ult
// CHECK: arith.select
func.func @centered(%x: tensor<?x?x8xf32>, %g: tensor<8xf32>) -> tensor<?x?x8xf32> {
  %0 = grow.layer_norm %x gain(%g) epsilon 1.0e-05 count 7 centered 5 : tensor<?x?x8xf32>
  return %0 : tensor<?x?x8xf32>
}

// -----

// CHECK-LABEL: func.func @centered_all(
// CHECK-NOT: tensor.extract_slice
// CHECK-NOT: arith.select
// CHECK: return
func.func @centered_all(%x: tensor<?x?x8xf32>, %g: tensor<8xf32>) -> tensor<?x?x8xf32> {
  %0 = grow.layer_norm %x gain(%g) epsilon 1.0e-05 count 7 centered 8 : tensor<?x?x8xf32>
  return %0 : tensor<?x?x8xf32>
}

// -----

// The gain is 1 more than the parameter, in f32.
// CHECK-LABEL: func.func @unit_offset(
// CHECK: %[[GAIN:.*]] = arith.extf %{{.*}} : bf16 to f32
// CHECK: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK: arith.addf %[[ONE]], %[[GAIN]] : f32
func.func @unit_offset(%x: tensor<?x?x8xbf16>, %g: tensor<8xbf16>) -> tensor<?x?x8xbf16> {
  %0 = grow.rms_norm %x gain(%g) unit_offset epsilon 1.0e-05 count 8 : tensor<?x?x8xbf16>
  return %0 : tensor<?x?x8xbf16>
}

// -----

// In this order: norm of queries and keys, scale, cap, linear bias, mask.
// CHECK-LABEL: func.func @scores(
// CHECK: math.sqrt
// CHECK: math.sqrt
// CHECK: %[[SLOPES:.*]] = arith.constant dense<{{\[\[}}5.000000e-01, 2.500000e-01, 1.250000e-01], [1.000000e+00, 2.000000e+00, 4.000000e+00]]> : tensor<2x3xf32>
// CHECK: arith.constant 2.500000e-01 : f32
// CHECK: math.tanh
// CHECK: arith.subi
// CHECK: arith.addf
// CHECK: arith.cmpi sle
// CHECK: %[[WINDOW:.*]] = arith.constant 4 : index
// CHECK: arith.addi %{{.*}}, %[[WINDOW]]
// CHECK: arith.cmpi sgt
// CHECK: arith.select
// CHECK: math.exp
func.func @scores(%x: tensor<?x?x8xf32>, %q: tensor<8x2x3x4xf32>, %k: tensor<8x2x4xf32>, %v: tensor<8x2x5xf32>, %o: tensor<2x3x5x8xf32>, %qg: tensor<4xf32>, %kg: tensor<4xf32>) -> tensor<?x?x8xf32> {
  %0 = grow.attention %x q(%q) k(%k) v(%v) o(%o) qk_norm(%qg, %kg) epsilon 1.0e-06 count 4 scale 1/4 softcap 30 alibi [0.5, 0.25, 0.125, 1.0, 2.0, 4.0] causal window 4 : (tensor<?x?x8xf32>, tensor<8x2x3x4xf32>, tensor<8x2x4xf32>, tensor<8x2x5xf32>, tensor<2x3x5x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x8xf32>
  return %0 : tensor<?x?x8xf32>
}

// -----

// CHECK-LABEL: func.func @position_offset(
// CHECK: tensor.extract_slice %{{.*}}[2, 0] [%{{.*}}, 8] [1, 1]
func.func @position_offset(%x: tensor<?x?x8xf32>, %table: tensor<5x8xf32>) -> tensor<?x?x8xf32> {
  %0 = grow.position_embedding %x, %table offset 2 : tensor<?x?x8xf32>, tensor<5x8xf32>
  return %0 : tensor<?x?x8xf32>
}

// -----

// Patches are read where they are, by one contraction over channels, rows and
// columns.
// CHECK-DAG: #[[PATCHES:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d4, d1, d5, d2, d6)>
// CHECK-DAG: #[[WEIGHT:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d4, d5, d6, d3)>
// CHECK-LABEL: func.func @patch_embedding(
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0, 0, 0] [%{{.*}}, 1, 8]
// CHECK: %[[IMAGES:.*]] = tensor.expand_shape %{{.*}} : tensor<?x3x4x6xf32> into tensor<?x3x2x2x3x2xf32>
// CHECK: linalg.contract indexing_maps = [#[[PATCHES]], #[[WEIGHT]], {{.*}}] ins(%[[IMAGES]],
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0, 1, 0] [%{{.*}}, 6, 8]
func.func @patch_embedding(%x: tensor<?x3x4x6xf32>, %w: tensor<3x2x2x8xf32>, %b: tensor<8xf32>, %c: tensor<8xf32>) -> tensor<?x7x8xf32> {
  %0 = grow.patch_embedding %x weight(%w, %b) class_token(%c) : (tensor<?x3x4x6xf32>, tensor<3x2x2x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x7x8xf32>
  return %0 : tensor<?x7x8xf32>
}

// -----

// CHECK-LABEL: func.func @select_token(
// CHECK: tensor.extract_slice %{{.*}}[0, 3, 0] [%{{.*}}, 1, 8]
func.func @select_token(%x: tensor<?x?x8xf32>) -> tensor<?x1x8xf32> {
  %0 = grow.select_token %x at 3 : tensor<?x?x8xf32>
  return %0 : tensor<?x1x8xf32>
}

// -----

// CHECK-LABEL: func.func @dense(
// CHECK: linalg.contract
// CHECK: arith.addf
// CHECK: math.erf
func.func @dense(%x: tensor<?x?x8xf32>, %w: tensor<8x5xf32>, %b: tensor<5xf32>) -> tensor<?x?x5xf32> {
  %0 = grow.dense %x, %w bias(%b : tensor<5xf32>) activation gelu : tensor<?x?x8xf32>, tensor<8x5xf32>
  return %0 : tensor<?x?x5xf32>
}
