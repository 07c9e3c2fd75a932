//===- PackageCheck.cpp - Whether a manifest can be run ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackageCheck.h"

#include <algorithm>
#include <set>

using namespace gac::runtime;

namespace {
/// Checks one package; the first mistake ends it.
class Checker {
public:
  explicit Checker(const Package &package) : package(package) {}

  Status check();

private:
  Status checkSizes();
  Status checkTensor(const PackageTensor &tensor);
  Status checkEntry(const PackageEntry &entry);
  Status checkSignature();
  Status checkBuffers();
  Status checkOp(const LaunchOp &launch);
  Status checkOp(const GemmOp &gemm);
  Status checkOp(const AttentionOp &attention);
  Status checkOp(const CopyOp &copy);
  Status checkUse(TensorId id);
  Status checkWrite(TensorId id);
  Status checkRange(TensorId id, int64_t offset, int64_t length, int64_t total,
                    const char *unit);
  Status checkOperand(const char *name, const GemmOperand &operand,
                      int64_t rows, int64_t columns, int64_t batch);
  Status checkOperand(const char *name, const AttentionOperand &operand,
                      const AttentionOp &attention, int64_t heads, int64_t rows,
                      int64_t width);
  Status checkApart(const AttentionOp &attention);

  const PackageTensor &get(TensorId id) const { return package.tensors[id]; }
  /// An error at the present entry and operation.
  Status fail(const std::string &reason) const;

  const Package &package;
  const PackageEntry *entry = nullptr;
  /// The present operation, or -1.
  int64_t opIndex = -1;
  /// By tensor: its buffer in the present entry, or null.
  std::vector<const ArenaBuffer *> bufferOf;
  /// By tensor: whether the present entry has it as input or output.
  std::vector<bool> bound;
};
} // namespace

Status Checker::fail(const std::string &reason) const {
  std::string where = "package '" + package.folder + "': ";
  if (entry)
    where += "entry '" + entry->name + "': ";
  if (opIndex >= 0) {
    where += "operation " + std::to_string(opIndex);
    const PackageOp &op = entry->ops[opIndex];
    if (const auto *launch = std::get_if<LaunchOp>(&op.action))
      where += " (" + launch->kernel + ")";
    else if (!op.nodes.empty())
      where += " (" + op.nodes.front() + ")";
    where += ": ";
  }
  return {ErrorCode::Damaged, where + reason};
}

Status Checker::check() {
  if (Status status = checkSizes())
    return status;
  for (const PackageTensor &tensor : package.tensors)
    if (Status status = checkTensor(tensor))
      return status;
  std::set<std::string> cacheNames;
  for (const PackageCache &cache : package.caches)
    if (!cacheNames.insert(cache.input).second)
      return fail("two caches are called '" + cache.input + "'");
  for (const PackageEntry &each : package.entries)
    if (Status status = checkEntry(each))
      return status;
  return {};
}

/// Whether sums of sizes are sizes, whoever makes them.
Status Checker::checkSizes() {
  int64_t total = 0;
  auto add = [&](const std::string &what, int64_t bytes) -> Status {
    if (bytes > maxPackageBytes - total)
      return fail(what + " of " + std::to_string(bytes) +
                  " bytes, after others of " + std::to_string(total) +
                  ", is past the " + std::to_string(maxPackageBytes) +
                  " that a package may have in all");
    // The limit is a multiple of the alignment.
    total += alignBuffer(bytes);
    return {};
  };
  // Arenas have room for the tensors in them, which share it.
  for (const PackageTensor &tensor : package.tensors)
    if (tensor.kind != PackageTensor::Kind::Arena)
      if (Status status = add("tensor '" + tensor.name + "'", tensor.bytes))
        return status;
  for (const PackageCache &cache : package.caches)
    if (Status status = add("the position of the cache '" + cache.input + "'",
                            arenaAlignment))
      return status;
  for (const PackageEntry &each : package.entries)
    if (Status status =
            add("the arena of the entry '" + each.name + "'", each.arenaBytes))
      return status;
  return {};
}

Status Checker::checkTensor(const PackageTensor &tensor) {
  if (tensor.kind != PackageTensor::Kind::Weight &&
      tensor.kind != PackageTensor::Kind::Constant)
    return {};
  std::string what = "tensor '" + tensor.name + "' of type " +
                     std::string(getName(tensor.type)) + " and shape " +
                     toString(tensor.shape);
  if (tensor.recipe) {
    if (tensor.recipe->shape != tensor.shape)
      return fail(what + " has a recipe that makes " +
                  toString(tensor.recipe->shape));
    if (!isFloat(tensor.type))
      return fail(what + " has a recipe, which makes floating-point values");
  }
  const Safetensors::Entry *data =
      package.weights ? package.weights->find(tensor.name) : nullptr;
  if (!data && !tensor.recipe)
    return fail(what + " has neither data nor a recipe");
  if (data && (data->type != tensor.type || data->shape != tensor.shape))
    return fail(what + " is of type " + std::string(getName(data->type)) +
                " and shape " + toString(data->shape) +
                " in the file of weights");
  return {};
}

