//===- ShapeInferenceNetwork.cpp - Shapes of contractions and layers ------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ShapeInference.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// MatMul, Gemm
//===----------------------------------------------------------------------===//

LogicalResult gac::detail::inferMatMul(Value valueOfA, Value valueOfB,
                                       Type elementType,
                                       ShapeInference &inference) {
  std::optional<SymShape> a = inference.getShape(valueOfA);
  std::optional<SymShape> b = inference.getShape(valueOfB);
  for (auto [name, shape] : {std::pair("A", &a), std::pair("B", &b)})
    if (*shape && (*shape)->empty())
      return inference.error("matmul_c1", name, " is a scalar");
  if (!a || !b) {
    inference.setResult(0, std::nullopt, elementType);
    return success();
  }
  ArrayRef<SymExpr> left(*a), right(*b);
  const SymExpr &k = left.back();
  const SymExpr &otherK =
      right.size() == 1 ? right[0] : right.drop_back().back();
  if (ShapeInference::differ(k, otherK))
    return inference.error("matmul_c2", "A has size ", k, " on its last axis, ",
                           "but B has size ", otherK, " on axis ",
                           right.size() == 1 ? 0 : right.size() - 2);
  FailureOr<SymShape> result = inference.broadcast(
      "matmul_c3", left.drop_back(std::min<size_t>(left.size(), 2)),
      right.drop_back(std::min<size_t>(right.size(), 2)));
  if (failed(result))
    return failure();
  if (left.size() > 1)
    result->push_back(left.drop_back().back());
  if (right.size() > 1)
    result->push_back(right.back());
  inference.setResult(0, std::move(*result), elementType);
  return success();
}

LogicalResult MatMulOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return detail::inferMatMul(op.getA(), op.getB(),
                             ShapeInference::getElementType(op.getA()),
                             inference);
}

LogicalResult gac::detail::inferGemm(Value valueOfA, bool isATransposed,
                                     Value valueOfB, bool isBTransposed,
                                     Value valueOfC, Type elementType,
                                     ShapeInference &inference) {
  if (failed(inference.checkRank("gemm_c1", "A", valueOfA, 2)) ||
      failed(inference.checkRank("gemm_c2", "B", valueOfB, 2)))
    return failure();
  std::optional<SymShape> a = inference.getShape(valueOfA);
  std::optional<SymShape> b = inference.getShape(valueOfB);
  if (a && b) {
    const SymExpr &k = (*a)[isATransposed ? 0 : 1];
    const SymExpr &otherK = (*b)[isBTransposed ? 1 : 0];
    if (ShapeInference::differ(k, otherK))
      return inference.error("gemm_c3", "A has size ", k, " on axis ",
                             isATransposed ? 0 : 1, ", but B has size ", otherK,
                             " on axis ", isBTransposed ? 1 : 0);
  }
  SymShape result = {a ? (*a)[isATransposed ? 1 : 0] : SymExpr::unknownSize(),
                     b ? (*b)[isBTransposed ? 0 : 1] : SymExpr::unknownSize()};
  if (std::optional<SymShape> c = inference.getShape(valueOfC)) {
    FailureOr<SymShape> both = inference.broadcast("gemm_c4", result, *c);
    if (failed(both))
      return failure();
    // C broadcasts to the product, never the other way.
    if (c->size() > 2 || ShapeInference::differ(both->front(), result[0]) ||
        ShapeInference::differ(both->back(), result[1]))
      return inference.error("gemm_c4", "C of shape ", formatShape(*c),
                             " does not broadcast to the product's ",
                             formatShape(result));
  }
  inference.setResult(0, std::move(result), elementType);
  return success();
}

LogicalResult GemmOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return detail::inferGemm(
      op.getA(), op.getTransA() != 0, op.getB(), op.getTransB() != 0, op.getC(),
      ShapeInference::getElementType(op.getA()), inference);
}

LogicalResult FusedGemmOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return detail::inferGemm(
      op.getA(), op.getTransA() != 0, op.getB(), op.getTransB() != 0, op.getC(),
      ShapeInference::getElementType(op.getA()), inference);
}

