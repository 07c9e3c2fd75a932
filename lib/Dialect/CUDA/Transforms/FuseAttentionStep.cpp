//===- FuseAttentionStep.cpp - A step of decoding as one kernel -----------===//
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

namespace gac::cuda {
#define GEN_PASS_DEF_FUSEATTENTIONSTEP
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

namespace {
/// The operations that become one.
struct Step {
  AttentionDecodeOp attention;
  AttentionCombineOp combine; ///< Null if there is one split.
  RopeOp query;               ///< Null if nothing is rotated.
  Operation *key = nullptr;   ///< The gac_cuda.rope or append of the new key.
  AppendOp value;

  Value getQuery() { return query ? query.getX() : attention.getQ(); }
  Value getKey() {
    auto rope = dyn_cast<RopeOp>(key);
    return rope ? rope.getX() : cast<AppendOp>(key).getRows();
  }
};
} // namespace

static MemRefType getType(Value value) {
  return cast<MemRefType>(value.getType());
}

/// Whether the two are the same elements of the same memory.
static bool isSame(Value a, Value b) {
  if (getMemory(a) != getMemory(b) ||
      getType(a).getElementType() != getType(b).getElementType())
    return false;
  View left(getType(a)), right(getType(b));
  return left.offset == right.offset && left.sizes == right.sizes &&
         left.strides == right.strides;
}

/// The operations of an entry that write a piece of memory.
static SmallVector<Operation *> getWriters(EntryOp entry, MemoryId memory) {
  SmallVector<Operation *> writers;
  for (Operation &op : entry.getBody().front())
    if (Accesses(&op).mayWrite(memory))
      writers.push_back(&op);
  return writers;
}

/// Whether anything from `from` on, and up to `to`, may write `value`.
static bool changesBetween(Value value, Operation *from, Operation *to) {
  MemoryId memory = getMemory(value);
  for (Operation *op = from->getNextNode(); op != to; op = op->getNextNode())
    if (Accesses(op).mayWrite(memory))
      return true;
  return false;
}

/// Whether any operation but those given, from `from` on, may read `value`.
static bool isReadFrom(Value value, Operation *from,
                       ArrayRef<Operation *> except) {
  MemoryId memory = getMemory(value);
  for (Operation *op = from; op; op = op->getNextNode())
    if (!llvm::is_contained(except, op) && Accesses(op).mayRead(memory))
      return true;
  return false;
}

static bool isCache(Value memory) {
  TensorOp tensor = getTensor(memory);
  return tensor && tensor.getKind() == TensorKind::Cache;
}

/// The operation that appends to a cache of `attention`, if nothing else in the
/// entry writes it, and nothing between the two reads it.
static Operation *findAppend(AttentionDecodeOp attention, Value cache) {
  auto entry = attention->getParentOfType<EntryOp>();
  SmallVector<Operation *> writers = getWriters(entry, getMemory(cache));
  if (writers.size() != 1 || !isCache(cache))
    return nullptr;
  Operation *writer = writers.front();
  Value out, position;
  int64_t past = 0;
  if (auto append = dyn_cast<AppendOp>(writer)) {
    out = append.getOut();
    position = append.getPosition();
    past = append.getPast();
  } else if (auto rope = dyn_cast<RopeOp>(writer); rope && rope.getAppend()) {
    out = rope.getOut();
    position = rope.getPosition();
    past = rope.getPast();
  } else {
    return nullptr;
  }
  // The kernel reads the position before it waits for those before it.
  Value wanted = attention.getPosition();
  if (wanted && !wanted.getDefiningOp<PositionOp>())
    return nullptr;
  if (!writer->isBeforeInBlock(attention) || !isSame(out, cache) ||
      past != static_cast<int64_t>(attention.getPast()) ||
      (position != nullptr) != (wanted != nullptr) ||
      (position && !isSame(position, wanted)))
    return nullptr;
  for (Operation *op = writer->getNextNode(); op != attention;
       op = op->getNextNode())
    if (Accesses(op).mayRead(getMemory(cache)))
      return nullptr;
  return writer;
}

static std::optional<Step> match(AttentionDecodeOp attention) {
  Step step;
  step.attention = attention;
  if (Value workspace = attention.getWorkspace())
    for (Operation *user : workspace.getUsers()) {
      if (user == attention)
        continue;
      step.combine = dyn_cast<AttentionCombineOp>(user);
      if (!step.combine || !isSame(step.combine.getOut(), attention.getOut()))
        return std::nullopt;
    }
  step.key = findAppend(attention, attention.getK());
  step.value =
      dyn_cast_if_present<AppendOp>(findAppend(attention, attention.getV()));
  if (!step.key || !step.value || isSame(attention.getK(), attention.getV()))
    return std::nullopt;
  if (auto key = dyn_cast<RopeOp>(step.key)) {
    // The last to write q rotates it alike, for this attention alone.
    for (Operation *op = attention->getPrevNode(); op && !step.query;
         op = op->getPrevNode())
      if (Accesses(op).mayWrite(getMemory(attention.getQ()))) {
        step.query = dyn_cast<RopeOp>(op);
        break;
      }
    if (!step.query || step.query.getAppend() ||
        !getRoot(attention.getQ()).getDefiningOp<AllocOp>() ||
        !isSame(step.query.getOut(), attention.getQ()) ||
        step.query.getHalf() != key.getHalf() ||
        !isSame(step.query.getCos(), key.getCos()) ||
        !isSame(step.query.getSin(), key.getSin()) ||
        isReadFrom(attention.getQ(), step.query, {step.query, attention}))
      return std::nullopt;
  }
  // What they read is still there in front of the attention.
  for (Operation *reader : {static_cast<Operation *>(step.query), step.key,
                            static_cast<Operation *>(step.value)})
    if (reader && llvm::any_of(reader->getOperands(), [&](Value value) {
          return !Accesses(reader).mayWrite(getMemory(value)) &&
                 changesBetween(value, reader, attention);
        }))
      return std::nullopt;
  return step;
}

/// Whether the kernel takes the operands as they lie.
static bool fits(Step &step) {
  AttentionDecodeOp attention = step.attention;
  auto isAligned = [](Value value) {
    View view(getType(value));
    if (view.strides.back() != 1 || view.offset % 8 != 0 ||
        view.sizes.back() % 8 != 0)
      return false;
    for (auto [size, stride] : llvm::zip(ArrayRef(view.sizes).drop_back(),
                                         ArrayRef(view.strides).drop_back()))
      if (size != 1 && stride % 8 != 0)
        return false;
    return true;
  };
  Type type = getType(attention.getOut()).getElementType();
  SmallVector<Value> values{step.getQuery(),      step.getKey(),
                            step.value.getRows(), attention.getK(),
                            attention.getV(),     attention.getOut()};
  for (Value value : values)
    if (getType(value).getElementType() != type || !isAligned(value))
      return false;
  if (step.query) {
    View cos(getType(step.query.getCos()));
    if (step.query.getHalf() % 8 != 0 || cos.sizes[1] != 1 ||
        cos.strides != View(getType(step.query.getSin())).strides ||
        (cos.sizes[2] != 1 && cos.strides[2] != 1))
      return false;
  }
  return true;
}

static bool fuse(AttentionDecodeOp attention, const Target &target) {
  std::optional<Step> step = match(attention);
  if (!step || !fits(*step))
    return false;
  kernels::AttentionStepShape shape;
  shape.attention = getAttentionShape(attention);
  shape.capacity =
      static_cast<int32_t>(getType(attention.getK()).getDimSize(2));
  if (!kernels::chooseAttentionStep(shape, getLimits(target)))
    return false;
  OpBuilder builder(attention);
  SmallVector<Location> locations;
  for (Operation *op :
       {static_cast<Operation *>(step->query), step->key,
        static_cast<Operation *>(step->value), attention.getOperation(),
        static_cast<Operation *>(step->combine)})
    if (op)
      locations.push_back(op->getLoc());
  Location loc = builder.getFusedLoc(locations);
  Value workspace = createWorkspace(builder, loc, shape);
  AttentionStepOp::create(
      builder, loc, step->getQuery(), step->getKey(), step->value.getRows(),
      step->query ? step->query.getCos() : Value(),
      step->query ? step->query.getSin() : Value(), attention.getPosition(),
      attention.getK(), attention.getV(), attention.getOut(), workspace,
      /*counters=*/Value(), attention.getScaleAttr(), attention.getPastAttr(),
      step->query ? step->query.getHalfAttr() : builder.getI64IntegerAttr(0),
      builder.getI32IntegerAttr(shape.group),
      builder.getI32IntegerAttr(shape.splits),
      builder.getI32IntegerAttr(shape.depth));
  if (step->combine)
    step->combine->erase();
  attention->erase();
  if (step->query)
    step->query->erase();
  step->key->erase();
  step->value->erase();
  return true;
}

namespace {
struct FuseAttentionStepPass
    : public cuda::impl::FuseAttentionStepBase<FuseAttentionStepPass> {
  using FuseAttentionStepBase::FuseAttentionStepBase;

  void runOnOperation() override {
    FailureOr<Target> loaded = loadTarget(getOperation(), target);
    if (failed(loaded))
      return signalPassFailure();
    for (auto entry : getOperation().getOps<EntryOp>()) {
      for (auto attention : llvm::to_vector(entry.getOps<AttentionDecodeOp>()))
        fuse(attention, *loaded);
      eraseUnusedMemory(entry);
    }
    assignCounters(getOperation());
  }
};
} // namespace
