//===- Prediction.h - What a target says of a measured point ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_FIT_PREDICTION_H
#define GAC_TOOLS_FIT_PREDICTION_H

#include "Samples.h"
#include "gac/Target/CostModel.h"
#include "kernels/Common.cuh"
#include "llvm/ADT/SmallVector.h"

namespace gac::profile {

/// A point as the cost model sees an operation. What it is made of is what
/// lib/Dialect/CUDA prices the operations of packages by.
struct PricedPoint {
  Work work;
  gac::DType dtype = gac::DType::BF16;
  /// Rows of the result.
  int64_t rows = 1;
  llvm::SmallVector<SizeUse, 2> uses;
  /// Bytes that a second launch moves; 0 where there is none.
  int64_t combinedBytes = 0;

  /// On the target, in microseconds; with the tail.
  double getRoofline(const Target &target) const;
};

/// Nothing for types that targets do not have, and for groups of products, of
/// which each is an operation.
std::optional<PricedPoint> price(const Point &point,
                                 const kernels::DeviceLimits &limits);

/// What the target's device offers to launches.
kernels::DeviceLimits getLimits(const Target &target);

/// In microseconds; nothing where the target has no figures.
std::optional<double> predict(const Target &target, const Point &point);

} // namespace gac::profile

#endif // GAC_TOOLS_FIT_PREDICTION_H