//===----------------------------------------------------------------------===//
// Convolution and pooling
//===----------------------------------------------------------------------===//

namespace {
/// Windows that slide over the spatial axes.
struct Windows {
  StringRef autoPad;
  std::optional<ArrayRef<int64_t>> dilations, pads, strides;
  bool roundsUp = false;
};
} // namespace

/// Appends the number of windows on each spatial axis of `x` (all but the first
/// two). Fails with `label` if lists are of the wrong length, or a window that
/// does not fit.
static LogicalResult appendWindowCounts(ShapeInference &inference,
                                        StringRef label, ArrayRef<SymExpr> x,
                                        ArrayRef<SymExpr> kernel,
                                        const Windows &windows,
                                        SymShape &result) {
  ArrayRef<SymExpr> spatial = x.drop_front(2);
  size_t rank = spatial.size();
  for (auto [name, list, length] :
       {std::tuple("dilations", windows.dilations, rank),
        std::tuple("pads", windows.pads, 2 * rank),
        std::tuple("strides", windows.strides, rank)})
    if (list && list->size() != length)
      return inference.error(label, "there are ", list->size(), " ", name,
                             " for ", rank, " spatial axes");
  if (kernel.size() != rank)
    return inference.error(label, "the kernel has ", kernel.size(),
                           " spatial axes, the input ", rank);
  for (size_t i = 0; i != rank; ++i) {
    int64_t stride = windows.strides ? (*windows.strides)[i] : 1;
    int64_t dilation = windows.dilations ? (*windows.dilations)[i] : 1;
    if (stride < 1 || dilation < 1)
      return inference.error(label, "stride ", stride, " and dilation ",
                             dilation, " on spatial axis ", i,
                             " must be positive");
    if (windows.autoPad.starts_with("SAME")) {
      result.push_back(spatial[i].ceilDiv(stride));
      continue;
    }
    SymExpr room = spatial[i] - (kernel[i] - 1) * dilation - 1;
    if (windows.pads && windows.autoPad != "VALID")
      room += SymExpr((*windows.pads)[i]) + (*windows.pads)[i + rank];
    if (room.getConstant().value_or(0) < 0)
      return inference.error(
          label, "a window of ", kernel[i], " with dilation ", dilation,
          " does not fit on spatial axis ", i, " of size ", spatial[i]);
    // Whether a last, partial window counts depends on the opset.
    if (windows.roundsUp && !room.divideExact(stride))
      result.push_back(SymExpr::unknownSize());
    else
      result.push_back(room.floorDiv(stride) + 1);
  }
  return success();
}

/// The rule of a convolution with bias `bias`, if there is one.
template <typename Adaptor>
static LogicalResult inferConv(Adaptor op, Value bias, Type elementType,
                               ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(op.getX());
  std::optional<SymShape> w = inference.getShape(op.getW());
  if (x && x->size() < 3)
    return inference.error("conv_c1", "X has rank ", x->size(),
                           ", not 3 or more");
  if (x && w && x->size() != w->size())
    return inference.error("conv_c2", "X has rank ", x->size(), ", but W has ",
                           w->size());
  int64_t group = op.getGroup();
  if (group < 1)
    return inference.error("conv_c3", "group is ", group);
  if (!x || !w) {
    inference.setResult(0, std::nullopt, elementType);
    return success();
  }
  SymExpr channels = (*w)[1] * group;
  if (ShapeInference::differ((*x)[1], channels))
    return inference.error("conv_c4", "X has ", (*x)[1], " channels, but ",
                           group, " groups of W's ", (*w)[1], " are ",
                           channels);
  if ((*w)[0].isConstant() && *(*w)[0].getConstant() % group != 0)
    return inference.error("conv_c5", "W has ", (*w)[0], " filters, which ",
                           group, " does not divide");
  if (std::optional<SymShape> b = inference.getShape(bias))
    if (b->size() != 1 || ShapeInference::differ(b->front(), (*w)[0]))
      return inference.error("conv_c6", "the bias has shape ", formatShape(*b),
                             ", but W has ", (*w)[0], " filters");
  SymShape kernel(llvm::drop_begin(*w, 2));
  if (op.getKernelShape()) {
    ArrayRef<int64_t> given = *op.getKernelShape();
    if (given.size() != kernel.size() ||
        llvm::any_of(llvm::zip_equal(given, kernel), [](auto sizes) {
          return ShapeInference::differ(std::get<0>(sizes), std::get<1>(sizes));
        }))
      return inference.error("conv_c7", "kernel_shape is ",
                             formatShape(SymShape(given)), ", but W's is ",
                             formatShape(kernel));
  }
  SymShape result = {x->front(), w->front()};
  Windows windows = {"NOTSET", op.getDilations(), op.getPads(),
                     op.getStrides()};
  if constexpr (!std::is_same_v<Adaptor, DeformConvOp::Adaptor>)
    windows.autoPad = op.getAutoPad();
  if (failed(appendWindowCounts(inference, "conv_c8", *x, kernel, windows,
                                result)))
    return failure();
  inference.setResult(0, std::move(result), elementType);
  return success();
}

