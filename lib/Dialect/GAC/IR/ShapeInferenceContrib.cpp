//===- ShapeInferenceContrib.cpp - Shapes of ONNX Runtime's operators -----===//
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
// Normalisations
//===----------------------------------------------------------------------===//

static LogicalResult checkCount(ShapeInference &inference, StringRef label,
                                std::optional<int64_t> count,
                                const SymExpr &lanes) {
  if (!count || (*count >= 1 && lanes.getConstant().value_or(*count) >= *count))
    return success();
  return inference.error(label, "logical_count is ", *count, " of ", lanes,
                         " lanes");
}

/// Whether `shape` broadcasts to `x` without making it any larger.
static bool broadcastsTo(ArrayRef<SymExpr> shape, ArrayRef<SymExpr> x) {
  return shape.size() <= x.size() &&
         llvm::all_of(
             llvm::zip_equal(shape, x.take_back(shape.size())), [](auto sizes) {
               auto [size, of] = sizes;
               return size.isOne() || !ShapeInference::differ(size, of);
             });
}

LogicalResult
SimplifiedLayerNormalizationOp::inferShapes(Adaptor op,
                                            ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(op.getX());
  std::optional<SymShape> statistics;
  if (x) {
    FailureOr<int64_t> axis = inference.getAxis(
        "simplified_layer_normalization_c1", op.getAxis(), x->size());
    if (failed(axis))
      return failure();
    std::optional<SymShape> scale = inference.getShape(op.getScale());
    if (scale && !broadcastsTo(*scale, *x))
      return inference.error("simplified_layer_normalization_c2",
                             "scale of shape ", formatShape(*scale),
                             " does not broadcast to X's ", formatShape(*x));
    if (failed(checkCount(
            inference, "simplified_layer_normalization_c3",
            op.getLogicalCount(),
            SymExpr::product(ArrayRef<SymExpr>(*x).drop_front(*axis)))))
      return failure();
    statistics = x;
    for (SymExpr &size : llvm::drop_begin(*statistics, *axis))
      size = 1;
  }
  inference.setResult(0, std::move(x),
                      ShapeInference::getElementType(op.getScale()));
  inference.setResult(1, std::move(statistics));
  return success();
}

/// The results of a norm of input + skip + bias over the last axis.
static LogicalResult inferSkipNorm(ShapeInference &inference, Value input,
                                   Value skip, Value bias, Value gamma,
                                   Value beta, std::optional<int64_t> count) {
  Type elementType = ShapeInference::getElementType(input);
  std::optional<SymShape> sum = inference.getShape(input);
  std::optional<SymShape> statistics;
  if (sum && !sum->empty()) {
    for (auto [name, operand] :
         {std::pair("skip", skip), std::pair("bias", bias)}) {
      std::optional<SymShape> shape = inference.getShape(operand);
      if (shape && !broadcastsTo(*shape, *sum))
        return inference.error(
            "skip_norm_c1", name, " of shape ", formatShape(*shape),
            " does not broadcast to the input's ", formatShape(*sum));
    }
    for (auto [name, operand] :
         {std::pair("gamma", gamma), std::pair("beta", beta)}) {
      std::optional<SymShape> shape = inference.getShape(operand);
      if (!shape)
        continue;
      if (shape->size() != 1 ||
          ShapeInference::differ(shape->back(), sum->back()))
        return inference.error("skip_norm_c2", name, " has shape ",
                               formatShape(*shape), ", but the last axis is ",
                               sum->back(), " long");
      sum->back() = ShapeInference::merge(sum->back(), shape->back());
    }
    if (failed(checkCount(inference, "skip_norm_c3", count, sum->back())))
      return failure();
    statistics = sum;
    statistics->back() = 1;
  }
  inference.setResult(0, sum, elementType);
  inference.setResult(1, statistics);
  inference.setResult(2, std::move(statistics));
  inference.setResult(3, std::move(sum), elementType);
  return success();
}

LogicalResult
SkipSimplifiedLayerNormalizationOp::inferShapes(Adaptor op,
                                                ShapeInference &inference) {
  return inferSkipNorm(inference, op.getInput(), op.getSkip(), op.getBias(),
                       op.getGamma(), Value(), op.getLogicalCount());
}

