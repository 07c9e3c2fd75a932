//===- ProductByteSource.cpp - the product of two matrices ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/ProductByteSource.h"

#include "gac/Support/SumProducts.h"

#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Parallel.h"

#include <algorithm>
#include <cassert>
#include <cstring>

using namespace gac;
using namespace llvm;

/// Columns whose sums stay in the first-level cache, and rows of the second
/// matrix that are in memory together.
static constexpr int64_t kColumns = 512, kDepth = 64;

static Error invalid(const Twine &message) {
  return createStringError(std::make_error_code(std::errc::invalid_argument),
                           message);
}

static bool hasBytes(const ByteSource &source, int64_t rows, int64_t columns,
                     FloatFormat format) {
  int64_t bytes;
  return rows >= 0 && columns >= 0 && !MulOverflow(rows, columns, bytes) &&
         !MulOverflow(bytes, static_cast<int64_t>(getByteWidth(format)),
                      bytes) &&
         static_cast<uint64_t>(bytes) == source.size();
}

Expected<std::unique_ptr<ProductByteSource>>
ProductByteSource::create(std::unique_ptr<ByteSource> a,
                          std::unique_ptr<ByteSource> b, FloatFormat format,
                          int64_t rows, int64_t depth, int64_t columns) {
  int64_t elements;
  if (!hasBytes(*a, rows, depth, format) ||
      !hasBytes(*b, depth, columns, format) ||
      MulOverflow(rows, columns, elements) || elements > INT64_MAX / 8)
    return invalid("matrices of " + Twine(a->size()) + " and " +
                   Twine(b->size()) + " bytes are not " + Twine(rows) + " x " +
                   Twine(depth) + " and " + Twine(depth) + " x " +
                   Twine(columns));
  std::unique_ptr<ProductByteSource> result(new ProductByteSource());
  result->a = std::move(a);
  result->b = std::move(b);
  result->format = format;
  result->rows = rows;
  result->depth = depth;
  result->columns = columns;
  result->panelRows =
      std::clamp<int64_t>(kPanelSums / std::max<int64_t>(columns, 1), 1,
                          std::max<int64_t>(rows, 1));
  return result;
}

uint64_t ProductByteSource::size() const {
  return static_cast<uint64_t>(rows) * columns * getByteWidth(format);
}

/// Elements `[first, first + into.size())` of a matrix of `format`.
static Error readNumbers(const ByteSource &source, FloatFormat format,
                         int64_t first, MutableArrayRef<float> into,
                         SmallVectorImpl<char> &bytes) {
  uint64_t width = getByteWidth(format);
  bytes.resize_for_overwrite(into.size() * width);
  if (Error error = source.read(first * width, bytes))
    return error;
  roundFloats(format, bytes, FloatFormat::F32,
              MutableArrayRef(reinterpret_cast<char *>(into.data()),
                              into.size() * sizeof(float)));
  return Error::success();
}
static Error readNumbers(const ByteSource &source, FloatFormat, int64_t first,
                         MutableArrayRef<double> into,
                         SmallVectorImpl<char> &) {
  return source.read(first * sizeof(double),
                     MutableArrayRef(reinterpret_cast<char *>(into.data()),
                                     into.size() * sizeof(double)));
}

/// Sums of the rows `[first, first + count)` of the product.
template <typename Number>
static Error multiply(const ByteSource &a, const ByteSource &b,
                      FloatFormat format, int64_t first, int64_t count,
                      int64_t depth, int64_t columns,
                      MutableArrayRef<double> sums) {
  SmallVector<char, 0> bytes;
  SmallVector<Number, 0> factors, block;
  factors.resize_for_overwrite(count * depth);
  if (Error error = readNumbers(a, format, first * depth, factors, bytes))
    return error;
  for (int64_t k = 0; k < depth; k += kDepth) {
    int64_t part = std::min(kDepth, depth - k);
    block.resize_for_overwrite(part * columns);
    if (Error error = readNumbers(b, format, k * columns, block, bytes))
      return error;
    parallelFor(0, count, [&](size_t i) {
      for (int64_t j = 0; j < columns; j += kColumns)
        sumProducts(factors.data() + i * depth + k, block.data() + j, part,
                    columns, sums.data() + i * columns + j,
                    std::min(kColumns, columns - j));
    });
  }
  return Error::success();
}

/// Computes the panel that begins at row `first`.
Error ProductByteSource::computePanel(int64_t first) const {
  int64_t count = std::min(panelRows, rows - first);
  SmallVector<double, 0> sums(count * columns, 0.0);
  bool isDouble = format == FloatFormat::F64;
  Error error =
      isDouble
          ? multiply<double>(*a, *b, format, first, count, depth, columns, sums)
          : multiply<float>(*a, *b, format, first, count, depth, columns, sums);
  if (error)
    return error;
  ArrayRef<char> exact(reinterpret_cast<const char *>(sums.data()),
                       sums.size() * sizeof(double));
  panel.resize(sums.size() * getByteWidth(format));
  if (isDouble || format == FloatFormat::F32) {
    roundFloats(FloatFormat::F64, exact, format, panel);
  } else {
    SmallVector<char, 0> rounded;
    rounded.resize_for_overwrite(sums.size() * sizeof(float));
    roundFloats(FloatFormat::F64, exact, FloatFormat::F32, rounded);
    roundFloats(FloatFormat::F32, rounded, format, panel);
  }
  panelFirst = first;
  return Error::success();
}

Error ProductByteSource::read(uint64_t offset,
                              MutableArrayRef<char> into) const {
  assert(offset + into.size() <= size() && "range outside the source");
  std::lock_guard<std::mutex> lock(mutex);
  while (!into.empty()) {
    uint64_t rowBytes = columns * getByteWidth(format);
    auto row = static_cast<int64_t>(offset / rowBytes);
    int64_t first = row - row % panelRows;
    if (first != panelFirst) {
      panelFirst = -1;
      if (Error error = computePanel(first))
        return error;
    }
    uint64_t begin = offset - first * rowBytes;
    uint64_t count = std::min<uint64_t>(panel.size() - begin, into.size());
    std::memcpy(into.data(), panel.data() + begin, count);
    into = into.drop_front(count);
    offset += count;
  }
  return Error::success();
}