LogicalResult ConvOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferConv(op, op.getB(), ShapeInference::getElementType(op.getX()),
                   inference);
}

LogicalResult FusedConvOp::inferShapes(Adaptor op, ShapeInference &inference) {
  if (failed(inferConv(op, op.getB(), ShapeInference::getElementType(op.getX()),
                       inference)))
    return failure();
  std::optional<SymShape> z = inference.getShape(op.getZ());
  std::optional<SymShape> y = inference.getResults()[0].shape;
  if (!z || !y)
    return success();
  bool fits = z->size() == y->size();
  if (fits)
    for (auto [size, of] : llvm::zip_equal(*z, *y))
      fits &= !ShapeInference::differ(size, of);
  if (!fits)
    return inference.error("fused_conv_c1", "Z has shape ", formatShape(*z),
                           ", but the result ", formatShape(*y));
  return success();
}

LogicalResult DeformConvOp::inferShapes(Adaptor op, ShapeInference &inference) {
  int64_t groups = op.getOffsetGroup();
  std::optional<SymShape> x = inference.getShape(op.getX());
  std::optional<int64_t> channels =
      x && x->size() > 1 ? (*x)[1].getConstant() : std::nullopt;
  if (groups < 1 || (channels && *channels % groups != 0))
    return inference.error("deform_conv_c1", "offset_group is ", groups,
                           channels ? ", which does not divide the channels of "
                                      "X"
                                    : "");
  return inferConv(op, op.getB(), ShapeInference::getElementType(op.getX()),
                   inference);
}

LogicalResult ConvIntegerOp::inferShapes(Adaptor op,
                                         ShapeInference &inference) {
  return inferConv(op, /*bias=*/Value(),
                   IntegerType::get(inference.getContext(), 32), inference);
}

LogicalResult QLinearConvOp::inferShapes(Adaptor op,
                                         ShapeInference &inference) {
  return inferConv(op, op.getB(),
                   ShapeInference::getElementType(op.getYZeroPoint()),
                   inference);
}

template <typename Adaptor>
static FailureOr<std::optional<SymShape>> inferPool(Adaptor op,
                                                    ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(op.getX());
  if (!x)
    return std::optional<SymShape>();
  if (x->size() != op.getKernelShape().size() + 2)
    return inference.error("pool_c1", "X has rank ", x->size(),
                           ", but kernel_shape ", op.getKernelShape().size(),
                           " entries");
  SymShape result = llvm::to_vector<4>(ArrayRef<SymExpr>(*x).take_front(2));
  Windows windows = {op.getAutoPad(), op.getDilations(), op.getPads(),
                     op.getStrides(), op.getCeilMode() != 0};
  if (failed(appendWindowCounts(inference, "pool_c2", *x,
                                SymShape(op.getKernelShape()), windows,
                                result)))
    return failure();
  return std::optional<SymShape>(std::move(result));
}

