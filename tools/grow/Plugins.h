//===- Plugins.h - Dialects of other projects -------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TOOLS_GROW_PLUGINS_H
#define GROW_TOOLS_GROW_PLUGINS_H

#include "mlir/IR/DialectRegistry.h"
#include "llvm/Support/Error.h"

/// Loads what --load-dialect-plugin names. The error is about the first that
/// cannot be loaded.
llvm::Error loadPlugins();

/// The files that --load-dialect-plugin names.
llvm::ArrayRef<std::string> getDialectPluginFiles();

/// Adds the dialects of the plugins that were loaded.
void registerPluginDialects(mlir::DialectRegistry &registry);

#endif // GROW_TOOLS_GROW_PLUGINS_H
