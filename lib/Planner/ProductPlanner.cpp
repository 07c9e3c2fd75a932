//===- ProductPlanner.cpp - weights that become one -------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/ProductPlanner.h"

#include "gac/Analysis/LinearLayers.h"
#include "gac/Analysis/ShapeValues.h"
#include "gac/Target/CostModel.h"
#include "kernels/GemvShape.cuh"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace gac;

static constexpr double kInfinite = std::numeric_limits<double>::infinity();

namespace {

/// A layer or a pair.
struct Candidate {
  LinearLayer first;
  std::optional<LinearLayer> second;
};

/// What becomes of a candidate.
struct Choice {
  bool isMultiplied = false;
  /// Members of the same number are merged; counted from 0.
  unsigned merge = 0;
};

/// Predicted picoseconds of a product: what its size takes, and what it takes
/// besides.
struct Price {
  int64_t work, launch;
};

/// The candidates of one activation.
class Group {
public:
  Group(const Target &target, DType dtype, ArrayRef<PricedEntry> entries,
        SmallVector<int64_t> rows)
      : target(target), dtype(dtype), entries(entries), rows(std::move(rows)) {}

  void add(Candidate candidate) { members.push_back(std::move(candidate)); }
  size_t size() const { return members.size(); }

  /// The best choice for each member.
  SmallVector<Choice> solve(bool multiplies);
  /// What `plan` does to each.
  SmallVector<Choice> read(PlanAttr plan) const;
  ProductGroup describe(ArrayRef<Choice> choices) const;

private:
  /// Some members side by side, by their numbers, and which of them are
  /// multiplied.
  struct Merge {
    uint64_t members = 0, multiplied = 0;
    double cost = kInfinite;
  };
  Merge findBest(uint64_t mask) const;
  SmallVector<Merge> solveExactly() const;
  SmallVector<Merge> solveNeighbours() const;

  LinearLayer getLayer(unsigned member, bool isMultiplied) const;
  bool mayMerge(const Merge &merge) const;
  int64_t getWidth(const Merge &merge) const;
  int64_t getTime(const Merge &merge, int64_t rows) const;
  bool takesKernel(const LinearLayer &layer, bool isTransposed, int64_t count,
                   int64_t stride, int64_t offset) const;
  bool staysTransposed(const LinearLayer &layer, int64_t stride,
                       int64_t offset) const;
  double getCost(const Merge &merge) const;
  Price getPrice(int64_t rows, int64_t k, int64_t n, bool isTransposed,
                 int64_t stride, int64_t offset) const;
  int64_t getBytes(unsigned member, bool isMultiplied) const;

  const Target &target;
  DType dtype;
  ArrayRef<PricedEntry> entries;
  /// Of the activation, by entry.
  SmallVector<int64_t> rows;
  SmallVector<Candidate> members;
  bool mayMultiply = true;
};

} // namespace

template <typename Function> static void forEachBit(uint64_t mask, Function f) {
  for (; mask != 0; mask &= mask - 1)
    f(static_cast<unsigned>(llvm::countr_zero(mask)));
}

bool gac::transposesWeight(const Target &target, DType dtype, int64_t n,
                           int64_t k, bool someTakeKernel, bool allTakeKernel) {
  return someTakeKernel &&
         (allTakeKernel ||
          llvm::all_of(target.getRules(Role::N, dtype), [&](const Rule *rule) {
            return rule->quantity != Quantity::Stride ||
                   rule->getTier(n) <= rule->getTier(k);
          }));
}

//===----------------------------------------------------------------------===//
// Prices
//===----------------------------------------------------------------------===//

/// What the member is in the product that reads the activation.
LinearLayer Group::getLayer(unsigned member, bool isMultiplied) const {
  const Candidate &candidate = members[member];
  if (!isMultiplied)
    return candidate.first;
  LinearLayer layer = *candidate.second;
  layer.input = candidate.first.input;
  layer.k = candidate.first.k;
  layer.isTransposed &= candidate.first.isTransposed;
  return layer;
}

Price Group::getPrice(int64_t rows, int64_t k, int64_t n, bool isTransposed,
                      int64_t stride, int64_t offset) const {
  // In floating point: sizes of a file may be anything.
  auto clamp = [](double number) {
    return static_cast<int64_t>(std::min(number, 1e18));
  };
  double m = static_cast<double>(rows), matrix = double(k) * double(n);
  Work work;
  work.flops = clamp(2 * m * matrix);
  work.bytes = clamp(static_cast<double>(getByteWidth(dtype)) *
                     (m * double(k) + matrix + m * double(n)));
  SizeUse uses[] = {{Role::K, k, stride, offset},
                    {Role::N, n, isTransposed ? k : n, 0}};
  Reach reach = getEfficiency(target, dtype, rows, uses);
  int64_t launch = predictTime(target, dtype, Work(), reach);
  return {predictTime(target, dtype, work, reach) - launch, launch};
}

