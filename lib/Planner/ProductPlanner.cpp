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
#include <tuple>

using namespace mlir;
using namespace gac;

/// Runs of so many layers of one activation are merged where there are too many
/// for all combinations.
static constexpr size_t kMostNeighbours = 8;
/// What saves less of the time of one activation's products is not worth any
/// memory: predictions do not tell such times apart. They are no better for a
/// whole model. On an H200 a step of decoding of which multiplying back was
/// predicted to save 1.3 % saved nothing, one of 1.7 % saved 1.1
/// (docs/Benchmarks.md, "Merged plans").
static constexpr double kTolerance = 0.01;
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

/// One of a plan, of some number of rows.
struct Product {
  int64_t k, n;
  /// Whether the weight is [n, k].
  bool isTransposed;
  /// Of the rows that it reads: from one to the next, and to the first lane.
  int64_t stride, offset = 0;
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
  };
  /// All members, or some.
  using Merges = SmallVector<Merge>;
  Merges pick(std::vector<Merges> plans) const;
  void addChoices(Merges merges, std::vector<Merges> &plans) const;
  bool mayTryAll() const;
  Merges solveExactly() const;
  Merges solveNeighbours() const;

  LinearLayer getLayer(unsigned member, bool isMultiplied) const;
  bool mayMerge(const Merge &merge) const;
  int64_t getWidth(const Merge &merge) const;
  bool takesKernel(const Product &product, int64_t count) const;
  bool staysTransposed(Product product) const;
  int64_t getLaunchTime(ArrayRef<Product> products, int64_t rows) const;
  int64_t getTime(ArrayRef<Product> products, int64_t rows) const;
  int64_t getTime(ArrayRef<Merge> merges, int64_t rows) const;
  SmallVector<int64_t> getTimes(ArrayRef<Merge> merges) const;
  double getCost(ArrayRef<int64_t> times) const;
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

/// Whether packages compute it with so many rows by their kernel of few rows.
bool Group::takesKernel(const Product &product, int64_t count) const {
  // What the kernel reads at once; and sizes that its integers hold.
  constexpr int64_t kVector = 8, kMostSize = int64_t(1) << 24;
  int64_t pitch = product.isTransposed ? product.k : product.n;
  if (getByteWidth(dtype) != 2 || count > kernels::kGemvRows ||
      product.k > kMostSize || product.n > kMostSize || pitch % kVector != 0 ||
      (count > 1 && product.stride % kVector != 0) ||
      product.offset % kVector != 0)
    return false;
  kernels::GemvShape shape;
  shape.rows = static_cast<int32_t>(count);
  shape.n = product.n;
  shape.k = product.k;
  shape.layout = product.isTransposed ? kernels::WeightLayout::NK
                                      : kernels::WeightLayout::KN;
  int multiprocessors = static_cast<int>(target.multiprocessors);
  return kernels::chooseGemv(shape, multiprocessors) &&
         kernels::prefersGemv(shape, multiprocessors);
}

/// Whether a weight that the model has as [n, k] stays so in packages
/// (gac-transpose-weights).
bool Group::staysTransposed(Product product) const {
  product.isTransposed = false;
  auto takes = [&](int64_t count) { return takesKernel(product, count); };
  return !transposesWeight(target, dtype, product.n, product.k,
                           llvm::any_of(rows, takes),
                           llvm::all_of(rows, takes));
}

/// Picoseconds of products that share a launch.
int64_t Group::getLaunchTime(ArrayRef<Product> products, int64_t rows) const {
  // In floating point: sizes of a file may be anything.
  auto clamp = [](double number) {
    return static_cast<int64_t>(std::min(number, 1e18));
  };
  SmallVector<ProductUse> uses;
  for (const Product &product : products) {
    double m = static_cast<double>(rows), k = double(product.k),
           n = double(product.n);
    Work work;
    work.flops = clamp(2 * m * k * n);
    work.bytes = clamp(static_cast<double>(getByteWidth(dtype)) *
                       (m * k + k * n + m * n));
    uses.push_back({work,
                    {Role::K, product.k, product.stride, product.offset},
                    {Role::N, product.n,
                     product.isTransposed ? product.k : product.n, 0}});
  }
  return predictLaunch(target, dtype, rows, uses);
}

