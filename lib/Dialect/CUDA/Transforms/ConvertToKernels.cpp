//===- ConvertToKernels.cpp - From ONNX's ops to what kernels compute -----===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvertElementwise.h"
#include "gac/Dialect/CUDA/Transforms/Passes.h"
#include "gac/Dialect/GAC/IR/GACOps.h"

#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <cmath>
#include <numeric>

namespace gac::cuda {
#define GEN_PASS_DEF_CONVERTTOKERNELS
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

static RankedTensorType getType(Value value) {
  return dyn_cast<RankedTensorType>(value.getType());
}

/// A tensor of `type` to compute into.
static Value makeEmpty(OpBuilder &builder, Location loc, Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor::EmptyOp::create(builder, loc, tensor.getShape(),
                                 tensor.getElementType());
}

/// `value` in another shape of as many elements.
static Value reshape(OpBuilder &builder, Location loc, Value value,
                     ArrayRef<int64_t> sizes) {
  RankedTensorType from = getType(value);
  if (from.getShape() == sizes)
    return value;
  auto to = RankedTensorType::get(sizes, from.getElementType());
  auto groups = getReassociationIndicesForReshape(from, to);
  if (groups && from.getRank() > to.getRank())
    return tensor::CollapseShapeOp::create(builder, loc, to, value, *groups);
  if (groups)
    return tensor::ExpandShapeOp::create(builder, loc, to, value, *groups);
  auto shape = DenseElementsAttr::get(
      RankedTensorType::get({to.getRank()}, builder.getI64Type()), sizes);
  return ReshapeOp::create(
      builder, loc, to, value,
      ConstantOp::create(builder, loc, shape.getType(), shape, StringAttr()),
      builder.getI64IntegerAttr(1));
}

static Value transpose(OpBuilder &builder, Location loc, Value value,
                       ArrayRef<int64_t> permutation) {
  RankedTensorType from = getType(value);
  SmallVector<int64_t> sizes;
  for (int64_t axis : permutation)
    sizes.push_back(from.getDimSize(axis));
  return TransposeOp::create(
      builder, loc, RankedTensorType::get(sizes, from.getElementType()), value,
      builder.getDenseI64ArrayAttr(permutation));
}

/// `value` as [rows, lanes of the last axis].
static Value flattenRows(OpBuilder &builder, Location loc, Value value) {
  ArrayRef<int64_t> sizes = getType(value).getShape();
  int64_t rows = std::accumulate(sizes.begin(), sizes.end() - 1, int64_t(1),
                                 std::multiplies<>());
  return reshape(builder, loc, value, {rows, sizes.back()});
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

namespace {

struct ConvertMatMul : OpRewritePattern<MatMulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatMulOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType result = getType(op.getResult());
    ArrayRef<int64_t> a = getType(op.getA()).getShape(),
                      b = getType(op.getB()).getShape();
    if (a.size() < 2 || b.size() < 2 ||
        !isa<FloatType>(result.getElementType()))
      return failure();
    Value left = op.getA(), right = op.getB();
    auto countBatches = [](ArrayRef<int64_t> sizes) {
      return std::accumulate(sizes.begin(), sizes.end() - 2, int64_t(1),
                             std::multiplies<>());
    };
    int64_t m = a[a.size() - 2], k = a.back(), n = b.back();
    SmallVector<int64_t> out;
    if (countBatches(b) == 1) {
      // One matrix for all rows.
      left = flattenRows(rewriter, loc, left);
      right = flattenRows(rewriter, loc, right);
      out = {getType(left).getDimSize(0), n};
    } else {
      if (a.drop_back(2) != b.drop_back(2))
        return rewriter.notifyMatchFailure(op, "batches broadcast");
      left = reshape(rewriter, loc, left, {countBatches(a), m, k});
      right = reshape(rewriter, loc, right, {countBatches(b), k, n});
      out = {countBatches(a), m, n};
    }
    auto type = RankedTensorType::get(out, result.getElementType());
    auto product = cuda::MatmulOp::create(
        rewriter, loc, type, left, right, /*bias=*/Value(), /*addend=*/Value(),
        makeEmpty(rewriter, loc, type), rewriter.getF32FloatAttr(1));
    rewriter.replaceOp(
        op, reshape(rewriter, loc, product.getResult(0), result.getShape()));
    return success();
  }
};

struct ConvertGemm : OpRewritePattern<GemmOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GemmOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType result = getType(op.getResult());
    if (!isa<FloatType>(result.getElementType()))
      return failure();
    Value a = op.getA(), b = op.getB(), c = op.getC();
    int64_t n = result.getDimSize(1);
    bool isAdded = c && op.getBeta().convertToDouble() != 0, isBias = false;
    if (isAdded) {
      if (op.getBeta().convertToDouble() != 1)
        return rewriter.notifyMatchFailure(op, "beta is neither 0 nor 1");
      ArrayRef<int64_t> sizes = getType(c).getShape();
      isBias = getType(c).getNumElements() == n && !sizes.empty() &&
               sizes.back() == n;
      if (!isBias && sizes != result.getShape())
        return rewriter.notifyMatchFailure(op, "C broadcasts along columns");
    }
    if (op.getTransA())
      a = transpose(rewriter, loc, a, {1, 0});
    if (op.getTransB())
      b = transpose(rewriter, loc, b, {1, 0});
    Value bias, addend;
    if (isBias)
      bias = reshape(rewriter, loc, c, {n});
    else if (isAdded)
      addend = c;
    rewriter.replaceOpWithNewOp<cuda::MatmulOp>(
        op, result, a, b, bias, addend, makeEmpty(rewriter, loc, result),
        rewriter.getF32FloatAttr(op.getAlpha().convertToFloat()));
    return success();
  }
};

