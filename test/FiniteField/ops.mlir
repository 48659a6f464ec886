// Each op over a finite field: two ways to compute the same agree, and something
// close to them does not.
// RUN: grow-opt %s --grow-check-field -split-input-file -verify-diagnostics -o /dev/null

// Multiplication by exact numbers, and addition.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = grow.scale %n by 2 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = arith.addf %n, %n : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = grow.scale %n by 2 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = arith.addf %n, %x : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// The root of 2 times the root of 8 is 4, with any sign of the root.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %a = grow.scale %x by sqrt(2) : tensor<?x?x4xf32>
      %b = grow.scale %a by 2 * sqrt(2) : tensor<?x?x4xf32>
      %r = grow.rms_norm %b gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %a = grow.scale %x by 4 : tensor<?x?x4xf32>
      %r = grow.rms_norm %a gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %a = grow.scale %x by sqrt(2) : tensor<?x?x4xf32>
      %b = grow.scale %a by 2 * sqrt(2) : tensor<?x?x4xf32>
      %r = grow.rms_norm %b gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %a = grow.scale %x by 3 : tensor<?x?x4xf32>
      %r = grow.rms_norm %a gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// A norm does not see a positive factor of its input, if epsilon follows.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %s = grow.scale %x by 3/5 * sqrt(7) : tensor<?x?x4xf32>
      %r = grow.rms_norm %s gain(%g) epsilon 63/200 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %s = grow.scale %x by 3/5 * sqrt(7) : tensor<?x?x4xf32>
      %r = grow.rms_norm %s gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// A gain that is stored less 1 is scaled about -1.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %s = grow.scale %x by 2 : tensor<?x?x4xf32>
      %n = grow.rms_norm %s gain(%g) unit_offset epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = grow.scale %n by sqrt(3) : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32> {
      %0 = grow.source "g" : tensor<4xf32>
      %1 = grow.scale %0 by sqrt(3) about -1 : tensor<4xf32>
      grow.yield %1 : tensor<4xf32>
    }
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %s = grow.scale %x by 2 : tensor<?x?x4xf32>
      %r = grow.rms_norm %s gain(%g) unit_offset epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %s = grow.scale %x by 2 : tensor<?x?x4xf32>
      %n = grow.rms_norm %s gain(%g) unit_offset epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = grow.scale %n by sqrt(3) : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @g : tensor<4xf32> {
      %0 = grow.source "g" : tensor<4xf32>
      %1 = grow.scale %0 by sqrt(3) : tensor<4xf32>
      grow.yield %1 : tensor<4xf32>
    }
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %s = grow.scale %x by 2 : tensor<?x?x4xf32>
      %r = grow.rms_norm %s gain(%g) unit_offset epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// A layer norm is a root mean square norm of a centred stream.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.layer_norm %x gain(%g) epsilon 1/8 count 4 centered 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %c = grow.center %x along 2 : tensor<?x?x4xf32>
      %r = grow.rms_norm %c gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.layer_norm %x gain(%g) epsilon 1/8 count 4 centered 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// Only the first channels of a stream are centred.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.layer_norm %x gain(%g) epsilon 1/8 count 4 centered 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<6xf32> {
      %0 = grow.source "g" : tensor<4xf32>
      %1 = grow.extend %0 with #grow.constant<1> along 0 at [4] by [2] : tensor<4xf32>
      grow.yield %1 : tensor<6xf32>
    }
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<6xf32>
      %e = grow.extend %x with #grow.zero along 2 at [4] by [2] : tensor<?x?x4xf32>
      %n = grow.layer_norm %e gain(%g) epsilon 1/8 count 4 centered 4 : tensor<?x?x6xf32>
      %r = grow.drop %n along 2 at [4] by [2] : tensor<?x?x6xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.layer_norm %x gain(%g) epsilon 1/8 count 4 centered 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @g : tensor<6xf32> {
      %0 = grow.source "g" : tensor<4xf32>
      %1 = grow.extend %0 with #grow.constant<1> along 0 at [4] by [2] : tensor<4xf32>
      grow.yield %1 : tensor<6xf32>
    }
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<6xf32>
      %e = grow.extend %x with #grow.zero along 2 at [4] by [2] : tensor<?x?x4xf32>
      %n = grow.layer_norm %e gain(%g) epsilon 1/8 count 4 centered 6 : tensor<?x?x6xf32>
      %r = grow.drop %n along 2 at [4] by [2] : tensor<?x?x6xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// A stream that is padded with its mean is as one that is centred.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.layer_norm %x gain(%g) epsilon 1/8 count 4 centered 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<6xf32> {
      %0 = grow.source "g" : tensor<4xf32>
      %1 = grow.extend %0 with #grow.constant<1> along 0 at [4] by [2] : tensor<4xf32>
      grow.yield %1 : tensor<6xf32>
    }
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<6xf32>
      %e = grow.extend %x with #grow.mean along 2 at [4] by [2] : tensor<?x?x4xf32>
      %n = grow.layer_norm %e gain(%g) epsilon 1/8 count 4 centered 6 : tensor<?x?x6xf32>
      %r = grow.drop %n along 2 at [4] by [2] : tensor<?x?x6xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.layer_norm %x gain(%g) epsilon 1/8 count 4 centered 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @g : tensor<6xf32> {
      %0 = grow.source "g" : tensor<4xf32>
      %1 = grow.extend %0 with #grow.constant<1> along 0 at [4] by [2] : tensor<4xf32>
      grow.yield %1 : tensor<6xf32>
    }
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<6xf32>
      %e = grow.extend %x with #grow.zero along 2 at [4] by [2] : tensor<?x?x4xf32>
      %n = grow.layer_norm %e gain(%g) epsilon 1/8 count 4 centered 6 : tensor<?x?x6xf32>
      %r = grow.drop %n along 2 at [4] by [2] : tensor<?x?x6xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// What extends a stream can be left out again.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %e = grow.extend %x with #grow.copy<[0, 2], factor = 1/2> along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf32>
      %d = grow.drop %e along 2 at [1, 5] by [1, 1] : tensor<?x?x6xf32>
      %r = grow.rms_norm %d gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %e = grow.extend %x with #grow.copy<[0, 2], factor = 1/2> along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf32>
      %d = grow.drop %e along 2 at [0, 5] by [1, 1] : tensor<?x?x6xf32>
      %r = grow.rms_norm %d gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// What extends a stream can be left out again.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %e = grow.extend %x with #grow.constant<1/3> along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf32>
      %d = grow.drop %e along 2 at [1, 5] by [1, 1] : tensor<?x?x6xf32>
      %r = grow.rms_norm %d gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %e = grow.extend %x with #grow.constant<1/3> along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf32>
      %d = grow.drop %e along 2 at [0, 5] by [1, 1] : tensor<?x?x6xf32>
      %r = grow.rms_norm %d gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// What extends a stream can be left out again.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %e = grow.extend %x with #grow.normal<stddev = 1/2, key = "k"> along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf32>
      %d = grow.drop %e along 2 at [1, 5] by [1, 1] : tensor<?x?x6xf32>
      %r = grow.rms_norm %d gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %e = grow.extend %x with #grow.normal<stddev = 1/2, key = "k"> along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf32>
      %d = grow.drop %e along 2 at [0, 5] by [1, 1] : tensor<?x?x6xf32>
      %r = grow.rms_norm %d gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// Copies are multiplied: two halves are one.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %e = grow.extend %x with #grow.copy<[0, 1, 2, 3], factor = 1/2> along 2 at [4] by [4] : tensor<?x?x4xf32>
      %a = grow.drop %e along 2 at [0] by [4] : tensor<?x?x8xf32>
      %b = grow.drop %e along 2 at [4] by [4] : tensor<?x?x8xf32>
      %s = arith.addf %a, %b : tensor<?x?x4xf32>
      %h = grow.scale %s by 2/3 : tensor<?x?x4xf32>
      %r = grow.rms_norm %h gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %r = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %e = grow.extend %x with #grow.copy<[0, 1, 2, 3], factor = 1> along 2 at [4] by [4] : tensor<?x?x4xf32>
      %a = grow.drop %e along 2 at [0] by [4] : tensor<?x?x8xf32>
      %b = grow.drop %e along 2 at [4] by [4] : tensor<?x?x8xf32>
      %s = arith.addf %a, %b : tensor<?x?x4xf32>
      %h = grow.scale %s by 2/3 : tensor<?x?x4xf32>
      %r = grow.rms_norm %h gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// A cap whose bound and input grow together.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = grow.softcap %n at 30 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %a = grow.scale %n by 2 : tensor<?x?x4xf32>
      %c = grow.softcap %a at 60 : tensor<?x?x4xf32>
      %r = grow.scale %c by 1/2 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = grow.softcap %n at 30 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %a = grow.scale %n by 2 : tensor<?x?x4xf32>
      %c = grow.softcap %a at 30 : tensor<?x?x4xf32>
      %r = grow.scale %c by 1/2 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// A token is selected before or after a norm.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x1x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = grow.select_token %n at 2 : tensor<?x?x4xf32>
      return %r : tensor<?x1x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x1x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %t = grow.select_token %x at 2 : tensor<?x?x4xf32>
      %r = grow.rms_norm %t gain(%g) epsilon 1/8 count 4 : tensor<?x1x4xf32>
      return %r : tensor<?x1x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x1x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = grow.select_token %n at 2 : tensor<?x?x4xf32>
      return %r : tensor<?x1x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x1x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %t = grow.select_token %x at 1 : tensor<?x?x4xf32>
      %r = grow.rms_norm %t gain(%g) epsilon 1/8 count 4 : tensor<?x1x4xf32>
      return %r : tensor<?x1x4xf32>
    }
  }
}

