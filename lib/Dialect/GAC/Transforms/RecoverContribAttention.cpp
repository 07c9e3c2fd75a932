//===- RecoverContribAttention.cpp - Attention from ONNX Runtime's own ----===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Masks that ONNX Runtime gives as integers have no counterpart among the
// operands of ONNX's Attention: ops that have one stay. Those of lengths become
// a condition where the sequences begin in column 0. Behind a cache they say
// where each sequence of the batch goes on, which no operand does.
//
//===----------------------------------------------------------------------===//

#include "Decomposition.h"
#include "Recovery.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace gac;

/// True if nothing reads `value`, or there is none.
static bool isUnread(Value value) { return !value || value.use_empty(); }

/// From this opset on sizes of Split and axes of Squeeze are operands.
static constexpr int64_t kOperandOpset = 13;

static Value createIntegers(PatternRewriter &rewriter, Operation *op,
                            ArrayRef<int64_t> numbers) {
  auto type = RankedTensorType::get({static_cast<int64_t>(numbers.size())},
                                    rewriter.getI64Type());
  return ConstantOp::create(rewriter, getPartLocation(op), type,
                            DenseElementsAttr::get(type, numbers),
                            /*form=*/StringAttr());
}

/// Cuts the last axis of `value` in parts of the given sizes.
static SmallVector<Value> split(PatternRewriter &rewriter, Operation *op,
                                Value value, ArrayRef<int64_t> sizes,
                                int64_t axis) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<Type> types;
  for (int64_t size : sizes) {
    SmallVector<int64_t> shape(type.getShape());
    shape[axis] = size;
    types.push_back(type.clone(shape));
  }
  bool hasOperand = getOnnxOpset(op) >= kOperandOpset;
  Value operand = hasOperand ? createIntegers(rewriter, op, sizes) : Value();
  auto attribute =
      hasOperand ? DenseI64ArrayAttr() : rewriter.getDenseI64ArrayAttr(sizes);
  auto parts =
      SplitOp::create(rewriter, getPartLocation(op), types, value, operand,
                      rewriter.getI64IntegerAttr(axis), attribute,
                      /*num_outputs=*/IntegerAttr());
  return llvm::to_vector_of<Value>(parts->getResults());
}

/// The scale that an op states, or has by default: ONNX Runtime takes zero for
/// none.
template <typename OpTy>
static FloatAttr getScale(OpTy op, int64_t width, PatternRewriter &rewriter) {
  if (op.getScale() && !op.getScale()->isZero())
    return op.getScaleAttr();
  return rewriter.getF32FloatAttr(
      static_cast<float>(1 / std::sqrt(static_cast<double>(width))));
}

/// True if there is no bias of the scores or it is one that Attention adds as
/// it is: of rank 4, and as long as the scores.
static bool isMask(const Recovery &recovery, Value bias, Value keys,
                   bool hasPast) {
  if (!bias)
    return true;
  // Keys have their rows on axis 1, packed ones too.
  auto shape = recovery.getShape(bias), own = recovery.getShape(keys);
  return shape && own && shape->size() == 4 &&
         (own->size() == 3 || own->size() == 5) && !hasPast &&
         shape->back() == (*own)[1];
}

static Type getType(Value value) { return value ? value.getType() : Type(); }

/// Makes `attention` stand for an op with the same three results.
template <typename OpTy>
static void replaceAttention(Recovery &recovery, PatternRewriter &rewriter,
                             OpTy op, AttentionOp attention) {
  if (op.getPresentKey())
    rewriter.replaceAllUsesWith(op.getPresentKey(), attention.getPresentKey());
  if (op.getPresentValue())
    rewriter.replaceAllUsesWith(op.getPresentValue(),
                                attention.getPresentValue());
  recovery.replace(rewriter, op.getOutput(), attention);
  // The results are those of ONNX, in its order.
  for (StringRef name : {attr::outputs, attr::dims})
    if (Attribute attribute = op->getAttr(name))
      attention->setAttr(name, attribute);
}

