//===- Session.cpp - One user of a model ------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "ModelState.h"
#include "Timer.h"
#include "gac/Runtime/Runtime.h"

#include <algorithm>
#include <cstring>

using namespace gac::runtime;
using namespace gac::runtime::cuda;

Session::Session(std::unique_ptr<SessionState> state)
    : state(std::move(state)) {}
Session::Session(Session &&) noexcept = default;
Session &Session::operator=(Session &&) noexcept = default;
Session::~Session() = default;

/// The tensor of that name among those of a signature.
static Result<TensorId> findTensor(const Package &package,
                                   const PackageEntry &entry,
                                   const std::string &name, bool isInput) {
  std::string known;
  for (TensorId id : isInput ? entry.inputs : entry.outputs) {
    if (package.tensors[id].name == name)
      return id;
    known += (known.empty() ? "'" : ", '") + package.tensors[id].name + "'";
  }
  return Status(ErrorCode::Invalid, "entry '" + entry.name + "' has no " +
                                        (isInput ? "input" : "output") + " '" +
                                        name + "', only " +
                                        (known.empty() ? "none" : known));
}

/// The values in the element type given.
static Result<std::vector<std::byte>>
convertTo(const HostTensor &values, DType type, const std::string &what) {
  size_t count = values.bytes.size() / getElementBytes(values.type);
  std::vector<std::byte> bytes(count * getElementBytes(type));
  if (Status status =
          convert(values.bytes.data(), values.type, bytes.data(), type, count))
    return Status(status.getCode(), what + ": " + status.getMessage());
  return bytes;
}

/// Whether there are as many bytes as the shape says.
static Status checkValues(const HostTensor &values, const std::string &what) {
  std::optional<int64_t> bytes = getByteCount(values.shape, values.type);
  if (bytes && static_cast<size_t>(*bytes) == values.bytes.size())
    return {};
  return {ErrorCode::Invalid,
          what + ": " + std::to_string(values.bytes.size()) + " bytes are no " +
              std::string(getName(values.type)) + " of shape " +
              toString(values.shape)};
}

/// "[1, 14]", with how the tensor is stored where that is different.
static std::string describeShape(const PackageTensor &tensor) {
  std::string text = toString(tensor.getCallerShape());
  return tensor.lanes ? text + " (" + toString(tensor.shape) + " with padding)"
                      : text;
}

/// The values as the tensor stores them.
static Result<std::vector<std::byte>> getBytes(const StoredTensor &stored,
                                               const HostTensor &values,
                                               const std::string &what) {
  Result<std::vector<std::byte>> bytes =
      convertTo(values, stored.tensor.type, what);
  if (!bytes)
    return bytes;
  return stored.store(std::move(*bytes), values.shape, what);
}

Status Session::setInput(const std::string &entryName, const std::string &input,
                         const HostTensor &values) {
  Result<const PackageEntry *> entry = state->findEntry(entryName);
  if (!entry)
    return entry.getStatus();
  const Package &package = state->model->package;
  Result<TensorId> id = findTensor(package, **entry, input, true);
  if (!id)
    return id.getStatus();
  const PackageTensor &tensor = package.tensors[*id];
  std::string what = "entry '" + entryName + "': input '" + input + "'";
  if (Status status = checkValues(values, what))
    return status;
  StoredTensor stored(tensor);
  if (values.shape != stored.known && values.shape != stored.stored)
    return {ErrorCode::Invalid, what + " has shape " + describeShape(tensor) +
                                    ", got " + toString(values.shape)};
  Result<std::vector<std::byte>> bytes = getBytes(stored, values, what);
  if (!bytes)
    return bytes.getStatus();
  if (Status status = state->model->device->activate())
    return status;
  return state->upload(state->addresses[*id], bytes->data(), bytes->size());
}

/// A cache seen as [outer][capacity][inner bytes].
namespace {
struct CacheRows {
  CacheRows(const PackageTensor &tensor, const PackageCache &cache)
      : inner(getElementBytes(tensor.type)) {
    for (int64_t axis = 0; axis < static_cast<int64_t>(tensor.shape.size());
         ++axis)
      if (axis != cache.axis)
        (axis < cache.axis ? outer : inner) *= tensor.shape[axis];
  }
  int64_t outer = 1, inner;
};
} // namespace

