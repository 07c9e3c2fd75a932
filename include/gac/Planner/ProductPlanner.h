//===- ProductPlanner.h - weights that become one ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which linear layers of a model read one activation and had better be one
// product, and which low-rank pairs had better be multiplied back to one
// matrix. A package has its weights once, for all of its entries, so the choice
// is the one of least predicted time summed over them, or of least memory among
// those that are within a hundredth of it in every entry. Neither is good by
// itself: a pair that is multiplied back has no first factor to merge, but its
// product may be merged; what is merged is read in strided slices. So the
// layers of one activation are decided together.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_PLANNER_PRODUCTPLANNER_H
#define GAC_PLANNER_PRODUCTPLANNER_H

#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "gac/Support/DimBindings.h"
#include "gac/Target/Target.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>
#include <vector>

namespace gac {

/// An entry of a package: sizes for all symbols of the model.
struct PricedEntry {
  std::string name;
  DimBindings sizes;
  /// What its time counts in the sum; positive.
  double weight = 1;
};

/// The linear layers that read one activation, and what becomes of them.
struct ProductGroup {
  struct Member {
    /// Names of initializers; `second` is empty where this is no pair.
    std::string first, second;
    /// Lanes of the activation, of the result, and between the factors (0 where
    /// this is no pair).
    int64_t k = 0, n = 0, rank = 0;
    bool isMultiplied = false;
    /// Members of the same number are merged.
    unsigned merge = 0;
  };
  std::vector<Member> members;
  /// Predicted picoseconds of all products of the members, by entry.
  llvm::SmallVector<int64_t> timeNow, timeThen;
  /// Of weights, in the type that they are stored in.
  int64_t addedBytes = 0;
};

struct ProductPlan {
  /// Names of the entries, in order.
  std::vector<std::string> entries;
  /// Those of which something changes, in the order of the model.
  std::vector<ProductGroup> groups;
  /// Why nothing could be priced; empty if it could. There are no groups then,
  /// also of a plan that was given.
  std::string obstacle;
  /// Whether the plan was given, and not chosen.
  bool isGiven = false;

  /// The multiplications and merges, without growths. `target` and `dtype` are
  /// those that were priced.
  PlanAttr getAttr(mlir::MLIRContext *context, llvm::StringRef target,
                   DType dtype) const;
};

/// Chooses, for each activation, the combination of least time, summed over the
/// entries. Of those that times do not tell apart, in no entry, it takes the
/// one with the least weights, then with the fewest products. All combinations
/// are tried where there are at most `kExactPlans`; else the best is searched
/// among those that merge neighbours. Products that packages compute by their
/// kernel of few rows and that do not depend on each other share launches, and
/// are priced as these: the layers that read the activation, merged or not, and
/// the second factors. Where the target says that rows must start and lie apart
/// at a multiple to be read at full speed, nothing is merged that leaves a part
/// elsewhere.
///
/// `function` has symbolic sizes, which the entries determine; layers of whose
/// rows they do not know the number stay as they are. Nothing changes in it.
/// `mayMultiply` is false where pairs must stay pairs. Where `given` is not
/// null, nothing is chosen: the result says what that plan does to products.
ProductPlan planProducts(mlir::func::FuncOp function, const Target &target,
                         DType dtype, llvm::ArrayRef<PricedEntry> entries,
                         bool mayMultiply = true, PlanAttr given = {});

/// All plans of eight layers of which none is a pair, of six with four pairs,
/// or of five with five.
inline constexpr uint64_t kExactPlans = 4140;

/// Whether packages hold a weight [n, k], of which products alone read all, as
/// [k, n], where their kernel of few rows then computes some or all of these:
/// it reads such weights faster. What the library computes must find rows n
/// elements apart where the target reads them as fast as rows k apart.
bool transposesWeight(const Target &target, DType dtype, int64_t n, int64_t k,
                      bool someTakeKernel, bool allTakeKernel);

} // namespace gac

#endif // GAC_PLANNER_PRODUCTPLANNER_H
