//===- Surface.h - Efficiencies on a grid -----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_FIT_SURFACE_H
#define GAC_TOOLS_FIT_SURFACE_H

#include <cstdint>
#include <optional>
#include <vector>

namespace gac::profile {

/// Positive values by row and column, some of which were not measured. Both
/// axes ascend.
struct Surface {
  std::vector<int64_t> rows, columns;
  std::vector<std::vector<std::optional<double>>> values;

  /// Without a value anywhere.
  Surface(std::vector<int64_t> rows, std::vector<int64_t> columns);

  size_t count() const;

  /// All values: the measured ones, and for others a sum, in logarithms, of
  /// what their row and their column have in common with others, and of what
  /// the measured values near by have besides. Needs one value at least.
  std::vector<std::vector<double>> complete() const;
  /// The same at other columns, which ascend: between the surface's own ones in
  /// proportion of logarithms, beyond them those of the nearest.
  std::vector<std::vector<double>>
  completeAt(const std::vector<int64_t> &others) const;
};

} // namespace gac::profile

#endif // GAC_TOOLS_FIT_SURFACE_H