/// Picoseconds of products that do not depend on each other, of which the
/// kernel of few rows takes several at once.
int64_t Group::getTime(ArrayRef<Product> products, int64_t rows) const {
  SmallVector<Product> sharing[2]; // by layout
  int64_t time = 0;
  for (const Product &product : products)
    if (takesKernel(product, rows))
      sharing[product.isTransposed].push_back(product);
    else
      time += getLaunchTime(product, rows);
  for (ArrayRef<Product> left : sharing)
    while (!left.empty()) {
      size_t count = std::min<size_t>(left.size(), kernels::kGemvProducts);
      time += getLaunchTime(left.take_front(count), rows);
      left = left.drop_front(count);
    }
  return time;
}

/// Picoseconds of merges, and of the second factors that read them.
int64_t Group::getTime(ArrayRef<Merge> merges, int64_t rows) const {
  SmallVector<Product> first, second;
  for (const Merge &merge : merges) {
    int64_t width = getWidth(merge), k = 0, offset = 0;
    bool isTransposed = true;
    forEachBit(merge.members, [&](unsigned member) {
      bool isMultiplied = merge.multiplied >> member & 1;
      LinearLayer layer = getLayer(member, isMultiplied);
      k = layer.k;
      isTransposed &= layer.isTransposed;
      if (const auto &pair = members[member].second; pair && !isMultiplied) {
        Product product{pair->k, pair->n, pair->isTransposed, width, offset};
        product.isTransposed = product.isTransposed && staysTransposed(product);
        second.push_back(product);
      }
      offset += layer.n;
    });
    Product product{k, width, isTransposed, k};
    product.isTransposed = product.isTransposed && staysTransposed(product);
    first.push_back(product);
  }
  return getTime(first, rows) + getTime(second, rows);
}

/// By entry.
SmallVector<int64_t> Group::getTimes(ArrayRef<Merge> merges) const {
  SmallVector<int64_t> times;
  for (int64_t count : rows)
    times.push_back(getTime(merges, count));
  return times;
}

/// The sum of times by entry, each as much as it counts.
double Group::getCost(ArrayRef<int64_t> times) const {
  double cost = 0;
  for (auto [entry, time] : llvm::zip_equal(entries, times))
    cost += entry.weight * static_cast<double>(time);
  return cost;
}

int64_t Group::getBytes(unsigned member, bool isMultiplied) const {
  const Candidate &candidate = members[member];
  auto count = [](int64_t k, int64_t n) {
    return llvm::SaturatingMultiply<uint64_t>(k, n);
  };
  uint64_t elements =
      count(candidate.first.k,
            isMultiplied ? candidate.second->n : candidate.first.n);
  if (candidate.second && !isMultiplied)
    elements = llvm::SaturatingAdd(
        elements, count(candidate.second->k, candidate.second->n));
  // Sums of 64 such are in range.
  return static_cast<int64_t>(std::min<uint64_t>(
      llvm::SaturatingMultiply<uint64_t>(elements, getByteWidth(dtype)),
      uint64_t(1) << 56));
}

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

/// The best of some plans: by time, where that tells them apart in any entry,
/// else by the weights that they hold, and by the number of their products.
Group::Merges Group::pick(std::vector<Merges> plans) const {
  struct Key {
    SmallVector<int64_t> times; // by entry
    int64_t bytes = 0;
    size_t products = 0;
    double cost = 0;
  };
  SmallVector<Key> keys;
  size_t fastest = 0;
  for (const Merges &plan : plans) {
    Key &key = keys.emplace_back();
    key.times = getTimes(plan);
    key.cost = getCost(key.times);
    key.products = plan.size();
    for (const Merge &merge : plan)
      forEachBit(merge.members, [&](unsigned member) {
        bool isMultiplied = merge.multiplied >> member & 1;
        key.bytes += getBytes(member, isMultiplied);
        key.products += members[member].second && !isMultiplied;
      });
    if (key.cost < keys[fastest].cost)
      fastest = keys.size() - 1;
  }
  auto isSlower = [&](const Key &key) {
    return llvm::any_of(
        llvm::zip_equal(key.times, keys[fastest].times), [](const auto &pair) {
          const auto &[time, least] = pair;
          return double(time) > double(least) * (1 + kTolerance);
        });
  };
  auto rank = [&](size_t plan) {
    const Key &key = keys[plan];
    return std::tuple(isSlower(key), key.bytes, key.products, key.cost);
  };
  size_t best = 0;
  for (size_t plan = 1; plan < plans.size(); ++plan)
    if (rank(plan) < rank(best))
      best = plan;
  return std::move(plans[best]);
}

