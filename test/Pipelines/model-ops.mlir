// RUN: grow-opt %s --grow-to-llvm --verify-diagnostics

func.func @forward(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  // expected-error @+1 {{'grow.softcap' op is not linalg: run 'convert-grow-to-linalg' first}}
  %0 = grow.softcap %x at 30 : tensor<?x?x8xf32>
  return %0 : tensor<?x?x8xf32>
}
