//===- Accesses.cpp - What operations read and write ----------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Accesses.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

Value cuda::getRoot(Value memory) {
  while (auto view = memory.getDefiningOp<memref::ReinterpretCastOp>())
    memory = view.getSource();
  return memory;
}

TensorOp cuda::getTensor(Value memory) {
  auto get = getRoot(memory).getDefiningOp<GetOp>();
  return get ? SymbolTable::lookupNearestSymbolFrom<TensorOp>(
                   get, get.getTensorAttr())
             : TensorOp();
}

bool cuda::isConstant(Value memory) {
  TensorOp tensor = getTensor(memory);
  return tensor && (tensor.getKind() == TensorKind::Weight ||
                    tensor.getKind() == TensorKind::Constant);
}

MemoryId cuda::getMemory(Value memory) {
  Value root = getRoot(memory);
  if (auto get = root.getDefiningOp<GetOp>())
    return get.getTensorAttr().getAttr().getAsOpaquePointer();
  return root.getAsOpaquePointer();
}

void cuda::eraseUnusedMemory(EntryOp entry) {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(entry.getBody().front())))
    if (isa<memref::ReinterpretCastOp, AllocOp>(op) && op.use_empty())
      op.erase();
}

void Accesses::add(Operation *op) {
  // Views and definitions of memory touch nothing.
  if (isa<memref::ReinterpretCastOp, AllocOp, GetOp>(op))
    return;
  // A linalg.generic has both: its own effects are those of its operands.
  if (!isa<MemoryEffectOpInterface>(op) &&
      op->hasTrait<OpTrait::HasRecursiveMemoryEffects>()) {
    for (Region &region : op->getRegions())
      for (Operation &inner : region.getOps())
        add(&inner);
    return;
  }
  auto interface = dyn_cast<MemoryEffectOpInterface>(op);
  if (!interface) {
    for (Value operand : op->getOperands())
      if (isa<MemRefType>(operand.getType())) {
        reads.insert(getMemory(operand));
        writes.insert(getMemory(operand));
      }
    return;
  }
  Value counters;
  if (auto gemv = dyn_cast<GemvOp>(op))
    counters = gemv.getCounters();
  else if (auto step = dyn_cast<AttentionStepOp>(op))
    counters = step.getCounters();
  SmallVector<MemoryEffects::EffectInstance> effects;
  interface.getEffects(effects);
  for (const MemoryEffects::EffectInstance &effect : effects) {
    Value value = effect.getValue();
    if (!value) {
      isUnknown = true;
      continue;
    }
    if (value == counters)
      continue;
    if (isa<MemoryEffects::Read>(effect.getEffect()))
      reads.insert(getMemory(value));
    else
      writes.insert(getMemory(value));
  }
}

bool Accesses::conflictsWith(const Accesses &other) const {
  if (isUnknown || other.isUnknown)
    return true;
  auto meet = [](const auto &some, const auto &others) {
    return llvm::any_of(
        some, [&](MemoryId memory) { return others.contains(memory); });
  };
  return meet(writes, other.reads) || meet(writes, other.writes) ||
         meet(reads, other.writes);
}
