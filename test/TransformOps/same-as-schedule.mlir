// Each expansion gives the same IR, and the same remarks, as a transform op.
// RUN: rm -rf %t && split-file %s %t
// RUN: for part in %t/*; do cat %S/Inputs/model.mlir $part; echo '// -----'; done | sed '$d' > %t.schedules
// RUN: %python %S/schedules_to_scripts.py < %t.schedules > %t.scripts
// RUN: grow-opt %t.schedules --split-input-file --grow-expand --remarks-filter=grow 2> %t.remarks > %t.expected
// RUN: grow-opt %t.scripts --split-input-file --verify-roundtrip --transform-interpreter --remarks-filter=grow 2> %t.found_remarks > %t.found

// All but the scripts themselves, which are the last op of each module.
// RUN: sed '/^  module attributes {transform/,/^  }/d' %t.found | diff %t.expected -
// RUN: grep -o 'remark: .*' %t.remarks > %t.expected_remarks
// RUN: grep -o 'remark: .*' %t.found_remarks | diff %t.expected_remarks -

// Each has grown.
// RUN: grep -c 'remark: .*Passed' %t.remarks | FileCheck %s
// CHECK: {{^}}27{{$}}

//--- expand_mlp
grow.schedule @growth {
  grow.expand_mlp to 16
  grow.expand_mlp to 18 layers [0] zero gate init #grow.uniform<bound = 1/10, seed = 3>
  grow.expand_mlp to 18 layers [1] zero pair bias_init #grow.constant<1> up_init #grow.normal<stddev = 1/10>
  grow.expand_mlp to 20 layers [0:2] zero down down_init #grow.zero allow_dead
}
//--- add_heads
grow.schedule @growth {
  grow.add_heads groups by 1
  grow.add_heads queries by 2 layers [1] init #grow.uniform<bound = 1/10, seed = 3>
  grow.add_heads groups by 2 zero value query_init #grow.normal<stddev = 1/10> key_init #grow.constant<1/2>
}
//--- unshare_heads
grow.schedule @growth {
  grow.unshare_heads by 3 layers [1]
}
//--- expand_heads
grow.schedule @growth {
  grow.expand_heads to 8
  grow.expand_heads to 10 layers [0] zero value output_init #grow.normal<stddev = 1/10>
}
//--- expand_attention
grow.schedule @growth {
  grow.expand_attention to 6 compensation weights
  grow.expand_attention to 8 layers [1] zero query key_init #grow.uniform<bound = 1/10>
}
//--- expand_hidden
grow.schedule @growth {
  grow.expand_hidden to 10
  grow.expand_hidden to 12 compensation weights padding zero gain_init #grow.constant<2>
}
//--- add_layers
grow.schedule @growth {
  grow.add_layers at [0, 2, 2]
  grow.add_layers at [1] from next
}
//--- expand_vocabulary
grow.schedule @growth {
  grow.expand_vocabulary to 14 init #grow.mean
}
//--- expand_positions
grow.schedule @growth {
  grow.expand_positions to 8 init #grow.uniform<bound = 1/10>
}
//--- all
grow.schedule @growth {
  grow.unshare_heads by 3
  grow.expand_attention to 6
  grow.expand_heads to 8
  grow.expand_mlp to 16
  grow.add_heads groups by 1
  grow.expand_hidden to 10
  grow.add_layers at [1]
  grow.expand_vocabulary to 13
  grow.expand_positions to 8
}
