//===- CodeKey.cpp - What machine code depends on -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeKey.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SHA256.h"
#include "llvm/TargetParser/Host.h"
#include <link.h>

using namespace mlir;
using namespace grow;

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

/// The build ID in a segment of notes: a hash of the whole program that the
/// linker writes into it, hence different after every change.
static StringRef findBuildID(StringRef notes) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header;
    std::memcpy(&header, notes.data(), sizeof(header));
    uint64_t nameSize = llvm::alignTo(header.n_namesz, 4);
    uint64_t size = llvm::alignTo(header.n_descsz, 4);
    notes = notes.drop_front(sizeof(header));
    if (nameSize + size > notes.size())
      break;
    StringRef name = notes.take_front(header.n_namesz);
    if (header.n_type == NT_GNU_BUILD_ID && name == StringRef("GNU\0", 4))
      return notes.substr(nameSize, header.n_descsz);
    notes = notes.drop_front(nameSize + size);
  }
  return "";
}

namespace {
/// A search for the program or shared library that an address lies in.
struct BuildIDSearch {
  uintptr_t address;
  StringRef buildID;
};
} // namespace

static int visitProgram(dl_phdr_info *program, size_t, void *data) {
  auto &search = *static_cast<BuildIDSearch *>(data);
  ArrayRef<ElfW(Phdr)> segments(program->dlpi_phdr, program->dlpi_phnum);
  bool contains = llvm::any_of(segments, [&](const ElfW(Phdr) & segment) {
    return segment.p_type == PT_LOAD &&
           search.address - (program->dlpi_addr + segment.p_vaddr) <
               segment.p_memsz;
  });
  if (!contains)
    return 0;
  for (const ElfW(Phdr) &segment : segments)
    if (segment.p_type == PT_NOTE && search.buildID.empty())
      search.buildID = findBuildID(StringRef(
          reinterpret_cast<const char *>(program->dlpi_addr + segment.p_vaddr),
          segment.p_memsz));
  return 1;
}

/// The build ID of what `address` lies in, as it was loaded: the file may have
/// been replaced since then.
static StringRef getBuildID(const void *address) {
  BuildIDSearch search{reinterpret_cast<uintptr_t>(address), ""};
  dl_iterate_phdr(visitProgram, &search);
  return search.buildID;
}

//===----------------------------------------------------------------------===//
// Key
//===----------------------------------------------------------------------===//

namespace {
/// A stream that hashes what is written to it, part by part.
class HashStream : public llvm::raw_ostream {
public:
  ~HashStream() override { flush(); }

  /// Begins the next part, so that no two lists of parts look the same.
  void next() {
    flush();
    std::array<uint8_t, 32> part = hash.final();
    hash.init();
    whole.update(part);
  }
  std::string take() {
    next();
    return llvm::toHex(whole.final(), /*LowerCase=*/true);
  }

private:
  void write_impl(const char *bytes, size_t size) override {
    hash.update(StringRef(bytes, size));
    position += size;
  }
  uint64_t current_pos() const override { return position; }

  llvm::SHA256 hash, whole;
  uint64_t position = 0;
};
} // namespace

/// Prints all of a module but locations, whatever this process prints by
/// default.
static void printModule(ModuleOp module, llvm::raw_ostream &os) {
  constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();
  OpPrintingFlags flags;
  flags.printGenericOpForm().assumeVerified().enableDebugInfo(false);
  flags.elideLargeElementsAttrs(kNoLimit).elideLargeResourceString(kNoLimit);
  flags.skipRegions(false).printUniqueSSAIDs(false);
  module->print(os, flags);
}

std::optional<std::string>
grow::getCodeKey(ModuleOp module, PassManager &lowering,
                 const llvm::orc::JITTargetMachineBuilder &target) {
  HashStream os;
  // An address in each of grow, MLIR and LLVM. One library may hold several.
  const void *programs[] = {
      reinterpret_cast<const void *>(&getCodeKey),
      reinterpret_cast<const void *>(&mlir::verify),
      reinterpret_cast<const void *>(&llvm::sys::getProcessTriple)};
  for (const void *program : programs) {
    StringRef buildID = getBuildID(program);
    if (buildID.empty())
      return std::nullopt;
    os << buildID;
    os.next();
  }
  os << target.getTargetTriple().str();
  os.next();
  os << target.getCPU();
  os.next();
  os << target.getFeatures().getString();
  os.next();
  lowering.printAsTextualPipeline(os);
  os.next();
  printModule(module, os);
  return os.take();
}
