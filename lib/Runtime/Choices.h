//===- Choices.h - What was fastest, kept between runs ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_RUNTIME_CHOICES_H
#define GAC_LIB_RUNTIME_CHOICES_H

#include "CacheFolder.h"

#include <map>
#include <mutex>

namespace gac::runtime {

/// Which way of doing something was fastest, by what is done: measured once per
/// device and library version, then kept in a file of the cache folder. Keys
/// and choices are printable ASCII without quotes and backslashes. Threads may
/// share it.
class Choices {
public:
  /// `what` and the names make the file's name.
  Choices(const std::string &folder, const std::string &what,
          const std::string &device, size_t version);

  std::optional<std::string> find(const std::string &key);
  /// Keeps a choice beside those in the file, which other programs may have
  /// made meanwhile.
  void keep(const std::string &key, const std::string &choice);

private:
  void read();

  CacheFolder cache;
  std::string fileName;
  std::mutex mutex;
  std::map<std::string, std::string> choices;
};

} // namespace gac::runtime

#endif // GAC_LIB_RUNTIME_CHOICES_H