/// A bias or a residual that is added to a product that nobody else reads.
struct AddToProduct : OpRewritePattern<AddOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AddOp op,
                                PatternRewriter &rewriter) const override {
    for (auto [value, other] : {std::pair{op.getLhs(), op.getRhs()},
                                std::pair{op.getRhs(), op.getLhs()}}) {
      if (getType(value) != getType(op.getResult()))
        continue;
      Value product = value;
      while (product.hasOneUse() &&
             isa_and_present<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(
                 product.getDefiningOp()))
        product = product.getDefiningOp()->getOperand(0);
      auto matmul = product.getDefiningOp<cuda::MatmulOp>();
      if (!matmul || !product.hasOneUse() ||
          getType(other).getElementType() != getType(value).getElementType())
        continue;
      Value bias = matmul.getBias(), addend = matmul.getAddend();
      RankedTensorType type = getType(product);
      int64_t n = type.getShape().back();
      ArrayRef<int64_t> sizes = getType(other).getShape();
      if (!bias && !sizes.empty() && sizes.back() == n &&
          getType(other).getNumElements() == n &&
          // Of one row only what is constant is a bias; else a residual.
          (type.getNumElements() != n ||
           isa_and_present<InitializerOp, ConstantOp>(other.getDefiningOp())))
        bias = reshape(rewriter, op.getLoc(), other, {n});
      else if (!addend && getType(other) == getType(value))
        addend = reshape(rewriter, op.getLoc(), other, type.getShape());
      else
        continue;
      // Here, where the other summand is known.
      auto sum = cuda::MatmulOp::create(
          rewriter, rewriter.getFusedLoc({matmul.getLoc(), op.getLoc()}), type,
          matmul.getA(), matmul.getB(), bias, addend, matmul.getOut(),
          matmul.getAlphaAttr());
      rewriter.replaceOp(op, reshape(rewriter, op.getLoc(), sum.getResult(0),
                                     getType(op.getResult()).getShape()));
      return success();
    }
    return failure();
  }
};

//===----------------------------------------------------------------------===//
// Norms, rotations, attention, tables
//===----------------------------------------------------------------------===//

struct ConvertRMSNorm : OpRewritePattern<RMSNormalizationOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RMSNormalizationOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = getType(op.getY());
    auto axis = static_cast<int64_t>(op.getAxis());
    if (axis < 0)
      axis += type.getRank();
    if (axis != type.getRank() - 1)
      return rewriter.notifyMatchFailure(op, "more than one axis");
    int64_t width = type.getShape().back();
    if (getType(op.getScale()).getNumElements() != width)
      return rewriter.notifyMatchFailure(op, "the scale broadcasts");
    Value x = flattenRows(rewriter, loc, op.getX());
    Value scale = reshape(rewriter, loc, op.getScale(), {width});
    auto norm = cuda::RMSNormOp::create(
        rewriter, loc, x.getType(), x, scale,
        makeEmpty(rewriter, loc, x.getType()),
        rewriter.getI64IntegerAttr(
            static_cast<int64_t>(op.getLogicalCount().value_or(width))),
        op.getEpsilonAttr()
            ? op.getEpsilonAttr()
            : rewriter.getF32FloatAttr(op.getEpsilon().convertToFloat()),
        /*vector=*/IntegerAttr());
    rewriter.replaceOp(
        op, reshape(rewriter, loc, norm.getResult(0), type.getShape()));
    return success();
  }
};

