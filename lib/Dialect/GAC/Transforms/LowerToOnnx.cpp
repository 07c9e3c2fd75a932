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

/// With s lanes stored, of which n count, x w / sqrt(sum / n + epsilon) is
/// x (w sqrt(n / s)) / sqrt(sum / s + epsilon n / s): all that is new is the
/// product with the scale, and the epsilon.
static LogicalResult lowerCount(RMSNormalizationOp norm, NewNames &names) {
  std::optional<uint64_t> count = norm.getLogicalCount();
  if (!count)
    return success();
  std::optional<int64_t> lanes = countLanes(norm.getX(), norm.getAxis());
  if (!lanes)
    return norm.emitOpError()
           << "has a logical count of " << *count
           << " over lanes whose number is not known, which ONNX cannot state";
  norm.removeLogicalCountAttr();
  double share = static_cast<double>(*count) / static_cast<double>(*lanes);
  if (share == 1.0)
    return success();
  OpBuilder builder(norm);
  Value scale = norm.getScale();
  Value factor =
      createScalar(builder, norm.getLoc(), std::sqrt(share), scale,
                   names.getUnique(getValueName(norm.getY()) + ".count"));
  auto scaled =
      MulOp::create(builder, norm.getLoc(), scale.getType(), scale, factor);
  names.nameResults(scaled, norm);
  norm.getScaleMutable().assign(scaled.getResult());
  norm.setEpsilon(
      APFloat(static_cast<float>(norm.getEpsilon().convertToFloat() * share)));
  return success();
}

void LowerToOnnxPass::runOnOperation() {
  func::FuncOp function = getOperation();
  SmallVector<RMSNormalizationOp> norms;
  for (auto norm : function.getOps<RMSNormalizationOp>())
    if (norm.getLogicalCount())
      norms.push_back(norm);
  if (norms.empty())
    return;
  NewNames names(function);
  for (RMSNormalizationOp norm : norms)
    if (failed(lowerCount(norm, names)))
      return signalPassFailure();
}
