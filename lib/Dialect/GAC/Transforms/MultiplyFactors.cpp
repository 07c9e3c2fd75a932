//===- MultiplyFactors.cpp - x A B becomes x (A B) --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlannedProducts.h"

#include "gac/Dialect/GAC/Transforms/Passes.h"

namespace gac {
#define GEN_PASS_DEF_MULTIPLYFACTORS
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

/// Makes `second` the product of the activation of `first` with both.
static void multiply(const LinearLayer &first, const LinearLayer &second) {
  // (A B)^T = B^T A^T: where both lie transposed, so does the product.
  bool isTransposed = first.isTransposed && second.isTransposed;
  auto getFactor = [&](const LinearLayer &layer) {
    TypedAttr part = getPart(layer);
    return layer.isTransposed == isTransposed ? part : transposeWeight(part);
  };
  TypedAttr a = getFactor(first), b = getFactor(second);
  SmallVector<int64_t> shape = {first.k, second.n};
  if (isTransposed) {
    std::swap(a, b);
    std::swap(shape[0], shape[1]);
  }
  TypedAttr product =
      ProductAttr::get(cast<ShapedType>(a.getType()).clone(shape), a, b);

  Operation *op = second.op, *oldProduct = first.op;
  Operation *oldWeight = op->getOperand(1).getDefiningOp();
  OpBuilder builder(op);
  InitializerOp firstWeight = first.weight, secondWeight = second.weight;
  Value weight = createWeight(
      builder,
      builder.getFusedLoc({firstWeight.getLoc(), secondWeight.getLoc()}),
      getProductName(firstWeight.getName(), secondWeight.getName()), product,
      isTransposed && !isa<GemmOp>(op));
  op->setLoc(builder.getFusedLoc({oldProduct->getLoc(), op->getLoc()}));
  op->setOperand(0, first.input);
  op->setOperand(1, weight);
  if (auto gemm = dyn_cast<GemmOp>(op))
    gemm.setTransB(isTransposed ? 1 : 0);
  eraseUnread(oldProduct);
  eraseUnread(oldWeight);
}

namespace {
struct MultiplyFactorsPass
    : public gac::impl::MultiplyFactorsBase<MultiplyFactorsPass> {
  void runOnOperation() override {
    auto [plan, function] = getPlanned(getOperation());
    if (!plan || plan.getMultiplications().empty())
      return markAllAnalysesPreserved();
    auto layers = findLinearLayers(function);
    // Pairs are apart: none loses a layer to another.
    llvm::DenseSet<Operation *> taken;
    SmallVector<std::pair<LinearLayer, LinearLayer>> pairs;
    for (MultiplyAttr entry : plan.getMultiplications()) {
      FailureOr<LinearLayer> first =
          lookUpLayer(function, layers, entry.getFirst(), "multiplies");
      FailureOr<LinearLayer> named = failure();
      if (succeeded(first))
        named = lookUpLayer(function, layers, entry.getSecond(), "multiplies");
      if (failed(named))
        return signalPassFailure();
      std::optional<LinearLayer> second = findSecondFactor(*first);
      if (!second || second->op != named->op) {
        first->op->emitError()
            << "the plan multiplies '" << entry.getFirst() << "' and '"
            << entry.getSecond()
            << "', which are not the two factors of one product";
        return signalPassFailure();
      }
      if (!taken.insert(first->op).second || !taken.insert(second->op).second) {
        first->op->emitError() << "the plan multiplies '" << entry.getFirst()
                               << "' or '" << entry.getSecond() << "' twice";
        return signalPassFailure();
      }
      pairs.push_back({*first, *second});
    }
    for (const auto &[first, second] : pairs)
      multiply(first, second);
  }
};
} // namespace