int64_t Group::getWidth(const Merge &merge) const {
  int64_t width = 0;
  forEachBit(merge.members, [&](unsigned member) {
    width += getLayer(member, merge.multiplied >> member & 1).n;
  });
  return width;
}

/// Whether nothing speaks against one product for all, and readers of its
/// slices find them where the target wants them.
bool Group::mayMerge(const Merge &merge) const {
  if (llvm::has_single_bit(merge.members))
    return true;
  SmallVector<LinearLayer> layers;
  forEachBit(merge.members, [&](unsigned member) {
    layers.push_back(getLayer(member, merge.multiplied >> member & 1));
  });
  for (size_t i = 1; i < layers.size(); ++i)
    for (const LinearLayer &other : ArrayRef(layers).take_front(i))
      if (!whyNotMerged(other, layers[i]).empty())
        return false;
  int64_t width = getWidth(merge);
  for (const Rule *rule : target.getRules(Role::K, dtype)) {
    if (rule->quantity == Quantity::Stride && !rule->isFullSpeed(width))
      return false;
    int64_t offset = 0;
    for (const LinearLayer &layer : layers) {
      if (rule->quantity == Quantity::Offset && !rule->isFullSpeed(offset))
        return false;
      offset += layer.n;
    }
  }
  return true;
}

/// Whether packages compute the layer, which reads rows that lie so far apart
/// from such a lane on, by their kernel of few rows, if its weight lies so.
bool Group::takesKernel(const LinearLayer &layer, bool isTransposed,
                        int64_t count, int64_t stride, int64_t offset) const {
  // What the kernel reads at once; and sizes that its integers hold.
  constexpr int64_t kVector = 8, kMostSize = int64_t(1) << 24;
  int64_t pitch = isTransposed ? layer.k : layer.n;
  if (getByteWidth(dtype) != 2 || count > kernels::kGemvRows ||
      layer.k > kMostSize || layer.n > kMostSize || pitch % kVector != 0 ||
      stride % kVector != 0 || offset % kVector != 0)
    return false;
  kernels::GemvShape shape;
  shape.rows = static_cast<int32_t>(count);
  shape.n = layer.n;
  shape.k = layer.k;
  shape.layout =
      isTransposed ? kernels::WeightLayout::NK : kernels::WeightLayout::KN;
  int multiprocessors = static_cast<int>(target.multiprocessors);
  return kernels::chooseGemv(shape, multiprocessors) &&
         kernels::prefersGemv(shape, multiprocessors);
}

/// Whether the layer's weight is [n, k] in packages (gac-transpose-weights).
bool Group::staysTransposed(const LinearLayer &layer, int64_t stride,
                            int64_t offset) const {
  auto takes = [&](int64_t count) {
    return takesKernel(layer, /*isTransposed=*/false, count, stride, offset);
  };
  return layer.isTransposed &&
         !transposesWeight(target, dtype, layer.n, layer.k,
                           llvm::any_of(rows, takes),
                           llvm::all_of(rows, takes));
}

/// Picoseconds of a merge, and of the second factors that read it.
int64_t Group::getTime(const Merge &merge, int64_t rows) const {
  int64_t width = getWidth(merge), offset = 0, time = 0;
  // Second factors that share launches, by layout.
  int64_t sharing[2] = {};
  LinearLayer merged;
  merged.k = members[llvm::countr_zero(merge.members)].first.k;
  merged.n = width;
  merged.isTransposed = true;
  forEachBit(merge.members, [&](unsigned member) {
    bool isMultiplied = merge.multiplied >> member & 1;
    LinearLayer layer = getLayer(member, isMultiplied);
    merged.isTransposed &= layer.isTransposed;
    if (const auto &second = members[member].second; second && !isMultiplied) {
      bool isTransposed = staysTransposed(*second, width, offset);
      Price price =
          getPrice(rows, second->k, second->n, isTransposed, width, offset);
      time += price.work;
      // The kernel takes several that do not depend on each other at once.
      bool isShared = takesKernel(*second, isTransposed, rows, width, offset) &&
                      sharing[isTransposed]++ % kernels::kGemvProducts != 0;
      time += isShared ? 0 : price.launch;
    }
    offset += layer.n;
  });
  Price price = getPrice(rows, merged.k, width,
                         staysTransposed(merged, merged.k, 0), merged.k, 0);
  return time + price.work + price.launch;
}

double Group::getCost(const Merge &merge) const {
  double cost = 0;
  for (auto [entry, count] : llvm::zip_equal(entries, rows))
    cost += entry.weight * static_cast<double>(getTime(merge, count));
  return cost;
}

