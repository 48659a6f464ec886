//===- BufferizableOpInterfaceImpl.h - Bufferization of our ops -*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
#define GROW_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace grow {
/// Attaches `BufferizableOpInterface` to the kernel ops of the grow dialect.
void registerBufferizableOpInterfaceExternalModels(
    mlir::DialectRegistry &registry);
} // namespace grow

#endif // GROW_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
