//===- TestFiles.h - Folders and files for the tests ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_UNITTESTS_RUNTIME_TESTFILES_H
#define GAC_UNITTESTS_RUNTIME_TESTFILES_H

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

/// A new folder that goes with the object.
class TestFolder {
public:
  TestFolder() { path = mkdtemp(pattern); }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TestFolder(const TestFolder &) = delete;
  TestFolder &operator=(const TestFolder &) = delete;

  /// Writes a file and returns its path.
  std::string write(const std::string &name, const std::string &bytes) const {
    std::string file = path + "/" + name;
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }

  std::string path;

private:
  char pattern[32] = "/tmp/gac-runtime-XXXXXX";
};

/// The bytes of a safetensors file with that header.
inline std::string makeSafetensors(const std::string &header,
                                   const std::string &data) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8)
    bytes += static_cast<char>(static_cast<uint64_t>(header.size()) >> shift);
  return bytes + header + data;
}

#endif // GAC_UNITTESTS_RUNTIME_TESTFILES_H