LogicalResult MaxPoolOp::inferShapes(Adaptor op, ShapeInference &inference) {
  FailureOr<std::optional<SymShape>> result = inferPool(op, inference);
  if (failed(result))
    return failure();
  inference.setResult(0, *result, ShapeInference::getElementType(op.getX()));
  inference.setResult(1, *result, IntegerType::get(inference.getContext(), 64));
  return success();
}

LogicalResult AveragePoolOp::inferShapes(Adaptor op,
                                         ShapeInference &inference) {
  FailureOr<std::optional<SymShape>> result = inferPool(op, inference);
  if (failed(result))
    return failure();
  inference.setResult(0, *result, ShapeInference::getElementType(op.getX()));
  return success();
}

LogicalResult LpPoolOp::inferShapes(Adaptor op, ShapeInference &inference) {
  FailureOr<std::optional<SymShape>> result = inferPool(op, inference);
  if (failed(result))
    return failure();
  inference.setResult(0, *result, ShapeInference::getElementType(op.getX()));
  return success();
}

static LogicalResult inferGlobalPool(Value x, ShapeInference &inference) {
  std::optional<SymShape> shape = inference.getShape(x);
  if (shape) {
    if (shape->size() < 2)
      return inference.error("global_pool_c1", "X has rank ", shape->size(),
                             ", not 2 or more");
    for (SymExpr &size : llvm::drop_begin(*shape, 2))
      size = 1;
  }
  inference.setResult(0, std::move(shape), ShapeInference::getElementType(x));
  return success();
}

LogicalResult GlobalAveragePoolOp::inferShapes(Adaptor op,
                                               ShapeInference &inference) {
  return inferGlobalPool(op.getX(), inference);
}

LogicalResult GlobalMaxPoolOp::inferShapes(Adaptor op,
                                           ShapeInference &inference) {
  return inferGlobalPool(op.getX(), inference);
}

LogicalResult GlobalLpPoolOp::inferShapes(Adaptor op,
                                          ShapeInference &inference) {
  return inferGlobalPool(op.getX(), inference);
}

//===----------------------------------------------------------------------===//
// Normalisations
//===----------------------------------------------------------------------===//

LogicalResult BatchNormalizationOp::inferShapes(Adaptor op,
                                                ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(op.getX());
  SymExpr channels =
      x ? x->size() > 1 ? (*x)[1] : SymExpr(1) : SymExpr::unknownSize();
  for (auto [name, operand] :
       {std::pair("scale", op.getScale()), std::pair("B", op.getB()),
        std::pair("input_mean", op.getInputMean()),
        std::pair("input_var", op.getInputVar())}) {
    if (failed(inference.checkRank("batch_normalization_c1", name, operand, 1)))
      return failure();
    std::optional<SymShape> shape = inference.getShape(operand);
    if (!shape)
      continue;
    if (ShapeInference::differ(shape->front(), channels))
      return inference.error("batch_normalization_c2", name, " has size ",
                             shape->front(), ", but X has ", channels,
                             " channels");
    channels = ShapeInference::merge(channels, shape->front());
  }
  inference.setResult(0, std::move(x),
                      ShapeInference::getElementType(op.getX()));
  for (size_t statistic = 1; statistic != 5; ++statistic)
    inference.setResult(statistic, SymShape{channels});
  return success();
}

/// Checks that `operand` broadcasts to the normalised axes of `x`.
static LogicalResult checkNormScale(ShapeInference &inference, StringRef label,
                                    StringRef name, Value operand,
                                    ArrayRef<SymExpr> x) {
  std::optional<SymShape> shape = inference.getShape(operand);
  if (!shape)
    return success();
  bool fits = shape->size() <= x.size();
  if (fits)
    for (auto [size, of] : llvm::zip_equal(*shape, x.take_back(shape->size())))
      fits &= size.isOne() || !ShapeInference::differ(size, of);
  if (fits)
    return success();
  return inference.error(label, name, " of shape ", formatShape(*shape),
                         " does not broadcast to X's ", formatShape(x));
}