/// Moves the two numbers of each pair in the first `width` lanes of the last of
/// four axes: neighbours to halves, or halves to neighbours.
static Value sortPairs(OpBuilder &builder, Location loc, Value value,
                       int64_t width, bool toHalves) {
  RankedTensorType type = getType(value);
  SmallVector<int64_t> sizes(type.getShape());
  int64_t rest = sizes[3] - width;
  auto withWidth = [&](int64_t lanes) {
    sizes[3] = lanes;
    return RankedTensorType::get(sizes, type.getElementType());
  };
  Value part = value, tail;
  if (rest != 0) {
    auto split =
        DenseElementsAttr::get(RankedTensorType::get({2}, builder.getI64Type()),
                               ArrayRef<int64_t>{width, rest});
    auto parts = SplitOp::create(
        builder, loc, TypeRange{withWidth(width), withWidth(rest)}, value,
        ConstantOp::create(builder, loc, split.getType(), split, StringAttr()),
        builder.getI64IntegerAttr(3), /*split=*/DenseI64ArrayAttr(),
        /*num_outputs=*/IntegerAttr());
    part = parts.getResult(0);
    tail = parts.getResult(1);
  }
  SmallVector<int64_t> pairs = {sizes[0], sizes[1], sizes[2], width / 2, 2};
  if (!toHalves)
    std::swap(pairs[3], pairs[4]);
  part = transpose(builder, loc, reshape(builder, loc, part, pairs),
                   {0, 1, 2, 4, 3});
  part = reshape(builder, loc, part, withWidth(width).getShape());
  return tail ? ConcatOp::create(builder, loc, type, ValueRange{part, tail},
                                 builder.getI64IntegerAttr(3))
                    .getResult()
              : part;
}

struct ConvertRope : OpRewritePattern<RotaryEmbeddingOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RotaryEmbeddingOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = getType(op.getY());
    Value x = op.getX();
    if (type.getRank() == 3) {
      int64_t heads = op.getNumHeads();
      if (heads < 1)
        return failure();
      ArrayRef<int64_t> sizes = type.getShape();
      x = reshape(rewriter, loc, x,
                  {sizes[0], sizes[1], heads, sizes[2] / heads});
      x = transpose(rewriter, loc, x, {0, 2, 1, 3});
    }
    RankedTensorType four = getType(x);
    int64_t rotated = op.getRotaryEmbeddingDim();
    if (rotated == 0)
      rotated = four.getDimSize(3);
    // The kernel rotates halves.
    bool isInterleaved = op.getInterleaved() != 0;
    if (isInterleaved)
      x = sortPairs(rewriter, loc, x, rotated, /*toHalves=*/true);
    Value cos = op.getCosCache(), sin = op.getSinCache();
    if (Value ids = op.getPositionIds())
      for (Value *table : {&cos, &sin}) {
        SmallVector<int64_t> sizes(getType(ids).getShape());
        sizes.push_back(getType(*table).getShape().back());
        auto rows =
            RankedTensorType::get(sizes, getType(*table).getElementType());
        *table = cuda::EmbedOp::create(rewriter, loc, rows, *table, ids,
                                       makeEmpty(rewriter, loc, rows),
                                       /*vector=*/IntegerAttr())
                     .getResult(0);
      }
    Value y = cuda::RopeOp::create(rewriter, loc, four, x, cos, sin,
                                   /*position=*/Value(),
                                   makeEmpty(rewriter, loc, four), rotated / 2,
                                   /*append=*/false, /*past=*/0,
                                   /*vector=*/IntegerAttr())
                  .getResult(0);
    if (isInterleaved)
      y = sortPairs(rewriter, loc, y, rotated, /*toHalves=*/false);
    if (type.getRank() == 3)
      y = reshape(rewriter, loc, transpose(rewriter, loc, y, {0, 2, 1, 3}),
                  type.getShape());
    rewriter.replaceOp(op, y);
    return success();
  }
};

