//===- ProductPrices.h - what products of one activation cost ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The linear layers that read one activation, alone or with the second factors
// that read them, and the predicted time and memory of what they become.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_PLANNER_PRODUCTPRICES_H
#define GAC_LIB_PLANNER_PRODUCTPRICES_H

#include "gac/Analysis/LinearLayers.h"
#include "gac/Planner/ProductPlanner.h"
#include "llvm/ADT/bit.h"

#include <optional>

namespace gac {

/// A layer or a pair.
struct ProductCandidate {
  LinearLayer first;
  std::optional<LinearLayer> second;
};

/// Some candidates side by side, as the bits of their numbers, and which of
/// them are multiplied back.
struct ProductMerge {
  uint64_t members = 0, multiplied = 0;
};

/// Calls `f` with the number of each bit of `mask`.
template <typename Function> void forEachBit(uint64_t mask, Function f) {
  for (; mask != 0; mask &= mask - 1)
    f(static_cast<unsigned>(llvm::countr_zero(mask)));
}

/// The candidates of one activation, and prices of theirs. Times are in
/// picoseconds.
class ProductPrices {
public:
  /// `rows` are those of the activation, by entry.
  ProductPrices(const Target &target, DType dtype,
                llvm::ArrayRef<PricedEntry> entries,
                llvm::SmallVector<int64_t> rows)
      : target(target), dtype(dtype), entries(entries), rows(std::move(rows)) {}

  /// 64 at most. Lanes of a merge are in the order of its members here.
  llvm::SmallVector<ProductCandidate> members;

  /// Whether nothing speaks against one product for all, and readers of its
  /// slices find them where the target wants them.
  bool mayMerge(const ProductMerge &merge) const;
  /// Of merges, and of the second factors that read them: by entry.
  llvm::SmallVector<int64_t>
  getTimes(llvm::ArrayRef<ProductMerge> merges) const;
  /// The sum of times by entry, each as much as it counts.
  double getCost(llvm::ArrayRef<int64_t> times) const;
  /// Of the weights of a member.
  int64_t getBytes(unsigned member, bool isMultiplied) const;

private:
  /// One of a plan, of some number of rows.
  struct Product {
    int64_t k, n;
    /// Whether the weight is [n, k].
    bool isTransposed;
    /// Of the rows that it reads: from one to the next, and to the first lane.
    int64_t stride, offset = 0;
  };
  LinearLayer getLayer(unsigned member, bool isMultiplied) const;
  int64_t getWidth(const ProductMerge &merge) const;
  bool takesKernel(const Product &product, int64_t count) const;
  bool staysTransposed(Product product) const;
  int64_t getLaunchTime(llvm::ArrayRef<Product> products, int64_t count) const;
  int64_t getTime(llvm::ArrayRef<Product> products, int64_t count) const;
  int64_t getTime(llvm::ArrayRef<ProductMerge> merges, int64_t count) const;

  const Target &target;
  DType dtype;
  llvm::ArrayRef<PricedEntry> entries;
  llvm::SmallVector<int64_t> rows;
};

} // namespace gac

#endif // GAC_LIB_PLANNER_PRODUCTPRICES_H
