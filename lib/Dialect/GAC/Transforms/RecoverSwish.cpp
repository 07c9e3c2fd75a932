//===- RecoverSwish.cpp - Swish from its parts ----------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Recovery.h"

using namespace mlir;
using namespace gac;

namespace {
/// x * sigmoid(alpha * x): SiLU, and with an alpha of 1.702 what is called a
/// quick GELU.
struct RecoverSwish : RecoveryPattern<MulOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(MulOp op,
                                PatternRewriter &rewriter) const override {
    for (auto [x, gate] : bothOrders(op)) {
      auto sigmoid = gate.getDefiningOp<SigmoidOp>();
      if (!sigmoid || !recovery.hasLiveUses(sigmoid))
        continue;
      FloatAttr alpha;
      if (sigmoid.getInput() != x) {
        auto scaled = matchScaled(sigmoid.getInput());
        if (!scaled || scaled->first != x ||
            !recovery.hasLiveUses(sigmoid.getInput().getDefiningOp()) ||
            !recovery.haveEqualShapes(x, op.getResult()))
          continue;
        alpha = rewriter.getF32FloatAttr(static_cast<float>(scaled->second));
      }
      Type type = op.getResult().getType();
      recovery.replace(rewriter, op.getResult(),
                       SwishOp::create(rewriter, op.getLoc(), type, x, alpha));
      return success();
    }
    return failure();
  }
};
} // namespace

void gac::populateRecoverSwish(RewritePatternSet &patterns,
                               Recovery &recovery) {
  patterns.add<RecoverSwish>(patterns.getContext(), recovery);
}
