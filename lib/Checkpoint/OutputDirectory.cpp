//===- OutputDirectory.cpp - A directory written as a whole ---------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/OutputDirectory.h"
#include "CheckpointUtils.h"
#include "grow/Checkpoint/FileDescriptor.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

using namespace llvm;
using namespace grow;

std::error_code grow::syncToDisk(int fd) {
  // Some file systems do not know the operation for directories.
  if (sys::RetryAfterSignal(-1, ::fsync, fd) == 0 || errno == EINVAL)
    return std::error_code();
  return getErrno();
}

static std::error_code syncPath(StringRef path, int flags) {
  int fd = ::open(path.str().c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (fd == -1)
    return getErrno();
  FileDescriptor file(fd);
  return syncToDisk(file.get());
}

Expected<OutputDirectory> OutputDirectory::create(StringRef path) {
  SmallString<128> absolute(path);
  if (std::error_code code = sys::fs::make_absolute(absolute))
    return createFileError(path, code);
  sys::path::remove_dots(absolute); // And a slash at the end.
  OutputDirectory directory;
  directory.path = absolute.str().str();
  directory.parent = sys::path::parent_path(absolute).str();

  // Without following a link, since renaming would not follow it either.
  sys::fs::file_status status;
  (void)sys::fs::status(directory.path, status, /*follow=*/false);
  if (sys::fs::exists(status))
    return makeError("'{0}' exists: choose another name, or remove it first",
                     directory.path);
  while (true) {
    std::string candidate = formatv("{0}/.{1}.tmp-{2:x-8}", directory.parent,
                                    sys::path::filename(directory.path),
                                    sys::Process::GetRandomNumber());
    std::error_code code =
        sys::fs::create_directory(candidate, /*IgnoreExisting=*/false,
                                  sys::fs::all_all); // Less the umask.
    if (!code) {
      directory.hidden = std::move(candidate);
      return directory;
    }
    if (code != std::errc::file_exists)
      return makeSystemError(code, "cannot create a directory in '{0}'",
                             directory.parent);
  }
}

OutputDirectory::OutputDirectory(OutputDirectory &&other)
    : path(std::move(other.path)), parent(std::move(other.parent)),
      hidden(std::exchange(other.hidden, std::string())) {}

OutputDirectory::~OutputDirectory() {
  if (!hidden.empty())
    sys::fs::remove_directories(hidden);
}

std::string OutputDirectory::pathOf(StringRef file) const {
  SmallString<128> result(hidden);
  sys::path::append(result, file);
  return result.str().str();
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

Error OutputDirectory::addFile(StringRef name,
                               function_ref<Error(int fd)> fill) const {
  if (!isFileName(name))
    return makeError("{0} is not a file name for '{1}'", quote(name), path);
  int fd;
  if (std::error_code code =
          sys::fs::openFileForWrite(pathOf(name), fd, sys::fs::CD_CreateNew))
    return createFileError(pathOf(name), code);
  FileDescriptor file(fd);
  if (Error error = fill(fd))
    return error;
  if (std::error_code code = syncToDisk(fd))
    return createFileError(pathOf(name), code);
  if (std::error_code code = file.close())
    return createFileError(pathOf(name), code);
  return Error::success();
}

Error OutputDirectory::writeFile(StringRef name, StringRef text) const {
  return addFile(name, [&](int fd) -> Error {
    raw_fd_ostream stream(fd, /*shouldClose=*/false);
    stream << text;
    stream.flush();
    std::error_code code = stream.error();
    stream.clear_error();
    if (code)
      return makeSystemError(code, "'{0}': cannot write {1} bytes",
                             pathOf(name), text.size());
    return Error::success();
  });
}

Error OutputDirectory::copyFile(StringRef source) const {
  StringRef name = sys::path::filename(source);
  return addFile(name, [&](int fd) -> Error {
    if (std::error_code code = sys::fs::copy_file(source, fd))
      return makeSystemError(code, "cannot copy '{0}' to '{1}'", source,
                             pathOf(name));
    return Error::success();
  });
}

Error OutputDirectory::syncFile(StringRef name) const {
  if (std::error_code code = syncPath(pathOf(name), 0))
    return createFileError(pathOf(name), code);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Commit
//===----------------------------------------------------------------------===//

Error OutputDirectory::publish() const {
#ifdef RENAME_NOREPLACE
  if (::renameat2(AT_FDCWD, hidden.c_str(), AT_FDCWD, path.c_str(),
                  RENAME_NOREPLACE) == 0)
    return Error::success();
  if (errno != EINVAL && errno != ENOSYS)
    return makeSystemError(getErrno(), "cannot rename '{0}' to '{1}'", hidden,
                           path);
#endif
  if (std::error_code code = sys::fs::rename(hidden, path))
    return makeSystemError(code, "cannot rename '{0}' to '{1}'", hidden, path);
  return Error::success();
}

Error OutputDirectory::commit(function_ref<Error()> beforeRename) {
  assert(!hidden.empty() && "committed twice");
  if (std::error_code code = syncPath(hidden, O_DIRECTORY))
    return createFileError(hidden, code);
  if (beforeRename)
    if (Error error = beforeRename())
      return error;
  if (Error error = publish())
    return error;
  hidden.clear();
  if (std::error_code code = syncPath(parent, O_DIRECTORY))
    return createFileError(parent, code);
  return Error::success();
}