Status Session::setCache(const std::string &name, const HostTensor &values) {
  Result<size_t> index = state->findCache(name);
  if (!index)
    return index.getStatus();
  const Package &package = state->model->package;
  const PackageCache &cache = package.caches[*index];
  const PackageTensor &tensor = package.tensors[cache.tensor];
  std::string what = "cache '" + name + "'";
  if (Status status = checkValues(values, what))
    return status;
  int64_t positions = values.shape.size() == tensor.shape.size()
                          ? std::min(values.shape[cache.axis], cache.capacity)
                          : cache.capacity;
  StoredTensor stored(tensor, std::pair(cache.axis, positions));
  if (values.shape != stored.known && values.shape != stored.stored)
    return {ErrorCode::Invalid,
            what + " has shape " + describeShape(tensor) + " with up to " +
                std::to_string(cache.capacity) + " positions on axis " +
                std::to_string(cache.axis) + ", got " + toString(values.shape)};
  Result<std::vector<std::byte>> bytes = getBytes(stored, values, what);
  if (!bytes)
    return bytes.getStatus();
  if (Status status = state->model->device->activate())
    return status;
  CacheRows rows(tensor, cache);
  int64_t filled = positions * rows.inner;
  for (int64_t row = 0; row < rows.outer; ++row)
    if (Status status = state->upload(state->addresses[cache.tensor] +
                                          row * cache.capacity * rows.inner,
                                      bytes->data() + row * filled, filled))
      return status;
  return setPosition(name, positions);
}

Result<HostTensor> Session::getCache(const std::string &name) {
  Result<size_t> index = state->findCache(name);
  if (!index)
    return index.getStatus();
  if (Status status = state->model->device->activate())
    return status;
  const PackageCache &cache = state->model->package.caches[*index];
  const PackageTensor &tensor = state->model->package.tensors[cache.tensor];
  CacheRows rows(tensor, cache);
  int64_t positions = state->positions[*index];
  int64_t filled = positions * rows.inner;
  std::vector<std::byte> bytes(rows.outer * filled);
  for (int64_t row = 0; row < rows.outer; ++row)
    if (Status status = state->download(bytes.data() + row * filled,
                                        state->addresses[cache.tensor] +
                                            row * cache.capacity * rows.inner,
                                        filled))
      return status;
  return StoredTensor(tensor, std::pair(cache.axis, positions))
      .load(std::move(bytes));
}

Status Session::setPosition(const std::string &name, int64_t position) {
  Result<size_t> index = state->findCache(name);
  if (!index)
    return index.getStatus();
  int64_t capacity = state->model->package.caches[*index].capacity;
  if (position < 0 || position > capacity ||
      position > std::numeric_limits<int32_t>::max())
    return {ErrorCode::Invalid, "cache '" + name + "' has " +
                                    std::to_string(capacity) +
                                    " positions and cannot have " +
                                    std::to_string(position) + " filled"};
  state->positions[*index] = static_cast<int32_t>(position);
  return {};
}

Result<int64_t> Session::getPosition(const std::string &name) const {
  Result<size_t> index = state->findCache(name);
  if (!index)
    return index.getStatus();
  return static_cast<int64_t>(state->positions[*index]);
}

/// Makes the context current and the entry's graph.
static Result<PreparedEntry *> getReady(SessionState &state,
                                        const PackageEntry &entry) {
  if (Status status = state.model->device->activate())
    return status;
  return state.getPrepared(entry);
}

Status Session::prepare(const std::string &entryName) {
  Result<const PackageEntry *> entry = state->findEntry(entryName);
  if (!entry)
    return entry.getStatus();
  Result<PreparedEntry *> prepared = getReady(*state, **entry);
  return prepared ? Status() : prepared.getStatus();
}

/// Whether the caches have room for what the entry appends.
static Status checkRoom(const SessionState &state, const PackageEntry &entry) {
  for (const CacheAppend &append : entry.appends) {
    const PackageCache &cache = state.model->package.caches[append.cache];
    int64_t position = state.positions[append.cache];
    if (append.count > cache.capacity - position)
      return {ErrorCode::Invalid,
              "entry '" + entry.name + "' appends " +
                  std::to_string(append.count) + " positions to the cache '" +
                  cache.input + "', which has " + std::to_string(position) +
                  " of " + std::to_string(cache.capacity) + " filled"};
  }
  return {};
}

/// All that comes before the entry's operations: the caches are as filled as it
/// takes for granted and have room, and the device knows how far.
static Result<PreparedEntry *> start(SessionState &state,
                                     const std::string &entryName) {
  Result<const PackageEntry *> entry = state.findEntry(entryName);
  if (!entry)
    return entry.getStatus();
  if (Status status =
          checkPositions(state.model->package, **entry,
                         {state.positions.begin(), state.positions.end()}))
    return status;
  if (Status status = checkRoom(state, **entry))
    return status;
  Result<PreparedEntry *> prepared = getReady(state, **entry);
  if (!prepared)
    return prepared;
  if (Status status = state.writePositions())
    return status;
  return prepared;
}

