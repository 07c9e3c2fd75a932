//===- SessionState.cpp - Operations and graphs of a session ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Launch.h"
#include "ModelState.h"

#include <cstring>

using namespace gac::runtime;
using namespace gac::runtime::cuda;

SessionState::~SessionState() {
  if (!model || model->device->activate())
    return;
  const DriverTable &driver = getDriver();
  if (stream || ownsStream)
    driver.streamSynchronize(stream);
  for (auto &[name, entry] : entries)
    if (entry.graph)
      driver.graphExecDestroy(entry.graph);
  entries.clear();
  if (ownsStream)
    driver.streamDestroy(stream);
}

Result<const PackageEntry *>
SessionState::findEntry(const std::string &name) const {
  if (const PackageEntry *entry = model->package.findEntry(name))
    return entry;
  return Status(ErrorCode::Invalid, "package '" + model->package.folder +
                                        "' has no entry '" + name + "', only " +
                                        model->package.listEntries());
}

Result<size_t> SessionState::findCache(const std::string &name) const {
  const std::vector<PackageCache> &caches = model->package.caches;
  for (size_t i = 0; i < caches.size(); ++i)
    if (caches[i].input == name || caches[i].output == name)
      return i;
  return Status(ErrorCode::Invalid, "package '" + model->package.folder +
                                        "' has no cache '" + name + "'");
}

DevicePointer SessionState::getAddress(const PackageEntry &entry,
                                       TensorId id) const {
  if (addresses[id])
    return addresses[id];
  for (const ArenaBuffer &buffer : entry.buffers)
    if (buffer.tensor == id)
      return arena + buffer.offset;
  return 0;
}

Status SessionState::upload(DevicePointer to, const void *from, size_t bytes) {
  if (bytes == 0)
    return {};
  GAC_CUDA(getDriver(), copyToDevice, to, from, bytes, stream);
  // The caller's memory may go as soon as this returns.
  GAC_CUDA(getDriver(), streamSynchronize, stream);
  return {};
}

Status SessionState::download(void *to, DevicePointer from, size_t bytes) {
  if (bytes > 0)
    GAC_CUDA(getDriver(), copyToHost, to, from, bytes, stream);
  GAC_CUDA(getDriver(), streamSynchronize, stream);
  return {};
}

Status SessionState::writePositions() {
  // One copy, since each takes the host microseconds before every run.
  if (!positions.empty())
    GAC_CUDA(getDriver(), copyToDevice, positionBase, positions.data(),
             positions.size() * sizeof(positions[0]), stream);
  return {};
}

namespace {
/// Turns arguments into the bits that a kernel reads.
struct ArgumentBits {
  const SessionState &session;
  const PackageEntry &entry;

  uint64_t operator()(const TensorArgument &argument) const {
    DType type = session.model->package.tensors[argument.tensor].type;
    return session.getAddress(entry, argument.tensor) +
           argument.offset * getElementBytes(type);
  }
  uint64_t operator()(const PositionArgument &argument) const {
    return session.positionBase + argument.cache * sizeof(session.positions[0]);
  }
  template <typename T> uint64_t operator()(T value) const {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(value));
    return bits;
  }
};
} // namespace

Result<PreparedOp> SessionState::prepare(const PackageEntry &entry,
                                         const LaunchOp &launch) {
  Result<Function> function =
      model->kernels->getFunction(launch.kernel, launch.sharedBytes);
  if (!function)
    return function.getStatus();
  PreparedLaunch prepared{*function, &launch, {}};
  for (const Argument &argument : launch.args)
    prepared.values.push_back(std::visit(ArgumentBits{*this, entry}, argument));
  return PreparedOp(std::move(prepared));
}

DevicePointer SessionState::getAddress(const PackageEntry &entry, TensorId id,
                                       int64_t offset) const {
  return getAddress(entry, id) + offset * getElementBytes(model->package.type);
}

Result<PreparedOp> SessionState::prepare(const PackageEntry &entry,
                                         const GemmOp &gemm) {
  auto getOperand = [&](const GemmOperand &operand) {
    return getAddress(entry, operand.tensor, operand.offset);
  };
  GemmPointers pointers = {};
  pointers.a = getOperand(gemm.a);
  pointers.b = getOperand(gemm.b);
  pointers.d = getOperand(gemm.d);
  pointers.c = gemm.c ? getOperand(*gemm.c) : pointers.d;
  pointers.bias = gemm.bias ? getAddress(entry, *gemm.bias) : 0;
  pointers.workspace = workspace;
  Result<std::unique_ptr<Gemm>> prepared =
      Gemm::create(model->gemms, gemm, model->package.type, pointers, stream);
  if (!prepared)
    return prepared.getStatus();
  return PreparedOp(std::move(*prepared));
}

