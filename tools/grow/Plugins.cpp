//===- Plugins.cpp - Dialects of other projects ---------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loading is MLIR's. What cannot work, such as a plugin for another MLIR, would
// end there in a crash: it is found before, in the file, and said.
//
//===----------------------------------------------------------------------===//

#include "Plugins.h"
#include "Command.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/InterfaceStub/ELFObjHandler.h"
#include "llvm/InterfaceStub/IFSStub.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include <dlfcn.h>

using namespace llvm;

static cl::list<std::string> pluginsOption(
    "load-dialect-plugin",
    cl::desc("Load dialects of another project, as mlir-opt does: expansions\n"
             "for --schedule, lemmas for proofs (docs/Extending.md)"),
    cl::value_desc("file.so"), cl::sub(cl::SubCommand::getAll()),
    cl::cat(growCategory));

static std::vector<mlir::DialectPlugin> plugins;

//===----------------------------------------------------------------------===//
// What a file says
//===----------------------------------------------------------------------===//

using Library = std::unique_ptr<ifs::IFSStub>;

/// What a shared library, or a program, exports and needs.
static Expected<Library> readLibrary(StringRef file) {
  if (!sys::fs::exists(file))
    return createStringError("there is no such file: expected the path of a "
                             "plugin, a shared library");
  if (!sys::fs::is_regular_file(file))
    return createStringError("expected a plugin, a shared library, but this is "
                             "no regular file");
  auto buffer = MemoryBuffer::getFile(file);
  if (!buffer)
    return errorCodeToError(buffer.getError());
  Expected<Library> library = ifs::readELFFile(**buffer);
  if (library)
    return library;
  return createStringError(
      formatv("expected a plugin, a shared library, but this is none: {0}",
              toString(library.takeError())));
}

/// The library of this name, in any version, that `library` needs; empty if it
/// needs none.
static StringRef findNeeded(const ifs::IFSStub &library, StringRef name) {
  for (StringRef needed : library.NeededLibs)
    if (needed.starts_with(name))
      return needed;
  return "";
}

/// Two versions in one process would call each other's functions.
static Error checkVersions(const ifs::IFSStub &plugin) {
  static int anchor;
  Expected<Library> program =
      readLibrary(sys::fs::getMainExecutable(/*argv0=*/nullptr, &anchor));
  if (!program)
    return program.takeError();
  for (StringRef name : {"libMLIR.so", "libLLVM"}) {
    StringRef expected = findNeeded(**program, name);
    StringRef found = findNeeded(plugin, name);
    if (!found.empty() && found != expected)
      return createStringError(
          formatv("expected a plugin for {0}, which this grow runs on, found "
                  "one for {1}: build it against LLVM and MLIR {2}",
                  expected, found, LLVM_VERSION_STRING));
  }
  return Error::success();
}

static bool exports(const ifs::IFSStub &library, StringRef name) {
  return any_of(library.Symbols, [&](const ifs::IFSSymbol &symbol) {
    return !symbol.Undefined && symbol.Name == name;
  });
}

/// A second copy of a dialect would be another dialect of the same name.
static Error checkCopies(const ifs::IFSStub &plugin) {
  if (exports(plugin,
              "_ZN4mlir6detail14TypeIDResolverINS_14BuiltinDialectEvE2idE"))
    return createStringError("expected a plugin that uses this program's MLIR, "
                             "but it holds a copy of its own: link it with "
                             "libMLIR.so, not with MLIR's archives");
  if (exports(plugin,
              "_ZN4mlir6detail14TypeIDResolverIN4grow11GrowDialectEvE2idE"))
    return createStringError(
        "expected a plugin that uses this program's copy of grow's libraries, "
        "but it holds one of its own: leave them out when it is linked, as "
        "docs/Extending.md shows");
  return Error::success();
}

/// MLIR calls this function to learn what a plugin registers.
static Error checkEntry(const ifs::IFSStub &plugin) {
  constexpr StringLiteral entry = "mlirGetDialectPluginInfo";
  if (exports(plugin, entry))
    return Error::success();
  return createStringError(
      formatv("expected a plugin, which exports a function {0}, found no such "
              "function: docs/Extending.md shows one",
              entry));
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

/// Loads the library with all that it refers to, such that nothing is found
/// missing in the middle of the work.
static Error bindAll(const std::string &file) {
  if (dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL))
    return Error::success();
  StringRef reason = dlerror();
  // What stands before is the file.
  auto [before, symbol] = reason.split("undefined symbol: ");
  if (symbol.empty())
    return createStringError("cannot be loaded: " + reason);
  return createStringError(formatv(
      "expected a plugin for grow {0} and MLIR {1}, but it needs '{2}', "
      "which they do not have: build it against them",
      GROW_VERSION, LLVM_VERSION_STRING, demangle(symbol)));
}

static Expected<mlir::DialectPlugin> load(StringRef path) {
  Expected<Library> library = readLibrary(path);
  if (!library)
    return library.takeError();
  if (Error error = checkVersions(**library))
    return error;
  if (Error error = checkCopies(**library))
    return error;
  if (Error error = checkEntry(**library))
    return error;
  // Names without a directory would be looked for among the system's libraries.
  SmallString<128> file(path);
  if (std::error_code error = sys::fs::make_absolute(file))
    return errorCodeToError(error);
  if (Error error = bindAll(file.str().str()))
    return error;
  auto plugin = mlir::DialectPlugin::load(file.str().str());
  if (plugin)
    return plugin;
  return createStringError(formatv("expected a plugin for MLIR {0}: {1}",
                                   LLVM_VERSION_STRING,
                                   toString(plugin.takeError())));
}

Error loadPlugins() {
  for (const std::string &path : pluginsOption) {
    Expected<mlir::DialectPlugin> plugin = load(path);
    if (!plugin)
      return createStringError(formatv("--{0}: {1}: {2}", pluginsOption.ArgStr,
                                       path, toString(plugin.takeError())));
    plugins.push_back(*plugin);
  }
  return Error::success();
}

ArrayRef<std::string> getDialectPluginFiles() { return pluginsOption; }

void registerPluginDialects(mlir::DialectRegistry &registry) {
  for (const mlir::DialectPlugin &plugin : plugins)
    plugin.registerDialectRegistryCallbacks(registry);
}