/// Checks a norm's logical lanes against the axes from `axis` on of `x`.
static LogicalResult checkLogicalLanes(ShapeInference &inference,
                                       StringRef label, LanesAttr lanes,
                                       ArrayRef<SymExpr> x, int64_t axis) {
  if (lanes.getOldSize() == 0)
    return inference.error(label, "logical_lanes are none");
  SymExpr size = 1;
  for (const SymExpr &axisSize : x.drop_front(axis))
    size = size * axisSize;
  if (ShapeInference::differ(size, lanes.getSize()))
    return inference.error(label, "logical_lanes are of ", lanes.getSize(),
                           " lanes, and X has ", size);
  return success();
}

LogicalResult LayerNormalizationOp::inferShapes(Adaptor op,
                                                ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(op.getX());
  std::optional<SymShape> statistics;
  if (x) {
    FailureOr<int64_t> axis =
        inference.getAxis("layer_normalization_c1", op.getAxis(), x->size());
    if (failed(axis) ||
        failed(checkNormScale(inference, "layer_normalization_c2", "scale",
                              op.getScale(), *x)) ||
        failed(checkNormScale(inference, "layer_normalization_c2", "B",
                              op.getB(), *x)) ||
        (op.getLogicalLanes() &&
         failed(checkLogicalLanes(inference, "layer_normalization_c3",
                                  *op.getLogicalLanes(), *x, *axis))))
      return failure();
    statistics = x;
    for (SymExpr &size : llvm::drop_begin(*statistics, *axis))
      size = 1;
  }
  inference.setResult(0, std::move(x),
                      ShapeInference::getElementType(op.getX()));
  inference.setResult(1, statistics);
  inference.setResult(2, std::move(statistics));
  return success();
}

/// Checks a norm's count of logical lanes among those from `axis` on of `x`.
static LogicalResult checkLogicalCount(ShapeInference &inference,
                                       StringRef label, int64_t count,
                                       ArrayRef<SymExpr> x, int64_t axis) {
  if (count < 1)
    return inference.error(label, "logical_count ", count, " is not positive");
  SymExpr lanes = 1;
  for (const SymExpr &size : x.drop_front(axis))
    lanes = lanes * size;
  if (lanes.isConstant() && *lanes.getConstant() < count)
    return inference.error(label, "logical_count ", count, " exceeds the ",
                           lanes, " lanes of X that are normalised");
  return success();
}

LogicalResult RMSNormalizationOp::inferShapes(Adaptor op,
                                              ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(op.getX());
  if (x) {
    FailureOr<int64_t> axis =
        inference.getAxis("rms_normalization_c1", op.getAxis(), x->size());
    if (failed(axis) ||
        failed(checkNormScale(inference, "rms_normalization_c2", "scale",
                              op.getScale(), *x)) ||
        (op.getLogicalCount() &&
         failed(checkLogicalCount(inference, "rms_normalization_c3",
                                  *op.getLogicalCount(), *x, *axis))))
      return failure();
  }
  inference.setResult(0, std::move(x),
                      ShapeInference::getElementType(op.getX()));
  return success();
}

//===----------------------------------------------------------------------===//
// RotaryEmbedding, Attention
//===----------------------------------------------------------------------===//

/// The width of one of `heads` heads that lie side by side on an axis.
static FailureOr<SymExpr> getHeadWidth(ShapeInference &inference,
                                       StringRef label, StringRef name,
                                       const SymExpr &size,
                                       std::optional<int64_t> heads) {
  if (!heads || *heads < 1)
    return inference.error(label, name, " has rank 3, but the number of its ",
                           "heads is ", heads ? "not positive" : "not given");
  if (size.isConstant() && *size.getConstant() % *heads != 0)
    return inference.error(label, name, " has width ", size, ", which ", *heads,
                           " heads do not divide");
  return size.divideExact(*heads).value_or(SymExpr::unknownSize());
}

