//===- Format.h - Numbers as people read them -------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_COMMON_FORMAT_H
#define GAC_TOOLS_COMMON_FORMAT_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gac::tools {

/// With so many digits after the point.
std::string formatNumber(double value, int digits);
/// "12.3 MiB".
std::string formatBytes(int64_t bytes);
/// "12.3 us", "4.56 ms", "7.89 s".
std::string formatTime(double microseconds);
/// Three digits and a decimal prefix before the unit: "1.25 TFLOP/s".
std::string formatScaled(double value, const std::string &unit);
/// How many positions of each cache are filled: "past 5, other 0"; where many
/// are filled alike, "all caches 5"; and "" where there is no cache.
using Positions = std::vector<std::pair<std::string, int64_t>>;
std::string formatPositions(const Positions &positions);
/// "1 round", "2 rounds".
std::string formatCount(int64_t count, const std::string &what);

/// Rows of cells in columns that are as wide as they need; the first column
/// and those named are flush left, the others flush right. Each line begins
/// with `indent`.
class TextTable {
public:
  explicit TextTable(std::vector<std::string> header)
      : header(std::move(header)) {}
  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }
  std::string print(const std::string &indent,
                    const std::vector<size_t> &leftColumns = {}) const;

private:
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

/// Characters, not bytes, of UTF-8.
size_t countCharacters(const std::string &text);
/// At most so many characters; what is left out becomes "...".
std::string shorten(const std::string &text, size_t most);

} // namespace gac::tools

#endif // GAC_TOOLS_COMMON_FORMAT_H
