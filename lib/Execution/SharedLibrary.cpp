//===- SharedLibrary.cpp - Linking a compiled model -----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/ModelObject.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace grow;

Expected<SharedLibraryLinker> SharedLibraryLinker::find() {
  // A driver knows where the C library is; one for C++ knows its library, too.
  for (StringRef name : {"c++", "g++", "clang++", "clang++-22"})
    if (ErrorOr<std::string> path = sys::findProgramByName(name))
      return SharedLibraryLinker(std::move(*path));
  return createStringError("none of c++, g++, clang++ and clang++-22 is there");
}

namespace {
/// A file that is removed when it is not needed any more.
class TemporaryFile {
public:
  static Expected<TemporaryFile> create(StringRef suffix) {
    SmallString<128> path;
    if (std::error_code code =
            sys::fs::createTemporaryFile("grow-link", suffix, path))
      return createStringError(code, "cannot create a temporary file");
    return TemporaryFile(path);
  }

  StringRef getPath() const { return path; }
  Error write(StringRef text) const {
    return writeToOutput(path, [&](raw_ostream &os) {
      os << text;
      return Error::success();
    });
  }
  std::string read() const {
    auto buffer = MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "";
  }

private:
  explicit TemporaryFile(StringRef path) : path(path), remover(path) {}

  std::string path;
  FileRemover remover;
};
} // namespace

Error SharedLibraryLinker::link(StringRef object, StringRef runtime,
                                StringRef output, StringRef prefix,
                                bool usesOpenMP) const {
  if (!sys::fs::exists(runtime))
    return createStringError("'" + runtime +
                             "' is not there, which compiled models are linked "
                             "with: build or install grow again");
  if (usesOpenMP && !sys::fs::exists(GROW_OPENMP_LIBRARY))
    return createStringError(
        "compiled code needs OpenMP's library, which was not there when grow "
        "was built: install libomp and build grow again, or use --no-parallel");
  Expected<TemporaryFile> exports = TemporaryFile::create("map");
  if (!exports)
    return exports.takeError();
  if (Error error =
          exports->write(("{ global: " + prefix + "*; local: *; };\n").str()))
    return error;
  Expected<TemporaryFile> messages = TemporaryFile::create("log");
  if (!messages)
    return messages.takeError();

  std::vector<std::string> arguments = {
      driver, "-shared", "-o", output.str(), object.str(), runtime.str(),
      // What the machine that runs it may lack.
      "-static-libstdc++", "-static-libgcc", "-Wl,--gc-sections", "-Wl,-s",
      "-Wl,-z,defs", "-Wl,-z,noexecstack",
      ("-Wl,-soname," + sys::path::filename(output)).str(),
      ("-Wl,--version-script=" + exports->getPath()).str()};
  if (usesOpenMP) {
    arguments.push_back(GROW_OPENMP_LIBRARY);
    // Found beside the model, or where it was when that was compiled.
    arguments.push_back("-Wl,-rpath,$ORIGIN");
    arguments.push_back(
        ("-Wl,-rpath," + sys::path::parent_path(GROW_OPENMP_LIBRARY)).str());
  }
  arguments.push_back("-lm");
  arguments.push_back("-ldl");
  SmallVector<StringRef> references(arguments.begin(), arguments.end());
  std::string problem;
  int status = sys::ExecuteAndWait(
      driver, references, /*Env=*/std::nullopt,
      {StringRef(), messages->getPath(), messages->getPath()},
      /*SecondsToWait=*/0, /*MemoryLimit=*/0, &problem);
  if (status == 0)
    return Error::success();
  return createStringError("'" + driver + "' could not link the model: " +
                           (problem.empty() ? messages->read() : problem));
}
