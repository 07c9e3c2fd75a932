//===- FoldAttention.cpp - Attention's own means instead of those around it
//-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What models do around an Attention that it can do itself: repeat the heads of
// K and V, mask what is to come, and append to a cache. Holds for operations
// that were recovered as for those that a file has.
//
//===----------------------------------------------------------------------===//

#include "Recovery.h"
#include "gac/Analysis/DimensionAnalysis.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace gac;

/// True if the operands have their heads on an axis of their own.
static bool isFourDimensional(AttentionOp op) {
  return llvm::all_of(ValueRange{op.getQ(), op.getK(), op.getV()},
                      [](Value value) {
                        auto type = dyn_cast<RankedTensorType>(value.getType());
                        return type && type.getRank() == 4;
                      });
}

//===----------------------------------------------------------------------===//
// What shapes say, and what they do not
//===----------------------------------------------------------------------===//

namespace {

/// States the scale, so that growth of a head does not change it.
struct StateScale : RecoveryPattern<AttentionOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getScaleAttr() || !isFourDimensional(op))
      return failure();
    int64_t width = cast<RankedTensorType>(op.getQ().getType()).getDimSize(3);
    if (ShapedType::isDynamic(width) || width == 0)
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      op.setScaleAttr(rewriter.getF32FloatAttr(
          static_cast<float>(1 / std::sqrt(static_cast<double>(width)))));
    });
    return success();
  }
};

/// Drops num_heads where the heads are an axis: it says what the shape says.
struct DropNumHeads : RecoveryPattern<RotaryEmbeddingOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(RotaryEmbeddingOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getX().getType());
    if (!op.getNumHeadsAttr() || !type || type.getRank() != 4)
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.removeNumHeadsAttr(); });
    return success();
  }
};

} // namespace

void gac::populateStateDefaults(RewritePatternSet &patterns,
                                Recovery &recovery) {
  patterns.add<StateScale, DropNumHeads>(patterns.getContext(), recovery);
}

//===----------------------------------------------------------------------===//
// Heads
//===----------------------------------------------------------------------===//

namespace {
/// Takes K and V before each of their heads is repeated.
struct FoldRepeatedHeads : RecoveryPattern<AttentionOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override;

private:
  Value matchRepeated(Value value) const;
};

} // namespace

/// The X of batch x heads x rows x width whose heads `value` has n times each,
/// one copy behind the other: Reshape(Expand(Unsqueeze(X, 2))).
Value FoldRepeatedHeads::matchRepeated(Value value) const {
  auto reshape = value.getDefiningOp<ReshapeOp>();
  auto expand =
      reshape ? reshape.getData().getDefiningOp<ExpandOp>() : ExpandOp();
  auto unsqueeze =
      expand ? expand.getInput().getDefiningOp<UnsqueezeOp>() : UnsqueezeOp();
  if (!unsqueeze)
    return {};
  auto axes =
      recovery.getNumbers(unsqueeze.getAxes(), unsqueeze.getAxesOperand());
  auto source = recovery.getShape(unsqueeze.getData());
  auto repeated = recovery.getShape(expand.getResult());
  auto result = recovery.getShape(value);
  if (!source || source->size() != 4 || !repeated || repeated->size() != 5 ||
      !result || result->size() != 4)
    return {};
  if (axes != SmallVector<int64_t>{2} && axes != SmallVector<int64_t>{-3})
    return {};
  const SymShape &x = *source, &r = *repeated, &y = *result;
  bool repeats = r[0] == x[0] && r[1] == x[1] && r[3] == x[2] && r[4] == x[3];
  bool merges =
      y[0] == x[0] && y[1] == r[1] * r[2] && y[2] == x[2] && y[3] == x[3];
  return repeats && merges ? unsqueeze.getData() : Value();
}

