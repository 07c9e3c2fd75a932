//===- RecoverLayerNormalization.cpp - LayerNormalization from its parts --===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NormalizationMatcher.h"
#include "gac/Analysis/DimensionRules.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

namespace {

/// x - mean(x), of which the root mean square is taken.
struct Deviation {
  Value x;
  Mean mean;
  /// The lanes that are not padding, where the mean is taken away from these
  /// alone.
  LanesAttr lanes;
};

/// What is left of a normalised value's readers once its scale and bias are
/// known.
struct Affine {
  Value scale, bias;
  /// The value that the whole computes.
  Value result;
};

/// The deviation by its root mean square, with scale and bias.
template <typename OpTy>
struct RecoverLayerNormalization : RecoveryPattern<OpTy> {
  using RecoveryPattern<OpTy>::RecoveryPattern;
  using RecoveryPattern<OpTy>::recovery;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override;

private:
  std::optional<Deviation> matchDeviation(SubOp sub,
                                          const RootMeanSquare &root) const;
  template <typename UserTy> UserTy getOnlyUser(Value value) const;
  bool isVector(Value value, const RootMeanSquare &root) const;
  std::optional<Affine> matchAffine(Value value,
                                    const RootMeanSquare &root) const;
};

} // namespace

/// Whether growth has put zeros into the lanes of `scale` that do not count.
static bool isZeroOnPadding(Value scale, LanesAttr lanes) {
  DenseFPElementsAttr elements = readVector(scale);
  if (!elements || elements.getNumElements() != lanes.getSize())
    return false;
  SmallVector<bool> counts(lanes.getSize(), false);
  for (const LaneRun &run : lanes.getRuns())
    llvm::fill(MutableArrayRef(counts).slice(run.to, run.length), true);
  return llvm::all_of(llvm::zip_equal(counts, elements.getValues<APFloat>()),
                      [](const auto &entry) {
                        auto [isCounted, element] = entry;
                        return isCounted || element.isZero();
                      });
}

template <typename OpTy>
std::optional<Deviation> RecoverLayerNormalization<OpTy>::matchDeviation(
    SubOp sub, const RootMeanSquare &root) const {
  NormalizationMatcher matcher(recovery);
  Value x = sub.getLhs();
  if (auto mean = matcher.matchMean(sub.getRhs()))
    // Without a mask padding would deviate by the mean; where only the squares
    // have one, the scale has to undo it.
    return mean->data == x && mean->count.has_value() == bool(root.lanes)
               ? std::optional(Deviation{x, *mean, root.lanes})
               : std::nullopt;
  if (auto mul = matcher.getOwn<MulOp>(sub.getRhs()))
    for (auto [factor, mask] : bothOrders(mul)) {
      LanesAttr lanes = readMask(mask);
      auto mean = lanes ? matcher.matchMean(factor) : std::nullopt;
      auto shape = recovery.getShape(x);
      if (!mean || mean->data != x || mean->numAxes != 1 ||
          mean->count != lanes.getOldSize() || !shape ||
          shape->back() != SymExpr(lanes.getSize()))
        continue;
      return Deviation{x, *mean, lanes};
    }
  return std::nullopt;
}

/// The one operation that reads `value`, once.
template <typename OpTy>
template <typename UserTy>
UserTy RecoverLayerNormalization<OpTy>::getOnlyUser(Value value) const {
  if (!recovery.hasLiveUses(value.getDefiningOp()))
    return {};
  for (Operation *user : value.getUsers())
    if (!recovery.isDead(user))
      return dyn_cast<UserTy>(user);
  return {};
}

/// Whether `value` can be scale or bias: its axes are among those that are
/// normalised.
template <typename OpTy>
bool RecoverLayerNormalization<OpTy>::isVector(
    Value value, const RootMeanSquare &root) const {
  auto own = recovery.getShape(value), shape = recovery.getShape(root.x);
  return own && shape && !own->empty() &&
         static_cast<int64_t>(own->size()) <= root.mean.numAxes &&
         recovery.broadcastsTo(value, *shape);
}