Status Checker::checkEntry(const PackageEntry &each) {
  entry = &each;
  if (Status status = checkSignature())
    return status;
  if (Status status = checkBuffers())
    return status;
  std::set<size_t> appended;
  for (const CacheAppend &append : entry->appends) {
    const PackageCache &cache = package.caches[append.cache];
    if (append.count > cache.capacity)
      return fail("appends " + std::to_string(append.count) +
                  " positions to the cache '" + cache.input +
                  "', which has room for " + std::to_string(cache.capacity));
    if (!appended.insert(append.cache).second)
      return fail("appends twice to the cache '" + cache.input + "'");
  }
  for (const PackageOp &op : entry->ops) {
    ++opIndex;
    if (Status status = std::visit(
            [&](const auto &action) { return checkOp(action); }, op.action))
      return status;
  }
  opIndex = -1;
  entry = nullptr;
  return {};
}

Status Checker::checkSignature() {
  bound.assign(package.tensors.size(), false);
  std::set<std::string> names;
  for (bool isInput : {true, false}) {
    names.clear();
    for (TensorId id : isInput ? entry->inputs : entry->outputs) {
      const PackageTensor &tensor = get(id);
      PackageTensor::Kind kind =
          isInput ? PackageTensor::Kind::Input : PackageTensor::Kind::Output;
      std::string what = isInput ? "input" : "output";
      // A caller may read any input back, so an output may be one.
      if (tensor.kind != kind &&
          (isInput || tensor.kind != PackageTensor::Kind::Input))
        return fail("tensor '" + tensor.name + "' is listed as an " + what +
                    " and is not of that kind");
      if (!names.insert(tensor.name).second)
        return fail("two " + what + "s are called '" + tensor.name + "'");
      bound[id] = true;
    }
  }
  return {};
}

Status Checker::checkBuffers() {
  bufferOf.assign(package.tensors.size(), nullptr);
  for (const ArenaBuffer &buffer : entry->buffers) {
    const PackageTensor &tensor = get(buffer.tensor);
    std::string what = "the buffer of '" + tensor.name + "'";
    if (tensor.kind != PackageTensor::Kind::Arena)
      return fail(what + " belongs to a tensor of another kind than arena");
    if (bufferOf[buffer.tensor])
      return fail("tensor '" + tensor.name + "' has two buffers");
    bufferOf[buffer.tensor] = &buffer;
    if (buffer.offset % arenaAlignment != 0)
      return fail(what + " starts at byte " + std::to_string(buffer.offset) +
                  ", which is no multiple of " +
                  std::to_string(arenaAlignment));
    if (buffer.bytes < tensor.bytes)
      return fail(what + " has " + std::to_string(buffer.bytes) + " of " +
                  std::to_string(tensor.bytes) + " bytes");
    if (buffer.bytes > entry->arenaBytes - buffer.offset)
      return fail(what + " has " + std::to_string(buffer.bytes) +
                  " bytes from byte " + std::to_string(buffer.offset) +
                  " on in an arena of " + std::to_string(entry->arenaBytes));
  }

  // A sweep over the operations: the live buffers, by offset, lie apart if
  // each new one lies apart from its two neighbours.
  std::vector<const ArenaBuffer *> begins;
  for (const ArenaBuffer &buffer : entry->buffers)
    if (buffer.bytes > 0)
      begins.push_back(&buffer);
  std::vector<const ArenaBuffer *> ends = begins;
  std::sort(begins.begin(), begins.end(),
            [](const ArenaBuffer *a, const ArenaBuffer *b) {
              return a->first < b->first;
            });
  std::sort(ends.begin(), ends.end(),
            [](const ArenaBuffer *a, const ArenaBuffer *b) {
              return a->last < b->last;
            });
  std::map<int64_t, const ArenaBuffer *> live;
  size_t ended = 0;
  for (const ArenaBuffer *buffer : begins) {
    for (; ends[ended]->last < buffer->first; ++ended)
      live.erase(ends[ended]->offset);
    auto next = live.lower_bound(buffer->offset);
    const ArenaBuffer *other = nullptr;
    if (next != live.end() && next->first < buffer->offset + buffer->bytes)
      other = next->second;
    if (next != live.begin()) {
      const ArenaBuffer *previous = std::prev(next)->second;
      if (previous->offset + previous->bytes > buffer->offset)
        other = previous;
    }
    if (other)
      return fail(
          "'" + get(other->tensor).name + "' and '" + get(buffer->tensor).name +
          "' are both alive at operation " + std::to_string(buffer->first) +
          " and share bytes of the arena, from " +
          std::to_string(std::max(other->offset, buffer->offset)) + " on");
    live.emplace(buffer->offset, buffer);
  }
  return {};
}