struct ConvertAttention : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    if (op.getAttnMask() || op.getNonpadKvSeqlen() || op.getQkMatmulOutput() ||
        op.getSoftcap().convertToDouble() != 0)
      return rewriter.notifyMatchFailure(op, "masks and the like");
    if (op.getScale() && !(op.getScale()->convertToFloat() > 0))
      return rewriter.notifyMatchFailure(op, "a scale that is not positive");
    for (auto [value, count] : {std::pair{op.getQ(), op.getQNumHeads()},
                                std::pair{op.getK(), op.getKvNumHeads()},
                                std::pair{op.getV(), op.getKvNumHeads()}})
      if (getType(value).getRank() == 3 && (!count || *count < 1))
        return rewriter.notifyMatchFailure(op, "no number of heads");
    auto getRows = [](Value value) {
      RankedTensorType type = getType(value);
      return type.getDimSize(type.getRank() - 2);
    };
    int64_t queries = getRows(op.getQ()), keys = getRows(op.getK());
    if (op.getPastKey())
      keys += getRows(op.getPastKey());
    bool causal = op.getIsCausal();
    // Without a cache ONNX's causal mask lets row i see keys up to i.
    if (causal && !op.getPastKey() && keys != queries)
      return rewriter.notifyMatchFailure(op, [&](Diagnostic &reason) {
        reason << "a causal mask without a cache over " << keys
               << " keys, with " << queries << " rows";
      });
    if (keys < queries)
      return rewriter.notifyMatchFailure(op, [&](Diagnostic &reason) {
        reason << "fewer keys than rows, " << keys << " and " << queries;
      });
    SmallVector<Value, 3> heads;
    for (auto [value, count] : {std::pair{op.getQ(), op.getQNumHeads()},
                                std::pair{op.getK(), op.getKvNumHeads()},
                                std::pair{op.getV(), op.getKvNumHeads()}}) {
      ArrayRef<int64_t> sizes = getType(value).getShape();
      if (sizes.size() == 4) {
        heads.push_back(value);
        continue;
      }
      auto number = static_cast<int64_t>(*count);
      heads.push_back(
          transpose(rewriter, loc,
                    reshape(rewriter, loc, value,
                            {sizes[0], sizes[1], number, sizes[2] / number}),
                    {0, 2, 1, 3}));
    }
    auto [q, k, v] = std::tuple{heads[0], heads[1], heads[2]};
    for (auto [value, cached, present] :
         {std::tuple{&k, op.getPastKey(), op.getPresentKey()},
          std::tuple{&v, op.getPastValue(), op.getPresentValue()}}) {
      if (cached) {
        SmallVector<int64_t> sizes(getType(*value).getShape());
        sizes[2] += getRows(cached);
        *value = ConcatOp::create(
            rewriter, loc,
            RankedTensorType::get(sizes, getType(*value).getElementType()),
            ValueRange{cached, *value}, rewriter.getI64IntegerAttr(2));
      }
      if (present)
        rewriter.replaceAllUsesWith(present, *value);
    }
    ArrayRef<int64_t> sizes = getType(q).getShape();
    auto type = RankedTensorType::get(
        {sizes[0], sizes[1], sizes[2], getType(v).getDimSize(3)},
        getType(q).getElementType());
    float scale = op.getScale() ? op.getScale()->convertToFloat()
                                : 1 / std::sqrt(static_cast<float>(sizes[3]));
    Value y =
        cuda::AttentionOp::create(
            rewriter, loc, type, q, k, v, /*position=*/Value(),
            makeEmpty(rewriter, loc, type), rewriter.getF32FloatAttr(scale),
            causal ? rewriter.getUnitAttr() : UnitAttr(),
            rewriter.getI64IntegerAttr(keys - queries))
            .getResult(0);
    RankedTensorType result = getType(op.getY());
    if (result.getRank() == 3)
      y = reshape(rewriter, loc, transpose(rewriter, loc, y, {0, 2, 1, 3}),
                  result.getShape());
    rewriter.replaceAllUsesWith(op.getY(), y);
    rewriter.eraseOp(op);
    return success();
  }
};

