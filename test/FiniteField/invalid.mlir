// What cannot be compared over a finite field, and why.
// RUN: grow-opt %s --grow-check-field -split-input-file -verify-diagnostics -o /dev/null

// An op without a meaning over a field.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      // expected-error @below {{cannot be evaluated over a finite field}}
      %r = math.exp %n : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %n : tensor<?x?x4xf32>
    }
  }
}

// -----

// Without an epsilon, zero has no norm.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      return %n : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32> {
      %0 = grow.fill #grow.zero -> tensor<4xf32>
      grow.yield %0 : tensor<4xf32>
    }
    // expected-error @below {{divides by zero over 4 fields: expects no norm with an epsilon of 0 of a stream that is zero}}
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %m = grow.rms_norm %n gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      return %m : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    // expected-note @below {{the source model}}
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %n : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    // expected-error @below {{expects the arguments of the source model, ('tensor<?x?x4xf32>'), but found ('tensor<1x?x4xf32>')}}
    func.func @forward(%x: tensor<1x?x4xf32>) -> tensor<1x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<1x?x4xf32>
      return %n : tensor<1x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @head : tensor<7x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x7xf32> {
      %head = grow.get @head : tensor<7x4xf32>
      %l = grow.unembedding %x, %head : tensor<?x?x4xf32>, tensor<7x4xf32>
      return %l : tensor<?x?x7xf32>
    }
  }
  module {
    grow.param @head : tensor<6x4xf32> {
      %0 = grow.source "head" : tensor<7x4xf32>
      %1 = grow.drop %0 along 0 at [6] by [1] : tensor<7x4xf32>
      grow.yield %1 : tensor<6x4xf32>
    }
    // expected-error @below {{expects at least the logits of the source model, [1, 4, 7], but found [1, 4, 6]}}
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x6xf32> {
      %head = grow.get @head : tensor<6x4xf32>
      %l = grow.unembedding %x, %head : tensor<?x?x4xf32>, tensor<6x4xf32>
      return %l : tensor<?x?x6xf32>
    }
  }
}

// -----

module {
  module {
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %r = grow.layer "l" (%a = %x : tensor<?x?x4xf32>) {
        grow.yield %a : tensor<?x?x4xf32>
      }
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    // expected-error @below {{expects a parameter @g in the source model, which has none}}
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %n : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    // expected-note @below {{the parameter in the source model}}
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %n : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32> {
      // expected-error @below {{expects @g to be 'tensor<3xf32>' in the source model, but found 'tensor<4xf32>'}}
      %0 = grow.source "g" : tensor<3xf32>
      %1 = grow.extend %0 with #grow.zero along 0 at [3] by [1] : tensor<3xf32>
      grow.yield %1 : tensor<4xf32>
    }
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %n : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    // expected-error @below {{expects one result, the logits, but found 2}}
    func.func @forward(%x: tensor<?x?x4xf32>) -> (tensor<?x?x4xf32>, tensor<4xf32>) {
      %g = grow.get @g : tensor<4xf32>
      return %x, %g : tensor<?x?x4xf32>, tensor<4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      return %x : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    // expected-error @below {{expects a body of one block to evaluate over a finite field}}
    func.func private @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      cf.br ^bb1
    ^bb1:
      return %x : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      return %x : tensor<?x?x4xf32>
    }
  }
}