namespace {

//===----------------------------------------------------------------------===//
// RotaryEmbedding
//===----------------------------------------------------------------------===//

struct RecoverContribRotaryEmbedding
    : RecoveryPattern<ContribRotaryEmbeddingOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(ContribRotaryEmbeddingOp op,
                                PatternRewriter &rewriter) const override {
    auto x = dyn_cast<RankedTensorType>(op.getInput().getType());
    auto cos = dyn_cast<RankedTensorType>(op.getCosCache().getType());
    auto positions = recovery.getShape(op.getPositionIds());
    // One position is where the sequence begins; ONNX takes one per row.
    if (!x || !cos || cos.getRank() != 2 || cos.isDynamicDim(1) || !positions ||
        positions->size() != 2 || op.getIsPackedBatching() ||
        op.getScale().convertToFloat() != 1.0f)
      return failure();
    IntegerAttr heads;
    if (x.getRank() == 3) {
      int64_t number = static_cast<int64_t>(op.getNumHeads());
      if (!op.getRotaryEmbeddingDim()) {
        int64_t width = 2 * cos.getDimSize(1), columns = x.getDimSize(2);
        if (width == 0 || ShapedType::isDynamic(columns) ||
            columns % width != 0)
          return failure();
        number = columns / width;
      }
      if (number < 1)
        return failure();
      heads = rewriter.getI64IntegerAttr(number);
    }
    recovery.replace(
        rewriter, op.getOutput(),
        RotaryEmbeddingOp::create(rewriter, getPartLocation(op),
                                  op.getOutput().getType(), op.getInput(),
                                  op.getCosCache(), op.getSinCache(),
                                  op.getPositionIds(), op.getInterleavedAttr(),
                                  heads, op.getRotaryEmbeddingDimAttr()));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// A product, its parts, and attention.
struct RecoverContribAttention : RecoveryPattern<ContribAttentionOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(ContribAttentionOp op,
                                PatternRewriter &rewriter) const override {
    auto x = dyn_cast<RankedTensorType>(op.getInput().getType());
    auto weights = dyn_cast<RankedTensorType>(op.getWeights().getType());
    if (!x || x.getRank() != 3 || !weights || weights.getRank() != 2 ||
        weights.isDynamicDim(1) || op.getMaskIndex() || op.getPast() ||
        !isUnread(op.getPresent()) || op.getPastSequenceLength() ||
        op.getDoRotary() ||
        !isMask(recovery, op.getAttentionBias(), op.getInput(),
                /*hasPast=*/false))
      return failure();
    int64_t columns = weights.getDimSize(1);
    auto sizes = op.getHiddenSizes(columns);
    if (!sizes)
      return failure();
    auto packed = x.clone({x.getDimSize(0), x.getDimSize(1), columns});
    Value qkv = MatMulOp::create(rewriter, getPartLocation(op), packed,
                                 op.getInput(), op.getWeights());
    if (Value bias = op.getBias())
      qkv = AddOp::create(rewriter, getPartLocation(op), packed, qkv, bias);
    SmallVector<Value> parts = split(rewriter, op, qkv, *sizes, 2);
    int64_t heads = op.getNumHeads();
    IntegerAttr numHeads = rewriter.getI64IntegerAttr(heads);
    recovery.replace(
        rewriter, op.getOutput(),
        AttentionOp::create(
            rewriter, getPartLocation(op), op.getOutput().getType(),
            /*present_key=*/Type(), /*present_value=*/Type(),
            /*qk_matmul_output=*/Type(), parts[0], parts[1], parts[2],
            op.getAttentionBias(), /*past_key=*/Value(),
            /*past_value=*/Value(), /*nonpad_kv_seqlen=*/Value(),
            rewriter.getI64IntegerAttr(op.getUnidirectional()), numHeads,
            numHeads, /*qk_matmul_output_mode=*/IntegerAttr(),
            getScale(op, (*sizes)[0] / heads, rewriter),
            /*softcap=*/FloatAttr(), /*softmax_precision=*/IntegerAttr()));
    return success();
  }
};

/// True if `value` is `count` tensors as MultiHeadAttention packs them: batch,
/// rows, heads, count, width.
static bool isPacked(Value value, int64_t heads, int64_t count) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() == 5 && type.getDimSize(2) == heads &&
         type.getDimSize(3) == count && !type.isDynamicDim(4);
}