// -----

// Positions that an offset skips.
module {
  module {
    grow.param @wte : tensor<9x4xf32>
    grow.param @wpe : tensor<8x4xf32>
    func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
      %wte = grow.get @wte : tensor<9x4xf32>
      %w = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<9x4xf32>
      %wpe = grow.get @wpe : tensor<8x4xf32>
      %e = grow.position_embedding %ids, %wpe offset 2 : tensor<?x?xi64>, tensor<8x4xf32>
      %r = arith.addf %w, %e : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @wte : tensor<9x4xf32>
    grow.param @wpe : tensor<6x4xf32> {
      %0 = grow.source "wpe" : tensor<8x4xf32>
      %1 = grow.drop %0 along 0 at [0] by [2] : tensor<8x4xf32>
      grow.yield %1 : tensor<6x4xf32>
    }
    func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
      %wte = grow.get @wte : tensor<9x4xf32>
      %w = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<9x4xf32>
      %wpe = grow.get @wpe : tensor<6x4xf32>
      %e = grow.position_embedding %ids, %wpe : tensor<?x?xi64>, tensor<6x4xf32>
      %r = arith.addf %w, %e : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @wte : tensor<9x4xf32>
    grow.param @wpe : tensor<8x4xf32>
    func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
      %wte = grow.get @wte : tensor<9x4xf32>
      %w = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<9x4xf32>
      %wpe = grow.get @wpe : tensor<8x4xf32>
      %e = grow.position_embedding %ids, %wpe offset 2 : tensor<?x?xi64>, tensor<8x4xf32>
      %r = arith.addf %w, %e : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @wte : tensor<9x4xf32>
    grow.param @wpe : tensor<6x4xf32> {
      %0 = grow.source "wpe" : tensor<8x4xf32>
      %1 = grow.drop %0 along 0 at [1] by [2] : tensor<8x4xf32>
      grow.yield %1 : tensor<6x4xf32>
    }
    func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
      %wte = grow.get @wte : tensor<9x4xf32>
      %w = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<9x4xf32>
      %wpe = grow.get @wpe : tensor<6x4xf32>
      %e = grow.position_embedding %ids, %wpe : tensor<?x?xi64>, tensor<6x4xf32>
      %r = arith.addf %w, %e : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// Token types by row.
module {
  module {
    grow.param @wte : tensor<9x4xf32>
    grow.param @types : tensor<4x4xf32>
    func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
      %wte = grow.get @wte : tensor<9x4xf32>
      %w = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<9x4xf32>
      %types = grow.get @types : tensor<4x4xf32>
      %e = grow.type_embedding %ids, %types row 2 : tensor<?x?xi64>, tensor<4x4xf32>
      %r = arith.addf %w, %e : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @wte : tensor<9x4xf32>
    grow.param @types : tensor<2x4xf32> {
      %0 = grow.source "types" : tensor<4x4xf32>
      %1 = grow.drop %0 along 0 at [0] by [2] : tensor<4x4xf32>
      grow.yield %1 : tensor<2x4xf32>
    }
    func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
      %wte = grow.get @wte : tensor<9x4xf32>
      %w = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<9x4xf32>
      %types = grow.get @types : tensor<2x4xf32>
      %e = grow.type_embedding %ids, %types row 0 : tensor<?x?xi64>, tensor<2x4xf32>
      %r = arith.addf %w, %e : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @wte : tensor<9x4xf32>
    grow.param @types : tensor<4x4xf32>
    func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
      %wte = grow.get @wte : tensor<9x4xf32>
      %w = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<9x4xf32>
      %types = grow.get @types : tensor<4x4xf32>
      %e = grow.type_embedding %ids, %types row 2 : tensor<?x?xi64>, tensor<4x4xf32>
      %r = arith.addf %w, %e : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @wte : tensor<9x4xf32>
    grow.param @types : tensor<2x4xf32> {
      %0 = grow.source "types" : tensor<4x4xf32>
      %1 = grow.drop %0 along 0 at [1] by [2] : tensor<4x4xf32>
      grow.yield %1 : tensor<2x4xf32>
    }
    func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
      %wte = grow.get @wte : tensor<9x4xf32>
      %w = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<9x4xf32>
      %types = grow.get @types : tensor<2x4xf32>
      %e = grow.type_embedding %ids, %types row 0 : tensor<?x?xi64>, tensor<2x4xf32>
      %r = arith.addf %w, %e : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// Rows of new tokens are no token of the source; those before the old ones move them.
module {
  module {
    grow.param @wte : tensor<9x4xf32>
    func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
      %wte = grow.get @wte : tensor<9x4xf32>
      %w = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<9x4xf32>
      %r = grow.scale %w by 1 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @wte : tensor<11x4xf32> {
      %0 = grow.source "wte" : tensor<9x4xf32>
      %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [9] by [2] : tensor<9x4xf32>
      grow.yield %1 : tensor<11x4xf32>
    }
    func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
      %wte = grow.get @wte : tensor<11x4xf32>
      %w = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<11x4xf32>
      %r = grow.scale %w by 1 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @wte : tensor<9x4xf32>
    func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
      %wte = grow.get @wte : tensor<9x4xf32>
      %w = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<9x4xf32>
      %r = grow.scale %w by 1 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @wte : tensor<11x4xf32> {
      %0 = grow.source "wte" : tensor<9x4xf32>
      %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [0] by [2] : tensor<9x4xf32>
      grow.yield %1 : tensor<11x4xf32>
    }
    func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
      %wte = grow.get @wte : tensor<11x4xf32>
      %w = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<11x4xf32>
      %r = grow.scale %w by 1 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// Logits with a bias: doubled, they are those of a doubled table and a doubled bias.
module {
  module {
    grow.param @wte : tensor<9x4xf32>
    grow.param @b : tensor<9xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x9xf32> {
      %wte = grow.get @wte : tensor<9x4xf32>
      %b = grow.get @b : tensor<9xf32>
      %l = grow.unembedding %x, %wte bias(%b : tensor<9xf32>) : tensor<?x?x4xf32>, tensor<9x4xf32>
      %r = grow.scale %l by 2 : tensor<?x?x9xf32>
      return %r : tensor<?x?x9xf32>
    }
  }
  module {
    grow.param @wte : tensor<9x4xf32>
    grow.param @b : tensor<9xf32> {
      %0 = grow.source "b" : tensor<9xf32>
      %1 = grow.scale %0 by 2 : tensor<9xf32>
      grow.yield %1 : tensor<9xf32>
    }
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x9xf32> {
      %wte = grow.get @wte : tensor<9x4xf32>
      %b = grow.get @b : tensor<9xf32>
      %d = grow.scale %x by 2 : tensor<?x?x4xf32>
      %r = grow.unembedding %d, %wte bias(%b : tensor<9xf32>) : tensor<?x?x4xf32>, tensor<9x4xf32>
      return %r : tensor<?x?x9xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @wte : tensor<9x4xf32>
    grow.param @b : tensor<9xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x9xf32> {
      %wte = grow.get @wte : tensor<9x4xf32>
      %b = grow.get @b : tensor<9xf32>
      %l = grow.unembedding %x, %wte bias(%b : tensor<9xf32>) : tensor<?x?x4xf32>, tensor<9x4xf32>
      %r = grow.scale %l by 2 : tensor<?x?x9xf32>
      return %r : tensor<?x?x9xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @wte : tensor<9x4xf32>
    grow.param @b : tensor<9xf32> {
      %0 = grow.source "b" : tensor<9xf32>
      %1 = grow.scale %0 by 3 : tensor<9xf32>
      grow.yield %1 : tensor<9xf32>
    }
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x9xf32> {
      %wte = grow.get @wte : tensor<9x4xf32>
      %b = grow.get @b : tensor<9xf32>
      %d = grow.scale %x by 2 : tensor<?x?x4xf32>
      %r = grow.unembedding %d, %wte bias(%b : tensor<9xf32>) : tensor<?x?x4xf32>, tensor<9x4xf32>
      return %r : tensor<?x?x9xf32>
    }
  }
}

// -----

// An MLP is two projections of every token.
module {
  module {
    grow.param @up : tensor<4x6xf32>
    grow.param @down : tensor<6x4xf32>
    grow.param @bu : tensor<6xf32>
    grow.param @bd : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %up = grow.get @up : tensor<4x6xf32>
      %down = grow.get @down : tensor<6x4xf32>
      %bu = grow.get @bu : tensor<6xf32>
      %bd = grow.get @bd : tensor<4xf32>
      %r = grow.mlp %x up(%up, %bu) down(%down, %bd) activation gelu : (tensor<?x?x4xf32>, tensor<4x6xf32>, tensor<6xf32>, tensor<6x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @up : tensor<4x6xf32>
    grow.param @down : tensor<6x4xf32>
    grow.param @bu : tensor<6xf32>
    grow.param @bd : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %up = grow.get @up : tensor<4x6xf32>
      %down = grow.get @down : tensor<6x4xf32>
      %bu = grow.get @bu : tensor<6xf32>
      %bd = grow.get @bd : tensor<4xf32>
      %h = grow.dense %x, %up bias(%bu : tensor<6xf32>) activation gelu : tensor<?x?x4xf32>, tensor<4x6xf32>
      %r = grow.dense %h, %down bias(%bd : tensor<4xf32>) : tensor<?x?x6xf32>, tensor<6x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @up : tensor<4x6xf32>
    grow.param @down : tensor<6x4xf32>
    grow.param @bu : tensor<6xf32>
    grow.param @bd : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %up = grow.get @up : tensor<4x6xf32>
      %down = grow.get @down : tensor<6x4xf32>
      %bu = grow.get @bu : tensor<6xf32>
      %bd = grow.get @bd : tensor<4xf32>
      %r = grow.mlp %x up(%up, %bu) down(%down, %bd) activation gelu : (tensor<?x?x4xf32>, tensor<4x6xf32>, tensor<6xf32>, tensor<6x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @up : tensor<4x6xf32>
    grow.param @down : tensor<6x4xf32>
    grow.param @bu : tensor<6xf32>
    grow.param @bd : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %up = grow.get @up : tensor<4x6xf32>
      %down = grow.get @down : tensor<6x4xf32>
      %bu = grow.get @bu : tensor<6xf32>
      %bd = grow.get @bd : tensor<4xf32>
      %h = grow.dense %x, %up bias(%bu : tensor<6xf32>) activation silu : tensor<?x?x4xf32>, tensor<4x6xf32>
      %r = grow.dense %h, %down bias(%bd : tensor<4xf32>) : tensor<?x?x6xf32>, tensor<6x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// The ungated side of a gated MLP is linear, the gate is not.
module {
  module {
    grow.param @up : tensor<4x6xf32>
    grow.param @gate : tensor<4x6xf32>
    grow.param @down : tensor<6x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %up = grow.get @up : tensor<4x6xf32>
      %down = grow.get @down : tensor<6x4xf32>
      %gate = grow.get @gate : tensor<4x6xf32>
      %m = grow.mlp %x up(%up) gate(%gate) down(%down) activation silu : (tensor<?x?x4xf32>, tensor<4x6xf32>, tensor<4x6xf32>, tensor<6x4xf32>) -> tensor<?x?x4xf32>
      %r = grow.scale %m by 3 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @up : tensor<4x6xf32>
    grow.param @gate : tensor<4x6xf32>
    grow.param @down : tensor<6x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %up = grow.get @up : tensor<4x6xf32>
      %down = grow.get @down : tensor<6x4xf32>
      %gate = grow.get @gate : tensor<4x6xf32>
      %s = grow.scale %up by 3 : tensor<4x6xf32>
      %r = grow.mlp %x up(%s) gate(%gate) down(%down) activation silu : (tensor<?x?x4xf32>, tensor<4x6xf32>, tensor<4x6xf32>, tensor<6x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @up : tensor<4x6xf32>
    grow.param @gate : tensor<4x6xf32>
    grow.param @down : tensor<6x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %up = grow.get @up : tensor<4x6xf32>
      %down = grow.get @down : tensor<6x4xf32>
      %gate = grow.get @gate : tensor<4x6xf32>
      %m = grow.mlp %x up(%up) gate(%gate) down(%down) activation silu : (tensor<?x?x4xf32>, tensor<4x6xf32>, tensor<4x6xf32>, tensor<6x4xf32>) -> tensor<?x?x4xf32>
      %r = grow.scale %m by 3 : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @up : tensor<4x6xf32>
    grow.param @gate : tensor<4x6xf32>
    grow.param @down : tensor<6x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %up = grow.get @up : tensor<4x6xf32>
      %down = grow.get @down : tensor<6x4xf32>
      %gate = grow.get @gate : tensor<4x6xf32>
      %s = grow.scale %gate by 3 : tensor<4x6xf32>
      %r = grow.mlp %x up(%up) gate(%s) down(%down) activation silu : (tensor<?x?x4xf32>, tensor<4x6xf32>, tensor<4x6xf32>, tensor<6x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// A layer that reads further values, parameters among them.
module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = arith.addf %n, %x : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = grow.layer "l" (%a = %n : tensor<?x?x4xf32>, %b = %g : tensor<4xf32>, %c = %x : tensor<?x?x4xf32>) {
        %d = grow.rms_norm %c gain(%b) epsilon 1/8 count 4 : tensor<?x?x4xf32>
        %e = arith.addf %d, %c : tensor<?x?x4xf32>
        grow.yield %e : tensor<?x?x4xf32>
      }
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = arith.addf %n, %x : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = grow.layer "l" (%a = %n : tensor<?x?x4xf32>, %b = %g : tensor<4xf32>, %c = %x : tensor<?x?x4xf32>) {
        %d = grow.rms_norm %c gain(%b) epsilon 1/8 count 4 : tensor<?x?x4xf32>
        %e = arith.addf %a, %c : tensor<?x?x4xf32>
        grow.yield %e : tensor<?x?x4xf32>
      }
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = arith.addf %n, %x : tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @g : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1/8 count 4 : tensor<?x?x4xf32>
      %r = grow.layer "l" (%a = %n : tensor<?x?x4xf32>, %b = %g : tensor<4xf32>, %c = %x : tensor<?x?x4xf32>) {
        %d = grow.rms_norm %c gain(%b) epsilon 1/8 count 4 : tensor<?x?x4xf32>
        %e = arith.addf %a, %d : tensor<?x?x4xf32>
        grow.yield %e : tensor<?x?x4xf32>
      }
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// Rotary embeddings in both layouts: channels 0, 2, 1, 3 of one are those of the other.
module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0, 0.01], factor = 1> scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @q : tensor<4x1x2x4xf32> {
      %0 = grow.source "q" : tensor<4x1x2x4xf32>
      %1 = grow.extend %0 with #grow.copy<[2], factor = 1> along 3 at [1] by [1] : tensor<4x1x2x4xf32>
      %2 = grow.drop %1 along 3 at [3] by [1] : tensor<4x1x2x5xf32>
      grow.yield %2 : tensor<4x1x2x4xf32>
    }
    grow.param @k : tensor<4x1x4xf32> {
      %0 = grow.source "k" : tensor<4x1x4xf32>
      %1 = grow.extend %0 with #grow.copy<[2], factor = 1> along 2 at [1] by [1] : tensor<4x1x4xf32>
      %2 = grow.drop %1 along 2 at [3] by [1] : tensor<4x1x5xf32>
      grow.yield %2 : tensor<4x1x4xf32>
    }
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<interleaved, frequencies = [1.0, 0.01], factor = 1> scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0, 0.01], factor = 1> scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<interleaved, frequencies = [1.0, 0.01], factor = 1> scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0, 0.01], factor = 1> scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0, 0.02], factor = 1> scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// The factor of a rotary embedding is squared in scores.
module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<interleaved, frequencies = [1.0, 0.01], factor = 2> scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<interleaved, frequencies = [1.0, 0.01], factor = 1> scale 2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<interleaved, frequencies = [1.0, 0.01], factor = 2> scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<interleaved, frequencies = [1.0, 0.01], factor = 1> scale 1 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// Channels that do not rotate.
module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<interleaved, frequencies = [1.0], factor = 1> scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0], factor = 1> scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<interleaved, frequencies = [1.0], factor = 1> scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0, 1.0], factor = 1> scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// Masks: a window as long as the sequence leaves out nothing.
module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal window 4 : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal window 3 : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2  : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// A token that sees itself only does not depend on its scores.
module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal window 1 : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/3 alibi [0.5, 0.25] causal window 1 : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal window 1 : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/3 alibi [0.5, 0.25] causal window 2 : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// Slopes belong to heads.
module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 alibi [0.5, 0.25] causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @q : tensor<4x1x2x4xf32> {
      %0 = grow.source "q" : tensor<4x1x2x4xf32>
      %1 = grow.extend %0 with #grow.copy<[1], factor = 1> along 2 at [0] by [1] : tensor<4x1x2x4xf32>
      %2 = grow.drop %1 along 2 at [2] by [1] : tensor<4x1x3x4xf32>
      grow.yield %2 : tensor<4x1x2x4xf32>
    }
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32> {
      %0 = grow.source "o" : tensor<1x2x3x4xf32>
      %1 = grow.extend %0 with #grow.copy<[1], factor = 1> along 1 at [0] by [1] : tensor<1x2x3x4xf32>
      %2 = grow.drop %1 along 1 at [2] by [1] : tensor<1x3x3x4xf32>
      grow.yield %2 : tensor<1x2x3x4xf32>
    }
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 alibi [0.25, 0.5] causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 alibi [0.5, 0.25] causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @q : tensor<4x1x2x4xf32> {
      %0 = grow.source "q" : tensor<4x1x2x4xf32>
      %1 = grow.extend %0 with #grow.copy<[1], factor = 1> along 2 at [0] by [1] : tensor<4x1x2x4xf32>
      %2 = grow.drop %1 along 2 at [2] by [1] : tensor<4x1x3x4xf32>
      grow.yield %2 : tensor<4x1x2x4xf32>
    }
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32> {
      %0 = grow.source "o" : tensor<1x2x3x4xf32>
      %1 = grow.extend %0 with #grow.copy<[1], factor = 1> along 1 at [0] by [1] : tensor<1x2x3x4xf32>
      %2 = grow.drop %1 along 1 at [2] by [1] : tensor<1x3x3x4xf32>
      grow.yield %2 : tensor<1x2x3x4xf32>
    }
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 alibi [0.5, 0.25] causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// A cap of scores that are scaled.
module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 softcap 5 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32> {
      %0 = grow.source "k" : tensor<4x1x4xf32>
      %1 = grow.scale %0 by 1/2 : tensor<4x1x4xf32>
      grow.yield %1 : tensor<4x1x4xf32>
    }
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1 softcap 5 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 softcap 5 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32> {
      %0 = grow.source "k" : tensor<4x1x4xf32>
      %1 = grow.scale %0 by 1/2 : tensor<4x1x4xf32>
      grow.yield %1 : tensor<4x1x4xf32>
    }
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 softcap 5 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// Normalised queries and keys do not see a factor, if epsilon follows.
module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    grow.param @qg : tensor<4xf32>
    grow.param @kg : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %qg = grow.get @qg : tensor<4xf32>
      %kg = grow.get @kg : tensor<4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) qk_norm(%qg, %kg) epsilon 1/8 count 4 scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @q : tensor<4x1x2x4xf32> {
      %0 = grow.source "q" : tensor<4x1x2x4xf32>
      %1 = grow.scale %0 by sqrt(3) : tensor<4x1x2x4xf32>
      grow.yield %1 : tensor<4x1x2x4xf32>
    }
    grow.param @k : tensor<4x1x4xf32> {
      %0 = grow.source "k" : tensor<4x1x4xf32>
      %1 = grow.scale %0 by sqrt(3) : tensor<4x1x4xf32>
      grow.yield %1 : tensor<4x1x4xf32>
    }
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    grow.param @qg : tensor<4xf32>
    grow.param @kg : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %qg = grow.get @qg : tensor<4xf32>
      %kg = grow.get @kg : tensor<4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) qk_norm(%qg, %kg) epsilon 3/8 count 4 scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    grow.param @qg : tensor<4xf32>
    grow.param @kg : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %qg = grow.get @qg : tensor<4xf32>
      %kg = grow.get @kg : tensor<4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) qk_norm(%qg, %kg) epsilon 1/8 count 4 scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @q : tensor<4x1x2x4xf32> {
      %0 = grow.source "q" : tensor<4x1x2x4xf32>
      %1 = grow.scale %0 by sqrt(3) : tensor<4x1x2x4xf32>
      grow.yield %1 : tensor<4x1x2x4xf32>
    }
    grow.param @k : tensor<4x1x4xf32> {
      %0 = grow.source "k" : tensor<4x1x4xf32>
      %1 = grow.scale %0 by sqrt(3) : tensor<4x1x4xf32>
      grow.yield %1 : tensor<4x1x4xf32>
    }
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    grow.param @qg : tensor<4xf32>
    grow.param @kg : tensor<4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %qg = grow.get @qg : tensor<4xf32>
      %kg = grow.get @kg : tensor<4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) qk_norm(%qg, %kg) epsilon 1/8 count 4 scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// Heads that share keys and values, or have copies of their own.
module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  module {
    grow.param @q : tensor<4x2x1x4xf32> {
      %0 = grow.source "q" : tensor<4x1x2x4xf32>
      %1 = grow.regroup %0 along 1 into 2 x 1 : tensor<4x1x2x4xf32>
      grow.yield %1 : tensor<4x2x1x4xf32>
    }
    grow.param @k : tensor<4x2x4xf32> {
      %0 = grow.source "k" : tensor<4x1x4xf32>
      %1 = grow.extend %0 with #grow.copy<[0], factor = 1> along 1 at [1] by [1] : tensor<4x1x4xf32>
      grow.yield %1 : tensor<4x2x4xf32>
    }
    grow.param @v : tensor<4x2x3xf32> {
      %0 = grow.source "v" : tensor<4x1x3xf32>
      %1 = grow.extend %0 with #grow.copy<[0], factor = 1> along 1 at [1] by [1] : tensor<4x1x3xf32>
      grow.yield %1 : tensor<4x2x3xf32>
    }
    grow.param @o : tensor<2x1x3x4xf32> {
      %0 = grow.source "o" : tensor<1x2x3x4xf32>
      %1 = grow.regroup %0 along 0 into 2 x 1 : tensor<1x2x3x4xf32>
      grow.yield %1 : tensor<2x1x3x4xf32>
    }
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x2x1x4xf32>
      %k = grow.get @k : tensor<4x2x4xf32>
      %v = grow.get @v : tensor<4x2x3xf32>
      %o = grow.get @o : tensor<2x1x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x3xf32>, tensor<2x1x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @q : tensor<4x1x2x4xf32>
    grow.param @k : tensor<4x1x4xf32>
    grow.param @v : tensor<4x1x3xf32>
    grow.param @o : tensor<1x2x3x4xf32>
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x1x2x4xf32>
      %k = grow.get @k : tensor<4x1x4xf32>
      %v = grow.get @v : tensor<4x1x3xf32>
      %o = grow.get @o : tensor<1x2x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x1x2x4xf32>, tensor<4x1x4xf32>, tensor<4x1x3xf32>, tensor<1x2x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @q : tensor<4x2x1x4xf32> {
      %0 = grow.source "q" : tensor<4x1x2x4xf32>
      %1 = grow.regroup %0 along 1 into 2 x 1 : tensor<4x1x2x4xf32>
      grow.yield %1 : tensor<4x2x1x4xf32>
    }
    grow.param @k : tensor<4x2x4xf32> {
      %0 = grow.source "k" : tensor<4x1x4xf32>
      %1 = grow.extend %0 with #grow.copy<[0], factor = 2> along 1 at [1] by [1] : tensor<4x1x4xf32>
      grow.yield %1 : tensor<4x2x4xf32>
    }
    grow.param @v : tensor<4x2x3xf32> {
      %0 = grow.source "v" : tensor<4x1x3xf32>
      %1 = grow.extend %0 with #grow.copy<[0], factor = 1> along 1 at [1] by [1] : tensor<4x1x3xf32>
      grow.yield %1 : tensor<4x2x3xf32>
    }
    grow.param @o : tensor<2x1x3x4xf32> {
      %0 = grow.source "o" : tensor<1x2x3x4xf32>
      %1 = grow.regroup %0 along 0 into 2 x 1 : tensor<1x2x3x4xf32>
      grow.yield %1 : tensor<2x1x3x4xf32>
    }
    func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
      %q = grow.get @q : tensor<4x2x1x4xf32>
      %k = grow.get @k : tensor<4x2x4xf32>
      %v = grow.get @v : tensor<4x2x3xf32>
      %o = grow.get @o : tensor<2x1x3x4xf32>
      %r = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x3xf32>, tensor<2x1x3x4xf32>) -> tensor<?x?x4xf32>
      return %r : tensor<?x?x4xf32>
    }
  }
}

// -----

// Patches: linear in the weight, the bias and the class token.
module {
  module {
    grow.param @p : tensor<3x2x2x4xf32>
    grow.param @pb : tensor<4xf32>
    grow.param @c : tensor<4xf32>
    func.func @forward(%x: tensor<?x3x4x6xf32>) -> tensor<?x7x4xf32> {
      %p = grow.get @p : tensor<3x2x2x4xf32>
      %pb = grow.get @pb : tensor<4xf32>
      %c = grow.get @c : tensor<4xf32>
      %e = grow.patch_embedding %x weight(%p, %pb) class_token(%c) : (tensor<?x3x4x6xf32>, tensor<3x2x2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x7x4xf32>
      %r = grow.scale %e by 2 : tensor<?x7x4xf32>
      return %r : tensor<?x7x4xf32>
    }
  }
  module {
    grow.param @p : tensor<3x2x2x4xf32>
    grow.param @pb : tensor<4xf32> {
      %0 = grow.source "pb" : tensor<4xf32>
      %1 = grow.scale %0 by 2 : tensor<4xf32>
      grow.yield %1 : tensor<4xf32>
    }
    grow.param @c : tensor<4xf32> {
      %0 = grow.source "c" : tensor<4xf32>
      %1 = grow.scale %0 by 2 : tensor<4xf32>
      grow.yield %1 : tensor<4xf32>
    }
    func.func @forward(%x: tensor<?x3x4x6xf32>) -> tensor<?x7x4xf32> {
      %p = grow.get @p : tensor<3x2x2x4xf32>
      %pb = grow.get @pb : tensor<4xf32>
      %c = grow.get @c : tensor<4xf32>
      %s = grow.scale %p by 2 : tensor<3x2x2x4xf32>
      %r = grow.patch_embedding %x weight(%s, %pb) class_token(%c) : (tensor<?x3x4x6xf32>, tensor<3x2x2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x7x4xf32>
      return %r : tensor<?x7x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @p : tensor<3x2x2x4xf32>
    grow.param @pb : tensor<4xf32>
    grow.param @c : tensor<4xf32>
    func.func @forward(%x: tensor<?x3x4x6xf32>) -> tensor<?x7x4xf32> {
      %p = grow.get @p : tensor<3x2x2x4xf32>
      %pb = grow.get @pb : tensor<4xf32>
      %c = grow.get @c : tensor<4xf32>
      %e = grow.patch_embedding %x weight(%p, %pb) class_token(%c) : (tensor<?x3x4x6xf32>, tensor<3x2x2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x7x4xf32>
      %r = grow.scale %e by 2 : tensor<?x7x4xf32>
      return %r : tensor<?x7x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @p : tensor<3x2x2x4xf32>
    grow.param @pb : tensor<4xf32> {
      %0 = grow.source "pb" : tensor<4xf32>
      %1 = grow.scale %0 by 1 : tensor<4xf32>
      grow.yield %1 : tensor<4xf32>
    }
    grow.param @c : tensor<4xf32> {
      %0 = grow.source "c" : tensor<4xf32>
      %1 = grow.scale %0 by 2 : tensor<4xf32>
      grow.yield %1 : tensor<4xf32>
    }
    func.func @forward(%x: tensor<?x3x4x6xf32>) -> tensor<?x7x4xf32> {
      %p = grow.get @p : tensor<3x2x2x4xf32>
      %pb = grow.get @pb : tensor<4xf32>
      %c = grow.get @c : tensor<4xf32>
      %s = grow.scale %p by 2 : tensor<3x2x2x4xf32>
      %r = grow.patch_embedding %x weight(%s, %pb) class_token(%c) : (tensor<?x3x4x6xf32>, tensor<3x2x2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x7x4xf32>
      return %r : tensor<?x7x4xf32>
    }
  }
}

// -----

module {
  module {
    grow.param @p : tensor<3x2x2x4xf32>
    grow.param @pb : tensor<4xf32>
    grow.param @c : tensor<4xf32>
    func.func @forward(%x: tensor<?x3x4x6xf32>) -> tensor<?x7x4xf32> {
      %p = grow.get @p : tensor<3x2x2x4xf32>
      %pb = grow.get @pb : tensor<4xf32>
      %c = grow.get @c : tensor<4xf32>
      %e = grow.patch_embedding %x weight(%p, %pb) class_token(%c) : (tensor<?x3x4x6xf32>, tensor<3x2x2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x7x4xf32>
      %r = grow.scale %e by 2 : tensor<?x7x4xf32>
      return %r : tensor<?x7x4xf32>
    }
  }
  // expected-error @below {{computes other logits than the source model}}
  module {
    grow.param @p : tensor<3x2x2x4xf32>
    grow.param @pb : tensor<4xf32> {
      %0 = grow.source "pb" : tensor<4xf32>
      %1 = grow.scale %0 by 2 : tensor<4xf32>
      grow.yield %1 : tensor<4xf32>
    }
    grow.param @c : tensor<4xf32> {
      %0 = grow.source "c" : tensor<4xf32>
      %1 = grow.scale %0 by 1 : tensor<4xf32>
      grow.yield %1 : tensor<4xf32>
    }
    func.func @forward(%x: tensor<?x3x4x6xf32>) -> tensor<?x7x4xf32> {
      %p = grow.get @p : tensor<3x2x2x4xf32>
      %pb = grow.get @pb : tensor<4xf32>
      %c = grow.get @c : tensor<4xf32>
      %s = grow.scale %p by 2 : tensor<3x2x2x4xf32>
      %r = grow.patch_embedding %x weight(%s, %pb) class_token(%c) : (tensor<?x3x4x6xf32>, tensor<3x2x2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x7x4xf32>
      return %r : tensor<?x7x4xf32>
    }
  }
}
