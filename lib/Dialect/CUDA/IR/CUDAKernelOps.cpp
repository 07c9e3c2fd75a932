//===- CUDAKernelOps.cpp - What kernels compute ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/CUDA/IR/CUDAOps.h"
#include "kernels/AttentionDecode.cuh"
#include "kernels/AttentionStep.cuh"
#include "kernels/GemvShape.cuh"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace gac::cuda;

//===----------------------------------------------------------------------===//
// What all have in common
//===----------------------------------------------------------------------===//

/// Fails unless `value` has the sizes given.
static LogicalResult checkSizes(Operation *op, StringRef name, Value value,
                                ArrayRef<int64_t> sizes) {
  auto type = cast<ShapedType>(value.getType());
  if (type.getShape() == sizes)
    return success();
  InFlightDiagnostic diagnostic = op->emitOpError() << "has " << name << " of ";
  llvm::interleave(type.getShape(), diagnostic, "x");
  diagnostic << ", not ";
  llvm::interleave(sizes, diagnostic, "x");
  return diagnostic;
}

static LogicalResult checkRank(Operation *op, StringRef name, Value value,
                               int64_t rank) {
  int64_t has = cast<ShapedType>(value.getType()).getRank();
  if (has == rank)
    return success();
  return op->emitOpError() << "has " << name << " of rank " << has << ", not "
                           << rank;
}

static ArrayRef<int64_t> getSizes(Value value) {
  return cast<ShapedType>(value.getType()).getShape();
}

/// Attention's operands.
template <typename OpTy> static LogicalResult verifyAttention(OpTy op) {
  for (auto [name, value] : {std::pair<StringRef, Value>{"q", op.getQ()},
                             {"k", op.getK()},
                             {"v", op.getV()}})
    if (failed(checkRank(op, name, value, 4)))
      return failure();
  ArrayRef<int64_t> q = getSizes(op.getQ()), k = getSizes(op.getK()),
                    v = getSizes(op.getV());
  if (k[1] < 1 || q[1] % k[1] != 0)
    return op.emitOpError()
           << "has " << k[1] << " key heads for " << q[1] << " heads";
  if (failed(checkSizes(op, "k", op.getK(), {q[0], k[1], k[2], q[3]})) ||
      failed(checkSizes(op, "v", op.getV(), {q[0], k[1], k[2], v[3]})) ||
      failed(checkSizes(op, "out", op.getOut(), {q[0], q[1], q[2], v[3]})))
    return failure();
  int64_t past = op.getPast();
  if (past < 0 || past + q[2] > k[2])
    return op.emitOpError() << "reads " << past + q[2] << " keys of " << k[2];
  // Kernels find the largest score before they scale it.
  if (!(op.getScale().convertToFloat() > 0))
    return op.emitOpError()
           << "has a scale of " << op.getScale().convertToFloat()
           << ", and takes positive ones";
  return success();
}

//===----------------------------------------------------------------------===//
// Verifiers
//===----------------------------------------------------------------------===//

LogicalResult MatmulOp::verify() {
  ArrayRef<int64_t> a = getSizes(getA()), b = getSizes(getB());
  size_t rank = a.size();
  if ((rank != 2 && rank != 3) || b.size() != rank)
    return emitOpError() << "needs matrices, or equally many of each";
  SmallVector<int64_t> right(b), out(a);
  right[rank - 2] = a[rank - 1];
  out[rank - 1] = b[rank - 1];
  if (rank == 3)
    right[0] = a[0];
  if (failed(checkSizes(*this, "b", getB(), right)) ||
      failed(checkSizes(*this, "out", getOut(), out)) ||
      (getBias() &&
       failed(checkSizes(*this, "bias", getBias(), {out[rank - 1]}))) ||
      (getAddend() && failed(checkSizes(*this, "addend", getAddend(), out))))
    return failure();
  return success();
}