LogicalResult SkipLayerNormalizationOp::inferShapes(Adaptor op,
                                                    ShapeInference &inference) {
  return inferSkipNorm(inference, op.getInput(), op.getSkip(), op.getBias(),
                       op.getGamma(), op.getBeta(), /*count=*/std::nullopt);
}

LogicalResult
EmbedLayerNormalizationOp::inferShapes(Adaptor op, ShapeInference &inference) {
  for (auto [name, operand] :
       {std::pair("word_embedding", op.getWordEmbedding()),
        std::pair("position_embedding", op.getPositionEmbedding()),
        std::pair("gamma", op.getGamma()), std::pair("beta", op.getBeta())})
    if (!operand)
      return inference.error("embed_norm_c1", name, " is absent");
  SymExpr width = SymExpr::unknownSize();
  for (auto [name, operand] :
       {std::pair("word_embedding", op.getWordEmbedding()),
        std::pair("position_embedding", op.getPositionEmbedding()),
        std::pair("segment_embedding", op.getSegmentEmbedding()),
        std::pair("gamma", op.getGamma()), std::pair("beta", op.getBeta())}) {
    std::optional<SymShape> shape = inference.getShape(operand);
    if (!shape)
      continue;
    bool isTable = operand != op.getGamma() && operand != op.getBeta();
    if (isTable &&
        failed(inference.checkRank("embed_norm_c2", name, operand, 2)))
      return failure();
    if (shape->empty() || ShapeInference::differ(width, shape->back()))
      return inference.error("embed_norm_c3", name, " has shape ",
                             formatShape(*shape), ", the ones before it a ",
                             "width of ", width);
    width = ShapeInference::merge(width, shape->back());
  }
  if (failed(inference.checkRank("embed_norm_c4", "input_ids", op.getInputIds(),
                                 2)))
    return failure();
  Type elementType = ShapeInference::getElementType(op.getWordEmbedding());
  Type maskType = ShapeInference::getElementType(op.getInputIds());
  std::optional<SymShape> ids = inference.getShape(op.getInputIds());
  std::optional<SymShape> result, mask;
  if (ids) {
    result = SymShape{(*ids)[0], (*ids)[1], width};
    mask = SymShape{(*ids)[0]};
  }
  inference.setResult(0, result, elementType);
  inference.setResult(1, std::move(mask), maskType);
  inference.setResult(2, std::move(result), elementType);
  return success();
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

/// The shape of op(X).
static SymShape transpose(ArrayRef<SymExpr> shape, bool isBatchTransposed,
                          bool isTransposed) {
  SymShape result(shape);
  if (shape.size() < 2)
    return result;
  if (isBatchTransposed)
    std::rotate(result.begin(), result.begin() + 1, result.end() - 1);
  if (isTransposed)
    std::swap(result.back(), *(result.end() - 2));
  return result;
}

LogicalResult FusedMatMulOp::inferShapes(Adaptor op,
                                         ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getA());
  std::optional<SymShape> a = inference.getShape(op.getA());
  std::optional<SymShape> b = inference.getShape(op.getB());
  for (auto [name, shape] : {std::pair("A", &a), std::pair("B", &b)})
    if (*shape && (*shape)->empty())
      return inference.error("matmul_c1", name, " is a scalar");
  if (!a || !b) {
    inference.setResult(0, std::nullopt, elementType);
    return success();
  }
  SymShape left = transpose(*a, op.getTransBatchA(), op.getTransA());
  SymShape right = transpose(*b, op.getTransBatchB(), op.getTransB());
  SymExpr k = left.pop_back_val();
  std::optional<SymExpr> m, n;
  if (!left.empty())
    m = left.pop_back_val();
  if (right.size() > 1)
    n = right.pop_back_val();
  SymExpr otherK = right.pop_back_val();
  if (ShapeInference::differ(k, otherK))
    return inference.error("matmul_c2", "op(A) has size ", k,
                           " on its last axis, but op(B) has size ", otherK,
                           " on the axis that it meets");
  FailureOr<SymShape> result = inference.broadcast("matmul_c3", left, right);
  if (failed(result))
    return failure();
  if (m)
    result->push_back(*m);
  if (n)
    result->push_back(*n);
  inference.setResult(0, std::move(*result), elementType);
  return success();
}

