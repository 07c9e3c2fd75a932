//===- LinalgIO.cpp - Inputs and outputs of a program in mlir-runner ------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Files in the folder that $GAC_LINALG_IO_DIR names, for input or output I of
// case C: `in.C.I.shape` (sizes as text), `in.C.I` (elements), and the same
// with `out`. Everything is passed as scalars, so that no layout of memrefs is
// assumed here.
//
//===----------------------------------------------------------------------===//

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

static std::string getPath(const char *kind, int64_t batch, int64_t index) {
  const char *folder = std::getenv("GAC_LINALG_IO_DIR");
  return std::string(folder ? folder : ".") + "/" + kind + "." +
         std::to_string(batch) + "." + std::to_string(index);
}

/// Ends the program: nobody above could report that a file is missing.
static void check(bool isGood, const std::string &path) {
  if (isGood)
    return;
  std::fprintf(stderr, "linalg-io: error: cannot read or write '%s'\n",
               path.c_str());
  std::exit(EXIT_FAILURE);
}

extern "C" {

/// The size of one axis of an input.
int64_t gacTestSize(int64_t batch, int64_t input, int64_t axis) {
  std::string path = getPath("in", batch, input) + ".shape";
  std::ifstream file(path);
  int64_t size = 0;
  for (int64_t i = 0; i <= axis; ++i)
    file >> size;
  check(static_cast<bool>(file), path);
  return size;
}

/// Reads the elements of an input, `bytes` bytes, to where they belong.
void gacTestRead(int64_t batch, int64_t input, int64_t address, int64_t bytes) {
  std::string path = getPath("in", batch, input);
  std::ifstream file(path, std::ios::binary);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): MLIR has addresses as numbers.
  file.read(reinterpret_cast<char *>(address), bytes);
  check(static_cast<bool>(file), path);
}

/// Appends the size of the next axis of an output.
void gacTestPutSize(int64_t batch, int64_t output, int64_t size) {
  std::string path = getPath("out", batch, output) + ".shape";
  std::ofstream file(path, std::ios::app);
  file << size << '\n';
  check(static_cast<bool>(file.flush()), path);
}

/// Writes the elements of an output.
void gacTestWrite(int64_t batch, int64_t output, int64_t address,
                  int64_t bytes) {
  std::string path = getPath("out", batch, output);
  std::ofstream file(path, std::ios::binary);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): MLIR has addresses as numbers.
  file.write(reinterpret_cast<const char *>(address), bytes);
  check(static_cast<bool>(file.flush()), path);
}
}
