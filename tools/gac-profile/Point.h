//===- Point.h - What a profile measures ------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_PROFILE_POINT_H
#define GAC_TOOLS_GAC_PROFILE_POINT_H

#include "gac/Runtime/Package.h"

#include <string>
#include <variant>
#include <vector>

namespace gac::profile {

using runtime::DType;

/// Who computes.
enum class Backend {
  /// What a package would run: a kernel of GAC's where one takes it, else the
  /// library; where both do, the faster.
  Auto,
  /// cuBLASLt or cuDNN.
  Library,
  /// A kernel of GAC's.
  Kernel
};

/// An empty kernel.
struct LaunchPoint {
  int64_t blocks = 1;
  /// Whether it may start before the one before it has ended.
  bool overlaps = false;
};

/// A kernel that reads so many bytes, 16 at a time and in order, and if
/// `writes` is set writes them elsewhere.
struct MemoryPoint {
  int64_t bytes = 0;
  bool writes = false;
};

/// A row-major matrix: the elements between its rows, and where in its buffer
/// it begins.
struct Matrix {
  int64_t ld = 0, offset = 0;
};

/// d[m, n] = a[m, k] b[k, n]. A transposed b lies in memory as [n, k].
struct ProductPoint {
  DType type = DType::BF16;
  int64_t m = 1, n = 1, k = 1;
  bool transposed = false;
  Matrix a, b, d;
  Backend backend = Backend::Auto;

  /// One whose matrices lie close.
  static ProductPoint make(DType type, int64_t m, int64_t n, int64_t k,
                           bool transposed = false);
  /// Of memory from the first element to the last.
  int64_t getBytesA() const;
  int64_t getBytesB() const;
  int64_t getBytesD() const;
};

/// Products of few rows that share a launch, with operands of their own that
/// lie close.
struct GroupPoint {
  struct Size {
    int64_t n = 1, k = 1;
  };

  DType type = DType::BF16;
  int64_t m = 1;
  std::vector<Size> sizes;

  ProductPoint getProduct(size_t index) const;
};

/// softmax(scale q k^T) v. q and the result are [batch, queries, heads, width],
/// as projections leave them, k and v [batch, keyHeads, keys, width], as caches
/// do. With one query it is a step of decoding, which sees all keys.
struct AttentionPoint {
  DType type = DType::BF16;
  int64_t batch = 1, heads = 1, keyHeads = 1, queries = 1, keys = 1;
  int64_t width = 64;
  bool causal = true;
  Backend backend = Backend::Auto;

  bool isDecode() const { return queries == 1; }
};

struct Point {
  std::variant<LaunchPoint, MemoryPoint, ProductPoint, GroupPoint,
               AttentionPoint>
      what;
  /// What it is part of.
  std::vector<std::string> sweeps;
};

/// Says all that is measured, and so is another one for another measurement:
/// "product bf16 8x4096x1843 kn ...".
std::string getKey(const Point &point);

const char *getName(Backend backend);

} // namespace gac::profile

#endif // GAC_TOOLS_GAC_PROFILE_POINT_H
