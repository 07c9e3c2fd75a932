//===- RecoverContribAttention.cpp - Attention from ONNX Runtime's own ----===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Masks that ONNX Runtime gives as lengths or as integers have no counterpart
// among the operands of ONNX's Attention: ops that have one stay.
//
//===----------------------------------------------------------------------===//

#include "Recovery.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

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
  auto shape = recovery.getShape(bias), own = recovery.getShape(keys);
  return shape && own && shape->size() == 4 && own->size() == 3 && !hasPast &&
         shape->back() == (*own)[1];
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

/// Q, K and V of rank 3, each with its part of the bias.
struct RecoverMultiHeadAttention : RecoveryPattern<MultiHeadAttentionOp> {
  using RecoveryPattern::RecoveryPattern;

  LogicalResult matchAndRewrite(MultiHeadAttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getKey() || !op.getValue() || op.getKeyPaddingMask() ||
        op.getPastSequenceLength() || op.getCacheIndirection() ||
        !isUnread(op.getQk()) || !op.getPastKey() != !op.getPastValue())
      return failure();
    SmallVector<Value> parts = {op.getQuery(), op.getKey(), op.getValue()};
    SmallVector<int64_t> sizes;
    for (Value part : parts) {
      auto type = dyn_cast<RankedTensorType>(part.getType());
      if (!type || type.getRank() != 3 || type.isDynamicDim(2))
        return failure();
      sizes.push_back(type.getDimSize(2));
    }
    auto q = recovery.getShape(op.getQuery());
    auto k = recovery.getShape(op.getKey());
    bool isSquare = q && k && (*q)[1] == (*k)[1];
    if ((op.getUnidirectional() && !isSquare) ||
        !isMask(recovery, op.getAttentionBias(), op.getKey(),
                static_cast<bool>(op.getPastKey())))
      return failure();
    int64_t heads = op.getNumHeads();
    if (Value bias = op.getBias()) {
      auto type = dyn_cast<RankedTensorType>(bias.getType());
      if (!type || type.getRank() != 1)
        return failure();
      SmallVector<Value> biases = split(rewriter, op, bias, sizes, 0);
      for (auto [part, own] : llvm::zip_equal(parts, biases))
        part = AddOp::create(rewriter, getPartLocation(op), part.getType(),
                             part, own);
    }
    auto getType = [](Value value) { return value ? value.getType() : Type(); };
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
    if (op.getPresentKey())
      rewriter.replaceAllUsesWith(op.getPresentKey(),
                                  attention.getPresentKey());
    if (op.getPresentValue())
      rewriter.replaceAllUsesWith(op.getPresentValue(),
                                  attention.getPresentValue());
    recovery.replace(rewriter, op.getOutput(), attention);
    // The results are those of ONNX, in its order.
    for (StringRef name : {attr::outputs, attr::dims})
      if (Attribute attribute = op->getAttr(name))
        attention->setAttr(name, attribute);
    return success();
  }
};

} // namespace

void gac::populateRecoverContribAttention(RewritePatternSet &patterns,
                                          Recovery &recovery) {
  patterns.add<RecoverContribRotaryEmbedding, RecoverContribAttention,
               RecoverMultiHeadAttention>(patterns.getContext(), recovery);
}
