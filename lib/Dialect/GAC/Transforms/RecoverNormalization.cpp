//===- RecoverNormalization.cpp - RMSNormalization from its parts
//----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NormalizationMatcher.h"

using namespace mlir;
using namespace gac;

namespace {
/// The root mean square times the scale.
struct RecoverRMSNormalization : RecoveryPattern<MulOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(MulOp op,
                                PatternRewriter &rewriter) const override;
};
} // namespace

LogicalResult
RecoverRMSNormalization::matchAndRewrite(MulOp op,
                                         PatternRewriter &rewriter) const {
  NormalizationMatcher matcher(recovery);
  for (auto [scale, value] : bothOrders(op)) {
    // Models in half precision normalise in f32 and scale in their own type.
    auto narrowed = matcher.getOwn<CastOp>(value);
    auto match =
        matcher.matchNormalized(narrowed ? narrowed.getInput() : value);
    // ONNX's norm counts the padding that a mask would leave out.
    if (!match || match->lanes)
      continue;
    std::optional<int64_t> stashType =
        getFloatTypeCode(getElementTypeOf(match->x));
    Value x = match->x;
    if (narrowed) {
      auto widened = x.getDefiningOp<CastOp>();
      if (!widened)
        continue;
      x = widened.getInput();
    }
    Type element = getElementTypeOf(x);
    auto shape = recovery.getShape(x), scaleShape = recovery.getShape(scale);
    if (!stashType || !element || !getFloatTypeCode(element) ||
        element != getElementTypeOf(scale) ||
        element != getElementTypeOf(value) || !shape || !scaleShape)
      continue;
    // The scale has the shape of what is normalised, or broadcasts to it.
    int64_t rank = scaleShape->size();
    if (rank == 0 || rank > match->mean.numAxes ||
        !recovery.broadcastsTo(scale, *shape))
      continue;
    auto norm = RMSNormalizationOp::create(
        rewriter, op.getLoc(), op.getResult().getType(), x, scale,
        rewriter.getI64IntegerAttr(-match->mean.numAxes),
        rewriter.getF32FloatAttr(match->epsilon),
        rewriter.getI64IntegerAttr(*stashType),
        match->mean.count ? rewriter.getI64IntegerAttr(*match->mean.count)
                          : IntegerAttr());
    recovery.replace(rewriter, op.getResult(), norm);
    return success();
  }
  return failure();
}

void gac::populateRecoverNormalization(RewritePatternSet &patterns,
                                       Recovery &recovery) {
  patterns.add<RecoverRMSNormalization>(patterns.getContext(), recovery);
}
