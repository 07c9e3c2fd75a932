//===- DecomposeActivation.cpp - Gelu and Swish ---------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decomposition.h"
#include <cmath>

using namespace mlir;
using namespace gac;

namespace {
struct DecomposeGelu : DecompositionPattern<GeluOp> {
  using DecompositionPattern::DecompositionPattern;
  LogicalResult takeApart(GeluOp op, PatternRewriter &rewriter) const override;
};

struct DecomposeSwish : DecompositionPattern<SwishOp> {
  using DecompositionPattern::DecompositionPattern;
  LogicalResult takeApart(SwishOp op, PatternRewriter &rewriter) const override;
};
} // namespace

/// x (1 + erf(x / sqrt(2))) / 2, or with tanh(sqrt(2 / pi) (x + 0.044715 x^3))
/// in place of erf(...): ONNX's two forms.
LogicalResult DecomposeGelu::takeApart(GeluOp op,
                                       PatternRewriter &rewriter) const {
  Primitives p(rewriter, op);
  Value x = op.getInput();
  Type element = Primitives::getElement(x);
  if (!isa_and_present<FloatType>(element))
    return fail(op, "its operand is no tensor of floats");
  Value inner;
  if (op.getApproximate() == "tanh") {
    Value cube = p.mul(p.mul(x, x), x);
    Value sum = p.add(x, p.mul(cube, p.number(element, 0.044715)));
    inner =
        p.unary<TanhOp>(p.mul(sum, p.number(element, std::sqrt(2.0 / M_PI))));
  } else {
    inner = p.unary<ErfOp>(p.div(x, p.number(element, std::sqrt(2.0))));
  }
  Value factor = p.add(inner, p.number(element, 1.0));
  p.replace(p.mul(p.mul(x, factor), p.number(element, 0.5)));
  return success();
}

LogicalResult DecomposeSwish::takeApart(SwishOp op,
                                        PatternRewriter &rewriter) const {
  Primitives p(rewriter, op);
  Value x = op.getInput(), scaled = x;
  Type element = Primitives::getElement(x);
  if (!isa_and_present<FloatType>(element))
    return fail(op, "its operand is no tensor of floats");
  if (double alpha = op.getAlpha().convertToDouble(); alpha != 1.0)
    scaled = p.mul(x, p.number(element, alpha));
  p.replace(p.mul(x, p.unary<SigmoidOp>(scaled)));
  return success();
}

void gac::populateDecomposeActivation(RewritePatternSet &patterns,
                                      const DecompositionScope &scope) {
  patterns.add<DecomposeGelu, DecomposeSwish>(patterns.getContext(), scope);
}