struct ConvertGather : OpRewritePattern<GatherOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GatherOp op,
                                PatternRewriter &rewriter) const override {
    RankedTensorType data = getType(op.getData());
    auto axis = static_cast<int64_t>(op.getAxis());
    if (data.getRank() != 2 || (axis != 0 && axis != -2) ||
        !isa<FloatType>(data.getElementType()))
      return failure();
    rewriter.replaceOpWithNewOp<cuda::EmbedOp>(
        op, op.getResult().getType(), op.getData(), op.getIndices(),
        makeEmpty(rewriter, op.getLoc(), op.getResult().getType()),
        /*vector=*/IntegerAttr());
    return success();
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct ConvertToKernelsPass
    : public cuda::impl::ConvertToKernelsBase<ConvertToKernelsPass> {
  void runOnOperation() override;
};
} // namespace

/// Ops that name data or change how memory is seen.
static bool mayStay(Operation *op) {
  return isa<InitializerOp, ConstantOp, ReshapeOp, FlattenOp, SqueezeOp,
             UnsqueezeOp, TransposeOp, SliceOp, SplitOp, ExpandOp, ConcatOp>(
      op);
}

static LogicalResult checkStatic(func::FuncOp function) {
  WalkResult result = function.walk([](Operation *op) {
    for (Value value : op->getResults()) {
      auto type = dyn_cast<TensorType>(value.getType());
      if (!isa_and_present<GACDialect>(op->getDialect()) ||
          (type && type.hasStaticShape()))
        continue;
      op->emitError() << "no kernel computes a value of type "
                      << value.getType() << ": its sizes are not known";
      return WalkResult::interrupt();
    }
    for (Value value : op->getOperands())
      if (auto type = dyn_cast<RankedTensorType>(value.getType());
          type && type.hasStaticShape() && type.getNumElements() == 0 &&
          isa_and_present<GACDialect>(op->getDialect())) {
        op->emitError() << "no kernel computes with a tensor without elements, "
                        << type;
        return WalkResult::interrupt();
      }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

namespace {
/// The last reason that a pattern gave for leaving an operation, by location.
struct Reasons : RewriterBase::Listener {
  void notifyMatchFailure(
      Location loc,
      llvm::function_ref<void(Diagnostic &)> reasonCallback) override {
    Diagnostic reason(loc, DiagnosticSeverity::Error);
    reasonCallback(reason);
    byLocation[loc] = reason.str();
  }

  llvm::DenseMap<Location, std::string> byLocation;
};
} // namespace

void ConvertToKernelsPass::runOnOperation() {
  func::FuncOp function = getOperation();
  if (failed(checkStatic(function)))
    return signalPassFailure();
  MLIRContext *context = &getContext();
  // Products first, with what is added to them; then what is left to add.
  RewritePatternSet named(context), elementwise(context);
  named.add<ConvertMatMul, ConvertGemm, AddToProduct, ConvertRMSNorm,
            ConvertRope, ConvertAttention, ConvertGather>(context);
  cuda::populateElementwisePatterns(elementwise);
  Reasons reasons;
  auto config = GreedyRewriteConfig().setListener(&reasons);
  if (failed(applyPatternsGreedily(function, std::move(named), config)) ||
      failed(applyPatternsGreedily(function, std::move(elementwise), config))) {
    function.emitError() << "conversion to kernels does not come to an end";
    return signalPassFailure();
  }
  WalkResult result = function.walk([&](Operation *op) {
    if (!isa_and_present<GACDialect>(op->getDialect()) || mayStay(op))
      return WalkResult::advance();
    InFlightDiagnostic diagnostic = op->emitError()
                                    << "no kernel computes this";
    if (auto opaque = dyn_cast<OpaqueOp>(op)) {
      diagnostic << ": an operator '" << opaque.getOpType()
                 << "' that GAC does not know";
    } else {
      diagnostic << " form of '" << op->getName() << "', of ";
      llvm::interleaveComma(op->getOperandTypes(), diagnostic);
      auto reason = reasons.byLocation.find(op->getLoc());
      if (reason != reasons.byLocation.end())
        diagnostic << ": " << reason->second;
    }
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    signalPassFailure();
}