int64_t Group::getBytes(unsigned member, bool isMultiplied) const {
  const Candidate &candidate = members[member];
  int64_t elements = isMultiplied ? candidate.first.k * candidate.second->n
                                  : candidate.first.k * candidate.first.n;
  if (candidate.second && !isMultiplied)
    elements += candidate.second->k * candidate.second->n;
  return elements * getByteWidth(dtype);
}

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

/// The members of `mask` as one product, of each pair the better form. Of equal
/// ones the one that multiplies fewer.
Group::Merge Group::findBest(uint64_t mask) const {
  uint64_t pairs = 0;
  forEachBit(mask, [&](unsigned member) {
    if (members[member].second && mayMultiply)
      pairs |= uint64_t(1) << member;
  });
  Merge best{mask, 0, kInfinite};
  // All subsets of `pairs`, from the empty one on.
  uint64_t multiplied = 0;
  do {
    Merge merge{mask, multiplied, kInfinite};
    if (mayMerge(merge))
      merge.cost = getCost(merge);
    if (merge.cost < best.cost)
      best = merge;
    multiplied = (multiplied - pairs) & pairs;
  } while (multiplied != 0);
  return best;
}

/// All partitions of the members.
SmallVector<Group::Merge> Group::solveExactly() const {
  uint64_t all = (uint64_t(1) << members.size()) - 1;
  std::vector<Merge> merges(all + 1), last(all + 1);
  std::vector<double> costs(all + 1, kInfinite);
  costs[0] = 0;
  for (uint64_t mask = 1; mask <= all; ++mask) {
    merges[mask] = findBest(mask);
    // The merge of the first member, alone before together with others.
    uint64_t lowest = mask & -mask, rest = mask ^ lowest, others = 0;
    do {
      double cost = merges[lowest | others].cost + costs[rest ^ others];
      if (cost < costs[mask]) {
        costs[mask] = cost;
        last[mask] = merges[lowest | others];
      }
      others = (others - rest) & rest;
    } while (others != 0);
  }
  SmallVector<Merge> solution;
  for (uint64_t mask = all; mask != 0; mask ^= solution.back().members)
    solution.push_back(last[mask]);
  return solution;
}

/// Only runs of at most `kExactMembers` neighbours, in the model's order.
SmallVector<Group::Merge> Group::solveNeighbours() const {
  size_t count = members.size();
  std::vector<double> costs(count + 1, kInfinite);
  std::vector<Merge> last(count + 1);
  costs[0] = 0;
  for (size_t end = 1; end <= count; ++end)
    for (size_t length = 1; length <= std::min(end, kExactMembers); ++length) {
      Merge merge = findBest(((uint64_t(1) << length) - 1) << (end - length));
      if (costs[end - length] + merge.cost < costs[end]) {
        costs[end] = costs[end - length] + merge.cost;
        last[end] = merge;
      }
    }
  SmallVector<Merge> solution;
  for (size_t end = count; end != 0;
       end -= llvm::popcount(solution.back().members))
    solution.push_back(last[end]);
  return solution;
}

SmallVector<Choice> Group::solve(bool multiplies) {
  mayMultiply = multiplies;
  SmallVector<Merge> solution =
      members.size() <= kExactMembers ? solveExactly() : solveNeighbours();
  // In the model's order.
  llvm::sort(solution, [](const Merge &a, const Merge &b) {
    return llvm::countr_zero(a.members) < llvm::countr_zero(b.members);
  });
  SmallVector<Choice> choices(members.size());
  for (auto [number, merge] : llvm::enumerate(solution))
    forEachBit(merge.members, [&, number = number, merge = merge](unsigned i) {
      choices[i] = {(merge.multiplied >> i & 1) != 0,
                    static_cast<unsigned>(number)};
    });
  return choices;
}

SmallVector<Choice> Group::read(PlanAttr plan) const {
  SmallVector<Choice> choices;
  llvm::DenseMap<MergeAttr, unsigned> numbers;
  unsigned next = 0;
  for (const Candidate &member : members) {
    Choice &choice = choices.emplace_back();
    std::string name = member.first.getName().str();
    for (MultiplyAttr pair : plan.getMultiplications())
      if (member.second && pair.getFirst() == name &&
          pair.getSecond() == member.second->getName())
        choice.isMultiplied = true;
    if (choice.isMultiplied)
      name = getProductName(name, member.second->getName());
    choice.merge = next;
    for (MergeAttr merge : plan.getMerges())
      if (llvm::any_of(merge.getWeights(),
                       [&](StringAttr each) { return each == name; }))
        choice.merge = numbers.try_emplace(merge, next).first->second;
    next += choice.merge == next;
  }
  return choices;
}