/// Whether the present operation may touch the tensor at all.
Status Checker::checkUse(TensorId id) {
  const PackageTensor &tensor = get(id);
  switch (tensor.kind) {
  case PackageTensor::Kind::Weight:
  case PackageTensor::Kind::Constant:
  case PackageTensor::Kind::Cache:
    return {};
  case PackageTensor::Kind::Input:
  case PackageTensor::Kind::Output:
    if (!bound[id])
      return fail("uses '" + tensor.name +
                  "', which is no input or output of this entry");
    return {};
  case PackageTensor::Kind::Arena:
    break;
  }
  const ArenaBuffer *buffer = bufferOf[id];
  if (!buffer)
    return fail("uses '" + tensor.name + "', which has no buffer here");
  if (opIndex < buffer->first || opIndex > buffer->last)
    return fail("uses '" + tensor.name + "', which lives from operation " +
                std::to_string(buffer->first) + " to " +
                std::to_string(buffer->last));
  return {};
}

/// Whether the present operation may write to the tensor: what a caller set or
/// sessions share has to stay, also where algorithms are tried.
Status Checker::checkWrite(TensorId id) {
  const PackageTensor &tensor = get(id);
  switch (tensor.kind) {
  case PackageTensor::Kind::Weight:
  case PackageTensor::Kind::Constant:
    return fail("writes to the weight '" + tensor.name + "'");
  case PackageTensor::Kind::Input:
    return fail("writes to the input '" + tensor.name + "'");
  case PackageTensor::Kind::Cache:
  case PackageTensor::Kind::Output:
  case PackageTensor::Kind::Arena:
    break;
  }
  return {};
}

/// Whether [offset, offset + length) lies in a tensor of `total` units.
Status Checker::checkRange(TensorId id, int64_t offset, int64_t length,
                           int64_t total, const char *unit) {
  if (Status status = checkUse(id))
    return status;
  if (length <= total && offset <= total - length)
    return {};
  return fail("reaches " + std::to_string(length) + " " + unit + " from " +
              std::to_string(offset) + " on in '" + get(id).name +
              "', which has " + std::to_string(total));
}

Status Checker::checkOp(const LaunchOp &launch) {
  for (const Argument &argument : launch.args)
    if (const auto *tensor = std::get_if<TensorArgument>(&argument)) {
      int64_t total =
          get(tensor->tensor).bytes /
          static_cast<int64_t>(getElementBytes(get(tensor->tensor).type));
      if (Status status =
              checkRange(tensor->tensor, tensor->offset, 0, total, "elements"))
        return status;
    }
  return {};
}

/// `rows` and `columns` are those of the matrix as it lies in memory.
Status Checker::checkOperand(const char *name, const GemmOperand &operand,
                             int64_t rows, int64_t columns, int64_t batch) {
  const PackageTensor &tensor = get(operand.tensor);
  std::string what = std::string(name) + ", '" + tensor.name + "', ";
  if (tensor.type != package.type)
    return fail(what + "is of type " + std::string(getName(tensor.type)) +
                " in a package of type " + std::string(getName(package.type)));
  if (operand.ld < columns)
    return fail(what + "has " + std::to_string(columns) +
                " columns and a leading dimension of " +
                std::to_string(operand.ld));
  int64_t inRows = 0, inBatches = 0, length = 0;
  if (__builtin_mul_overflow(rows - 1, operand.ld, &inRows) ||
      __builtin_mul_overflow(batch - 1, operand.stride, &inBatches) ||
      __builtin_add_overflow(inRows, inBatches, &length) ||
      __builtin_add_overflow(length, columns, &length))
    return fail(what + "reaches too far");
  int64_t total =
      tensor.bytes / static_cast<int64_t>(getElementBytes(tensor.type));
  return checkRange(operand.tensor, operand.offset, length, total, "elements");
}