LogicalResult MatMulNBitsOp::inferShapes(Adaptor op,
                                         ShapeInference &inference) {
  int64_t k = op.getK(), n = op.getN(), blockSize = op.getBlockSize();
  std::optional<SymShape> a = inference.getShape(op.getA());
  if (a && (a->empty() || ShapeInference::differ(a->back(), k)))
    return inference.error("matmul_nbits_c1", "A has shape ", formatShape(*a),
                           ", but K is ", k);
  std::optional<SymShape> b = inference.getShape(op.getB());
  // A weight in a layout of a device's own has another shape.
  bool isKnown = b && op.getWeightPrepacked() == 0;
  if (k < 1 || n < 1 || blockSize < 1 ||
      (isKnown &&
       (b->size() != 3 || ShapeInference::differ((*b)[0], n) ||
        ShapeInference::differ((*b)[1], SymExpr(k).ceilDiv(blockSize)))))
    return inference.error("matmul_nbits_c2", "B has shape ",
                           b ? formatShape(*b) : "?", ", but N is ", n, ", K ",
                           k, " and block_size ", blockSize);
  if (a)
    a->back() = n;
  inference.setResult(0, std::move(a),
                      ShapeInference::getElementType(op.getA()));
  return success();
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

LogicalResult ContribRotaryEmbeddingOp::inferShapes(Adaptor op,
                                                    ShapeInference &inference) {
  std::optional<SymShape> x = inference.getShape(op.getInput());
  if (x && x->size() != 3 && x->size() != 4)
    return inference.error("contrib_rotary_embedding_c1", "the input has rank ",
                           x->size(), ", not 3 or 4");
  for (auto [name, table] : {std::pair("cos_cache", op.getCosCache()),
                             std::pair("sin_cache", op.getSinCache())})
    if (failed(
            inference.checkRank("contrib_rotary_embedding_c2", name, table, 2)))
      return failure();
  inference.setResult(0, std::move(x),
                      ShapeInference::getElementType(op.getInput()));
  return success();
}

static std::optional<std::array<int64_t, 3>>
getParts(std::optional<ArrayRef<int64_t>> stated, int64_t heads,
         int64_t columns) {
  std::array<int64_t, 3> sizes = {columns / 3, columns / 3, columns / 3};
  if (stated) {
    if (stated->size() != 3)
      return std::nullopt;
    llvm::copy(*stated, sizes.begin());
  }
  // Each alone first, so that the sum cannot overflow.
  for (int64_t size : sizes)
    if (heads < 1 || size < 1 || size > columns || size % heads != 0)
      return std::nullopt;
  if (sizes[0] != sizes[1] || sizes[0] > columns - sizes[1] ||
      sizes[2] != columns - sizes[0] - sizes[1])
    return std::nullopt;
  return sizes;
}

std::optional<std::array<int64_t, 3>>
ContribAttentionOp::getHiddenSizes(int64_t columns) {
  return getParts(getQkvHiddenSizes(), getNumHeads(), columns);
}

namespace {
/// What ContribAttention and QAttention have alike.
struct PackedAttention {
  Value input, weights, bias, past;
  std::optional<ArrayRef<int64_t>> sizes;
  int64_t heads;
  bool sharesBuffer;
};
} // namespace

static LogicalResult inferPackedAttention(const PackedAttention &op,
                                          Type elementType,
                                          ShapeInference &inference) {
  for (auto [name, operand, rank] :
       {std::tuple("the input", op.input, 3),
        std::tuple("weights", op.weights, 2), std::tuple("bias", op.bias, 1)})
    if (failed(
            inference.checkRank("contrib_attention_c1", name, operand, rank)))
      return failure();
  std::optional<SymShape> input = inference.getShape(op.input);
  std::optional<SymShape> weights = inference.getShape(op.weights);
  std::optional<SymShape> bias = inference.getShape(op.bias);
  if (input && weights && ShapeInference::differ((*input)[2], (*weights)[0]))
    return inference.error("contrib_attention_c2", "the input is ", (*input)[2],
                           " wide, but weights have ", (*weights)[0], " rows");
  if (bias && weights && ShapeInference::differ((*bias)[0], (*weights)[1]))
    return inference.error("contrib_attention_c3", "bias has ", (*bias)[0],
                           " entries, but weights have ", (*weights)[1],
                           " columns");
  std::optional<int64_t> columns =
      weights ? (*weights)[1].getConstant() : std::nullopt;
  if (!input || !columns) {
    inference.setResult(0, std::nullopt, elementType);
    inference.setResult(1, std::nullopt, elementType);
    return success();
  }
  int64_t heads = op.heads;
  auto sizes = getParts(op.sizes, heads, *columns);
  if (!sizes)
    return inference.error("contrib_attention_c4", *columns,
                           " columns are no Q, K and V of ", heads,
                           " heads as the sizes say");
  inference.setResult(0, SymShape{(*input)[0], (*input)[1], (*sizes)[2]},
                      elementType);
  SymExpr total = (*input)[1];
  std::optional<SymShape> past = inference.getShape(op.past);
  if (op.sharesBuffer)
    total = past && past->size() == 5 ? (*past)[3] : SymExpr::unknownSize();
  else if (op.past)
    total =
        past && past->size() == 5 ? (*past)[3] + total : SymExpr::unknownSize();
  inference.setResult(
      1, SymShape{2, (*input)[0], heads, total, (*sizes)[0] / heads},
      elementType);
  return success();
}

LogicalResult ContribAttentionOp::inferShapes(Adaptor op,
                                              ShapeInference &inference) {
  return inferPackedAttention(
      {op.getInput(), op.getWeights(), op.getBias(), op.getPast(),
       op.getQkvHiddenSizes(), static_cast<int64_t>(op.getNumHeads()),
       op.getPastPresentShareBuffer() != 0},
      ShapeInference::getElementType(op.getInput()), inference);
}

LogicalResult QAttentionOp::inferShapes(Adaptor op, ShapeInference &inference) {
  return inferPackedAttention(
      {op.getInput(), op.getWeight(), op.getBias(), op.getPast(),
       /*sizes=*/std::nullopt, static_cast<int64_t>(op.getNumHeads()),
       op.getPastPresentShareBuffer() != 0},
      ShapeInference::getElementType(op.getInputScale()), inference);
}

namespace {
/// What is known of Q, K or V: the rows and the width of a head.
struct Heads {
  SymExpr length = SymExpr::unknownSize();
  SymExpr width = SymExpr::unknownSize();
};
} // namespace

/// Reads rows and width off a tensor of rank 3, 4 or 5.
static FailureOr<Heads> getHeads(ShapeInference &inference, StringRef name,
                                 Value operand, int64_t heads) {
  std::optional<SymShape> shape = inference.getShape(operand);
  if (!shape)
    return Heads();
  const SymShape &sizes = *shape;
  if (sizes.size() == 5)
    return Heads{sizes[1], sizes[4]};
  if (sizes.size() == 4)
    return Heads{sizes[2], sizes[3]};
  std::optional<int64_t> columns = sizes[2].getConstant();
  if (columns && *columns % heads != 0)
    return inference.error("multi_head_attention_c2", name, " has width ",
                           sizes[2], ", which ", heads, " heads do not divide");
  return Heads{sizes[1],
               sizes[2].divideExact(heads).value_or(SymExpr::unknownSize())};
}

LogicalResult MultiHeadAttentionOp::inferShapes(Adaptor op,
                                                ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getQuery());
  int64_t heads = op.getNumHeads();
  if (heads < 1)
    return inference.error("multi_head_attention_c2", "num_heads is ", heads);
  std::optional<SymShape> query = inference.getShape(op.getQuery());
  for (auto [name, operand] :
       {std::pair("query", op.getQuery()), std::pair("key", op.getKey()),
        std::pair("value", op.getValue())}) {
    std::optional<SymShape> shape = inference.getShape(operand);
    if (shape && (shape->size() < 3 || shape->size() > 5 ||
                  (shape->size() == 4 && operand == op.getQuery())))
      return inference.error("multi_head_attention_c1", name, " has rank ",
                             shape->size());
  }
  Value keys = op.getKey() ? op.getKey() : op.getQuery();
  Value values = op.getValue() ? op.getValue() : keys;
  auto q = getHeads(inference, "query", op.getQuery(), heads);
  if (failed(q))
    return failure();
  auto k = getHeads(inference, "key", keys, heads);
  if (failed(k))
    return failure();
  auto v = getHeads(inference, "value", values, heads);
  if (failed(v))
    return failure();
  if (std::optional<SymShape> bias = inference.getShape(op.getBias())) {
    SymExpr columns = (q->width + k->width + v->width) * heads;
    if (bias->size() != 1 || ShapeInference::differ((*bias)[0], columns))
      return inference.error("multi_head_attention_c3", "bias has shape ",
                             formatShape(*bias), ", but Q, K and V have ",
                             columns, " columns");
  }
  if (!query) {
    inference.setResult(0, std::nullopt, elementType);
    return success();
  }
  const SymExpr &batch = query->front();
  SymExpr total = k->length;
  if (op.getPastKey()) {
    std::optional<SymShape> past = inference.getShape(op.getPastKey());
    bool isKnown = past && past->size() == 4;
    if (op.getPastSequenceLength())
      total = isKnown ? (*past)[2] : SymExpr::unknownSize();
    else
      total = isKnown ? (*past)[2] + total : SymExpr::unknownSize();
  }
  inference.setResult(0, SymShape{batch, q->length, v->width * heads},
                      elementType);
  inference.setResult(1, SymShape{batch, heads, total, k->width}, elementType);
  inference.setResult(2, SymShape{batch, heads, total, v->width}, elementType);
  inference.setResult(3, SymShape{batch, heads, q->length, total});
  return success();
}