/// What is packed, each of rank 3.
static SmallVector<Value> unpack(PatternRewriter &rewriter, Operation *op,
                                 Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t columns = type.getDimSize(2) * type.getDimSize(4);
  SmallVector<int64_t> ones(type.getDimSize(3), 1);
  SmallVector<Value> parts = split(rewriter, op, value, ones, 3);
  Value shape = createIntegers(rewriter, op, {0, 0, columns});
  auto partType = type.clone({type.getDimSize(0), type.getDimSize(1), columns});
  for (Value &part : parts)
    part = ReshapeOp::create(rewriter, getPartLocation(op), partType, part,
                             shape, /*allowzero=*/IntegerAttr());
  return parts;
}

/// Q, K and V of rank 3, each with its part of the bias: three operands, or
/// packed in one, or K and V in one.
struct RecoverMultiHeadAttention : RecoveryPattern<MultiHeadAttentionOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(MultiHeadAttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getKeyPaddingMask() || op.getPastSequenceLength() ||
        op.getCacheIndirection() || !isUnread(op.getQk()) ||
        !op.getPastKey() != !op.getPastValue())
      return failure();
    int64_t heads = op.getNumHeads();
    bool isAllPacked = !op.getKey() && !op.getValue();
    bool isPairPacked = op.getKey() && !op.getValue();
    SmallVector<Value> parts;
    if (isAllPacked) {
      if (!isPacked(op.getQuery(), heads, 3))
        return failure();
    } else {
      // A bias of K and V in one has no columns that say where they meet it.
      if (!op.getKey() ||
          (isPairPacked && (!isPacked(op.getKey(), heads, 2) || op.getBias())))
        return failure();
      parts.push_back(op.getQuery());
      if (!isPairPacked)
        parts.append({op.getKey(), op.getValue()});
    }
    for (Value part : parts) {
      auto type = dyn_cast<RankedTensorType>(part.getType());
      if (!type || type.getRank() != 3 || type.isDynamicDim(2))
        return failure();
    }
    Value keys = isAllPacked ? op.getQuery() : op.getKey();
    auto q = recovery.getShape(op.getQuery()), k = recovery.getShape(keys);
    bool isSquare = q && k && (*q)[1] == (*k)[1];
    Value bias = op.getBias();
    auto biasType = bias ? dyn_cast<RankedTensorType>(bias.getType()) : nullptr;
    if ((op.getUnidirectional() && !isSquare) ||
        !isMask(recovery, op.getAttentionBias(), keys,
                static_cast<bool>(op.getPastKey())) ||
        (bias && (!biasType || biasType.getRank() != 1)))
      return failure();
    if (isAllPacked || isPairPacked)
      llvm::append_range(parts, unpack(rewriter, op, keys));
    SmallVector<int64_t> sizes;
    for (Value part : parts)
      sizes.push_back(cast<RankedTensorType>(part.getType()).getDimSize(2));
    if (bias) {
      SmallVector<Value> biases = split(rewriter, op, bias, sizes, 0);
      for (auto [part, own] : llvm::zip_equal(parts, biases))
        part = AddOp::create(rewriter, getPartLocation(op), part.getType(),
                             part, own);
    }
    IntegerAttr numHeads = rewriter.getI64IntegerAttr(heads);
    auto attention = AttentionOp::create(
        rewriter, getPartLocation(op), op.getOutput().getType(),
        getType(op.getPresentKey()), getType(op.getPresentValue()),
        /*qk_matmul_output=*/Type(), parts[0], parts[1], parts[2],
        op.getAttentionBias(), op.getPastKey(), op.getPastValue(),
        /*nonpad_kv_seqlen=*/Value(),
        rewriter.getI64IntegerAttr(op.getUnidirectional()), numHeads, numHeads,
        /*qk_matmul_output_mode=*/IntegerAttr(),
        getScale(op, sizes[0] / heads, rewriter), /*softcap=*/FloatAttr(),
        /*softmax_precision=*/IntegerAttr());
    replaceAttention(recovery, rewriter, op, attention);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// GroupQueryAttention
//===----------------------------------------------------------------------===//

