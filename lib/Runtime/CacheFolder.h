//===- CacheFolder.h - What is worth keeping between runs -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_CACHEFOLDER_H
#define GAC_LIB_RUNTIME_CACHEFOLDER_H

#include "Descriptor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gac::runtime {

/// GAC_CACHE_DIR, also where it is empty, or gac in XDG_CACHE_HOME, or
/// .cache/gac in HOME, where these are not; "" where there is none of them.
std::string getDefaultCacheFolder();

/// Sixteen hexadecimal digits.
std::string toHex(uint64_t value);

/// A folder of files that can be made again. What cannot be read is not there,
/// and what cannot be written is not kept: a cache is no reason to fail.
class CacheFolder {
public:
  /// Nothing is kept in the folder "".
  explicit CacheFolder(std::string folder) : folder(std::move(folder)) {}

  std::optional<std::string> read(const std::string &name) const;
  void write(const std::string &name, std::string_view bytes) const;

  /// The same with the bytes' number and hash before them, for what nobody can
  /// check who reads it: a file that was cut or changed is not there.
  std::optional<std::string> readSealed(const std::string &name) const;
  void writeSealed(const std::string &name, std::string_view bytes) const;

  /// Keeps other threads and programs from changing a file of the folder for as
  /// long as the result lives, where they ask as well; it is empty where that
  /// cannot be had within a second.
  Descriptor lock(const std::string &name) const;

private:
  void makeFolder() const;

  std::string folder;
};

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_CACHEFOLDER_H
