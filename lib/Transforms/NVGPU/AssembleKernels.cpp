//===- AssembleKernels.cpp - Machine code beside PTX ----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's gpu-module-to-binary calls the same tools, but fails where they
// are missing or refuse, and its fatbin does not show the PTX any more.
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/NVGPU/Passes.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Threading.h"
#include "mlir/Target/LLVM/NVVM/Utils.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

namespace grow {
#define GEN_PASS_DEF_NVGPUASSEMBLEKERNELSPASS
#include "grow/Transforms/NVGPU/Passes.h.inc"
} // namespace grow

using namespace mlir;
using llvm::Error;
using llvm::Expected;

namespace {

/// A directory that goes with all that is in it.
class WorkingDirectory {
public:
  WorkingDirectory() = default;
  WorkingDirectory(const WorkingDirectory &) = delete;
  WorkingDirectory &operator=(const WorkingDirectory &) = delete;
  ~WorkingDirectory() {
    if (!path.empty())
      llvm::sys::fs::remove_directories(path);
  }

  Error create() {
    if (std::error_code code =
            llvm::sys::fs::createUniqueDirectory("grow-kernels", path))
      return llvm::createStringError(code, "cannot make a directory for "
                                           "temporary files");
    return Error::success();
  }
  std::string getPath(StringRef name) const {
    SmallString<128> result(path);
    llvm::sys::path::append(result, name);
    return result.str().str();
  }
  Error write(StringRef name, StringRef text) const {
    return llvm::writeToOutput(getPath(name), [&](raw_ostream &os) {
      os << text;
      return Error::success();
    });
  }
  Expected<std::string> read(StringRef name) const {
    auto buffer = llvm::MemoryBuffer::getFile(getPath(name));
    if (!buffer)
      return llvm::createFileError(getPath(name), buffer.getError());
    return (*buffer)->getBuffer().str();
  }

private:
  SmallString<128> path;
};

/// NVIDIA's tools.
class Assembler {
public:
  static std::optional<Assembler> find() {
    auto ptxas = find("ptxas"), fatbinary = find("fatbinary");
    if (!ptxas || !fatbinary)
      return std::nullopt;
    return Assembler(*ptxas, *fatbinary);
  }

  /// Machine code for `chip`, such as sm_80, and the PTX.
  Expected<std::string> assemble(StringRef ptx, StringRef chip) const {
    WorkingDirectory files;
    if (Error error = files.create())
      return error;
    if (Error error = files.write("ptx", ptx))
      return error;
    if (Error error = run(files, ptxas,
                          {"-arch", chip.str(), files.getPath("ptx"), "-o",
                           files.getPath("cubin")}))
      return error;
    StringRef number = chip.substr(StringRef("sm_").size());
    auto image = [&](StringRef kind, StringRef file) {
      return ("--image3=kind=" + kind + ",sm=" + number +
              ",file=" + files.getPath(file))
          .str();
    };
    if (Error error = run(files, fatbinary,
                          {"-64", image("elf", "cubin"), image("ptx", "ptx"),
                           "--create", files.getPath("fatbin")}))
      return error;
    return files.read("fatbin");
  }

private:
  Assembler(std::string ptxas, std::string fatbinary)
      : ptxas(std::move(ptxas)), fatbinary(std::move(fatbinary)) {}

  /// In the path, or else in the toolkit that the environment names.
  static std::optional<std::string> find(StringRef tool) {
    auto found = llvm::sys::findProgramByName(tool);
    StringRef toolkit = NVVM::getCUDAToolkitPath();
    if (!found && !toolkit.empty()) {
      SmallString<128> folder(toolkit);
      llvm::sys::path::append(folder, "bin");
      found = llvm::sys::findProgramByName(tool, StringRef(folder));
    }
    if (!found)
      return std::nullopt;
    return *found;
  }

  /// The error is what the tool says.
  static Error run(const WorkingDirectory &files, const std::string &tool,
                   ArrayRef<std::string> arguments) {
    SmallVector<StringRef> command = {tool};
    llvm::append_range(command, arguments);
    std::string log = files.getPath("log"), message;
    std::optional<StringRef> streams[] = {StringRef(), log, log};
    if (llvm::sys::ExecuteAndWait(tool, command, /*Env=*/std::nullopt, streams,
                                  /*SecondsToWait=*/0, /*MemoryLimit=*/0,
                                  &message) == 0)
      return Error::success();
    if (message.empty()) {
      Expected<std::string> said = files.read("log");
      if (!said)
        return said.takeError();
      message = StringRef(*said).trim().str();
    }
    return llvm::createStringError("'" + tool + "' failed: " + message);
  }

  std::string ptxas, fatbinary;
};

/// Puts machine code before the PTX of a binary. Returns whether there is any.
bool assemble(gpu::BinaryOp binary, const Assembler &assembler) {
  auto isText = [](gpu::ObjectAttr object) {
    return object.getFormat() == gpu::CompilationTarget::Assembly &&
           isa<NVVM::NVVMTargetAttr>(object.getTarget());
  };
  SmallVector<Attribute> objects;
  bool assembled = false;
  for (auto object : binary.getObjects().getAsRange<gpu::ObjectAttr>()) {
    if (isText(object)) {
      auto target = cast<NVVM::NVVMTargetAttr>(object.getTarget());
      // LLVM ends it with a zero.
      StringRef ptx = object.getObject().getValue().rtrim('\0');
      Expected<std::string> code = assembler.assemble(ptx, target.getChip());
      if (!code) {
        binary.emitWarning("its PTX is left to the driver to compile: ")
            << llvm::toString(code.takeError());
        return false;
      }
      objects.push_back(
          gpu::ObjectAttr::get(target, gpu::CompilationTarget::Fatbin,
                               StringAttr::get(binary.getContext(), *code),
                               object.getProperties(), object.getKernels()));
      assembled = true;
    }
    objects.push_back(object);
  }
  binary.setObjectsAttr(ArrayAttr::get(binary.getContext(), objects));
  return assembled;
}

struct AssembleKernels
    : public grow::impl::NVGPUAssembleKernelsPassBase<AssembleKernels> {
  void runOnOperation() override {
    std::optional<Assembler> assembler = Assembler::find();
    if (!assembler)
      return markAllAnalysesPreserved();
    auto binaries = llvm::to_vector(getOperation().getOps<gpu::BinaryOp>());
    std::atomic<int64_t> assembled = 0;
    parallelForEach(&getContext(), binaries, [&](gpu::BinaryOp binary) {
      assembled += assemble(binary, *assembler);
    });
    grow::reportCount(getOperation(), getName(), assembled, "binaries",
                      "given machine code");
  }
};

} // namespace

bool grow::canAssemblePTX() { return Assembler::find().has_value(); }
