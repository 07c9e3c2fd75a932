//===- Table.h - tables for people --------------------------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_PLANNER_TABLE_H
#define GAC_LIB_PLANNER_TABLE_H

#include "gac/Planner/Findings.h"
#include "llvm/Support/raw_ostream.h"

namespace gac {

/// Rows of text cells, printed in columns as wide as their widest cell. Columns
/// without any text are left out.
class Table {
public:
  struct Column {
    llvm::StringRef head;
    bool alignRight = false;
  };

  /// A table without heads has no line under them either.
  explicit Table(llvm::ArrayRef<Column> columns) : columns(columns) {}

  void addRow(llvm::SmallVector<std::string> cells);
  void print(llvm::raw_ostream &os, llvm::StringRef indent = "") const;

private:
  llvm::SmallVector<Column> columns;
  std::vector<llvm::SmallVector<std::string>> rows;
};

/// Letters for the rules broken in a report, in order of appearance.
class CauseLegend {
public:
  std::string getMark(const Cause &cause);
  void print(llvm::raw_ostream &os) const;
  bool empty() const { return causes.empty(); }

private:
  llvm::SmallVector<Cause> causes;
};

/// More lines than these are no longer seen at once.
inline constexpr size_t kMaxLines = 40;

/// "odd, needs 8", "of 2, needs 8": the multiple that a size has, and the one
/// that it needs.
std::string formatTier(int64_t size, int64_t multiple, int64_t required);
/// "107", or where there are several, "83-107".
std::string formatSizes(llvm::ArrayRef<int64_t> sizes);
/// "12.3 us", "4.0 ms".
std::string formatTime(int64_t picoseconds);
/// "val_511:1", "val_511:1 +31": of several the first.
std::string formatIds(llvm::StringRef first, size_t count);

/// Things that are in the same place of different blocks, and whatever else
/// `keys` says of them.
struct PlaceGroup {
  /// Indices, ascending.
  std::vector<unsigned> members;
  ModulePlace place;
};
/// In the order of the first members.
std::vector<PlaceGroup> groupByPlace(llvm::ArrayRef<const ModulePlace *> places,
                                     llvm::ArrayRef<std::string> keys);

} // namespace gac

#endif // GAC_LIB_PLANNER_TABLE_H
