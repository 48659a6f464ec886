// Exact numbers are reduced when parsed and printed in the form that reads best.
// RUN: grow-opt %s --verify-roundtrip --split-input-file | FileCheck %s

module attributes {
  // CHECK: a.reduced = #grow.exact<-3/4>
  a.reduced = #grow.exact<-6/8>,
  // CHECK-SAME: b.integer = #grow.exact<2>
  b.integer = #grow.exact<8/4>,
  // CHECK-SAME: c.zero = #grow.exact<0>
  c.zero = #grow.exact<0/7>,
  // A decimal stands for the decimal number, not for the nearest float.
  // CHECK-SAME: d.decimal = #grow.exact<1/10>
  d.decimal = #grow.exact<0.1>,
  // CHECK-SAME: e.small = #grow.exact<1.0e-05>
  e.small = #grow.exact<1/100000>,
  // CHECK-SAME: f.negative = #grow.exact<-2.5e-06>
  f.negative = #grow.exact<-0.0000025>,
  // CHECK-SAME: g.no_decimal = #grow.exact<1/10007>
  g.no_decimal = #grow.exact<1/10007>,
  // CHECK-SAME: h.huge = #grow.exact<100000000000000000000>
  h.huge = #grow.exact<1.0e20>,
  // CHECK-SAME: i.wide = #grow.exact<18446744073709551615/2>
  i.wide = #grow.exact<18446744073709551615/2>
} {}

// -----

module attributes {
  // CHECK: a.root = #grow.exact<sqrt(2)>
  a.root = #grow.exact<sqrt(2)>,
  // CHECK-SAME: b.square_free = #grow.exact<6 * sqrt(2)>
  b.square_free = #grow.exact<sqrt(72)>,
  // CHECK-SAME: c.square = #grow.exact<3/4>
  c.square = #grow.exact<1/4 * sqrt(9)>,
  // CHECK-SAME: d.negative = #grow.exact<-1 * sqrt(2)>
  d.negative = #grow.exact<-1 * sqrt(2)>,
  // CHECK-SAME: e.fraction = #grow.exact<1/4 * sqrt(2)>
  e.fraction = #grow.exact<0.25 * sqrt(2)>,
  // CHECK-SAME: f.zero = #grow.exact<0>
  f.zero = #grow.exact<0 * sqrt(2)>,
  // The largest number that can stand under the root.
  // CHECK-SAME: g.prime = #grow.exact<7 * sqrt(188232082384791343)>
  g.prime = #grow.exact<sqrt(9223372036854775807)>
} {}