LogicalResult
FoldRepeatedHeads::matchAndRewrite(AttentionOp op,
                                   PatternRewriter &rewriter) const {
  // A cache would have the repeated heads.
  if (!isFourDimensional(op) || op.getPastKey() || op.getPresentKey() ||
      op.getKvNumHeadsAttr() || op.getQNumHeadsAttr())
    return failure();
  Value k = matchRepeated(op.getK()), v = matchRepeated(op.getV());
  if (!k || !v)
    return failure();
  auto one = recovery.getShape(k), two = recovery.getShape(v);
  if ((*one)[1] != (*two)[1] || !(*one)[1].isConstant())
    return failure();
  Value oldK = op.getK(), oldV = op.getV();
  rewriter.modifyOpInPlace(op, [&] {
    op.getKMutable().assign(k);
    op.getVMutable().assign(v);
  });
  recovery.release(oldK);
  recovery.release(oldV);
  return success();
}

void gac::populateFoldAttentionHeads(RewritePatternSet &patterns,
                                     Recovery &recovery) {
  patterns.add<FoldRepeatedHeads>(patterns.getContext(), recovery);
}

//===----------------------------------------------------------------------===//
// Mask and cache
//===----------------------------------------------------------------------===//

namespace {

/// Replaces a mask that hides what is to come, and with it the Concat of a
/// cache and what is new.
struct FoldCausalMask : RecoveryPattern<AttentionOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override;

private:
  std::optional<SymExpr> matchCausal(const IndexFunction &margin,
                                     ArrayRef<SymExpr> shape) const;
  ConcatOp matchAppend(Value value, AttentionOp op) const;
  LogicalResult foldCache(AttentionOp op, const SymExpr &offset,
                          PatternRewriter &rewriter) const;
};

} // namespace

/// The n of a mask that lets row i see the columns up to i + n.
std::optional<SymExpr>
FoldCausalMask::matchCausal(const IndexFunction &margin,
                            ArrayRef<SymExpr> shape) const {
  size_t rank = shape.size();
  for (size_t axis = 0; axis + 2 < rank; ++axis)
    if (!shape[axis].isOne() && !margin.coefficients[axis].isZero())
      return std::nullopt;
  bool isDiagonal = margin.coefficients[rank - 2].isOne() &&
                    margin.coefficients[rank - 1] == SymExpr(-1);
  return isDiagonal ? std::optional(margin.constant) : std::nullopt;
}

/// True if a mask hides nothing.
static bool hidesNothing(const IndexFunction &margin, ArrayRef<SymExpr> shape) {
  return margin.constant.isNonNegative() &&
         llvm::all_of(llvm::zip_equal(margin.coefficients, shape),
                      [](const auto &axis) {
                        const auto &[coefficient, size] = axis;
                        return size.isOne() || coefficient.isNonNegative();
                      });
}

/// The Concat of cached and new rows, if all that reads it is `op` or comes
/// later.
ConcatOp FoldCausalMask::matchAppend(Value value, AttentionOp op) const {
  auto concat = value.getDefiningOp<ConcatOp>();
  if (!concat || concat.getInputs().size() != 2)
    return {};
  if (int64_t axis = concat.getAxis(); axis != 2 && axis != -2)
    return {};
  bool isFirst = llvm::all_of(concat->getUsers(), [&](Operation *user) {
    return user == op || op->isBeforeInBlock(user) || recovery.isReplaced(user);
  });
  return isFirst && llvm::count(op->getOperands(), value) == 1 ? concat
                                                               : ConcatOp();
}

