//===- SelectKernels.cpp - A kernel or a library for each operation -------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Accesses.h"
#include "Kernels.h"
#include "Views.h"
#include "gac/Dialect/CUDA/Transforms/Passes.h"

#include "mlir/IR/PatternMatch.h"

namespace gac::cuda {
#define GEN_PASS_DEF_SELECTKERNELS
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

namespace {
class Selector {
public:
  Selector(const Target &target, ModuleOp module)
      : target(target), module(module), rewriter(module.getContext()) {}

  LogicalResult select(Operation *op);

private:
  bool selectGemv(MatmulOp op);
  LogicalResult selectProduct(MatmulOp op);
  LogicalResult selectAttention(AttentionOp op);
  void selectDecode(AttentionOp op);
  void selectCopy(memref::CopyOp op);

  const Target &target;
  ModuleOp module;
  IRRewriter rewriter;
};
} // namespace

/// Few rows of aligned operands: then the matrix is read as fast as memory
/// gives it, and before what comes before has ended. So it is a constant.
bool Selector::selectGemv(MatmulOp op) {
  if (!isConstant(op.getB()))
    return false;
  std::optional<kernels::GemvShape> chosen =
      chooseGemv(op, cast<MemRefType>(op.getB().getType()), target);
  if (!chosen)
    return false;
  const kernels::GemvShape &shape = *chosen;
  Value workspace = createWorkspace(rewriter, op.getLoc(), shape);
  GemvOp::create(
      rewriter, op.getLoc(), TypeRange(), op.getA(), op.getB(),
      /*gate=*/Value(),
      /*norm=*/Value(), op.getBias(), op.getAddend(), op.getOut(), workspace,
      /*counters=*/Value(), /*count=*/IntegerAttr(), /*epsilon=*/FloatAttr(),
      rewriter.getI32IntegerAttr(shape.columns),
      rewriter.getI32IntegerAttr(shape.splits),
      rewriter.getI32IntegerAttr(shape.depth), /*vector=*/IntegerAttr());
  rewriter.eraseOp(op);
  return true;
}

LogicalResult Selector::selectProduct(MatmulOp op) {
  Type element = cast<MemRefType>(op.getOut().getType()).getElementType();
  for (Value value : op->getOperands())
    if (cast<MemRefType>(value.getType()).getElementType() != element)
      return op.emitError()
             << "no library multiplies "
             << cast<MemRefType>(value.getType()).getElementType() << " and "
             << element;
  if (selectGemv(op))
    return success();
  CostAttr cost = getCost(op, target);
  rewriter.replaceOpWithNewOp<GemmOp>(
      op, op.getA(), op.getB(), op.getBias(), op.getAddend(), op.getOut(),
      op.getAlphaAttr(),
      EpilogueAttr::get(op.getContext(),
                        op.getBias() ? Epilogue::Bias : Epilogue::None),
      cost);
  return success();
}

void Selector::selectDecode(AttentionOp op) {
  kernels::AttentionShape shape = getAttentionShape(op);
  int group = std::min(shape.heads / shape.keyHeads, kernels::kMostDecodeHeads);
  auto keys =
      static_cast<int32_t>(cast<MemRefType>(op.getK().getType()).getDimSize(2));
  int splits =
      kernels::decodeSplits(shape, group, keys, target.multiprocessors);
  Value workspace;
  Location loc = op.getLoc();
  if (splits > 1) {
    int64_t floats = kernels::attentionDecodeWorkspaceBytes(shape, splits) / 4;
    workspace = AllocOp::create(
        rewriter, loc, MemRefType::get({floats}, rewriter.getF32Type()),
        /*offset=*/IntegerAttr());
  }
  AttentionDecodeOp::create(
      rewriter, loc, TypeRange(), op.getQ(), op.getK(), op.getV(),
      op.getPosition(), op.getOut(), workspace, op.getScaleAttr(),
      op.getPastAttr(), rewriter.getI32IntegerAttr(group),
      rewriter.getI32IntegerAttr(splits), /*vector=*/IntegerAttr());
  if (workspace)
    AttentionCombineOp::create(rewriter, loc, TypeRange(), workspace,
                               op.getOut(), rewriter.getI32IntegerAttr(splits));
  rewriter.eraseOp(op);
}

LogicalResult Selector::selectAttention(AttentionOp op) {
  auto q = cast<MemRefType>(op.getQ().getType());
  auto v = cast<MemRefType>(op.getV().getType());
  if (!q.getElementType().isBF16() && !q.getElementType().isF16())
    return op.emitError() << "no kernel computes attention in "
                          << q.getElementType() << ", only in bf16 and f16";
  int64_t width = std::max(q.getDimSize(3), v.getDimSize(3));
  if (width > kernels::kMostHeadWidth)
    return op.emitError() << "no kernel computes attention with heads of "
                          << width << " lanes, only up to "
                          << kernels::kMostHeadWidth;
  // One row sees all keys that there are, with a mask or without.
  if (q.getDimSize(2) == 1) {
    selectDecode(op);
    return success();
  }
  rewriter.replaceOpWithNewOp<AttentionPrefillOp>(
      op, TypeRange(), op.getQ(), op.getK(), op.getV(), op.getPosition(),
      op.getOut(), op.getScaleAttr(), op.getCausalAttr(), op.getPastAttr(),
      /*vector=*/IntegerAttr());
  return success();
}

void Selector::selectCopy(memref::CopyOp op) {
  auto source = cast<MemRefType>(op.getSource().getType());
  auto destination = cast<MemRefType>(op.getTarget().getType());
  if (isContiguous(View(source)) && isContiguous(View(destination))) {
    CostAttr cost = getCost(op, target);
    rewriter.replaceOpWithNewOp<CopyOp>(op, op.getSource(), op.getTarget(),
                                        cost);
    return;
  }
  int64_t rank = source.getRank();
  SmallVector<AffineMap> maps(2, rewriter.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  rewriter.replaceOpWithNewOp<linalg::GenericOp>(
      op, ValueRange{op.getSource()}, ValueRange{op.getTarget()}, maps,
      iterators, [](OpBuilder &builder, Location loc, ValueRange arguments) {
        linalg::YieldOp::create(builder, loc, arguments.front());
      });
}

LogicalResult Selector::select(Operation *op) {
  rewriter.setInsertionPoint(op);
  if (auto matmul = dyn_cast<MatmulOp>(op))
    return selectProduct(matmul);
  if (auto attention = dyn_cast<AttentionOp>(op))
    return selectAttention(attention);
  if (auto copy = dyn_cast<memref::CopyOp>(op))
    selectCopy(copy);
  return success();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// How wide the accesses of a kernel are, where it has a choice.
static void chooseVector(Operation *op) {
  if (!isKernelBody(op) || isa<AttentionCombineOp>(op))
    return;
  auto vector =
      IntegerAttr::get(IntegerType::get(op->getContext(), 32), getVector(op));
  op->setAttr(isa<linalg::GenericOp>(op) ? StringRef(attr::vector)
                                         : StringRef("vector"),
              vector);
}

namespace {
struct SelectKernelsPass
    : public cuda::impl::SelectKernelsBase<SelectKernelsPass> {
  using SelectKernelsBase::SelectKernelsBase;

  void runOnOperation() override {
    FailureOr<Target> loaded = loadTarget(getOperation(), target);
    if (failed(loaded))
      return signalPassFailure();
    getOperation()->setAttr(attr::target,
                            StringAttr::get(&getContext(), loaded->name));
    Selector selector(*loaded, getOperation());
    for (auto entry : getOperation().getOps<EntryOp>())
      for (Operation &op : llvm::make_early_inc_range(entry.getBody().front()))
        if (failed(selector.select(&op)))
          return signalPassFailure();
    assignCounters(getOperation());
    for (auto entry : getOperation().getOps<EntryOp>())
      for (Operation &op : entry.getBody().front())
        chooseVector(&op);
  }
};
} // namespace
