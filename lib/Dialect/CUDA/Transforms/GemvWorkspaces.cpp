//===- GemvWorkspaces.cpp - Sums and counters of products -----------------===//
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

Value cuda::createGemvWorkspace(OpBuilder &builder, Location loc,
                                const kernels::GemvShape &shape) {
  if (shape.splits == 1)
    return {};
  int64_t sums =
      (kernels::gemvWorkspaceBytes(shape) - kernels::gemvCounterBytes(shape)) /
      4;
  return AllocOp::create(builder, loc,
                         MemRefType::get({sums}, builder.getF32Type()),
                         /*offset=*/IntegerAttr());
}

/// The counters of the launch that `gemv` is part of.
static int64_t countCounters(GemvOp gemv) {
  if (auto group = dyn_cast<GemvGroupOp>(gemv->getParentOp())) {
    int64_t counters = 0;
    for (GemvOp product : group.getProducts())
      counters += kernels::gemvTiles(getGemvShape(product));
    return llvm::alignTo(counters, 4);
  }
  return kernels::gemvCounterBytes(getGemvShape(gemv)) / 4;
}

void cuda::assignGemvCounters(ModuleOp module) {
  SmallVector<GemvOp> products;
  int64_t count = 0;
  llvm::SetVector<Operation *> views;
  for (auto entry : module.getOps<EntryOp>())
    entry.walk([&](GemvOp gemv) {
      if (gemv.getCounters())
        views.insert(gemv.getCounters().getDefiningOp());
      gemv.getCountersMutable().clear();
      if (!gemv.getWorkspace())
        return;
      products.push_back(gemv);
      count = std::max(count, countCounters(gemv));
    });
  SymbolTable symbols(module);
  for (Operation *view : views) {
    if (auto before = symbols.lookup<TensorOp>(cast<GetOp>(view).getTensor()))
      symbols.erase(before);
    view->erase();
  }
  if (products.empty())
    return;
  OpBuilder builder(module.getContext());
  auto type = RankedTensorType::get({count}, builder.getI32Type());
  // The symbol table puts it into the module, under a name that is free.
  auto tensor = TensorOp::create(
      builder, module.getLoc(), TensorKind::Cache, "gemv_counters",
      "gemv_counters", type, /*value=*/TypedAttr(),
      /*range=*/DenseI64ArrayAttr(), /*output=*/StringAttr(),
      /*axis=*/IntegerAttr(), /*fan_in=*/IntegerAttr(),
      /*origin=*/TypedAttr(), /*lanes=*/ArrayAttr());
  symbols.insert(tensor, module.getBody()->begin());
  tensor.setName(tensor.getSymName());
  DenseMap<Operation *, Value> counters;
  for (GemvOp gemv : products) {
    auto entry = gemv->getParentOfType<EntryOp>();
    Value &view = counters[entry];
    if (!view) {
      builder.setInsertionPointToStart(&entry.getBody().front());
      view =
          GetOp::create(builder, gemv.getLoc(),
                        MemRefType::get(type.getShape(), type.getElementType()),
                        tensor.getSymName());
    }
    gemv.getCountersMutable().assign(view);
  }
}
