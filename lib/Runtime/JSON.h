//===- JSON.h - JSON without LLVM -------------------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Private to this library: nlohmann's header is seen by nobody who uses it.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_RUNTIME_JSON_H
#define GROW_LIB_RUNTIME_JSON_H

#define JSON_NO_IO // No iostreams in what is linked into every model.
#include <nlohmann/json.hpp>

namespace grow::runtime {

using JSON = nlohmann::json;

} // namespace grow::runtime

#endif // GROW_LIB_RUNTIME_JSON_H
