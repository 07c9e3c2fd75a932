//===- ProductPlanner.cpp - weights that become one -------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/ProductPlanner.h"

#include "ProductPrices.h"

#include "gac/Analysis/ShapeValues.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"
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

/// What becomes of a candidate.
struct Choice {
  bool isMultiplied = false;
  /// Members of the same number are merged; counted from 0.
  unsigned merge = 0;
};

/// The candidates of one activation.
class Group {
public:
  Group(const Target &target, DType dtype, ArrayRef<PricedEntry> entries,
        SmallVector<int64_t> rows)
      : prices(target, dtype, entries, std::move(rows)) {}

  void add(ProductCandidate candidate) {
    prices.members.push_back(std::move(candidate));
  }
  size_t size() const { return prices.members.size(); }

  /// The best choice for each member.
  SmallVector<Choice> solve(bool multiplies);
  /// What `plan` does to each. The members of a merge are then in its order,
  /// which says where the lanes of each begin.
  SmallVector<Choice> read(PlanAttr plan);
  ProductGroup describe(ArrayRef<Choice> choices) const;

private:
  /// All members, or some.
  using Merges = SmallVector<ProductMerge>;
  Merges pick(std::vector<Merges> plans) const;
  void addChoices(Merges merges, std::vector<Merges> &plans) const;
  bool mayTryAll() const;
  Merges solveExactly() const;
  Merges solveNeighbours() const;

