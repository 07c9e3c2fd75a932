//===- Recipe.cpp - How a weight is made ------------------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values are float32 throughout; a cast or a narrow original rounds them to
// what the narrower type can say. So every step has one result, bit for bit.
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Recipe.h"

#include "Parallel.h"
#include "gac/Runtime/Synthetic.h"
#include "gac/Support/SumProducts.h"

#include "kernels/Rounding.cuh"

#include <algorithm>
#include <memory>
#include <new>

using namespace gac::runtime;

/// Elements for which a thread is worth starting.
static constexpr int64_t grainElements = 1 << 16;

namespace {
/// Not initialised, so that the threads that fill it are the first to touch its
/// pages: a vector would have one of them fill all of it with zeros before.
class Values {
public:
  Values() = default;
  explicit Values(size_t count)
      : values(new (std::nothrow) float[count]),
        count(static_cast<int64_t>(count)) {}

  float *data() { return values.get(); }
  const float *data() const { return values.get(); }
  int64_t size() const { return count; }
  bool empty() const { return count == 0; }
  float &operator[](int64_t i) { return values[i]; }
  float operator[](int64_t i) const { return values[i]; }

private:
  std::unique_ptr<float[]> values;
  int64_t count = 0;
};
} // namespace

static Result<Values> evaluate(const Recipe &recipe);

static size_t countOf(const Shape &shape) {
  return static_cast<size_t>(getElementCount(shape).value_or(0));
}

static Status failToAllocate(const Shape &shape, size_t bytes) {
  return {ErrorCode::Memory,
          "there is no memory for the " + std::to_string(bytes) +
              " bytes of values of shape " + toString(shape)};
}

/// Values that are yet to be written.
static Result<Values> allocate(const Shape &shape) {
  Values values(countOf(shape));
  if (!values.data())
    return failToAllocate(shape, countOf(shape) * sizeof(float));
  return values;
}

/// Elements between neighbours on each axis.
static Shape getStrides(const Shape &shape) {
  Shape strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

static void roundTo(DType type, float *values, int64_t count) {
  if (type == DType::BF16)
    for (int64_t i = 0; i < count; ++i)
      values[i] = gac::floatOfBF16(gac::bf16OfFloat(values[i]));
  else if (type == DType::F16)
    for (int64_t i = 0; i < count; ++i)
      values[i] = gac::floatOfF16(gac::f16OfFloat(values[i]));
}

static void roundTo(DType type, Values &values) {
  if (type != DType::F32)
    parallelFor(values.size(), grainElements, [&](int64_t begin, int64_t end) {
      roundTo(type, values.data() + begin, end - begin);
    });
}

static Result<Values> evaluateOriginal(const Recipe &recipe) {
  Result<Values> made = allocate(recipe.shape);
  if (!made)
    return made;
  Values &values = *made;
  uint64_t key = getSyntheticKey(recipe.name);
  float scale = getSyntheticScale(recipe.fanIn);
  parallelFor(values.size(), grainElements, [&](int64_t begin, int64_t end) {
    // What was drawn is still in the first-level cache when it is rounded.
    constexpr int64_t block = 4096;
    for (; begin < end; begin += block) {
      int64_t count = std::min(block, end - begin);
      float *first = values.data() + begin;
      generateUniform(key, 0, scale, begin, count, first);
      roundTo(recipe.type, first, count);
    }
  });
  return made;
}

/// Copies lanes [begin, end) of a run of `axis`, and all axes within.
static void copyRun(const Recipe &recipe, const Shape &toStrides,
                    const Shape &fromStrides, size_t axis,
                    const Recipe::Run &run, int64_t begin, int64_t end,
                    const float *from, float *to) {
  const float *source = from + (run.from + begin) * fromStrides[axis];
  float *target = to + (run.to + begin) * toStrides[axis];
  if (axis + 1 == recipe.axes.size()) {
    std::copy_n(source, end - begin, target);
    return;
  }
  for (int64_t i = begin; i < end; ++i) {
    for (const Recipe::Run &inner : recipe.axes[axis + 1])
      copyRun(recipe, toStrides, fromStrides, axis + 1, inner, 0, inner.count,
              source, target);
    source += fromStrides[axis];
    target += toStrides[axis];
  }
}

static Result<Values> evaluatePad(const Recipe &recipe) {
  Result<Values> source = evaluate(recipe.sources[0]);
  if (!source || recipe.axes.empty())
    return source;
  Result<Values> made = allocate(recipe.shape);
  if (!made)
    return made;
  Values &values = *made;
  parallelFor(values.size(), grainElements, [&](int64_t begin, int64_t end) {
    std::fill(values.data() + begin, values.data() + end, 0.0F);
  });
  if (source->empty() || values.empty())
    return made;
  Shape toStrides = getStrides(recipe.shape);
  Shape fromStrides = getStrides(recipe.sources[0].shape);
  int64_t grain = std::max<int64_t>(1, grainElements / fromStrides[0]);
  for (const Recipe::Run &run : recipe.axes[0])
    parallelFor(run.count, grain, [&](int64_t begin, int64_t end) {
      copyRun(recipe, toStrides, fromStrides, 0, run, begin, end,
              source->data(), values.data());
    });
  return made;
}

static Result<Values> evaluateTranspose(const Recipe &recipe) {
  Result<Values> source = evaluate(recipe.sources[0]);
  if (!source)
    return source;
  Result<Values> made = allocate(recipe.shape);
  if (!made)
    return made;
  Values &values = *made;
  Shape fromStrides = getStrides(recipe.sources[0].shape);
  Shape strides = getStrides(recipe.shape);
  size_t rank = recipe.shape.size();
  parallelFor(values.size(), grainElements, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t rest = i, from = 0;
      for (size_t axis = 0; axis < rank; ++axis) {
        from += rest / strides[axis] * fromStrides[recipe.perm[axis]];
        rest %= strides[axis];
      }
      values[i] = (*source)[from];
    }
  });
  return made;
}

