//===- Recover.cpp - Named operations from what exporters make of them
//------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Recovery.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "gac/Dialect/GAC/Transforms/Shapes.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

namespace gac {
#define GEN_PASS_DEF_RECOVER
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

namespace {
struct RecoverPass : public gac::impl::RecoverBase<RecoverPass> {
  void runOnOperation() override;
};
} // namespace

/// Raises the opset to what the named ops need, where that changes no other
/// node's meaning: opaque nodes of ONNX's own domain might be any.
static void raiseOpset(func::FuncOp function) {
  int64_t opset = getOnnxOpset(function), needed = opset;
  for (Operation &op : function.getOps()) {
    auto opaque = dyn_cast<OpaqueOp>(op);
    if (opaque &&
        (opaque.getDomain().empty() || opaque.getDomain() == "ai.onnx"))
      return;
    if (const OnnxOpInfo *info = getOnnxOpInfo(op.getName());
        info && info->domain.empty())
      needed = std::max<int64_t>(needed, info->since);
  }
  if (needed == opset || opset < kStableOpset)
    return;
  function->setAttr(attr::opset,
                    Builder(function.getContext()).getI64IntegerAttr(needed));
}

/// Takes the names of nodes away from what was made beside a named operation,
/// at its location: files name no two nodes alike.
static void makeNamesSingle(func::FuncOp function) {
  llvm::DenseMap<Location, unsigned> counts;
  for (Operation &op : function.getOps())
    if (isa<NameLoc>(op.getLoc()))
      ++counts[op.getLoc()];
  for (Operation &op : function.getOps()) {
    auto entry = counts.find(op.getLoc());
    if (entry == counts.end() || entry->second < 2 || op.hasAttr(attr::outputs))
      continue;
    --entry->second;
    // The place is still told.
    op.setLoc(FusedLoc::get({op.getLoc()},
                            StringAttr::get(op.getContext(), "beside"),
                            op.getContext()));
  }
}

static bool hasUnrankedResults(func::FuncOp function) {
  return llvm::any_of(function.getOps(), [](Operation &op) {
    return llvm::any_of(op.getResultTypes(), llvm::IsaPred<UnrankedTensorType>);
  });
}

void RecoverPass::runOnOperation() {
  func::FuncOp function = getOperation();
  if (function.isExternal())
    return;
  // Files of old opsets may say less of types than is known.
  if (hasUnrankedResults(function) &&
      failed(refineTypes(function, ShapeValues(function))))
    return signalPassFailure();
  for (auto populate :
       {populateRecoverContrib, populateRecoverLayerNormalization,
        populateRecoverNormalization, populateRecoverRotary,
        populateRecoverPartialRotary, populateMergeRotaryTransposes,
        populateRecoverGelu, populateRecoverSwish, populateRecoverAttention,
        populateStateDefaults, populateFoldAttentionHeads,
        populateFoldAttentionMask}) {
    Recovery recovery(function);
    RewritePatternSet patterns(&getContext());
    populate(patterns, recovery);
    walkAndApplyPatterns(function, std::move(patterns));
    recovery.eraseReplaced();
  }
  makeNamesSingle(function);
  raiseOpset(function);
  // What patterns build in many steps has no shapes yet.
  if (hasUnrankedResults(function) &&
      failed(refineTypes(function, ShapeValues(function))))
    signalPassFailure();
}