LogicalResult FoldCausalMask::foldCache(AttentionOp op, const SymExpr &offset,
                                        PatternRewriter &rewriter) const {
  ConcatOp k = matchAppend(op.getK(), op), v = matchAppend(op.getV(), op);
  if (!k || !v || k == v)
    return failure();
  auto pastK = recovery.getShape(k.getInputs()[0]);
  auto pastV = recovery.getShape(v.getInputs()[0]);
  if (!pastK || !pastV || (*pastK)[2] != offset || (*pastV)[2] != offset)
    return failure();
  auto attention = AttentionOp::create(
      rewriter, op.getLoc(), op.getY().getType(), k.getResult().getType(),
      v.getResult().getType(), /*qk_matmul_output=*/Type(), op.getQ(),
      k.getInputs()[1], v.getInputs()[1], /*attn_mask=*/Value(),
      k.getInputs()[0], v.getInputs()[0], /*nonpad_kv_seqlen=*/Value(),
      rewriter.getI64IntegerAttr(1), op.getKvNumHeadsAttr(),
      op.getQNumHeadsAttr(), op.getQkMatmulOutputModeAttr(), op.getScaleAttr(),
      op.getSoftcapAttr(), op.getSoftmaxPrecisionAttr());

  // The names and sizes of all three results.
  auto collect = [&](StringRef name, Attribute absent) -> ArrayAttr {
    SmallVector<Attribute> all;
    bool isKnown = false;
    for (Operation *from :
         {op.getOperation(), k.getOperation(), v.getOperation()}) {
      auto own = from->getAttrOfType<ArrayAttr>(name);
      isKnown |= own && !own.empty();
      all.push_back(own && !own.empty() ? own[0] : absent);
    }
    return isKnown ? rewriter.getArrayAttr(all) : ArrayAttr();
  };
  auto names = collect(attr::outputs, rewriter.getStringAttr(""));
  auto sizes = collect(attr::dims, rewriter.getArrayAttr({}));
  recovery.replace(rewriter, op.getY(), attention);
  for (auto [name, entries] :
       {std::pair(attr::outputs, names), std::pair(attr::dims, sizes)})
    if (entries)
      attention->setAttr(name, entries);
  auto replaceCache = [&](ConcatOp concat, Value present) {
    rewriter.replaceUsesWithIf(
        concat.getResult(), present, [&](OpOperand &use) {
          return attention->isBeforeInBlock(use.getOwner()) &&
                 use.getOwner() != op;
        });
    recovery.release(concat.getResult());
  };
  replaceCache(k, attention.getPresentKey());
  replaceCache(v, attention.getPresentValue());
  return success();
}

LogicalResult FoldCausalMask::matchAndRewrite(AttentionOp op,
                                              PatternRewriter &rewriter) const {
  Value mask = op.getAttnMask();
  if (!mask || op.getIsCausal() != 0 || op.getPastKey() || op.getPresentKey() ||
      op.getQkMatmulOutput() || op.getNonpadKvSeqlen() ||
      !isFourDimensional(op))
    return failure();
  auto margin = recovery.getIndexFunctions().get(mask);
  auto q = recovery.getShape(op.getQ()), k = recovery.getShape(op.getK());
  auto maskShape = recovery.getShape(mask);
  if (!margin || !q || !k || !maskShape || maskShape->size() < 2 ||
      maskShape->back() != (*k)[2])
    return failure();
  if (hidesNothing(*margin, *maskShape)) {
    rewriter.modifyOpInPlace(op, [&] { op.getAttnMaskMutable().clear(); });
    recovery.release(mask);
    return success();
  }
  // Every row of the scores has a row of the mask, and sees itself.
  std::optional<SymExpr> offset = matchCausal(*margin, *maskShape);
  if (!offset || *(maskShape->end() - 2) != (*q)[2] ||
      (*q)[2] + *offset != (*k)[2])
    return failure();
  if (!offset->isZero())
    return foldCache(op, *offset, rewriter);
  rewriter.modifyOpInPlace(op, [&] {
    op.getAttnMaskMutable().clear();
    op.setIsCausalAttr(rewriter.getI64IntegerAttr(1));
  });
  recovery.release(mask);
  return success();
}

void gac::populateFoldAttentionMask(RewritePatternSet &patterns,
                                    Recovery &recovery) {
  patterns.add<FoldCausalMask>(patterns.getContext(), recovery);
}
