//===- FuseElementwise.cpp - Chains of elementwise operations -------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/CUDA/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace gac::cuda {
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;

/// A body of at most so many steps is computed again for each reader.
static constexpr int64_t kCheapSteps = 3;

namespace {
/// Between two steps of a chain nothing is rounded: extf(truncf(x)) is x.
struct KeepPrecision : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    auto rounding = op.getIn().getDefiningOp<arith::TruncFOp>();
    if (!rounding || rounding.getIn().getType() != op.getType())
      return failure();
    rewriter.replaceOp(op, rounding.getIn());
    return success();
  }
};

struct FuseElementwisePass
    : public cuda::impl::FuseElementwiseBase<FuseElementwisePass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(
        patterns, [](OpOperand *operand) {
          auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
          return producer &&
                 (producer->hasOneUse() ||
                  llvm::range_size(producer.getBody()->without_terminator()) <=
                      kCheapSteps);
        });
    patterns.add<KeepPrecision>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