/// The product of a normalised value with a scale, and its sum with a bias, as
/// far as they are there.
template <typename OpTy>
std::optional<Affine>
RecoverLayerNormalization<OpTy>::matchAffine(Value value,
                                             const RootMeanSquare &root) const {
  Type element = getElementTypeOf(value);
  auto getOther = [&](auto user, Value operand) -> Value {
    if (!user)
      return {};
    Value other = user.getLhs() == operand ? user.getRhs() : user.getLhs();
    return other != operand && getElementTypeOf(other) == element &&
                   isVector(other, root)
               ? other
               : Value();
  };
  Affine affine{{}, {}, value};
  auto mul = getOnlyUser<MulOp>(affine.result);
  affine.scale = getOther(mul, affine.result);
  if (affine.scale)
    affine.result = mul.getResult();
  auto add = getOnlyUser<AddOp>(affine.result);
  affine.bias = getOther(add, affine.result);
  if (affine.bias)
    affine.result = add.getResult();
  return affine;
}

/// ONNX wants a scale.
static Value createOnes(OpBuilder &builder, Operation *op, int64_t lanes,
                        Type element) {
  auto type = RankedTensorType::get({lanes}, element);
  NewNames names(op->getParentOfType<func::FuncOp>());
  auto one = builder.getFloatAttr(element, 1.0);
  return InitializerOp::create(builder, op->getLoc(),
                               names.getUnique(getNodeName(op) + ".scale"),
                               DenseElementsAttr::get(type, one));
}

template <typename OpTy>
LogicalResult RecoverLayerNormalization<OpTy>::matchAndRewrite(
    OpTy op, PatternRewriter &rewriter) const {
  NormalizationMatcher matcher(recovery);
  Value value = op.getResult();
  auto root = matcher.matchNormalized(value);
  if (!root)
    return failure();
  Type stash = getElementTypeOf(root->x);
  std::optional<int64_t> stashType = getFloatTypeCode(stash);
  // The deviation is read where it is squared and where it is divided.
  Operation *square = root->squares.getDefiningOp();
  auto reads =
      static_cast<unsigned>(1 + llvm::count(square->getOperands(), root->x));
  Operation *deviating = root->x.getDefiningOp();
  if (!stashType || !deviating || !recovery.hasLiveUses(deviating, reads))
    return failure();

  // Models in half precision widen x, or what it deviates by, and narrow what
  // is normalised.
  auto widened = dyn_cast<CastOp>(deviating);
  auto sub = widened ? matcher.getOwn<SubOp>(widened.getInput())
                     : dyn_cast<SubOp>(deviating);
  auto deviation = sub ? matchDeviation(sub, *root) : std::nullopt;
  if (!deviation || deviation->mean.numAxes != root->mean.numAxes ||
      deviation->mean.count != root->mean.count)
    return failure();
  Value x = deviation->x;
  if (auto narrowed = getOnlyUser<CastOp>(value)) {
    Type element = getElementTypeOf(narrowed.getResult());
    auto source = x.getDefiningOp<CastOp>();
    if (!widened && source && getElementTypeOf(source.getInput()) == element)
      x = source.getInput();
    if (getElementTypeOf(x) == element)
      value = narrowed.getResult();
    else
      x = deviation->x;
  }
  Type element = getElementTypeOf(x);
  auto shape = recovery.getShape(x);
  if (!shape || !getFloatTypeCode(element) ||
      getElementTypeOf(value) != element)
    return failure();

  std::optional<Affine> affine = matchAffine(value, *root);
  if (root->lanes &&
      !(affine->scale && isZeroOnPadding(affine->scale, root->lanes)))
    return failure();
  Operation *last = affine->result.getDefiningOp();
  rewriter.setInsertionPoint(last);
  Value scale = affine->scale;
  if (!scale) {
    std::optional<int64_t> lanes = shape->back().getConstant();
    if (!lanes)
      return failure();
    scale = createOnes(rewriter, last, *lanes, element);
  }
  auto norm = LayerNormalizationOp::create(
      rewriter, last->getLoc(), affine->result.getType(), /*mean=*/Type(),
      /*inv_std_dev=*/Type(), x, scale, affine->bias,
      rewriter.getI64IntegerAttr(-root->mean.numAxes),
      rewriter.getF32FloatAttr(root->epsilon),
      rewriter.getI64IntegerAttr(*stashType), deviation->lanes);
  recovery.replace(rewriter, affine->result, norm);
  return success();
}

void gac::populateRecoverLayerNormalization(RewritePatternSet &patterns,
                                            Recovery &recovery) {
  patterns
      .add<RecoverLayerNormalization<DivOp>, RecoverLayerNormalization<MulOp>>(
          patterns.getContext(), recovery);
}
