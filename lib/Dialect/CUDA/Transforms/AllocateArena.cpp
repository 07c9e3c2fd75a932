//===- AllocateArena.cpp - Offsets of buffers -----------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/CUDA/Transforms/Passes.h"

#include "Entries.h"
#include "llvm/Support/MathExtras.h"

namespace gac::cuda {
#define GEN_PASS_DEF_ALLOCATEARENA
#include "gac/Dialect/CUDA/Transforms/Passes.h.inc"
} // namespace gac::cuda

using namespace mlir;
using namespace gac;
using namespace gac::cuda;

static constexpr int64_t kAlignment = 256;

namespace {
struct Buffer {
  AllocOp op;
  int64_t bytes = 0;
  /// Numbers of the operations that use it first and last.
  unsigned first = 0, last = 0;
  int64_t offset = 0;

  bool isAliveWith(const Buffer &other) const {
    return first <= other.last && other.first <= last;
  }
};

struct AllocateArenaPass
    : public cuda::impl::AllocateArenaBase<AllocateArenaPass> {
  void runOnOperation() override;
};
} // namespace

/// The buffers of an entry with their lives. A view lives as long as its
/// buffer is used through it; all that an operation of a group uses lives as
/// long as the group.
static FailureOr<std::vector<Buffer>> getBuffers(EntryOp entry) {
  DenseMap<Operation *, unsigned> numbers;
  for (auto [number, op] : llvm::enumerate(entry.getBody().front()))
    numbers[&op] = number;
  std::vector<Buffer> buffers;
  for (auto op : entry.getOps<AllocOp>()) {
    auto type = cast<MemRefType>(op.getType());
    if (!type.getElementType().isIntOrFloat() || !type.getLayout().isIdentity())
      return op.emitOpError() << "is of type " << type
                              << ", and buffers are contiguous, of numbers";
    if (std::optional<unsigned> axis = findExcess(type))
      return op.emitOpError()
             << "has with axis " << *axis << ", of " << type.getDimSize(*axis)
             << " lanes, more than 2^48 bytes: " << type;
    Buffer buffer;
    buffer.op = op;
    buffer.bytes = type.getNumElements() *
                   llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    SmallVector<Value> views{op.getResult()};
    bool isUsed = false;
    while (!views.empty())
      for (Operation *user : views.pop_back_val().getUsers()) {
        if (auto view = dyn_cast<memref::ReinterpretCastOp>(user)) {
          views.push_back(view.getResult());
          continue;
        }
        unsigned number =
            numbers[entry.getBody().front().findAncestorOpInBlock(*user)];
        buffer.first = isUsed ? std::min(buffer.first, number) : number;
        buffer.last = isUsed ? std::max(buffer.last, number) : number;
        isUsed = true;
      }
    buffers.push_back(buffer);
  }
  return buffers;
}

void AllocateArenaPass::runOnOperation() {
  EntryOp entry = getOperation();
  FailureOr<std::vector<Buffer>> buffers = getBuffers(entry);
  if (failed(buffers))
    return signalPassFailure();
  // The largest first: the small ones fill the gaps.
  std::vector<Buffer *> order;
  for (Buffer &buffer : *buffers)
    order.push_back(&buffer);
  llvm::sort(order, [](const Buffer *a, const Buffer *b) {
    return std::pair(a->bytes, b->first) > std::pair(b->bytes, a->first);
  });
  int64_t total = 0;
  std::vector<Buffer *> placed;
  for (Buffer *buffer : order) {
    // `placed` is ascending by offset: the first gap that is wide enough.
    int64_t offset = 0;
    for (Buffer *other : placed) {
      if (!buffer->isAliveWith(*other))
        continue;
      if (offset + buffer->bytes <= other->offset)
        break;
      offset = std::max<int64_t>(
          offset, llvm::alignTo(other->offset + other->bytes, kAlignment));
    }
    buffer->offset = offset;
    if (offset > kMostBytes - buffer->bytes) {
      buffer->op.emitOpError() << "of " << buffer->bytes
                               << " bytes has an arena of more than 2^48 bytes";
      return signalPassFailure();
    }
    total = std::max(total, offset + buffer->bytes);
    placed.insert(llvm::upper_bound(placed, buffer,
                                    [](const Buffer *a, const Buffer *b) {
                                      return a->offset < b->offset;
                                    }),
                  buffer);
  }
  for (Buffer &buffer : *buffers)
    buffer.op.setOffset(buffer.offset);
  entry.setArenaBytes(llvm::alignTo(total, kAlignment));
}
