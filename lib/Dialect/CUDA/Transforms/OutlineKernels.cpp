//===- OutlineKernels.cpp - Kernels, and launches of them -----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"
#include "Views.h"
#include "gac/Dialect/CUDA/Transforms/Passes.h"

#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

namespace gac::cuda {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

namespace {
class Outliner {
public:
  Outliner(ModuleOp module, const Target &target)
      : target(target), symbols(module), builder(module.getContext()) {}

  /// Replaces `op`, which a kernel computes, by a launch.
  void outline(Operation *op);

private:
  KernelOp makeKernel(Operation *op, ArrayRef<Value> operands, int64_t threads);

  const Target &target;
  SymbolTable symbols;
  OpBuilder builder;
  /// By all that makes a kernel, as text.
  llvm::StringMap<KernelOp> kernels;
  llvm::StringMap<int64_t> counts;
};
} // namespace

/// A kernel that computes `op`, not in the module yet and without a name.
KernelOp Outliner::makeKernel(Operation *op, ArrayRef<Value> operands,
                              int64_t threads) {
  builder.clearInsertionPoint();
  auto kernel = KernelOp::create(builder, op->getLoc(), "",
                                 static_cast<uint32_t>(threads));
  IRMapping mapping;
  Block *block = builder.createBlock(&kernel.getBody());
  for (Value operand : operands) {
    auto type = cast<MemRefType>(operand.getType());
    View view(type);
    view.offset = 0;
    Value argument = block->addArgument(
        getMemRefType(view, type.getElementType()), operand.getLoc());
    mapping.map(operand, argument);
  }
  builder.setInsertionPointToEnd(block);
  Operation *body = builder.clone(*op, mapping);
  // Numbers that the code uses are part of it.
  for (auto [from, region] :
       llvm::zip_equal(op->getRegions(), body->getRegions())) {
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(from, captured);
    OpBuilder inside = OpBuilder::atBlockBegin(&region.front());
    for (Value value : captured)
      if (!isa<MemRefType>(value.getType()))
        replaceAllUsesInRegionWith(
            value, inside.clone(*value.getDefiningOp())->getResult(0), region);
  }
  return kernel;
}

/// The memory that `op` works on, with what operations within it use.
static SmallVector<Value> getArguments(Operation *op) {
  llvm::SetVector<Value> arguments(op->operand_begin(), op->operand_end());
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  for (Value value : captured)
    if (isa<MemRefType>(value.getType()))
      arguments.insert(value);
  return arguments.takeVector();
}

void Outliner::outline(Operation *op) {
  kernels::LaunchGeometry geometry = getGeometry(op);
  CostAttr cost = getCost(op, target);
  SmallVector<Value> operands = getArguments(op);
  KernelOp kernel = makeKernel(op, operands, geometry.threads);
  std::string text;
  llvm::raw_string_ostream stream(text);
  kernel->print(stream, OpPrintingFlags().useLocalScope());
  KernelOp &known = kernels[text];
  if (known) {
    kernel->erase();
  } else {
    known = kernel;
    StringRef stem = getKernelStem(op);
    kernel.setSymName((stem + "_" + llvm::Twine(counts[stem]++)).str());
    symbols.insert(kernel, Block::iterator(op->getParentOp()));
  }
  builder.setInsertionPoint(op);
  LaunchOp::create(
      builder, op->getLoc(), known.getSymName(),
      ArrayRef<int64_t>{geometry.gridX, geometry.gridY, geometry.gridZ},
      geometry.sharedBytes, cost, operands);
  op->erase();
}

namespace {
struct OutlineKernelsPass
    : public cuda::impl::OutlineKernelsBase<OutlineKernelsPass> {
  using OutlineKernelsBase::OutlineKernelsBase;

  void runOnOperation() override {
    FailureOr<Target> loaded = loadTarget(getOperation(), target);
    if (failed(loaded))
      return signalPassFailure();
    Outliner outliner(getOperation(), *loaded);
    for (auto entry :
         llvm::make_early_inc_range(getOperation().getOps<EntryOp>())) {
      Block &block = entry.getBody().front();
      for (Operation &op : llvm::make_early_inc_range(block))
        if (isKernelBody(&op))
          outliner.outline(&op);
      for (Operation &op : llvm::make_early_inc_range(block))
        if (isa<arith::ConstantOp>(op) && op.use_empty())
          op.erase();
    }
  }
};
} // namespace