/// True if all numbers of `value` are provably `number`.
static bool holdsOnly(Recovery &recovery, Value value, const SymExpr &number) {
  auto function = recovery.getIndexFunctions().get(value);
  return function && function->constant == number &&
         llvm::all_of(function->coefficients,
                      [](const SymExpr &factor) { return factor.isZero(); });
}

/// Q, K and V, rotated where the op does so. A prompt begins in column 0, and
/// `seqlens_k` says up to which column each sequence of the batch goes. What
/// comes behind a cache is recovered where all sequences fill it.
struct RecoverGroupQueryAttention : RecoveryPattern<GroupQueryAttentionOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(GroupQueryAttentionOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getQuery().getType());
    auto shape = recovery.getShape(op.getQuery());
    int64_t heads = op.getNumHeads(), kvHeads = op.getKvNumHeads();
    bool isPacked = !op.getKey();
    int64_t groups = heads + (isPacked ? 2 * kvHeads : 0);
    if (!type || type.getRank() != 3 || type.isDynamicDim(2) || !shape ||
        heads < 1 || kvHeads < 1 || type.getDimSize(2) % groups != 0 ||
        isMoreThanAttention(op))
      return failure();
    int64_t width = type.getDimSize(2) / groups;
    SymExpr past(0);
    if (Value cache = op.getPastKey()) {
      auto cacheShape = recovery.getShape(cache);
      if (!cacheShape || cacheShape->size() != 4)
        return failure();
      past = (*cacheShape)[2];
    }
    // The operator takes no total but this without a cache.
    SymExpr total = past + (*shape)[1];
    bool isFull = holdsOnly(recovery, op.getSeqlensK(), total - SymExpr(1));
    bool isAppended =
        !op.getPastKey() ||
        (isFull && holdsOnly(recovery, op.getTotalSequenceLength(), total));
    bool isCausal = op.getCausal() != 0;
    bool hasWindow = getWindow(op) > 0;
    // ONNX Runtime takes a mask that has a row for each of Q, as causality
    // does, and makes nothing of a row whose window is all behind its sequence.
    if (!isAppended || (!isCausal && (!isFull || hasWindow)) ||
        (hasWindow && !isFull))
      return failure();
    if (Value bias = op.getAttentionBias()) {
      auto biasShape = recovery.getShape(bias);
      if (!biasShape || biasShape->size() != 4 || biasShape->back() != total)
        return failure();
    }
    auto table = op.getDoRotary()
                     ? dyn_cast<RankedTensorType>(getType(op.getCosCache()))
                     : RankedTensorType();
    // Of positions that are given, the operator reads no more than the first.
    if (op.getDoRotary() &&
        (!table || table.getRank() != 2 || table.isDynamicDim(1) ||
         2 * table.getDimSize(1) > width || op.getPositionIds()))
      return failure();

    Value parts[] = {op.getQuery(), op.getKey(), op.getValue()};
    if (isPacked)
      llvm::copy(split(rewriter, op, op.getQuery(),
                       {heads * width, kvHeads * width, kvHeads * width}, 2),
                 parts);
    Primitives p(rewriter, op);
    bool needsMask = !isFull || hasWindow;
    Value rows = table || needsMask ? createRows(p, op) : Value();
    if (table) {
      Value positions = createPositions(p, op, rows);
      parts[0] = rotate(rewriter, op, parts[0], positions, heads, width);
      parts[1] = rotate(rewriter, op, parts[1], positions, kvHeads, width);
    }
    Value mask = op.getAttentionBias();
    if (needsMask) {
      Value isSeen = createCondition(p, op, rows, isFull);
      mask = mask ? p.where(isSeen, mask,
                            p.number(Primitives::getElement(mask),
                                     -std::numeric_limits<double>::infinity()))
                  : isSeen;
      isCausal = false;
    }
    auto attention = AttentionOp::create(
        rewriter, getPartLocation(op), op.getOutput().getType(),
        getType(op.getPresentKey()), getType(op.getPresentValue()),
        /*qk_matmul_output=*/Type(), parts[0], parts[1], parts[2], mask,
        op.getPastKey(), op.getPastValue(), /*nonpad_kv_seqlen=*/Value(),
        rewriter.getI64IntegerAttr(isCausal),
        rewriter.getI64IntegerAttr(kvHeads), rewriter.getI64IntegerAttr(heads),
        /*qk_matmul_output_mode=*/IntegerAttr(), getScale(op, width, rewriter),
        op.getSoftcap().isZero() ? FloatAttr() : op.getSoftcapAttr(),
        /*softmax_precision=*/IntegerAttr());
    replaceAttention(recovery, rewriter, op, attention);
    return success();
  }

