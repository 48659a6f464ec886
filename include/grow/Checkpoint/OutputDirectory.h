//===- OutputDirectory.h - A directory written as a whole -------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_CHECKPOINT_OUTPUTDIRECTORY_H
#define GROW_CHECKPOINT_OUTPUTDIRECTORY_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace grow {

/// A new directory that is there completely or not at all. Its files are
/// written to a hidden one beside it, on the same file system, which commit()
/// renames once every byte is on disk. Without a commit the destructor removes
/// it.
class OutputDirectory {
public:
  /// Fails if there is anything at `path`, or if nothing can be written there.
  static llvm::Expected<OutputDirectory> create(llvm::StringRef path);
  OutputDirectory(OutputDirectory &&other);
  OutputDirectory &operator=(OutputDirectory &&) = delete;
  ~OutputDirectory();

  /// The final path, absolute, and that of the directory it is in.
  llvm::StringRef getPath() const { return path; }
  llvm::StringRef getParent() const { return parent; }
  /// Where files are written until the commit.
  llvm::StringRef getHiddenPath() const { return hidden; }
  std::string pathOf(llvm::StringRef file) const;

  /// Writes a new file, in this directory itself, and waits until it is on
  /// disk.
  llvm::Error addFile(llvm::StringRef name,
                      llvm::function_ref<llvm::Error(int fd)> fill) const;
  llvm::Error writeFile(llvm::StringRef name, llvm::StringRef text) const;
  /// The same, with the contents of the file at `source` and its name.
  llvm::Error copyFile(llvm::StringRef source) const;
  /// Waits until a file that something else has written there is on disk.
  llvm::Error syncFile(llvm::StringRef name) const;

  /// Makes the directory appear under its final name, which never replaces
  /// another one where the system can promise that. All files must be on disk;
  /// nothing may be written afterwards. `beforeRename` runs when only that is
  /// left.
  llvm::Error commit(llvm::function_ref<llvm::Error()> beforeRename = nullptr);

private:
  OutputDirectory() = default;

  llvm::Error publish() const;

  std::string path, parent;
  /// Empty after the commit.
  std::string hidden;
};

/// Waits until what was written to an open file or directory is on disk.
std::error_code syncToDisk(int fd);

} // namespace grow

#endif // GROW_CHECKPOINT_OUTPUTDIRECTORY_H
