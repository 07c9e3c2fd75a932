//===- Package.h - A compiled model as it lies on disk ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a package's manifest.json says, checked: whoever has a Package needs no
// range check of his own. docs/Package.md describes the format.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_RUNTIME_PACKAGE_H
#define GAC_RUNTIME_PACKAGE_H

#include "gac/Runtime/Recipe.h"
#include "gac/Runtime/Safetensors.h"

#include <array>
#include <map>
#include <variant>

namespace gac::runtime {

/// The version of the format that this runtime reads.
constexpr int64_t packageVersion = 1;
/// Where an arena's buffers start.
constexpr int64_t arenaAlignment = 256;
/// Rounds up to where buffers start.
inline int64_t alignBuffer(int64_t bytes) {
  return (bytes + arenaAlignment - 1) / arenaAlignment * arenaAlignment;
}
/// What all arenas, and all tensors beside them, may have together, each
/// rounded up to the alignment: more than any device, and so little that sums
/// of sizes do not overflow.
constexpr int64_t maxPackageBytes = int64_t(1) << 48;

/// An index into Package::tensors.
using TensorId = int32_t;

/// How callers see an input, output or cache that a repair made wider: as it
/// was before.
struct LaneMap {
  Shape shape;
  /// Of the shape.
  int64_t bytes = 0;
  /// For each axis where its lanes are in the tensor: all of them, in order.
  /// Everything else is padding.
  std::vector<std::vector<Recipe::Run>> axes;
};

struct PackageTensor {
  enum class Kind { Weight, Constant, Cache, Arena, Input, Output };

  std::string name;
  Kind kind = Kind::Weight;
  DType type = DType::F32;
  Shape shape;
  /// Of the shape, so that nobody computes it again.
  int64_t bytes = 0;
  std::optional<Recipe> recipe;
  /// For integer inputs: the values that make sense, both ends included.
  std::optional<std::pair<int64_t, int64_t>> range;
  /// For inputs, outputs and caches.
  std::optional<LaneMap> lanes;

  /// What callers give and get.
  const Shape &getCallerShape() const { return lanes ? lanes->shape : shape; }
  int64_t getCallerBytes() const { return lanes ? lanes->bytes : bytes; }
};

/// Where an arena tensor lies while its entry runs operations first to last.
struct ArenaBuffer {
  TensorId tensor = 0;
  int64_t offset = 0, bytes = 0;
  int64_t first = 0, last = 0;
};

/// An argument of a kernel.
struct TensorArgument {
  TensorId tensor;
  /// In elements.
  int64_t offset;
};
/// A pointer to the int32 that counts a cache's valid positions.
struct PositionArgument {
  size_t cache;
};
using Argument =
    std::variant<TensorArgument, PositionArgument, int32_t, int64_t, float>;

struct LaunchOp {
  std::string kernel;
  std::array<int64_t, 3> grid, block;
  int64_t sharedBytes = 0;
  std::vector<Argument> args;
  /// Whether the kernel waits for the launch before it by itself, and may start
  /// before that has ended (programmatic dependent launch).
  bool overlaps = false;
};

/// A row-major matrix, or `batch` of them.
struct GemmOperand {
  TensorId tensor = 0;
  /// In elements: of the first matrix; between rows; between matrices.
  int64_t offset = 0, ld = 0, stride = 0;
  /// Whether the matrix lies in memory transposed.
  bool trans = false;
};

/// d[m, n] = epilogue(alpha * a[m, k] b[k, n] + beta * c).
struct GemmOp {
  enum class Epilogue { None, Bias, Gelu };

  GemmOperand a, b, d;
  std::optional<GemmOperand> c;
  int64_t m = 0, n = 0, k = 0, batch = 1;
  double alpha = 1, beta = 0;
  Epilogue epilogue = Epilogue::None;
  /// n elements, added to each row.
  std::optional<TensorId> bias;
};

/// Rows of elements that lie together: one for each batch, head and position.
struct AttentionOperand {
  TensorId tensor = 0;
  /// In elements: of the first row; between batches, heads and positions.
  int64_t offset = 0, batchStride = 0, headStride = 0, rowStride = 0;
};

/// o = softmax(scale * q k^T) v for each batch and head. q has queryHeads heads
/// of `queries` rows of keyWidth, k keyHeads of `keys` rows of keyWidth, v as
/// many of valueWidth; o is like q, of valueWidth. Query head h reads head
/// h / (queryHeads / keyHeads).
struct AttentionOp {
  AttentionOperand q, k, v, o;
  int64_t batch = 1, queryHeads = 0, keyHeads = 0, queries = 0, keys = 0;
  int64_t keyWidth = 0, valueWidth = 0;
  double scale = 0;
  /// Whether query i sees only the keys up to i + keys - queries.
  bool causal = false;
  /// The same by a kernel of the package.
  LaunchOp fallback;
};

struct CopyOp {
  TensorId from = 0, to = 0;
  /// In bytes.
  int64_t fromOffset = 0, toOffset = 0, bytes = 0;
};

struct PackageOp {
  enum class Family { Gemm, Attention, Elementwise, Movement };

  Family family = Family::Elementwise;
  /// The original nodes that it stands for.
  std::vector<std::string> nodes;
  double flops = 0, bytes = 0, predictedUs = 0;
  std::variant<LaunchOp, GemmOp, AttentionOp, CopyOp> action;
};

/// A cache grows by `count` positions each time the entry has run.
struct CacheAppend {
  size_t cache;
  int64_t count;
};

/// What an entry takes for granted of how far a cache is filled before it runs:
/// its kernels count the cache's positions by those of another one, or, where
/// that is absent, begin at the first.
struct CacheStart {
  size_t cache;
  std::optional<size_t> countedBy;
};

/// A function of the model with all its symbols bound.
struct PackageEntry {
  std::string name;
  std::map<std::string, int64_t> dims;
  std::vector<TensorId> inputs, outputs;
  int64_t arenaBytes = 0;
  std::vector<ArenaBuffer> buffers;
  std::vector<PackageOp> ops;
  std::vector<CacheAppend> appends;
  /// Found from the operations' arguments.
  std::vector<CacheStart> starts;
};

/// A past/present pair of the model, kept on the device.
struct PackageCache {
  /// Names of the model's input and output; the input's is the cache's name.
  std::string input, output;
  TensorId tensor = 0;
  /// The axis of positions, and its length.
  int64_t axis = 0, capacity = 0;
};

class Package {
public:
  /// Reads and checks the folder. Every error is one sentence that names the
  /// package, the entry, the operation and the numbers.
  static Result<Package> open(const std::string &folder);

  /// The folder as it was given.
  std::string folder;
  std::string producer, model;
  DType type = DType::BF16;
  std::vector<std::string> archs;
  /// File names inside of the folder.
  std::string source;
  std::map<std::string, std::string> cubins;
  std::vector<PackageTensor> tensors;
  std::vector<PackageEntry> entries;
  std::vector<PackageCache> caches;
  /// Unset for a package whose tensors are all made by recipes.
  std::optional<Safetensors> weights;

  const PackageEntry *findEntry(const std::string &name) const;
  /// "'a', 'b'", for messages.
  std::string listEntries() const;
};

/// Whether the entry's kernels find their place in caches of so many filled
/// positions each, by cache. An error of ErrorCode::Invalid names the entry,
/// the caches and the numbers.
Status checkPositions(const Package &package, const PackageEntry &entry,
                      const std::vector<int64_t> &positions);

std::string_view getName(PackageOp::Family family);

} // namespace gac::runtime

#endif // GAC_RUNTIME_PACKAGE_H
