//===- Runtime.h - Running packages on a GPU --------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_RUNTIME_RUNTIME_H
#define GAC_RUNTIME_RUNTIME_H

#include "gac/Runtime/Package.h"

#include <memory>

namespace gac::runtime {

/// Whether cuDNN computes attention.
enum class CudnnUse {
  /// Where it is there, can do it, and was measured to be faster.
  Auto,
  /// It is not even loaded.
  Never,
  /// An error where it is missing or cannot do it. For tests.
  Always
};

/// How a model is loaded.
struct ModelOptions {
  /// Which of the driver's devices.
  int device = 0;
  /// For compiled kernels and the choice of algorithms: absent picks the user's
  /// (GAC_CACHE_DIR, XDG_CACHE_HOME/gac, HOME/.cache/gac), "" keeps nothing.
  std::optional<std::string> cacheFolder;
  /// Makes every weight that has a recipe from synthetic values, also where the
  /// package has its data.
  bool synthetic = false;
  CudnnUse cudnn = CudnnUse::Auto;
};

/// Bytes of device memory.
struct MemoryUse {
  /// Once per model.
  int64_t weights = 0;
  /// Once per session. The arena is the largest entry's.
  int64_t caches = 0, signature = 0, arena = 0, workspace = 0;

  int64_t getTotal() const {
    return weights + caches + signature + arena + workspace;
  }
};

/// What a package needs with one session; no device is asked.
MemoryUse getMemoryUse(const Package &package);

class Session;
struct ModelState;
struct SessionState;

/// A package on a device: its weights and kernels. Sessions share it and keep
/// it alive. Its functions may be called by several threads.
class Model {
public:
  /// Loads the package. That there is a driver, a device of an architecture
  /// that the package is for, and memory for the model and one session, is
  /// checked before any of it is allocated.
  static Result<Model> load(const std::string &folder,
                            const ModelOptions &options = {});

  const Package &getPackage() const;
  /// Such as "NVIDIA H200".
  const std::string &getDeviceName() const;

  /// A session with a stream of its own, or on the caller's: a CUstream of the
  /// device's primary context, which must outlive the session. Waits for what
  /// is in the stream where the package has products or attentions to choose
  /// algorithms for, and so must not be called while the stream is captured.
  /// Sessions run beside each other.
  Result<Session> createSession(void *stream = nullptr) const;

private:
  explicit Model(std::shared_ptr<ModelState> state) : state(std::move(state)) {}

  std::shared_ptr<ModelState> state;
};

/// Inputs, outputs, caches and intermediate results of one user of a model.
/// One thread at a time may call its functions; entries are named.
class Session {
public:
  Session(Session &&) noexcept;
  Session &operator=(Session &&) noexcept;
  ~Session();

  /// Copies values to an input of the entry, converted to its element type
  /// (convert() in Tensor.h says which can be). Entries share what is one
  /// tensor in the package. They have the shape that callers know
  /// (PackageTensor::getCallerShape()), or the tensor's, with zeros as padding:
  /// so a repaired model takes the inputs of the original.
  Status setInput(const std::string &entry, const std::string &input,
                  const HostTensor &values);

  /// Fills a cache with the first positions and sets how many there are;
  /// `values` has either shape of the cache, as above, but for fewer positions.
  Status setCache(const std::string &cache, const HostTensor &values);
  /// The filled positions, by the name of the cache's input or output, in the
  /// shape that callers know.
  Result<HostTensor> getCache(const std::string &cache);
  /// How many positions are filled.
  Status setPosition(const std::string &cache, int64_t position);
  Result<int64_t> getPosition(const std::string &cache) const;

  /// Captures the entry's graph, which run() otherwise does the first time:
  /// chooses the algorithms of its matrix products and attentions by running
  /// them, and so overwrites intermediate results and outputs, and filled
  /// caches where one of these operations writes to one. Inputs stay, and are
  /// best set before: the values that products read decide their power and
  /// clock. Meanwhile it takes up to twice the device's L2 cache of memory,
  /// where there is as much.
  Status prepare(const std::string &entry);

  /// Replays the entry's graph and returns without waiting for it. Caches
  /// grow as the package says; one that would overflow is an error, and so is
  /// one filled to another position than the entry's kernels begin at
  /// (checkPositions() in Package.h).
  Status run(const std::string &entry);
  /// Waits for all that was run.
  Status synchronize();

  /// Waits, then copies an output of the entry to the host, in the shape that
  /// callers know.
  Result<HostTensor> getOutput(const std::string &entry,
                               const std::string &output);

  /// Microseconds of each of `repeats` replays, between events on the stream;
  /// positions stay as they are.
  Result<std::vector<double>> timeEntry(const std::string &entry, int repeats);
  /// Microseconds of each operation, by itself and not from a graph: the median
  /// of `repeats` runs of the entry. Operations are in the stream before the
  /// device begins with them, so that they do not wait for the processor.
  Result<std::vector<double>> timeOps(const std::string &entry, int repeats);

private:
  friend class Model;
  explicit Session(std::unique_ptr<SessionState> state);

  std::unique_ptr<SessionState> state;
};

} // namespace gac::runtime

#endif // GAC_RUNTIME_RUNTIME_H