  ProductPrices prices;
  bool mayMultiply = true;
};

} // namespace

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
    key.times = prices.getTimes(plan);
    key.cost = prices.getCost(key.times);
    key.products = plan.size();
    for (const ProductMerge &merge : plan)
      forEachBit(merge.members, [&](unsigned member) {
        bool isMultiplied = merge.multiplied >> member & 1;
        key.bytes += prices.getBytes(member, isMultiplied);
        key.products += prices.members[member].second && !isMultiplied;
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
  for (const ProductMerge &merge : merges)
    forEachBit(merge.members, [&](unsigned member) {
      if (prices.members[member].second && mayMultiply)
        pairs |= uint64_t(1) << member;
    });
  do { // all subsets of `pairs`, from the empty one on
    for (ProductMerge &merge : merges)
      merge.multiplied = merge.members & multiplied;
    if (llvm::all_of(merges, [&](const ProductMerge &merge) {
          return prices.mayMerge(merge);
        }))
      plans.push_back(merges);
    multiplied = (multiplied - pairs) & pairs;
  } while (multiplied != 0);
}

/// Whether all plans are few enough.
bool Group::mayTryAll() const {
  // Partitions of 0, 1, ... members: Bell's numbers.
  constexpr uint64_t kPartitions[] = {1, 1, 2, 5, 15, 52, 203, 877, 4140};
  size_t pairs =
      llvm::count_if(prices.members, [](const ProductCandidate &member) {
        return !!member.second;
      });
  return prices.members.size() < std::size(kPartitions) &&
         kPartitions[prices.members.size()] << (mayMultiply ? pairs : 0) <=
             kExactPlans;
}

/// Of all partitions of the members, priced as a whole.
Group::Merges Group::solveExactly() const {
  std::vector<Merges> plans;
  Merges merges;
  auto place = [&](auto &&self, size_t member) -> void {
    if (member == prices.members.size())
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
  size_t count = prices.members.size();
  std::vector<double> costs(count + 1, kInfinite);
  std::vector<ProductMerge> last(count + 1);
  costs[0] = 0;
  for (size_t end = 1; end <= count; ++end)
    for (size_t length = 1; length <= std::min(end, kMostNeighbours);
         ++length) {
      uint64_t run = ((uint64_t(1) << length) - 1) << (end - length);
      std::vector<Merges> plans;
      addChoices({ProductMerge{run, 0}}, plans);
      if (plans.empty())
        continue;
      Merges best = pick(std::move(plans));
      double cost = costs[end - length] + prices.getCost(prices.getTimes(best));
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
  llvm::sort(solution, [](const ProductMerge &a, const ProductMerge &b) {
    return llvm::countr_zero(a.members) < llvm::countr_zero(b.members);
  });
  SmallVector<Choice> choices(prices.members.size());
  for (auto [number, merge] : llvm::enumerate(solution))
    forEachBit(merge.members, [&, number = number, merge = merge](unsigned i) {
      choices[i] = {(merge.multiplied >> i & 1) != 0,
                    static_cast<unsigned>(number)};
    });
  return choices;
}

SmallVector<Choice> Group::read(PlanAttr plan) {
  struct Read {
    ProductCandidate member;
    Choice choice;
    size_t place = 0; // in the merge
  };
  SmallVector<Read> all;
  llvm::DenseMap<MergeAttr, unsigned> numbers;
  unsigned next = 0;
  for (ProductCandidate &member : prices.members) {
    Read read;
    Choice &choice = read.choice;
    std::string name = member.first.getName().str();
    for (MultiplyAttr pair : plan.getMultiplications())
      if (member.second && pair.getFirst() == name &&
          pair.getSecond() == member.second->getName())
        choice.isMultiplied = true;
    if (choice.isMultiplied)
      name = getProductName(name, member.second->getName());
    choice.merge = next;
    for (MergeAttr merge : plan.getMerges())
      for (auto [place, weight] : llvm::enumerate(merge.getWeights()))
        if (weight == name) {
          choice.merge = numbers.try_emplace(merge, next).first->second;
          read.place = place;
        }
    next += choice.merge == next;
    read.member = std::move(member);
    all.push_back(std::move(read));
  }
  llvm::sort(all, [](const Read &a, const Read &b) {
    return std::tie(a.choice.merge, a.place) <
           std::tie(b.choice.merge, b.place);
  });
  SmallVector<Choice> choices;
  for (auto [member, read] : llvm::zip_equal(prices.members, all)) {
    member = std::move(read.member);
    choices.push_back(read.choice);
  }
  return choices;
}

ProductGroup Group::describe(ArrayRef<Choice> choices) const {
  ProductGroup group;
  Merges merges, alone;
  for (auto [number, pair] :
       llvm::enumerate(llvm::zip_equal(prices.members, choices))) {
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
    group.addedBytes += prices.getBytes(number, choice.isMultiplied) -
                        prices.getBytes(number, false);
    if (choice.merge >= merges.size())
      merges.resize(choice.merge + 1);
    merges[choice.merge].members |= uint64_t(1) << number;
    merges[choice.merge].multiplied |= uint64_t(choice.isMultiplied) << number;
  }
  group.timeNow = prices.getTimes(alone);
  group.timeThen = prices.getTimes(merges);
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

/// The operations whose results somebody reads, or that are there for what else
/// they do.
static llvm::DenseSet<Operation *> findRead(func::FuncOp function) {
  llvm::DenseSet<Operation *> read;
  Block &block = function.getBody().front();
  for (Operation &op : llvm::reverse(block))
    if (!wouldOpBeTriviallyDead(&op) ||
        llvm::any_of(op.getUsers(), [&](Operation *user) {
          return read.contains(block.findAncestorOpInBlock(*user));
        }))
      read.insert(&op);
  return read;
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
  llvm::DenseSet<Operation *> seconds, read = findRead(function);
  llvm::StringSet<> names;
  for (auto weight : function.getOps<InitializerOp>())
    names.insert(weight.getName());
  for (auto &[name, layer] : findLinearLayers(function)) {
    // What nobody reads is not computed, unless it is merged.
    if (seconds.contains(layer.op) || !read.contains(layer.op))
      continue;
    auto rows = getRows(layer.input, shapes, entries);
    if (!rows)
      continue;
    std::optional<LinearLayer> second = findSecondFactor(layer);
    // Plans know what is multiplied by its name.
    if (second && names.contains(getProductName(name, second->getName())))
      second.reset();
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