static Result<Values> evaluateConcat(const Recipe &recipe) {
  Result<Values> made = allocate(recipe.shape);
  if (!made)
    return made;
  Values &values = *made;
  size_t outer = 1;
  for (int64_t axis = 0; axis < recipe.axis; ++axis)
    outer *= recipe.shape[axis];
  size_t row = outer ? values.size() / outer : 0;
  size_t begin = 0;
  for (const Recipe &part : recipe.sources) {
    Result<Values> source = evaluate(part);
    if (!source)
      return source;
    size_t width = outer ? source->size() / outer : 0;
    int64_t grain = grainElements / std::max<size_t>(1, width);
    parallelFor(static_cast<int64_t>(outer), grain,
                [&](int64_t first, int64_t last) {
                  for (int64_t i = first; i < last; ++i)
                    std::copy_n(source->data() + i * width, width,
                                values.data() + i * row + begin);
                });
    begin += width;
  }
  return made;
}

/// Sums in float64, over k in ascending order, and rounds once: products of
/// float32 are exact there, so that fused and separate additions agree.
static Result<Values> evaluateProduct(const Recipe &recipe) {
  Result<Values> a = evaluate(recipe.sources[0]);
  if (!a)
    return a;
  Result<Values> b = evaluate(recipe.sources[1]);
  if (!b)
    return b;
  Result<Values> made = allocate(recipe.shape);
  if (!made)
    return made;
  Values &values = *made;
  int64_t rows = recipe.shape[0], columns = recipe.shape[1];
  int64_t inner = recipe.sources[0].shape[1];
  if (values.empty())
    return made;
  // Sums of so many columns stay in the first-level cache, and what so many
  // rows of b have there in the second-level one, while rows of a pass by.
  constexpr int64_t depth = 64;
  int64_t block = std::min<int64_t>(512, columns);
  int64_t grain = grainElements / std::max<int64_t>(1, inner * columns / 16);
  parallelFor(rows, grain, [&](int64_t begin, int64_t end) {
    std::vector<double> sums(static_cast<size_t>((end - begin) * block));
    for (int64_t j = 0; j < columns; j += block) {
      int64_t width = std::min(block, columns - j);
      std::fill(sums.begin(), sums.end(), 0.0);
      for (int64_t k = 0; k < inner; k += depth)
        for (int64_t i = begin; i < end; ++i)
          gac::sumProducts(a->data() + i * inner + k,
                           b->data() + k * columns + j,
                           std::min(depth, inner - k), columns,
                           sums.data() + (i - begin) * block, width);
      for (int64_t i = begin; i < end; ++i)
        for (int64_t l = 0; l < width; ++l)
          values[i * columns + j + l] =
              static_cast<float>(sums[(i - begin) * block + l]);
    }
  });
  roundTo(recipe.type, values);
  return made;
}

static Result<Values> evaluate(const Recipe &recipe) {
  Result<Values> values = Values();
  switch (recipe.kind) {
  case Recipe::Kind::Original:
    return evaluateOriginal(recipe);
  case Recipe::Kind::Pad:
    return evaluatePad(recipe);
  case Recipe::Kind::Transpose:
    return evaluateTranspose(recipe);
  case Recipe::Kind::Concat:
    return evaluateConcat(recipe);
  case Recipe::Kind::Product:
    return evaluateProduct(recipe);
  case Recipe::Kind::Cast:
    values = evaluate(recipe.sources[0]);
    if (values)
      roundTo(recipe.type, *values);
    return values;
  }
  return values;
}

Result<HostTensor> gac::runtime::evaluateRecipe(const Recipe &recipe,
                                                DType type) {
  if (!isFloat(type))
    return Status(ErrorCode::Invalid,
                  "a recipe makes floating-point values, not " +
                      std::string(getName(type)));
  Result<Values> evaluated = evaluate(recipe);
  if (!evaluated)
    return evaluated.getStatus();
  const Values &values = *evaluated;
  HostTensor tensor{type, recipe.shape, {}};
  size_t bytes = values.size() * getElementBytes(type);
  // A vector throws where there is no memory. Volatile, so that nobody leaves
  // out an allocation that is not used.
  void *volatile probe = ::operator new(bytes, std::nothrow);
  if (!probe)
    return failToAllocate(recipe.shape, bytes);
  ::operator delete(probe);
  tensor.bytes.resize(bytes);
  // Not through convert, which asks for both types at each element.
  parallelFor(values.size(), grainElements, [&](int64_t begin, int64_t end) {
    const float *from = values.data();
    auto *narrow = reinterpret_cast<uint16_t *>(tensor.bytes.data());
    if (type == DType::F32)
      std::copy(from + begin, from + end,
                reinterpret_cast<float *>(tensor.bytes.data()) + begin);
    else if (type == DType::BF16)
      for (int64_t i = begin; i < end; ++i)
        narrow[i] = gac::bf16OfFloat(from[i]);
    else
      for (int64_t i = begin; i < end; ++i)
        narrow[i] = gac::f16OfFloat(from[i]);
  });
  return tensor;
}
