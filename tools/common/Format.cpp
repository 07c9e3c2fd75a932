//===- Format.cpp - Numbers as people read them -----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Format.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace gac::tools;

std::string gac::tools::formatNumber(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

std::string gac::tools::formatBytes(int64_t bytes) {
  auto value = static_cast<double>(bytes);
  if (bytes >= int64_t(1) << 30)
    return formatNumber(value / (1 << 30), 2) + " GiB";
  return formatNumber(value / (1 << 20), 1) + " MiB";
}

/// Three digits in all, where there are not more before the point.
static std::string formatThree(double value) {
  double size = std::fabs(value);
  // Where rounding would give a fourth digit, it counts as given.
  return formatNumber(value, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

std::string gac::tools::formatTime(double microseconds) {
  double size = std::fabs(microseconds);
  if (size < 9999.5)
    return formatNumber(microseconds, size < 99.95 ? 2 : 1) + " us";
  if (size < 9999.5e3)
    return formatThree(microseconds / 1e3) + " ms";
  return formatThree(microseconds / 1e6) + " s";
}

std::string gac::tools::formatScaled(double value, const std::string &unit) {
  static const char *const prefixes[] = {"", "k", "M", "G", "T", "P"};
  size_t prefix = 0;
  for (; std::fabs(value) >= 999.5 && prefix + 1 < std::size(prefixes);
       ++prefix)
    value /= 1000;
  return formatThree(value) + " " + prefixes[prefix] + unit;
}

std::string gac::tools::formatCount(int64_t count, const std::string &what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string gac::tools::formatPositions(const Positions &positions) {
  // A model has two caches per layer, and mostly they are filled alike.
  bool alike =
      std::all_of(positions.begin(), positions.end(), [&](const auto &each) {
        return each.second == positions[0].second;
      });
  if (alike && positions.size() > 1)
    return "all caches " + std::to_string(positions[0].second);
  std::string text;
  for (const auto &[cache, position] : positions)
    text.append(text.empty() ? "" : ", ")
        .append(cache)
        .append(" ")
        .append(std::to_string(position));
  return text;
}

static bool continuesCharacter(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

size_t gac::tools::countCharacters(const std::string &text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return !continuesCharacter(c); }));
}

std::string gac::tools::shorten(const std::string &text, size_t most) {
  if (countCharacters(text) <= most)
    return text;
  size_t end = 0;
  for (size_t characters = 0; end < text.size(); ++end)
    if (!continuesCharacter(text[end]) && ++characters > most - 3)
      break;
  return text.substr(0, end) + "...";
}

std::string TextTable::print(const std::string &indent,
                             const std::vector<size_t> &leftColumns) const {
  std::vector<size_t> widths;
  for (const std::string &cell : header)
    widths.push_back(countCharacters(cell));
  for (const std::vector<std::string> &row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], countCharacters(row[i]));
  std::string text;
  auto addRow = [&](const std::vector<std::string> &row) {
    std::string line = indent;
    for (size_t i = 0; i < row.size(); ++i) {
      bool left =
          i == 0 || std::count(leftColumns.begin(), leftColumns.end(), i) != 0;
      std::string space(widths[i] - countCharacters(row[i]), ' ');
      line += (i == 0 ? "" : "  ") + (left ? row[i] + space : space + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  addRow(header);
  for (const std::vector<std::string> &row : rows)
    addRow(row);
  return text;
}