LogicalResult GroupQueryAttentionOp::inferShapes(Adaptor op,
                                                 ShapeInference &inference) {
  Type elementType = ShapeInference::getElementType(op.getQuery());
  for (auto [name, operand] :
       {std::pair("query", op.getQuery()), std::pair("key", op.getKey()),
        std::pair("value", op.getValue())})
    if (failed(
            inference.checkRank("group_query_attention_c1", name, operand, 3)))
      return failure();
  int64_t heads = op.getNumHeads(), kvHeads = op.getKvNumHeads();
  constexpr int64_t most = int64_t(1) << 30;
  std::optional<SymShape> query = inference.getShape(op.getQuery());
  bool isPacked = !op.getKey();
  std::optional<int64_t> columns =
      query ? (*query)[2].getConstant() : std::nullopt;
  bool areCounts = heads >= 1 && kvHeads >= 1 && heads < most && kvHeads < most;
  int64_t groups = areCounts ? heads + (isPacked ? 2 * kvHeads : 0) : 1;
  if (!areCounts || heads % kvHeads != 0 || (columns && *columns % groups != 0))
    return inference.error("group_query_attention_c2", heads, " heads and ",
                           kvHeads, " of K and V do not share ",
                           query ? (*query)[2] : SymExpr::unknownSize(),
                           " columns");
  if (!query) {
    inference.setResult(0, std::nullopt, elementType);
    return success();
  }
  SymExpr width =
      (*query)[2].divideExact(groups).value_or(SymExpr::unknownSize());
  inference.setResult(0, SymShape{(*query)[0], (*query)[1], width * heads},
                      elementType);
  // A cache in few bits has a type and a width of its own, and any cache the
  // length that the operands' values say.
  Value pasts[] = {op.getPastKey(), op.getPastValue()};
  for (auto [index, past] : llvm::enumerate(pasts)) {
    bool isPlain = op.getKQuantType() == "NONE" && op.getVQuantType() == "NONE";
    Type cacheType = past      ? ShapeInference::getElementType(past)
                     : isPlain ? elementType
                               : Type();
    std::optional<SymShape> shape;
    if (isPlain)
      shape = SymShape{(*query)[0], kvHeads, SymExpr::unknownSize(), width};
    inference.setResult(index + 1, std::move(shape), cacheType);
  }
  inference.setResult(3, std::nullopt, elementType);
  return success();
}

//===----------------------------------------------------------------------===//
// Positions
//===----------------------------------------------------------------------===//

LogicalResult RelativePositionBiasOp::inferShapes(Adaptor op,
                                                  ShapeInference &inference) {
  if (failed(inference.checkRank("relative_position_bias_c1", "bias_table",
                                 op.getBiasTable(), 2)))
    return failure();
  std::optional<SymShape> table = inference.getShape(op.getBiasTable());
  auto length = [&](Value operand) {
    std::optional<SymShape> elements = inference.getElements(operand);
    return elements && elements->size() == 1 ? elements->front()
                                             : SymExpr::unknownSize();
  };
  inference.setResult(0,
                      SymShape{1, table ? (*table)[1] : SymExpr::unknownSize(),
                               length(op.getQueryLength()),
                               length(op.getKeyLength())},
                      ShapeInference::getElementType(op.getBiasTable()));
  return success();
}