LogicalResult RMSNormOp::verify() {
  ArrayRef<int64_t> x = getSizes(getX());
  if (x.empty())
    return emitOpError() << "has a scalar x";
  auto count = static_cast<int64_t>(getCount());
  if (count < 1 || count > x.back())
    return emitOpError() << "counts " << count << " lanes of " << x.back();
  return success(
      succeeded(checkSizes(*this, "weight", getWeight(), {x.back()})) &&
      succeeded(checkSizes(*this, "out", getOut(), x)));
}

/// Whether the rows of `name` fit into a cache behind `past` others.
static LogicalResult checkAppended(Operation *op, StringRef name, Value rows,
                                   Value cache, int64_t past) {
  if (failed(checkRank(op, "out", cache, 4)))
    return failure();
  SmallVector<int64_t> sizes(getSizes(cache));
  int64_t count = getSizes(rows)[2];
  if (past + count > sizes[2])
    return op->emitOpError() << "appends " << count << " rows after " << past
                             << " to a cache of " << sizes[2];
  sizes[2] = count;
  return checkSizes(op, name, rows, sizes);
}

LogicalResult RopeOp::verify() {
  if (failed(checkRank(*this, "x", getX(), 4)) ||
      failed(checkRank(*this, "cos", getCos(), 3)))
    return failure();
  ArrayRef<int64_t> x = getSizes(getX()), cos = getSizes(getCos());
  if ((cos[0] != 1 && cos[0] != x[0]) || cos[1] != x[2])
    return emitOpError() << "has tables of " << cos[0] << "x" << cos[1]
                         << " rows for " << x[0] << "x" << x[2];
  auto half = static_cast<int64_t>(getHalf());
  if (half < cos[2] || half > x[3] / 2)
    return emitOpError() << "pairs lanes that lie " << half << " apart, with "
                         << cos[2] << " lanes in the tables and " << x[3]
                         << " in a head";
  if (failed(checkSizes(*this, "sin", getSin(), cos)))
    return failure();
  if (getAppend())
    return checkAppended(*this, "x", getX(), getOut(), getPast());
  if (getPosition() || getPast() != 0)
    return emitOpError() << "has a position and appends nothing";
  return checkSizes(*this, "out", getOut(), x);
}

LogicalResult EmbedOp::verify() {
  if (failed(checkRank(*this, "table", getTable(), 2)))
    return failure();
  SmallVector<int64_t> out(getSizes(getIds()));
  out.push_back(getSizes(getTable())[1]);
  return checkSizes(*this, "out", getOut(), out);
}

LogicalResult AppendOp::verify() {
  if (failed(checkRank(*this, "rows", getRows(), 4)))
    return failure();
  return checkAppended(*this, "rows", getRows(), getOut(), getPast());
}

namespace {
/// Keys are rotated right into their cache.
struct AppendRotated : OpRewritePattern<AppendOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AppendOp append,
                                PatternRewriter &rewriter) const override {
    auto rope = append.getRows().getDefiningOp<RopeOp>();
    if (!rope || rope.getAppend() || !rope->hasOneUse() || rope.getVector() ||
        append.getVector())
      return failure();
    auto rotated = RopeOp::create(
        rewriter, rewriter.getFusedLoc({rope.getLoc(), append.getLoc()}),
        append.getResultTypes(), rope.getX(), rope.getCos(), rope.getSin(),
        append.getPosition(), append.getOut(), rope.getHalfAttr(),
        rewriter.getUnitAttr(), append.getPastAttr(),
        /*vector=*/IntegerAttr());
    rewriter.replaceOp(append, rotated);
    return success();
  }
};
} // namespace

void AppendOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<AppendRotated>(context);
}

LogicalResult AttentionOp::verify() { return verifyAttention(*this); }

