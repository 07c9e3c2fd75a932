//===- RecipeParts.cpp - A recipe as boxes of its originals -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the weight inwards: for each axis of a source we know which axis of the
// weight it is and which runs of its lanes arrive there. At an original, or a
// product, the runs are divided among parts that hold so many.
//
//===----------------------------------------------------------------------===//

#include "RecipeParts.h"

#include "gac/Runtime/Synthetic.h"

#include <algorithm>
#include <numeric>

using namespace gac;
using namespace gac::runtime;

/// Beyond these a recipe is no repair's, and the CPU as good.
static constexpr size_t maxRuns = 1 << 16, maxParts = 4096;

using Runs = std::vector<Recipe::Run>;

namespace {
/// How a source's elements arrive in the weight.
struct Arrival {
  /// By the source's axis: of the weight, and ascending in `to`.
  std::vector<size_t> axes;
  std::vector<Runs> runs;
  /// RecipePart::steps of all casts around the source.
  uint64_t steps = 0;
};

class Splitter {
public:
  Splitter(const Recipe &recipe, DType type) : weight(recipe), type(type) {}

  bool split(const Recipe &recipe, Arrival arrival);

  std::vector<RecipeSource> sources;

private:
  bool addParts(const Recipe &original, const Arrival &arrival);

  const Recipe &weight;
  DType type;
  size_t partCount = 0;
};
} // namespace

/// The runs of which `outer` brings on what `inner` brings to it, joined where
/// they meet.
static Runs compose(const Runs &outer, const Runs &inner) {
  Runs runs;
  for (const Recipe::Run &run : outer) {
    int64_t end = run.from + run.count;
    auto it = std::upper_bound(inner.begin(), inner.end(), run.from,
                               [](int64_t lane, const Recipe::Run &each) {
                                 return lane < each.to + each.count;
                               });
    for (; it != inner.end() && it->to < end; ++it) {
      int64_t first = std::max(run.from, it->to);
      int64_t last = std::min(end, it->to + it->count);
      Recipe::Run next{run.to + first - run.from, it->from + first - it->to,
                       last - first};
      if (!runs.empty() && runs.back().to + runs.back().count == next.to &&
          runs.back().from + runs.back().count == next.from)
        runs.back().count += next.count;
      else
        runs.push_back(next);
      if (runs.size() > maxRuns)
        return runs;
    }
  }
  return runs;
}

static RecipeType getRecipeType(DType type) {
  return type == DType::BF16  ? recipeBF16
         : type == DType::F16 ? recipeF16
                              : recipeF32;
}

/// Puts a rounding before the others, which is none where the next is the same.
/// False where there is no room.
static bool addStep(uint64_t &steps, DType type) {
  RecipeType step = getRecipeType(type);
  if (step == recipeF32 || (steps & 3) == step)
    return true;
  if (steps >> 62)
    return false;
  steps = steps << 2 | step;
  return true;
}

bool Splitter::split(const Recipe &recipe, Arrival arrival) {
  switch (recipe.kind) {
  case Recipe::Kind::Original:
  case Recipe::Kind::Product:
    return addStep(arrival.steps, recipe.type) && addParts(recipe, arrival);
  case Recipe::Kind::Cast:
    return addStep(arrival.steps, recipe.type) &&
           split(recipe.sources[0], std::move(arrival));
  case Recipe::Kind::Pad:
    for (size_t axis = 0; axis < recipe.axes.size(); ++axis) {
      arrival.runs[axis] = compose(arrival.runs[axis], recipe.axes[axis]);
      if (arrival.runs[axis].size() > maxRuns)
        return false;
    }
    return split(recipe.sources[0], std::move(arrival));
  case Recipe::Kind::Transpose: {
    Arrival source = arrival;
    for (size_t axis = 0; axis < recipe.perm.size(); ++axis) {
      source.axes[recipe.perm[axis]] = arrival.axes[axis];
      source.runs[recipe.perm[axis]] = std::move(arrival.runs[axis]);
    }
    return split(recipe.sources[0], std::move(source));
  }
  case Recipe::Kind::Concat: {
    int64_t begin = 0;
    for (const Recipe &part : recipe.sources) {
      int64_t width = part.shape[recipe.axis];
      Arrival source = arrival;
      if (width > 0)
        source.runs[recipe.axis] =
            compose(arrival.runs[recipe.axis], {{begin, 0, width}});
      else
        source.runs[recipe.axis].clear();
      begin += width;
      if (!split(part, std::move(source)))
        return false;
    }
    return true;
  }
  }
  return false;
}

