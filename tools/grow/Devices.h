//===- Devices.h - What models can run on -----------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TOOLS_GROW_DEVICES_H
#define GROW_TOOLS_GROW_DEVICES_H

#include "Command.h"

/// Prints what models can run on here, and what other devices lack.
ExitCode inspectDevices();

#endif // GROW_TOOLS_GROW_DEVICES_H
