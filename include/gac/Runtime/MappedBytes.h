//===- MappedBytes.h - A file mapped into memory ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_RUNTIME_MAPPEDBYTES_H
#define GAC_RUNTIME_MAPPEDBYTES_H

#include "gac/Runtime/Status.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace gac::runtime {

/// A regular file, mapped read-only for as long as the object lives.
class MappedBytes {
public:
  /// Errors name the path and the system's reason.
  static Result<MappedBytes> open(const std::string &path);

  MappedBytes(MappedBytes &&other) noexcept { *this = std::move(other); }
  MappedBytes &operator=(MappedBytes &&other) noexcept;
  MappedBytes(const MappedBytes &) = delete;
  MappedBytes &operator=(const MappedBytes &) = delete;
  ~MappedBytes();

  std::string_view getBytes() const {
    return {static_cast<const char *>(address), size};
  }

private:
  MappedBytes() = default;

  void *address = nullptr;
  size_t size = 0;
};

/// Reads a whole file of at most `limit` bytes.
Result<std::string> readFile(const std::string &path, size_t limit);

/// Writes a file beside its final place and renames it, so that nobody sees a
/// half-written one and an error leaves what was there, whose permissions a new
/// one takes over. A symbolic link stays and what it points to is written; a
/// pipe or a device is written into. Errors name the path and the system's
/// reason. Threads may call it.
Status writeFile(const std::string &path, std::string_view bytes);

/// Whether writeFile() could write there, to be asked before long work. Leaves
/// nothing behind.
Status checkWritable(const std::string &path);

} // namespace gac::runtime

#endif // GAC_RUNTIME_MAPPEDBYTES_H