/// Elements between neighbours on each axis.
static Shape getStrides(const Shape &shape) {
  Shape strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

/// How many runs of each axis a part has: axes with few have all of theirs.
static std::vector<size_t> getShares(const std::vector<const Runs *> &runs) {
  std::vector<size_t> order(runs.size()), shares(runs.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return runs[a]->size() < runs[b]->size();
  });
  size_t left = recipeRuns;
  for (size_t i = 0; i < order.size(); ++i) {
    shares[order[i]] =
        std::min(runs[order[i]]->size(), left / (order.size() - i));
    left -= shares[order[i]];
  }
  return shares;
}

bool Splitter::addParts(const Recipe &original, const Arrival &arrival) {
  size_t rank = weight.shape.size();
  if (rank > size_t(recipeAxes))
    return false;
  // In the weight's order from here on.
  std::vector<const Runs *> runs(rank);
  Shape toStrides = getStrides(weight.shape), fromStrides(rank);
  Shape originalStrides = getStrides(original.shape);
  for (size_t axis = 0; axis < rank; ++axis) {
    if (arrival.runs[axis].empty())
      return true; // Nothing arrives.
    runs[arrival.axes[axis]] = &arrival.runs[axis];
    fromStrides[arrival.axes[axis]] = originalStrides[axis];
  }
  RecipeSource &source = sources.emplace_back();
  bool isDrawn = original.kind == Recipe::Kind::Original;
  source.product = isDrawn ? nullptr : &original;
  std::vector<size_t> shares = getShares(runs);
  // Of each axis, where a part's runs start: as the digits of a number.
  std::vector<size_t> starts(rank);
  for (bool done = false; !done;) {
    if (partCount++ == maxParts)
      return false;
    RecipePart &part = source.parts.emplace_back();
    part.source = nullptr;
    part.key = isDrawn ? getSyntheticKey(original.name) : 0;
    part.scale = isDrawn ? getSyntheticScale(original.fanIn) : 0;
    part.steps = arrival.steps;
    part.type = getRecipeType(type);
    part.rank = static_cast<int>(rank);
    part.count = 1;
    int next = 0;
    for (size_t i = 0; i < rank; ++i) {
      RecipeAxis &axis = part.axes[i];
      axis = {0, toStrides[i], fromStrides[i], next, 0};
      size_t end = std::min(starts[i] + shares[i], runs[i]->size());
      for (size_t j = starts[i]; j < end; ++j) {
        const Recipe::Run &run = (*runs[i])[j];
        part.runs[next++] = {run.to, run.from, axis.lanes};
        axis.lanes += run.count;
        ++axis.runCount;
      }
      part.count *= axis.lanes;
    }
    done = true;
    for (size_t i = rank; done && i-- > 0;) {
      starts[i] += shares[i];
      done = starts[i] >= runs[i]->size();
      if (done)
        starts[i] = 0;
    }
  }
  return true;
}

std::optional<std::vector<RecipeSource>>
gac::runtime::getRecipeSources(const Recipe &recipe, DType type) {
  Arrival whole;
  for (size_t axis = 0; axis < recipe.shape.size(); ++axis) {
    if (recipe.shape[axis] == 0)
      return std::vector<RecipeSource>();
    whole.axes.push_back(axis);
    whole.runs.push_back({{0, 0, recipe.shape[axis]}});
  }
  Splitter splitter(recipe, type);
  if (!splitter.split(recipe, std::move(whole)))
    return std::nullopt;
  return std::move(splitter.sources);
}