/// `merges` with each choice of their pairs that may be.
void Group::addChoices(Merges merges, std::vector<Merges> &plans) const {
  uint64_t pairs = 0, multiplied = 0;
  for (const Merge &merge : merges)
    forEachBit(merge.members, [&](unsigned member) {
      if (members[member].second && mayMultiply)
        pairs |= uint64_t(1) << member;
    });
  do { // all subsets of `pairs`, from the empty one on
    for (Merge &merge : merges)
      merge.multiplied = merge.members & multiplied;
    if (llvm::all_of(merges,
                     [&](const Merge &merge) { return mayMerge(merge); }))
      plans.push_back(merges);
    multiplied = (multiplied - pairs) & pairs;
  } while (multiplied != 0);
}

/// Whether all plans are few enough.
bool Group::mayTryAll() const {
  // Partitions of 0, 1, ... members: Bell's numbers.
  constexpr uint64_t kPartitions[] = {1, 1, 2, 5, 15, 52, 203, 877, 4140};
  size_t pairs = llvm::count_if(
      members, [](const Candidate &member) { return !!member.second; });
  return members.size() < std::size(kPartitions) &&
         kPartitions[members.size()] << (mayMultiply ? pairs : 0) <=
             kExactPlans;
}

/// Of all partitions of the members, priced as a whole.
Group::Merges Group::solveExactly() const {
  std::vector<Merges> plans;
  Merges merges;
  auto place = [&](auto &&self, size_t member) -> void {
    if (member == members.size())
      return addChoices(merges, plans);
    merges.push_back({uint64_t(1) << member, 0});
    self(self, member + 1);
    merges.pop_back();
    for (size_t i = 0; i != merges.size(); ++i) {
      merges[i].members |= uint64_t(1) << member;
      self(self, member + 1);
      merges[i].members ^= uint64_t(1) << member;
    }
  };
  place(place, 0);
  return pick(std::move(plans));
}

/// Only runs of at most `kMostNeighbours`, in the model's order, each priced by
/// itself; or nothing at all, where that is better.
Group::Merges Group::solveNeighbours() const {
  size_t count = members.size();
  std::vector<double> costs(count + 1, kInfinite);
  std::vector<Merge> last(count + 1);
  costs[0] = 0;
  for (size_t end = 1; end <= count; ++end)
    for (size_t length = 1; length <= std::min(end, kMostNeighbours);
         ++length) {
      uint64_t run = ((uint64_t(1) << length) - 1) << (end - length);
      std::vector<Merges> plans;
      addChoices({Merge{run, 0}}, plans);
      if (plans.empty())
        continue;
      Merges best = pick(std::move(plans));
      double cost = costs[end - length] + getCost(getTimes(best));
      if (cost < costs[end]) {
        costs[end] = cost;
        last[end] = best.front();
      }
    }
  Merges solution, alone;
  for (size_t end = count; end != 0;
       end -= llvm::popcount(solution.back().members))
    solution.push_back(last[end]);
  for (size_t member = 0; member != count; ++member)
    alone.push_back({uint64_t(1) << member, 0});
  // What runs share is in the price of the whole.
  return pick({alone, solution});
}

SmallVector<Choice> Group::solve(bool multiplies) {
  mayMultiply = multiplies;
  Merges solution = mayTryAll() ? solveExactly() : solveNeighbours();
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
  Merges merges, alone;
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
    alone.push_back({uint64_t(1) << number, 0});
    group.addedBytes +=
        getBytes(number, choice.isMultiplied) - getBytes(number, false);
    if (choice.merge >= merges.size())
      merges.resize(choice.merge + 1);
    merges[choice.merge].members |= uint64_t(1) << number;
    merges[choice.merge].multiplied |= uint64_t(choice.isMultiplied) << number;
  }
  group.timeNow = getTimes(alone);
  group.timeThen = getTimes(merges);
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
  plan.isGiven = given != nullptr;
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
