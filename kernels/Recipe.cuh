//===- Recipe.cuh - Weights made of originals, on any processor -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Padding, transposing and joining move lanes of axes, and casts round each
// value by itself. So what one original tensor brings to a weight is a box of
// runs of lanes, whose every element is drawn (philox.cuh) and rounded where it
// is stored, with nothing in between. A product is computed before
// (RecipeProduct.cuh) and then an original whose elements are read.
// docs/Package.md defines the values.
//
// Host compilers, nvcc and NVRTC compile the same lines.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_KERNELS_RECIPE_CUH
#define GAC_KERNELS_RECIPE_CUH

#include "Rounding.cuh"
#include "philox.cuh"

namespace gac {

/// Consecutive lanes; `begin` counts the lanes of the axis's runs before it.
struct RecipeRun {
  long long to, from, begin;
};

/// Of the weight, in its order.
struct RecipeAxis {
  /// Lanes of all runs, of which there is at least one.
  long long lanes;
  /// Elements between neighbours in the weight and in the original.
  long long toStride, fromStride;
  int firstRun, runCount;
};

enum RecipeType { recipeF32 = 0, recipeBF16 = 1, recipeF16 = 2 };

constexpr int recipeAxes = 8, recipeRuns = 128;

/// An argument of a kernel, of which there may be 4096 bytes.
struct RecipePart {
  /// Where the original lies, of float32 in row-major order; null if it is
  /// drawn.
  const float *source;
  /// For philox.cuh, like the scale.
  unsigned long long key;
  /// The types that a value is rounded to before it is stored, two bits each,
  /// the first in the lowest, up to a 0.
  unsigned long long steps;
  /// The product of the axes' lanes.
  long long count;
  float scale;
  /// The weight's RecipeType.
  int type;
  int rank;
  RecipeAxis axes[recipeAxes];
  RecipeRun runs[recipeRuns];
};
static_assert(sizeof(RecipePart) <= 4096 - sizeof(void *),
              "a kernel's arguments have 4096 bytes");

/// Row-major indices in the weight and in the original.
struct RecipePlace {
  long long to, from;
};

/// Of element `index` of the part, counted in the weight's order.
GAC_INLINE RecipePlace recipePlace(const RecipePart &part, long long index) {
  RecipePlace place = {0, 0};
  for (int i = part.rank - 1; i >= 0; --i) {
    const RecipeAxis &axis = part.axes[i];
    long long lane = index;
    if (i > 0) {
      index /= axis.lanes;
      lane -= index * axis.lanes;
    }
    // The last run that begins at the lane or before it.
    int first = axis.firstRun, last = axis.firstRun + axis.runCount - 1;
    while (first < last) {
      int middle = (first + last + 1) / 2;
      if (part.runs[middle].begin <= lane)
        first = middle;
      else
        last = middle - 1;
    }
    const RecipeRun &run = part.runs[first];
    place.to += (run.to + lane - run.begin) * axis.toStride;
    place.from += (run.from + lane - run.begin) * axis.fromStride;
  }
  return place;
}

/// The original's element, rounded by all steps.
GAC_INLINE float recipeValue(const RecipePart &part, long long from) {
  float value;
  if (part.source) {
    value = part.source[from];
  } else {
    PhiloxWords block =
        philoxBlock(part.key, static_cast<unsigned long long>(from) / 4, 0);
    // Without an index, for which the words would have to lie in memory.
    unsigned low = from & 1 ? block.words[1] : block.words[0];
    unsigned high = from & 1 ? block.words[3] : block.words[2];
    value = philoxUniform(from & 2 ? high : low, part.scale);
  }
  for (unsigned long long steps = part.steps; steps; steps >>= 2)
    value = (steps & 3) == recipeBF16 ? floatOfBF16(bf16OfFloat(value))
                                      : floatOfF16(f16OfFloat(value));
  return value;
}

/// Makes element `index` of the part in the weight that starts at `weight`.
GAC_INLINE void makeRecipeElement(const RecipePart &part, long long index,
                                  void *weight) {
  RecipePlace place = recipePlace(part, index);
  float value = recipeValue(part, place.from);
  if (part.type == recipeF32)
    static_cast<float *>(weight)[place.to] = value;
  else
    static_cast<unsigned short *>(weight)[place.to] =
        part.type == recipeBF16 ? bf16OfFloat(value) : f16OfFloat(value);
}

} // namespace gac

#endif // GAC_KERNELS_RECIPE_CUH