Status Session::run(const std::string &entryName) {
  Result<PreparedEntry *> prepared = start(*state, entryName);
  if (!prepared)
    return prepared.getStatus();
  GAC_CUDA(state->getDriver(), graphLaunch, (*prepared)->graph, state->stream);
  for (const CacheAppend &append : (*prepared)->entry->appends)
    state->positions[append.cache] += static_cast<int32_t>(append.count);
  return {};
}

Status Session::synchronize() {
  if (Status status = state->model->device->activate())
    return status;
  GAC_CUDA(state->getDriver(), streamSynchronize, state->stream);
  return {};
}

Result<HostTensor> Session::getOutput(const std::string &entryName,
                                      const std::string &output) {
  Result<const PackageEntry *> entry = state->findEntry(entryName);
  if (!entry)
    return entry.getStatus();
  const Package &package = state->model->package;
  Result<TensorId> id = findTensor(package, **entry, output, false);
  if (!id)
    return id.getStatus();
  if (Status status = state->model->device->activate())
    return status;
  const PackageTensor &tensor = package.tensors[*id];
  std::vector<std::byte> bytes(tensor.bytes);
  if (Status status =
          state->download(bytes.data(), state->addresses[*id], tensor.bytes))
    return status;
  return StoredTensor(tensor).load(std::move(bytes));
}

//===----------------------------------------------------------------------===//
// Timing
//===----------------------------------------------------------------------===//

Result<std::vector<double>> Session::timeEntry(const std::string &entryName,
                                               int repeats) {
  Result<PreparedEntry *> prepared = start(*state, entryName);
  if (!prepared)
    return prepared.getStatus();
  Timer timer(state->getDriver(), state->stream);
  if (Status status = timer.mark())
    return status;
  for (int i = 0; i < repeats; ++i) {
    GAC_CUDA(state->getDriver(), graphLaunch, (*prepared)->graph,
             state->stream);
    if (Status status = timer.mark())
      return status;
  }
  return timer.read();
}

/// So many operations fit into the driver's queue with their events, however
/// long the stream is held back.
static constexpr size_t gatedOps = 64;

/// Appends a time to each of `samples` from `first` on, for up to gatedOps of
/// them. `gated` is unset where holding the stream back does not work.
static Status timeSome(const SessionState &state, const PreparedEntry &prepared,
                       size_t first, bool &gated,
                       std::vector<std::vector<double>> &samples) {
  Gate gate(state.getDriver(), state.stream);
  Timer timer(state.getDriver(), state.stream);
  if (gated)
    if (Status status = gate.close())
      return status;
  if (Status status = timer.mark())
    return status;
  size_t last = std::min(prepared.ops.size(), first + gatedOps);
  for (size_t op = first; op < last; ++op) {
    if (Status status = state.issue(prepared, op))
      return status;
    if (Status status = timer.mark())
      return status;
  }
  gate.open();
  Result<std::vector<double>> times = timer.read();
  if (!times)
    return times.getStatus();
  gated = gated && !gate.hasGivenUp();
  for (size_t op = first; op < last; ++op)
    samples[op].push_back((*times)[op - first]);
  return {};
}

Result<std::vector<double>> Session::timeOps(const std::string &entryName,
                                             int repeats) {
  Result<PreparedEntry *> prepared = start(*state, entryName);
  if (!prepared)
    return prepared.getStatus();
  // A kernel is loaded when it first runs, for which the device must not be
  // held back.
  for (size_t op = 0; op < (*prepared)->ops.size(); ++op)
    if (Status status = state->issue(**prepared, op))
      return status;
  GAC_CUDA(state->getDriver(), streamSynchronize, state->stream);
  std::vector<std::vector<double>> samples((*prepared)->ops.size());
  bool gated = true;
  for (int i = 0; i < repeats; ++i)
    for (size_t first = 0; first < samples.size(); first += gatedOps)
      if (Status status = timeSome(*state, **prepared, first, gated, samples))
        return status;
  std::vector<double> medians;
  for (std::vector<double> &times : samples) {
    std::sort(times.begin(), times.end());
    medians.push_back(times.empty() ? 0 : times[times.size() / 2]);
  }
  return medians;
}