LogicalResult GemvOp::verify() {
  if (failed(checkRank(*this, "x", getX(), 2)) ||
      failed(checkRank(*this, "weight", getWeight(), 2)))
    return failure();
  ArrayRef<int64_t> x = getSizes(getX()), weight = getSizes(getWeight());
  if (x[0] > kernels::kGemvRows)
    return emitOpError() << "has " << x[0] << " rows, and takes at most "
                         << kernels::kGemvRows;
  if (getColumns() < 16 || getColumns() % 16 != 0)
    return emitOpError() << "has blocks of " << getColumns()
                         << " columns, no multiple of 16";
  if (getGate() && getNorm())
    return emitOpError() << "has both a gate and a norm";
  if ((getNorm() != nullptr) != getCount().has_value() ||
      getCount().has_value() != getEpsilon().has_value())
    return emitOpError()
           << "has of a norm's weight, 'count' and 'epsilon' some";
  if (getSplits() < 1 || getSplits() > kernels::kGemvCluster ||
      (getSplits() > 1) != (getWorkspace() != nullptr))
    return emitOpError() << "has " << getSplits() << " splits "
                         << (getWorkspace() ? "and a" : "without")
                         << " workspace, and takes up to "
                         << kernels::kGemvCluster;
  // The lanes of a warp make the barriers of its units.
  if (getDepth() < 1 || getDepth() > 32)
    return emitOpError() << "has " << getDepth()
                         << " units under way, and takes 1 to 32";
  SmallVector<int64_t> out{x[0], weight[1]};
  return success(
      succeeded(checkSizes(*this, "weight", getWeight(), {x[1], weight[1]})) &&
      succeeded(checkSizes(*this, "out", getOut(), out)) &&
      (!getGate() || succeeded(checkSizes(*this, "gate", getGate(), x))) &&
      (!getNorm() || succeeded(checkSizes(*this, "norm", getNorm(), {x[1]}))) &&
      (!getBias() ||
       succeeded(checkSizes(*this, "bias", getBias(), {weight[1]}))) &&
      (!getResidual() ||
       succeeded(checkSizes(*this, "residual", getResidual(), out))));
}

SmallVector<GemvOp, 4> GemvGroupOp::getProducts() {
  return llvm::to_vector_of<GemvOp, 4>(getBody().getOps<GemvOp>());
}

LogicalResult GemvGroupOp::verify() {
  SmallVector<GemvOp> products;
  for (Operation &op : getBody().front()) {
    auto gemv = dyn_cast<GemvOp>(op);
    if (!gemv)
      return emitOpError() << "holds a '" << op.getName()
                           << "', and is of 'gac_cuda.gemv' alone";
    products.push_back(gemv);
  }
  if (products.size() < 2)
    return emitOpError() << "needs two products at least, and has "
                         << products.size();
  auto first = cast<MemRefType>(products.front().getX().getType());
  for (GemvOp gemv : products) {
    auto x = cast<MemRefType>(gemv.getX().getType());
    if (x.getElementType() != first.getElementType() ||
        x.getDimSize(0) != first.getDimSize(0))
      return emitOpError() << "has products of " << first.getDimSize(0)
                           << " rows of " << first.getElementType()
                           << " and of " << x.getDimSize(0) << " of "
                           << x.getElementType();
    if (gemv.getSplits() != products.front().getSplits())
      return emitOpError() << "has products of " << products.front().getSplits()
                           << " and of " << gemv.getSplits() << " splits";
    for (GemvOp other : products)
      for (Value written : {Value(gemv.getOut()), Value(gemv.getWorkspace())})
        if (other != gemv && written &&
            llvm::is_contained(other->getOperands(), written))
          return emitOpError()
                 << "has a product that accesses what another writes";
  }
  return success();
}

LogicalResult AttentionPrefillOp::verify() { return verifyAttention(*this); }

static LogicalResult checkSplits(Operation *op, int32_t splits) {
  if (splits >= 1 && splits <= gac::kernels::kMostDecodeSplits)
    return success();
  return op->emitOpError() << "has " << splits << " splits, and takes 1 to "
                           << gac::kernels::kMostDecodeSplits;
}