LogicalResult RotaryEmbeddingOp::inferShapes(Adaptor op,
                                             ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(op.getX());
  if (x && x->size() != 3 && x->size() != 4)
    return inference.error("rotary_embedding_c1", "X has rank ", x->size(),
                           ", not 3 or 4");
  if (x) {
    SymExpr width = x->back();
    if (x->size() == 3) {
      FailureOr<SymExpr> headWidth = getHeadWidth(
          inference, "rotary_embedding_c2", "X", width, op.getNumHeads());
      if (failed(headWidth))
        return failure();
      width = *headWidth;
    }
    int64_t rotated = op.getRotaryEmbeddingDim();
    std::optional<int64_t> whole = width.getConstant();
    if (rotated < 0 || (whole && rotated > *whole) ||
        (rotated == 0 ? whole.value_or(0) : rotated) % 2 != 0)
      return inference.error("rotary_embedding_c3", "of heads of width ", width,
                             " the first ", rotated ? SymExpr(rotated) : width,
                             " cannot be rotated in pairs");
  }
  inference.setResult(0, std::move(x),
                      ShapeInference::getElementType(op.getX()));
  return success();
}

namespace {
/// The parts of the shape of a query, key or value, whatever its rank.
struct HeadShape {
  SymExpr batch, heads, length, width;
};
} // namespace

static FailureOr<std::optional<HeadShape>>
getHeadShape(ShapeInference &inference, StringRef name, Value operand,
             std::optional<int64_t> heads) {
  std::optional<SymShape> shape = inference.getShape(operand);
  if (!shape)
    return std::optional<HeadShape>();
  ArrayRef<SymExpr> sizes(*shape);
  if (sizes.size() == 4)
    return std::optional<HeadShape>({sizes[0], sizes[1], sizes[2], sizes[3]});
  if (sizes.size() != 3)
    return inference.error("attention_c1", name, " has rank ", sizes.size(),
                           ", not 3 or 4");
  FailureOr<SymExpr> width =
      getHeadWidth(inference, "attention_c2", name, sizes[2], heads);
  if (failed(width))
    return failure();
  return std::optional<HeadShape>({sizes[0], *heads, sizes[1], *width});
}

LogicalResult AttentionOp::inferShapes(Adaptor op, ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getQ());
  FailureOr<std::optional<HeadShape>> q =
      getHeadShape(inference, "Q", op.getQ(), op.getQNumHeads());
  if (failed(q))
    return failure();
  FailureOr<std::optional<HeadShape>> k =
      getHeadShape(inference, "K", op.getK(), op.getKvNumHeads());
  if (failed(k))
    return failure();
  FailureOr<std::optional<HeadShape>> v =
      getHeadShape(inference, "V", op.getV(), op.getKvNumHeads());
  if (failed(v))
    return failure();
  if (!*q || !*k || !*v) {
    inference.setResult(0, std::nullopt, elementType);
    return success();
  }
  const HeadShape &query = **q, &key = **k, &value = **v;
  if (ShapeInference::differ(query.width, key.width))
    return inference.error("attention_c3", "the heads of Q have width ",
                           query.width, ", those of K ", key.width);
  if (ShapeInference::differ(key.heads, value.heads) ||
      ShapeInference::differ(key.length, value.length))
    return inference.error("attention_c4", "K has ", key.heads, " heads of ",
                           key.length, " rows, V has ", value.heads, " of ",
                           value.length);
  if (query.heads.isConstant() && key.heads.isConstant() &&
      !query.heads.divideExact(key.heads))
    return inference.error("attention_c5", "Q has ", query.heads,
                           " heads, which K's ", key.heads, " do not divide");
  SymExpr total = ShapeInference::merge(key.length, value.length);
  if (op.getPastKey()) {
    std::optional<SymShape> past = inference.getShape(op.getPastKey());
    total =
        past && past->size() == 4 ? (*past)[2] + total : SymExpr::unknownSize();
  }
  bool isFlat = inference.getShape(op.getQ())->size() == 3;
  inference.setResult(
      0,
      isFlat ? SymShape{query.batch, query.length, query.heads * value.width}
             : SymShape{query.batch, query.heads, query.length, value.width},
      elementType);
  inference.setResult(1, SymShape{key.batch, key.heads, total, key.width});
  inference.setResult(2,
                      SymShape{value.batch, value.heads, total, value.width});
  inference.setResult(3,
                      SymShape{query.batch, query.heads, query.length, total});
  return success();
}
