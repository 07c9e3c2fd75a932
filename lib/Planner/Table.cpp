//===- Table.cpp - tables for people ------------------------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Table.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

void Table::addRow(SmallVector<std::string> cells) {
  rows.push_back(std::move(cells));
}

void Table::print(raw_ostream &os, StringRef indent) const {
  SmallVector<size_t> widths(columns.size(), 0);
  for (const auto &row : rows)
    for (auto [width, cell] : llvm::zip(widths, row))
      width = std::max(width, cell.size());
  bool hasHead = llvm::any_of(
      columns, [](const Column &column) { return !column.head.empty(); });
  size_t total = 0;
  for (auto [width, column] : llvm::zip(widths, columns))
    if (width != 0) {
      width = std::max(width, column.head.size());
      total += width + 2;
    }

  auto printRow = [&](auto getCell) {
    std::string line = indent.str();
    for (auto [c, column] : llvm::enumerate(columns)) {
      if (widths[c] == 0)
        continue;
      StringRef cell = getCell(c);
      std::string padding(widths[c] - cell.size(), ' ');
      line += column.alignRight ? padding + cell.str() : cell.str() + padding;
      line += "  ";
    }
    os << StringRef(line).rtrim() << "\n";
  };
  if (hasHead) {
    printRow([&](size_t c) { return columns[c].head; });
    os << indent << std::string(total < 2 ? 0 : total - 2, '-') << "\n";
  }
  for (const auto &row : rows)
    printRow([&](size_t c) { return StringRef(row[c]); });
}

//===----------------------------------------------------------------------===//
// Cells
//===----------------------------------------------------------------------===//

std::string CauseLegend::getMark(const Cause &cause) {
  const auto *it = llvm::find_if(
      causes, [&](const Cause &known) { return known.tier == cause.tier; });
  size_t index = it - causes.begin();
  if (it == causes.end())
    causes.push_back(cause);
  std::string mark(1, char('a' + index % 26));
  return index < 26 ? mark : mark + std::to_string(index / 26);
}

void CauseLegend::print(raw_ostream &os) const {
  for (const Cause &cause : causes)
    os << "  " << CauseLegend(*this).getMark(cause) << "  " << cause.tier->cause
       << "\n     [" << cause.rule->id << ": " << cause.rule->source << "]\n";
}

std::string gac::formatTier(int64_t size, int64_t multiple, int64_t required) {
  std::string tier = multiple > 1 ? llvm::formatv("of {0}", multiple).str()
                     : size % 2   ? "odd"
                                  : "even";
  return llvm::formatv("{0}, needs {1}", tier, required);
}

std::string gac::formatSizes(ArrayRef<int64_t> sizes) {
  auto [least, most] = std::minmax_element(sizes.begin(), sizes.end());
  return *least == *most ? std::to_string(*least)
                         : llvm::formatv("{0}-{1}", *least, *most).str();
}

std::string gac::formatTime(int64_t picoseconds) {
  double microseconds = double(picoseconds) * 1e-6;
  // No "-0.0".
  if (std::abs(microseconds) < 0.05)
    microseconds = 0;
  if (microseconds < 10000)
    return llvm::formatv("{0:f1} us", microseconds);
  return llvm::formatv("{0:f1} ms", microseconds / 1000);
}

std::string gac::formatIds(StringRef first, size_t count) {
  return count == 1 ? first.str()
                    : llvm::formatv("{0} +{1}", first, count - 1).str();
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

std::vector<PlaceGroup> gac::groupByPlace(ArrayRef<const ModulePlace *> places,
                                          ArrayRef<std::string> keys) {
  llvm::MapVector<std::string, std::vector<unsigned>,
                  std::map<std::string, unsigned>>
      members;
  for (auto [i, place, key] : llvm::enumerate(places, keys))
    members[ModuleNames::getPattern(*place) + "\n" + key].push_back(i);
  std::vector<PlaceGroup> groups;
  for (auto &[pattern, indices] : members) {
    SmallVector<const ModulePlace *> together;
    for (unsigned i : indices)
      together.push_back(places[i]);
    groups.push_back({std::move(indices), ModuleNames::merge(together)});
  }
  return groups;
}