LogicalResult AttentionDecodeOp::verify() {
  if (failed(verifyAttention(*this)))
    return failure();
  if (getSizes(getQ())[2] != 1)
    return emitOpError() << "has " << getSizes(getQ())[2] << " rows, not 1";
  if (getGroup() < 1)
    return emitOpError() << "has blocks of " << static_cast<int32_t>(getGroup())
                         << " heads, and needs one";
  if (failed(checkSplits(*this, getSplits())))
    return failure();
  if ((getSplits() > 1) != (getWorkspace() != nullptr))
    return emitOpError() << "has " << getSplits() << " splits "
                         << (getWorkspace() ? "and a" : "without")
                         << " workspace";
  return success();
}

LogicalResult AttentionCombineOp::verify() {
  return success(succeeded(checkRank(*this, "out", getOut(), 4)) &&
                 succeeded(checkSplits(*this, getSplits())));
}

LogicalResult AttentionStepOp::verify() {
  if (failed(verifyAttention(*this)))
    return failure();
  ArrayRef<int64_t> q = getSizes(getQ()), k = getSizes(getK()),
                    v = getSizes(getV());
  if (q[2] != 1)
    return emitOpError() << "has " << q[2] << " rows, not 1";
  if (failed(checkSizes(*this, "key", getKey(), {k[0], k[1], 1, k[3]})) ||
      failed(checkSizes(*this, "value", getValue(), {v[0], v[1], 1, v[3]})))
    return failure();
  if ((getCos() != nullptr) != (getSin() != nullptr))
    return emitOpError() << "has one of the tables of a rotation";
  if (getCos()) {
    if (failed(checkRank(*this, "cos", getCos(), 3)))
      return failure();
    ArrayRef<int64_t> cos = getSizes(getCos());
    auto half = static_cast<int64_t>(getHalf());
    if ((cos[0] != 1 && cos[0] != q[0]) || cos[1] != 1)
      return emitOpError() << "has tables of " << cos[0] << "x" << cos[1]
                           << " rows for " << q[0] << "x1";
    if (half < cos[2] || half > q[3] / 2)
      return emitOpError() << "pairs lanes that lie " << half << " apart, with "
                           << cos[2] << " lanes in the tables and " << q[3]
                           << " in a head";
    if (failed(checkSizes(*this, "sin", getSin(), cos)))
      return failure();
  }
  if (getGroup() < 1 || static_cast<int32_t>(getGroup()) > kernels::kStepRows)
    return emitOpError() << "has blocks of " << static_cast<int32_t>(getGroup())
                         << " heads, and takes 1 to " << kernels::kStepRows;
  if (getK() == getV())
    return emitOpError() << "has one cache for keys and values";
  if (getDepth() < 1 || getSplits() < 1 ||
      static_cast<int32_t>(getSplits()) > kernels::kStepLongCluster ||
      (getSplits() > 1) != (getWorkspace() != nullptr))
    return emitOpError() << "has " << static_cast<int32_t>(getSplits())
                         << " splits of depth "
                         << static_cast<int32_t>(getDepth())
                         << (getWorkspace() ? " and a" : " without")
                         << " workspace";
  return success();
}

//===----------------------------------------------------------------------===//
// Effects
//===----------------------------------------------------------------------===//

void AttentionStepOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    Value value = operand.get();
    effects.emplace_back(MemoryEffects::Read::get(), &operand);
    if (llvm::is_contained(
            {getK(), getV(), getOut(), getWorkspace(), getCounters()}, value))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
  }
}

void gac::cuda::detail::addEffects(
    Operation *op, SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  auto inits = cast<DestinationStyleOpInterface>(op).getDpsInitsMutable();
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    effects.emplace_back(MemoryEffects::Read::get(), &operand);
    // Workspaces are no results, but are written too.
    bool isWorkspace = false;
    if (auto gemv = dyn_cast<GemvOp>(op))
      isWorkspace = operand.get() == gemv.getWorkspace() ||
                    operand.get() == gemv.getCounters();
    else if (auto decode = dyn_cast<AttentionDecodeOp>(op))
      isWorkspace = operand.get() == decode.getWorkspace();
    if (isWorkspace ||
        llvm::any_of(inits, [&](OpOperand &init) { return &init == &operand; }))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
  }
}