private:
  /// True for what ONNX's op has no words for, or what no one says.
  static bool isMoreThanAttention(GroupQueryAttentionOp op) {
    return !op.getKey() != !op.getValue() ||
           !op.getPastKey() != !op.getPastValue() || !op.getSeqlensK() ||
           !op.getTotalSequenceLength() || op.getHeadSink() || op.getKScale() ||
           op.getVScale() || op.getQNormWeight() || op.getKNormWeight() ||
           op.getKQuantType() != "NONE" || op.getVQuantType() != "NONE" ||
           op.getSlidingWindowCache() ||
           static_cast<int64_t>(op.getSmoothSoftmax()) > 0 ||
           op.getSoftcap().isNegative() || op.getOutputQk() ||
           (op.getDoRotary() && !(op.getCosCache() && op.getSinCache()));
  }

  /// How many columns a row sees, or nothing positive: all.
  static int64_t getWindow(GroupQueryAttentionOp op) {
    return static_cast<int64_t>(op.getLocalWindowSize());
  }

  /// The rows of Q among those of K, as a list.
  static Value createRows(Primitives &p, GroupQueryAttentionOp op) {
    Value rows = p.range(p.scalarSize(op.getQuery(), 1));
    return op.getPastKey() ? p.add(rows, p.size(op.getPastKey(), 2)) : rows;
  }

  /// `rows` for each sequence of the batch.
  static Value createPositions(Primitives &p, GroupQueryAttentionOp op,
                               Value rows) {
    Value shape =
        p.concat({p.size(op.getQuery(), 0), p.size(op.getQuery(), 1)}, 0);
    return p.binary<ExpandOp>(rows, shape);
  }

  /// True where a row of Q sees a column of K.
  static Value createCondition(Primitives &p, GroupQueryAttentionOp op,
                               Value rows, bool isFull) {
    Value columns = rows;
    if (op.getPastKey())
      columns = p.range(p.add(p.scalarSize(op.getQuery(), 1),
                              p.scalarSize(op.getPastKey(), 2)));
    rows = p.unsqueeze(rows, 1);
    Value isSeen = p.compare<LessOrEqualOp>(columns, rows);
    if (!isFull) {
      // The number of each sequence's last column.
      Value last =
          p.cast(op.getSeqlensK(), IntegerType::get(op.getContext(), 64));
      Value isInside =
          p.compare<LessOrEqualOp>(columns, p.reshape(last, {-1, 1, 1, 1}));
      isSeen = p.binary<AndOp>(isSeen, isInside);
    }
    if (int64_t window = getWindow(op); window > 0) {
      Value isNear = p.compare<LessOp>(rows, p.add(columns, p.integer(window)));
      isSeen = p.binary<AndOp>(isSeen, isNear);
    }
    return isSeen;
  }

  static Value rotate(PatternRewriter &rewriter, GroupQueryAttentionOp op,
                      Value x, Value positions, int64_t heads, int64_t width) {
    // Shorter tables rotate the first lanes of a head.
    int64_t rotated =
        2 * cast<RankedTensorType>(op.getCosCache().getType()).getDimSize(1);
    return RotaryEmbeddingOp::create(
        rewriter, getPartLocation(op), x.getType(), x, op.getCosCache(),
        op.getSinCache(), positions, op.getRotaryInterleavedAttr(),
        rewriter.getI64IntegerAttr(heads),
        rotated == width ? IntegerAttr() : rewriter.getI64IntegerAttr(rotated));
  }
};

} // namespace

void gac::populateRecoverContribAttention(RewritePatternSet &patterns,
                                          Recovery &recovery) {
  patterns.add<RecoverContribRotaryEmbedding, RecoverContribAttention,
               RecoverMultiHeadAttention, RecoverGroupQueryAttention>(
      patterns.getContext(), recovery);
}
