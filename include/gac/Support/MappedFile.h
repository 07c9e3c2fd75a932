//===- MappedFile.h - A file read through memory mapping --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Models and their weights are mapped, never read: a page costs memory only
// while somebody looks at it, and none of it is anonymous memory.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_SUPPORT_MAPPEDFILE_H
#define GAC_SUPPORT_MAPPEDFILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"

#include <cstdint>
#include <string>

namespace gac {

/// What tells one version of a file from another.
struct FileStamp {
  /// Bytes in the file.
  uint64_t size = 0;
  /// Last modification, in nanoseconds since 1970-01-01 00:00 UTC.
  int64_t modificationTime = 0;

  bool operator==(const FileStamp &other) const {
    return size == other.size && modificationTime == other.modificationTime;
  }
  bool operator!=(const FileStamp &other) const { return !(*this == other); }
};

/// Returns the stamp of the regular file `path` (links are followed). Anything
/// else, a missing file as well as a directory or a device, is an error that
/// names the path.
llvm::Expected<FileStamp> getFileStamp(llvm::StringRef path);

/// A regular file mapped read-only. The bytes live as long as the object; they
/// must not be read after somebody truncated the file, which is why users keep
/// the stamp and compare it.
class MappedFile {
public:
  /// Maps `path`. Errors name the path and the reason.
  static llvm::Expected<MappedFile> open(llvm::StringRef path);

  /// The path as it was given to open().
  llvm::StringRef getPath() const { return path; }
  const FileStamp &getStamp() const { return stamp; }
  uint64_t getSize() const { return stamp.size; }
  llvm::StringRef getBytes() const {
    if (stamp.size == 0)
      return {};
    return llvm::StringRef(region.const_data(), stamp.size);
  }

private:
  MappedFile(llvm::StringRef path, FileStamp stamp)
      : path(path.str()), stamp(stamp) {}

  std::string path;
  FileStamp stamp;
  /// Unset for an empty file, which cannot be mapped.
  llvm::sys::fs::mapped_file_region region;
};

} // namespace gac

#endif // GAC_SUPPORT_MAPPEDFILE_H
