//===- Point.cpp - What a profile measures ----------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Point.h"

using namespace gac::profile;
using gac::runtime::getElementBytes;

const char *gac::profile::getName(Backend backend) {
  switch (backend) {
  case Backend::Auto:
    return "auto";
  case Backend::Library:
    return "library";
  case Backend::Kernel:
    return "kernel";
  }
  return "";
}

ProductPoint ProductPoint::make(DType type, int64_t m, int64_t n, int64_t k,
                                bool transposed) {
  ProductPoint point;
  point.type = type;
  point.m = m;
  point.n = n;
  point.k = k;
  point.transposed = transposed;
  point.a.ld = k;
  point.b.ld = transposed ? k : n;
  point.d.ld = n;
  return point;
}

ProductPoint GroupPoint::getProduct(size_t index) const {
  return ProductPoint::make(type, m, sizes[index].n, sizes[index].k);
}

static int64_t getBytes(DType type, const Matrix &matrix, int64_t rows,
                        int64_t columns) {
  return (matrix.offset + (rows - 1) * matrix.ld + columns) *
         static_cast<int64_t>(getElementBytes(type));
}

int64_t ProductPoint::getBytesA() const { return getBytes(type, a, m, k); }
int64_t ProductPoint::getBytesB() const {
  return transposed ? getBytes(type, b, n, k) : getBytes(type, b, k, n);
}
int64_t ProductPoint::getBytesD() const { return getBytes(type, d, m, n); }

namespace {
struct KeyPrinter {
  static std::string number(int64_t value) { return std::to_string(value); }
  static std::string matrix(const char *name, const Matrix &matrix) {
    return std::string(" ") + name + number(matrix.ld) + "+" +
           number(matrix.offset);
  }

  std::string operator()(const LaunchPoint &point) const {
    return "launch " + number(point.blocks) +
           (point.overlaps ? " overlapping" : "");
  }
  std::string operator()(const MemoryPoint &point) const {
    return std::string(point.writes ? "copy " : "read ") + number(point.bytes);
  }
  std::string operator()(const ProductPoint &point) const {
    return "product " + std::string(getName(point.type)) + " " +
           number(point.m) + "x" + number(point.n) + "x" + number(point.k) +
           (point.transposed ? " nk" : " kn") + matrix("a", point.a) +
           matrix("b", point.b) + matrix("d", point.d) + " " +
           getName(point.backend);
  }
  std::string operator()(const GroupPoint &point) const {
    std::string text =
        "group " + std::string(getName(point.type)) + " " + number(point.m);
    for (const GroupPoint::Size &size : point.sizes)
      text += (&size == point.sizes.data() ? "x" : "+") + number(size.n) + "x" +
              number(size.k);
    return text;
  }
  std::string operator()(const AttentionPoint &point) const {
    return "attention " + std::string(getName(point.type)) + " " +
           number(point.batch) + "x" + number(point.heads) + "/" +
           number(point.keyHeads) + "x" + number(point.queries) + "x" +
           number(point.keys) + "x" + number(point.width) +
           (point.causal ? " causal " : " ") + getName(point.backend);
  }
};
} // namespace

std::string gac::profile::getKey(const Point &point) {
  return std::visit(KeyPrinter(), point.what);
}