Status Checker::checkOp(const GemmOp &gemm) {
  auto check = [&](const char *name, const GemmOperand &operand, int64_t rows,
                   int64_t columns) {
    if (operand.trans)
      std::swap(rows, columns);
    return checkOperand(name, operand, rows, columns, gemm.batch);
  };
  if (Status status = check("a", gemm.a, gemm.m, gemm.k))
    return status;
  if (Status status = check("b", gemm.b, gemm.k, gemm.n))
    return status;
  if (Status status = check("d", gemm.d, gemm.m, gemm.n))
    return status;
  if (Status status = checkWrite(gemm.d.tensor))
    return status;
  if (gemm.c)
    if (Status status = check("c", *gemm.c, gemm.m, gemm.n))
      return status;
  if (gemm.batch > 1 && gemm.d.stride == 0)
    return fail("all " + std::to_string(gemm.batch) +
                " products are written to the same place");
  if (!gemm.bias)
    return {};
  const PackageTensor &bias = get(*gemm.bias);
  if (bias.type != package.type)
    return fail("the bias '" + bias.name + "' is of type " +
                std::string(getName(bias.type)) + " in a package of type " +
                std::string(getName(package.type)));
  return checkRange(*gemm.bias, 0, gemm.n,
                    bias.bytes /
                        static_cast<int64_t>(getElementBytes(bias.type)),
                    "elements");
}

/// Whether the operand is of the package's type and inside of its tensor.
Status Checker::checkOperand(const char *name, const AttentionOperand &operand,
                             const AttentionOp &attention, int64_t heads,
                             int64_t rows, int64_t width) {
  const PackageTensor &tensor = get(operand.tensor);
  std::string what = std::string(name) + ", '" + tensor.name + "', ";
  if (tensor.type != package.type)
    return fail(what + "is of type " + std::string(getName(tensor.type)) +
                " in a package of type " + std::string(getName(package.type)));
  int64_t length = width;
  for (auto [count, stride] : {std::pair(attention.batch, operand.batchStride),
                               std::pair(heads, operand.headStride),
                               std::pair(rows, operand.rowStride)}) {
    int64_t reach = 0;
    if (__builtin_mul_overflow(count - 1, stride, &reach) ||
        __builtin_add_overflow(length, reach, &length))
      return fail(what + "reaches too far");
  }
  return checkRange(operand.tensor, operand.offset, length,
                    tensor.bytes /
                        static_cast<int64_t>(getElementBytes(tensor.type)),
                    "elements");
}

/// Whether no element of o is written twice, as far as strides that nest show:
/// each is at least what the smaller ones span.
Status Checker::checkApart(const AttentionOp &attention) {
  struct Axis {
    int64_t stride, count;
    const char *name;
  };
  Axis axes[] = {{attention.o.batchStride, attention.batch, "batches"},
                 {attention.o.headStride, attention.queryHeads, "heads"},
                 {attention.o.rowStride, attention.queries, "rows"}};
  std::sort(std::begin(axes), std::end(axes),
            [](const Axis &a, const Axis &b) { return a.stride < b.stride; });
  int64_t span = attention.valueWidth;
  for (const Axis &axis : axes) {
    if (axis.count == 1)
      continue;
    if (axis.stride < span)
      return fail("o, '" + get(attention.o.tensor).name + "', has " +
                  std::to_string(axis.count) + " " + axis.name + " of " +
                  std::to_string(span) + " elements that are only " +
                  std::to_string(axis.stride) + " apart");
    span += (axis.count - 1) * axis.stride;
  }
  return {};
}

Status Checker::checkOp(const AttentionOp &attention) {
  auto check = [&](const char *name, const AttentionOperand &operand,
                   int64_t heads, int64_t rows, int64_t width) {
    return checkOperand(name, operand, attention, heads, rows, width);
  };
  if (Status status = check("q", attention.q, attention.queryHeads,
                            attention.queries, attention.keyWidth))
    return status;
  if (Status status = check("k", attention.k, attention.keyHeads,
                            attention.keys, attention.keyWidth))
    return status;
  if (Status status = check("v", attention.v, attention.keyHeads,
                            attention.keys, attention.valueWidth))
    return status;
  if (Status status = check("o", attention.o, attention.queryHeads,
                            attention.queries, attention.valueWidth))
    return status;
  if (Status status = checkWrite(attention.o.tensor))
    return status;
  if (Status status = checkApart(attention))
    return status;
  return checkOp(attention.fallback);
}

Status Checker::checkOp(const CopyOp &copy) {
  if (Status status = checkWrite(copy.to))
    return status;
  if (Status status = checkRange(copy.from, copy.fromOffset, copy.bytes,
                                 get(copy.from).bytes, "bytes"))
    return status;
  return checkRange(copy.to, copy.toOffset, copy.bytes, get(copy.to).bytes,
                    "bytes");
}

Status gac::runtime::checkPackage(const Package &package) {
  return Checker(package).check();
}
