//===- GroupGemvs.cpp - Products that share a launch ----------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Accesses.h"
#include "Kernels.h"
#include "gac/Dialect/CUDA/Transforms/Passes.h"

namespace gac::cuda {
#define GEN_PASS_DEF_GROUPGEMVS
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

/// Whether one launch can hold the two, if nothing stands between them.
static bool isAlike(GemvOp a, GemvOp b) {
  kernels::GemvShape shape = getGemvShape(a), other = getGemvShape(b);
  return shape.rows == other.rows && shape.layout == other.layout &&
         cast<MemRefType>(a.getX().getType()).getElementType() ==
             cast<MemRefType>(b.getX().getType()).getElementType();
}

/// The products behind `first` that can be computed at the same time: what is
/// between them and `first` does not depend on them, nor they on it.
static SmallVector<GemvOp> findGroup(GemvOp first) {
  SmallVector<GemvOp> group{first};
  Accesses grouped(first), between;
  for (Operation *op = first->getNextNode();
       op && group.size() < kernels::kGemvProducts; op = op->getNextNode()) {
    Accesses accesses(op);
    auto gemv = dyn_cast<GemvOp>(op);
    if (gemv && isAlike(first, gemv) && !accesses.conflictsWith(grouped) &&
        !accesses.conflictsWith(between)) {
      group.push_back(gemv);
      grouped.add(op);
    } else {
      between.add(op);
    }
  }
  return group;
}

/// Moves what defines the operands of `op` in front of `place`: buffers,
/// tensors and views of them.
static void hoistOperands(Operation *op, Operation *place) {
  for (Value operand : op->getOperands()) {
    Operation *definition = operand.getDefiningOp();
    if (!definition || definition->isBeforeInBlock(place))
      continue;
    hoistOperands(definition, place);
    definition->moveBefore(place);
  }
}

/// Gives a product the layout that was chosen for the launch.
static void setShape(GemvOp gemv, const kernels::GemvShape &shape) {
  OpBuilder builder(gemv);
  gemv.setColumns(shape.columns);
  gemv.setDepth(shape.depth);
  Value before = gemv.getWorkspace();
  gemv.getWorkspaceMutable().clear();
  gemv.setSplits(shape.splits);
  if (before && before.use_empty())
    before.getDefiningOp()->erase();
  if (Value workspace = createWorkspace(builder, gemv.getLoc(), shape))
    gemv.getWorkspaceMutable().assign(workspace);
}

/// Returns whether a group was made of `first` and products behind it.
static bool group(GemvOp first, const Target &target) {
  SmallVector<GemvOp> products = findGroup(first);
  SmallVector<kernels::GemvShape> shapes;
  for (; products.size() > 1; products.pop_back()) {
    shapes.clear();
    for (GemvOp gemv : products)
      shapes.push_back(getGemvShape(gemv));
    if (kernels::chooseGemv(shapes.data(), static_cast<int>(shapes.size()),
                            getLimits(target)))
      break;
  }
  if (products.size() < 2)
    return false;
  OpBuilder builder(first);
  for (auto [gemv, shape] : llvm::zip_equal(products, shapes)) {
    hoistOperands(gemv, first);
    setShape(gemv, shape);
    hoistOperands(gemv, first);
  }
  SmallVector<Location> locations;
  for (GemvOp gemv : products)
    locations.push_back(gemv.getLoc());
  auto group = GemvGroupOp::create(builder, builder.getFusedLoc(locations));
  Block *body = builder.createBlock(&group.getBody());
  for (GemvOp gemv : products)
    gemv->moveBefore(body, body->end());
  return true;
}

namespace {
struct GroupGemvsPass : public cuda::impl::GroupGemvsBase<GroupGemvsPass> {
  using GroupGemvsBase::GroupGemvsBase;

  void runOnOperation() override {
    FailureOr<Target> loaded = loadTarget(getOperation(), target);
    if (failed(loaded))
      return signalPassFailure();
    for (auto entry : getOperation().getOps<EntryOp>()) {
      SmallVector<GemvOp> products(entry.getOps<GemvOp>());
      for (GemvOp gemv : products)
        if (isa<EntryOp>(gemv->getParentOp()))
          group(gemv, *loaded);
    }
    assignCounters(getOperation());
  }
};
} // namespace
