//===- LowerToOnnx.cpp - What ONNX's operators cannot say, written out ----===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/DimensionRules.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

namespace gac {
#define GEN_PASS_DEF_LOWERTOONNX
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

namespace {
struct LowerToOnnxPass : public gac::impl::LowerToOnnxBase<LowerToOnnxPass> {
  void runOnOperation() override;
};
} // namespace

/// The number of lanes from `axis` on, which may count from the end; nothing if
/// it is not known.
static std::optional<int64_t> countLanes(Value x, int64_t axis) {
  auto type = dyn_cast<RankedTensorType>(x.getType());
  if (!type)
    return std::nullopt;
  if (axis < 0)
    axis += type.getRank();
  int64_t lanes = 1;
  for (int64_t size : type.getShape().drop_front(axis)) {
    if (ShapedType::isDynamic(size))
      return std::nullopt;
    lanes *= size;
  }
  return lanes;
}

namespace {
/// What a norm over the lanes of `x` from `axis` on scales by.
struct RootMeanSquareNorm {
  Value x;
  int64_t axis;
  MutableOperandRange scale;
};
} // namespace

static RootMeanSquareNorm getParts(RMSNormalizationOp norm) {
  return {norm.getX(), static_cast<int64_t>(norm.getAxis()),
          norm.getScaleMutable()};
}
static RootMeanSquareNorm getParts(SimplifiedLayerNormalizationOp norm) {
  return {norm.getX(), static_cast<int64_t>(norm.getAxis()),
          norm.getScaleMutable()};
}
static RootMeanSquareNorm getParts(SkipSimplifiedLayerNormalizationOp norm) {
  return {norm.getInput(), -1, norm.getGammaMutable()};
}

/// With s lanes stored, of which n count, x w / sqrt(sum / n + epsilon) is
/// x (w sqrt(n / s)) / sqrt(sum / s + epsilon n / s): all that is new is the
/// product with the scale, and the epsilon.
template <typename OpTy>
static LogicalResult lowerCount(OpTy norm, NewNames &names) {
  RootMeanSquareNorm parts = getParts(norm);
  std::optional<int64_t> lanes = countLanes(parts.x, parts.axis);
  if (!lanes)
    return norm.emitOpError()
           << "has a logical count of " << *norm.getLogicalCount()
           << " over lanes whose number is not known, which ONNX cannot state";
  double share = static_cast<double>(*norm.getLogicalCount()) /
                 static_cast<double>(*lanes);
  norm.removeLogicalCountAttr();
  if (share == 1.0)
    return success();
  OpBuilder builder(norm);
  Value scale = OperandRange(parts.scale).front();
  Value factor = createScalar(
      builder, norm.getLoc(), std::sqrt(share), scale,
      names.getUnique(getValueName(norm->getResult(0)) + ".count"));
  auto scaled =
      MulOp::create(builder, norm.getLoc(), scale.getType(), scale, factor);
  names.nameResults(scaled, norm);
  parts.scale.assign(scaled.getResult());
  norm.setEpsilon(
      APFloat(static_cast<float>(norm.getEpsilon().convertToFloat() * share)));
  return success();
}

void LowerToOnnxPass::runOnOperation() {
  SmallVector<Operation *> norms;
  getOperation().walk([&](Operation *op) {
    if (op->hasAttr("logical_count"))
      norms.push_back(op);
  });
  if (norms.empty())
    return;
  NewNames names(getOperation());
  for (Operation *op : norms) {
    LogicalResult result =
        llvm::TypeSwitch<Operation *, LogicalResult>(op)
            .Case<RMSNormalizationOp, SimplifiedLayerNormalizationOp,
                  SkipSimplifiedLayerNormalizationOp>(
                [&](auto norm) { return lowerCount(norm, names); })
            .Default(success());
    if (failed(result))
      return signalPassFailure();
  }
}
