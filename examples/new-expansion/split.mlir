// A schedule with an expansion of another project between two of grow's.
grow.schedule @split {
  grow.add_layers at [1]
  acme.split_units one_in 4
  grow.expand_vocabulary to 320
}