Result<PreparedOp> SessionState::prepare(const PackageEntry &entry,
                                         const AttentionOp &attention) {
  Result<PreparedOp> fallback = prepare(entry, attention.fallback);
  if (!fallback || !model->cudnn)
    return fallback;
  auto getOperand = [&](const AttentionOperand &operand) {
    return getAddress(entry, operand.tensor, operand.offset);
  };
  AttentionPointers pointers = {};
  pointers.q = getOperand(attention.q);
  pointers.k = getOperand(attention.k);
  pointers.v = getOperand(attention.v);
  pointers.o = getOperand(attention.o);
  pointers.workspace = workspace;
  Result<std::unique_ptr<CudnnAttention>> chosen =
      model->cudnn->choose(attention, model->package.type, pointers, stream,
                           [&] { return issue(*fallback); });
  if (!chosen)
    return chosen.getStatus();
  if (*chosen)
    return PreparedOp(std::move(*chosen));
  return fallback;
}

Result<PreparedOp> SessionState::prepare(const PackageEntry &entry,
                                         const CopyOp &copy) {
  return PreparedOp(PreparedCopy{getAddress(entry, copy.from) + copy.fromOffset,
                                 getAddress(entry, copy.to) + copy.toOffset,
                                 static_cast<size_t>(copy.bytes)});
}

/// The error with where it happened: the entry, the operation, what that
/// launches, if anything, and the first node that it stands for.
static Status failAt(const PackageEntry &entry, size_t op,
                     const LaunchOp *launch, const Status &status) {
  std::string what, where = "entry '" + entry.name + "': operation ";
  if (launch)
    what = launch->kernel + ", grid " +
           toString({launch->grid.begin(), launch->grid.end()});
  if (const auto &nodes = entry.ops[op].nodes; !nodes.empty())
    what += (what.empty() ? "node '" : ", node '") + nodes.front() + "'";
  where += std::to_string(op) + (what.empty() ? "" : " (" + what + ")");
  return {status.getCode(), where + ": " + status.getMessage()};
}

Result<PreparedOp> SessionState::prepareOp(const PackageEntry &entry,
                                           size_t op) {
  const auto &action = entry.ops[op].action;
  Result<PreparedOp> prepared = std::visit(
      [&](const auto &each) { return prepare(entry, each); }, action);
  if (!prepared)
    return failAt(entry, op, std::get_if<LaunchOp>(&action),
                  prepared.getStatus());
  return prepared;
}

Status SessionState::issue(const PreparedOp &op) const {
  if (const auto *gemm = std::get_if<std::unique_ptr<Gemm>>(&op))
    return (*gemm)->issue(stream);
  if (const auto *attention = std::get_if<std::unique_ptr<CudnnAttention>>(&op))
    return (*attention)->issue(stream);
  if (const auto *launch = std::get_if<PreparedLaunch>(&op))
    return launchKernel(*model->device, stream, launch->function, *launch->op,
                        launch->values);
  const auto &copy = std::get<PreparedCopy>(op);
  if (copy.bytes > 0)
    GAC_CUDA(getDriver(), copyOnDevice, copy.to, copy.from, copy.bytes, stream);
  return {};
}

Status SessionState::issue(const PreparedEntry &prepared, size_t op) const {
  Status status = issue(prepared.ops[op]);
  if (!status)
    return status;
  // Of an attention its fallback, where that is what runs.
  const auto *launch = std::get_if<PreparedLaunch>(&prepared.ops[op]);
  return failAt(*prepared.entry, op, launch ? launch->op : nullptr, status);
}

Result<PreparedEntry *> SessionState::getPrepared(const PackageEntry &entry) {
  if (auto it = entries.find(entry.name); it != entries.end())
    return &it->second;
  PreparedEntry prepared;
  prepared.entry = &entry;
  for (size_t i = 0; i < entry.ops.size(); ++i) {
    Result<PreparedOp> op = prepareOp(entry, i);
    if (!op)
      return op.getStatus();
    prepared.ops.push_back(std::move(*op));
  }
  Result<GraphExec> graph = captureGraph(getDriver(), stream, [&]() -> Status {
    for (size_t i = 0; i < prepared.ops.size(); ++i)
      if (Status status = issue(prepared, i))
        return status;
    return {};
  });
  if (!graph)
    return graph.getStatus();
  prepared.graph = *graph;
  return &entries.emplace(entry.name, std::move(prepared)).first->second;
}