ProductGroup Group::describe(ArrayRef<Choice> choices) const {
  ProductGroup group;
  SmallVector<Merge> merges;
  for (auto [number, pair] :
       llvm::enumerate(llvm::zip_equal(members, choices))) {
    const auto &[member, choice] = pair;
    ProductGroup::Member &described = group.members.emplace_back();
    described.first = member.first.getName().str();
    described.k = member.first.k;
    described.n = member.first.n;
    if (member.second) {
      described.second = member.second->getName().str();
      described.rank = member.second->k;
      described.n = member.second->n;
    }
    described.isMultiplied = choice.isMultiplied;
    described.merge = choice.merge;
    group.addedBytes +=
        getBytes(number, choice.isMultiplied) - getBytes(number, false);
    if (choice.merge >= merges.size())
      merges.resize(choice.merge + 1);
    merges[choice.merge].members |= uint64_t(1) << number;
    merges[choice.merge].multiplied |= uint64_t(choice.isMultiplied) << number;
  }
  for (int64_t count : rows) {
    int64_t now = 0, then = 0;
    for (size_t i = 0; i != members.size(); ++i)
      now += getTime({uint64_t(1) << i, 0, 0}, count);
    for (const Merge &merge : merges)
      then += getTime(merge, count);
    group.timeNow.push_back(now);
    group.timeThen.push_back(then);
  }
  return group;
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

/// Rows of an activation in each entry; nothing if one does not tell.
static std::optional<SmallVector<int64_t>>
getRows(Value input, const ShapeValues &shapes, ArrayRef<PricedEntry> entries) {
  auto shape = shapes.shapeOf(input);
  if (!shape || shape->empty())
    return std::nullopt;
  SmallVector<int64_t> rows;
  for (const PricedEntry &entry : entries) {
    int64_t &count = rows.emplace_back(1);
    for (const SymExpr &size : shape->drop_back()) {
      std::optional<int64_t> number = entry.sizes.evaluate(size);
      if (!number || *number < 1 || llvm::MulOverflow(count, *number, count))
        return std::nullopt;
    }
  }
  return rows;
}

ProductPlan gac::planProducts(func::FuncOp function, const Target &target,
                              DType dtype, ArrayRef<PricedEntry> entries,
                              bool mayMultiply, PlanAttr given) {
  ProductPlan plan;
  for (const PricedEntry &entry : entries)
    plan.entries.push_back(entry.name);
  if (!target.isMeasured(dtype)) {
    plan.obstacle = ("target '" + target.name + "' has no measured times for " +
                     stringifyDType(dtype))
                        .str();
    return plan;
  }
  // A pass's result can be merged beyond 64, a mask cannot.
  constexpr size_t kMostMembers = 64;
  ShapeValues shapes(function);
  llvm::MapVector<std::pair<Value, unsigned>, Group> groups;
  llvm::DenseMap<Value, unsigned> numbers;
  llvm::DenseSet<Operation *> seconds;
  for (auto &[name, layer] : findLinearLayers(function)) {
    if (seconds.contains(layer.op))
      continue;
    auto rows = getRows(layer.input, shapes, entries);
    if (!rows)
      continue;
    std::optional<LinearLayer> second = findSecondFactor(layer);
    if (second)
      seconds.insert(second->op);
    unsigned &number = numbers[layer.input];
    Group *group =
        &groups
             .try_emplace({layer.input, number}, target, dtype, entries, *rows)
             .first->second;
    if (group->size() == kMostMembers)
      group = &groups
                   .try_emplace({layer.input, ++number}, target, dtype, entries,
                                *rows)
                   .first->second;
    group->add({layer, std::move(second)});
  }
  for (auto &[key, group] : groups) {
    SmallVector<Choice> choices =
        given ? group.read(given) : group.solve(mayMultiply);
    bool changes = llvm::any_of(
        choices, [](const Choice &choice) { return choice.isMultiplied; });
    // Each alone has a number of its own.
    changes |= choices.back().merge + 1 != choices.size();
    if (changes)
      plan.groups.push_back(group.describe(choices));
  }
  return plan;
}

PlanAttr ProductPlan::getAttr(MLIRContext *context, StringRef target,
                              DType dtype) const {
  SmallVector<MultiplyAttr> multiplications;
  SmallVector<MergeAttr> merges;
  for (const ProductGroup &group : groups) {
    llvm::MapVector<unsigned, SmallVector<StringAttr>> byNumber;
    for (const ProductGroup::Member &member : group.members) {
      std::string name = member.first;
      if (member.isMultiplied) {
        multiplications.push_back(
            MultiplyAttr::get(context, member.first, member.second));
        name = getProductName(member.first, member.second);
      }
      byNumber[member.merge].push_back(StringAttr::get(context, name));
    }
    for (const auto &[number, names] : byNumber)
      if (names.size() > 1)
        merges.push_back(MergeAttr::get(context, names));
  }
  return PlanAttr::get(context, target, stringifyDType(dtype), "least-time",
                       /*growths=*/{}, multiplications, merges);
}
