//===- Workspaces.cpp - What blocks leave for each other ------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

static Value createWorkspace(OpBuilder &builder, Location loc, int64_t floats) {
  if (floats == 0)
    return {};
  return AllocOp::create(builder, loc,
                         MemRefType::get({floats}, builder.getF32Type()),
                         /*offset=*/IntegerAttr());
}

Value cuda::createWorkspace(OpBuilder &builder, Location loc,
                            const kernels::GemvShape &shape) {
  return ::createWorkspace(
      builder, loc,
      (kernels::gemvWorkspaceBytes(shape) - kernels::gemvCounterBytes(shape)) /
          4);
}

Value cuda::createWorkspace(OpBuilder &builder, Location loc,
                            const kernels::AttentionStepShape &shape) {
  return ::createWorkspace(builder, loc,
                           kernels::attentionStepWorkspaceFloats(shape));
}

/// The counters of a launch that computes `op`, or has it as part.
static int64_t countCounters(GemvOp op) {
  if (auto group = dyn_cast<GemvGroupOp>(op->getParentOp())) {
    int64_t counters = 0;
    for (GemvOp product : group.getProducts())
      counters += kernels::gemvTiles(getGemvShape(product));
    return counters;
  }
  return kernels::gemvCounterBytes(getGemvShape(op)) / 4;
}
static int64_t countCounters(AttentionStepOp op) {
  return kernels::attentionStepCounters(getStepShape(op));
}

namespace {
/// The operands that are counters, and how many counters these need.
struct CounterUses {
  SmallVector<Operation *> users;
  SmallVector<MutableOperandRange> operands;
  llvm::SetVector<GetOp> views;
  int64_t count = 0;

  template <typename OpTy> void add(OpTy op) {
    if (auto view = dyn_cast_if_present<GetOp>(
            op.getCounters() ? op.getCounters().getDefiningOp() : nullptr))
      views.insert(view);
    op.getCountersMutable().clear();
    if (!op.getWorkspace())
      return;
    users.push_back(op);
    operands.push_back(op.getCountersMutable());
    count = std::max(count, countCounters(op));
  }
};
} // namespace

void cuda::assignCounters(ModuleOp module) {
  CounterUses uses;
  for (auto entry : module.getOps<EntryOp>())
    entry.walk([&](Operation *op) {
      if (auto gemv = dyn_cast<GemvOp>(op))
        uses.add(gemv);
      else if (auto step = dyn_cast<AttentionStepOp>(op))
        uses.add(step);
    });
  SymbolTable symbols(module);
  // Those that there were, unless something else uses them.
  llvm::SetVector<TensorOp> before;
  for (GetOp view : uses.views) {
    if (auto tensor = symbols.lookup<TensorOp>(view.getTensor()))
      before.insert(tensor);
    if (view->use_empty())
      view->erase();
  }
  for (TensorOp tensor : before)
    if (SymbolTable::symbolKnownUseEmpty(tensor, module))
      symbols.erase(tensor);
  if (uses.users.empty())
    return;
  OpBuilder builder(module.getContext());
  auto count = static_cast<int64_t>(llvm::alignTo<4>(uses.count));
  auto type = RankedTensorType::get({count}, builder.getI32Type());
  // The symbol table puts it into the module, under a name that is free.
  auto tensor = TensorOp::create(
      builder, module.getLoc(), TensorKind::Cache, "counters", "counters", type,
      /*value=*/TypedAttr(),
      /*range=*/DenseI64ArrayAttr(), /*output=*/StringAttr(),
      /*axis=*/IntegerAttr(), /*fan_in=*/IntegerAttr(),
      /*origin=*/TypedAttr(), /*lanes=*/ArrayAttr());
  symbols.insert(tensor, module.getBody()->begin());
  tensor.setName(tensor.getSymName());
  DenseMap<Operation *, Value> counters;
  for (auto [user, operand] : llvm::zip_equal(uses.users, uses.operands)) {
    auto entry = user->getParentOfType<EntryOp>();
    Value &view = counters[entry];
    if (!view) {
      builder.setInsertionPointToStart(&entry.getBody().front());
      view =
          GetOp::create(builder, user->getLoc(),
                        MemRefType::get(type.getShape(), type.getElementType()),
                        tensor.getSymName());
    }
    operand.assign(view);
  }
}
