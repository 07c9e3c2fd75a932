//===- Strategy.cpp - choosing the sizes of a repair ---------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A strategy turns into goals for the uses, goals into candidate sizes for each
// dimension, and those into factors for the solvers. Only the residues of sizes
// matter to rules, so growth by less than the multiple of all goals suffices;
// where predicted time decides, by less than that of the largest tiers.
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/Strategy.h"
#include "gac/Planner/Knapsack.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/Support/MathExtras.h"
#include <map>
#include <numeric>
#include <tuple>

using namespace gac;

//===----------------------------------------------------------------------===//
// Goals and candidates
//===----------------------------------------------------------------------===//

namespace {
/// What a strategy wants of one size, for a rule.
struct Goal {
  SizePolynomial value;
  /// How many uses want the same.
  int64_t uses;
  int64_t fullSpeed;
  /// The multiple that the strategy asks for.
  int64_t multiple;
  /// Sizes that it asks for instead where the value is not above the last.
  llvm::ArrayRef<int64_t> listed;
  const Rule *rule;

  bool isFullSpeed(int64_t value) const { return value % fullSpeed == 0; }
  bool isMet(int64_t value) const {
    if (listed.empty() || value > listed.back())
      return value % multiple == 0;
    return std::binary_search(listed.begin(), listed.end(), value);
  }
};

class Solver {
public:
  /// Sizes grow from `start`, one per variable.
  Solver(const PricedProblem &priced, Strategy strategy, int64_t maxEntries,
         std::vector<int64_t> start);

  std::optional<std::vector<int64_t>> minimiseGrowth();
  std::optional<std::vector<int64_t>> minimiseTime(int64_t budget);

  /// Leaves each variable its size and the next multiples that its uses want.
  void narrowCandidates();
  /// Drops the goals on uses of several variables, and does not compare times.
  void simplify();

private:
  void collectGoals();
  void collectCandidates(unsigned variable);
  llvm::SmallVector<int64_t> getLevels(llvm::ArrayRef<const Goal *> of,
                                       unsigned variable, int64_t size) const;
  /// Number of assignments of the variables; nothing if above the bound.
  std::optional<int64_t> countEntries(llvm::ArrayRef<unsigned> scope) const;
  template <typename T> FactorProblem<T> makeProblem() const;
  /// The variables of `scope` between which there is a choice.
  llvm::SmallVector<unsigned> getActive(llvm::ArrayRef<unsigned> scope) const;
  /// Sets the sizes of `scope` in `assignment` to the candidates chosen.
  void assign(llvm::ArrayRef<unsigned> scope, llvm::ArrayRef<unsigned> choice,
              std::vector<int64_t> &assignment) const;
  std::vector<int64_t> readSizes(llvm::ArrayRef<unsigned> choice) const;
  Cost getGoalCost(const Goal &goal, bool fullSpeed, bool met) const;
  bool addGoal(const Goal &goal, FactorProblem<Cost> &factors) const;
  bool addChain(const Goal &goal, FactorProblem<Cost> &factors) const;
  template <typename T>
  bool addWeights(FactorProblem<T> &factors,
                  llvm::function_ref<T(int64_t)> makeCost) const;
  template <typename T>
  bool addTimes(FactorProblem<T> &factors,
                llvm::function_ref<T(int64_t)> makeCost) const;
  /// Whether time is what the strategy chooses by.
  bool comparesTimes() const {
    return strategy == Strategy::Tradeoff ||
           (strategy == Strategy::Optimal && !isSimplified &&
            priced.getTarget().isMeasured(priced.getDType()));
  }

  const PricedProblem &priced;
  const PlanProblem &problem;
  Strategy strategy;
  bool isSimplified = false;
  int64_t maxEntries;
  std::vector<int64_t> sizes;
  std::vector<Goal> goals;
  /// Indices of the goals that each variable takes part in.
  std::vector<llvm::SmallVector<unsigned, 4>> goalsOf;
  /// Candidate sizes of each variable, ascending, its present one first.
  std::vector<llvm::SmallVector<int64_t, 8>> candidates;
};
} // namespace

/// Candidates of one variable beyond this many are not looked at.
static constexpr int64_t kMaxGrowth = 4096;

Solver::Solver(const PricedProblem &priced, Strategy strategy,
               int64_t maxEntries, std::vector<int64_t> start)
    : priced(priced), problem(priced.getProblem()), strategy(strategy),
      maxEntries(maxEntries), sizes(std::move(start)),
      goalsOf(problem.variables.size()), candidates(problem.variables.size()) {
  collectGoals();
  for (unsigned v = 0; v < problem.variables.size(); ++v)
    collectCandidates(v);
}

/// Of the tiers at full speed, the one that `value` of a dimension of that size
/// is to grow to: what its speed gains is not lost to the growth.
static int64_t getBestMultiple(const Target &target, const Rule &rule,
                               int64_t rows, int64_t size, int64_t value) {
  unsigned best = rule.getFullSpeedTier();
  double bestSpeed = 0;
  for (unsigned tier = best + 1; tier-- > 0;) {
    std::optional<double> efficiency =
        target.getEfficiency(rule, tier, rows, size);
    int64_t grown = llvm::alignTo(value, rule.tiers[tier].multiple);
    if (!efficiency || grown == 0)
      continue;
    double speed =
        *efficiency * static_cast<double>(value) / static_cast<double>(grown);
    if (speed > bestSpeed) {
      best = tier;
      bestSpeed = speed;
    }
  }
  return rule.tiers[best].multiple;
}

void Solver::collectGoals() {
  const Target &target = priced.getTarget();
  // Many uses want the same of the same size: that is one goal.
  std::map<std::tuple<const Rule *, int64_t, SizePolynomial::Terms>, size_t>
      known;
  for (auto [i, use] : llvm::enumerate(problem.uses)) {
    for (const AppliedRule &applied : priced.getRules(i)) {
      if (applied.value.isConstant())
        continue;
      const Rule &rule = *applied.rule;
      Goal goal{applied.value,
                1,
                rule.getFullSpeedMultiple(),
                rule.getFullSpeedMultiple(),
                {},
                &rule};
      if (strategy != Strategy::Minimal)
        goal.multiple = getBestMultiple(target, rule, problem.ops[use.op].rows,
                                        use.size.evaluate(sizes),
                                        applied.value.evaluate(sizes));
      if (strategy == Strategy::Predefined && rule.quantity == Quantity::Size)
        goal.listed = target.sizes;
      auto [it, isNew] = known.insert(
          {{&rule, goal.multiple, goal.value.getTerms()}, goals.size()});
      if (!isNew) {
        ++goals[it->second].uses;
        continue;
      }
      for (unsigned variable : applied.value.getVariables())
        goalsOf[variable].push_back(goals.size());
      goals.push_back(std::move(goal));
    }
  }
}

/// How well the goals are met, most important first; the larger the better.
llvm::SmallVector<int64_t> Solver::getLevels(llvm::ArrayRef<const Goal *> of,
                                             unsigned variable,
                                             int64_t size) const {
  llvm::SmallVector<int64_t> levels;
  std::vector<int64_t> assignment = sizes;
  assignment[variable] = size;
  for (const Goal *goal : of) {
    int64_t value = goal->value.evaluate(assignment);
    levels.push_back(goal->isFullSpeed(value));
    levels.push_back(goal->isMet(value));
    if (comparesTimes())
      levels.push_back(-int64_t(goal->rule->getTier(value)));
  }
  return levels;
}

void Solver::collectCandidates(unsigned variable) {
  int64_t size = sizes[variable];
  candidates[variable] = {size};
  // Growth by the common multiple of all goals reaches every residue.
  int64_t period = 1, fullSpeedPeriod = 1;
  bool shared = false;
  llvm::SmallVector<const Goal *> own;
  for (unsigned g : goalsOf[variable]) {
    const Goal &goal = goals[g];
    int64_t multiple =
        comparesTimes() ? goal.rule->tiers.front().multiple : goal.multiple;
    period = std::min(std::lcm(period, std::lcm(multiple, goal.fullSpeed)),
                      kMaxGrowth);
    fullSpeedPeriod =
        std::min(std::lcm(fullSpeedPeriod, goal.fullSpeed), kMaxGrowth);
    bool isOwn = goal.value.getVariables().size() == 1;
    if (isOwn)
      own.push_back(&goal);
    else
      shared = true;
    // Listed sizes are further apart than multiples, and a product reaches only
    // some of them; a sum reaches the next one, also from one that is listed.
    int64_t value = goal.value.evaluate(sizes);
    if (goal.listed.empty() || value >= goal.listed.back())
      continue;
    int64_t listed =
        isOwn ? goal.listed.back() : *llvm::upper_bound(goal.listed, value);
    period = std::min(std::max(period, listed - value + 1), kMaxGrowth);
  }

  // The next listed size is the one to take, not one that suits a sum better.
  if (strategy == Strategy::Predefined && !own.empty()) {
    int64_t reach = 0;
    std::vector<int64_t> assignment = sizes;
    for (const Goal *goal : own)
      for (int64_t growth = 0; growth < period; ++growth) {
        assignment[variable] = size + growth;
        if (!goal->isMet(goal->value.evaluate(assignment)))
          continue;
        reach = std::max(reach, growth);
        break;
      }
    period = std::min(period, reach + 1);
  }

  // A smaller size that meets the goals as well is as good or better in every
  // respect. That holds only where no use mixes this variable with others.
  llvm::SmallVector<llvm::SmallVector<int64_t>> seen = {
      getLevels(own, variable, size)};
  for (int64_t growth = 1; growth < period; ++growth) {
    llvm::SmallVector<int64_t> levels = getLevels(own, variable, size + growth);
    bool dominated = llvm::any_of(seen, [&](const auto &smaller) {
      return llvm::all_of(llvm::zip(smaller, levels), [](auto pair) {
        return std::get<0>(pair) >= std::get<1>(pair);
      });
    });
    // Where time decides, the residues up to full speed are enough for shared
    // uses.
    bool keepShared = shared && (!comparesTimes() || growth < fullSpeedPeriod);
    if (dominated && !keepShared)
      continue;
    candidates[variable].push_back(size + growth);
    seen.push_back(std::move(levels));
  }
}

void Solver::narrowCandidates() {
  for (unsigned v = 0; v < candidates.size(); ++v) {
    llvm::SmallSet<int64_t, 8> next;
    for (unsigned g : goalsOf[v]) {
      next.insert(llvm::alignTo(sizes[v], goals[g].fullSpeed));
      next.insert(llvm::alignTo(sizes[v], goals[g].multiple));
    }
    next.insert(sizes[v]);
    candidates[v].assign(next.begin(), next.end());
    llvm::sort(candidates[v]);
  }
}

void Solver::simplify() {
  isSimplified = true;
  llvm::erase_if(goals, [](const Goal &goal) {
    return goal.value.getVariables().size() > 1;
  });
}

//===----------------------------------------------------------------------===//
// Factors
//===----------------------------------------------------------------------===//

llvm::SmallVector<unsigned>
Solver::getActive(llvm::ArrayRef<unsigned> scope) const {
  llvm::SmallVector<unsigned> active;
  for (unsigned variable : scope)
    if (candidates[variable].size() > 1)
      active.push_back(variable);
  return active;
}

std::optional<int64_t>
Solver::countEntries(llvm::ArrayRef<unsigned> scope) const {
  int64_t entries = 1;
  for (unsigned variable : scope) {
    entries *= candidates[variable].size();
    if (entries > maxEntries)
      return std::nullopt;
  }
  return entries;
}

template <typename T> FactorProblem<T> Solver::makeProblem() const {
  FactorProblem<T> factors;
  for (const auto &sizesOfOne : candidates)
    factors.domainSizes.push_back(sizesOfOne.size());
  return factors;
}

void Solver::assign(llvm::ArrayRef<unsigned> scope,
                    llvm::ArrayRef<unsigned> choice,
                    std::vector<int64_t> &assignment) const {
  for (auto [variable, n] : llvm::zip(scope, choice))
    assignment[variable] = candidates[variable][n];
}

std::vector<int64_t> Solver::readSizes(llvm::ArrayRef<unsigned> choice) const {
  std::vector<int64_t> result;
  for (auto [variable, sizesOfOne] : llvm::enumerate(candidates))
    result.push_back(sizesOfOne[choice[variable]]);
  return result;
}

/// Unmet goals are costs: full speed first, then what the strategy asks for, or
/// in its place the time that all operations take.
Cost Solver::getGoalCost(const Goal &goal, bool fullSpeed, bool met) const {
  return {{fullSpeed ? 0 : goal.uses, met || comparesTimes() ? 0 : goal.uses, 0,
           0}};
}

bool Solver::addGoal(const Goal &goal, FactorProblem<Cost> &factors) const {
  const SizePolynomial &value = goal.value;
  llvm::SmallVector<unsigned> scope = getActive(value.getVariables());
  // A long concatenation has too many assignments for one table.
  constexpr int64_t kChainAbove = int64_t(1) << 15;
  std::optional<int64_t> entries = countEntries(scope);
  if ((!entries || *entries > kChainAbove) && addChain(goal, factors))
    return true;
  if (!entries)
    return false;
  std::vector<int64_t> assignment = sizes;
  factors.addFactor(scope, [&](llvm::ArrayRef<unsigned> choice) {
    assign(scope, choice, assignment);
    int64_t size = value.evaluate(assignment);
    return getGoalCost(goal, goal.isFullSpeed(size), goal.isMet(size));
  });
  return true;
}

/// States the goal on a sum of many terms as a chain: auxiliary variables carry
/// the residue of the sum so far, and each link adds the terms of one group of
/// variables. Needs a sum whose terms share no variables, and a goal that is a
/// multiple.
bool Solver::addChain(const Goal &goal, FactorProblem<Cost> &factors) const {
  if (!goal.listed.empty())
    return false;
  int64_t modulus = std::lcm(goal.fullSpeed, goal.multiple);
  int64_t constant = 0;
  std::vector<std::pair<SizePolynomial::Monomial, int64_t>> links;
  llvm::SmallSet<unsigned, 16> seen;
  for (const auto &[monomial, coefficient] : goal.value.getTerms()) {
    llvm::SmallVector<unsigned> active = getActive(monomial);
    if (active.empty()) {
      constant += evaluateMonomial(monomial, coefficient, sizes) % modulus;
      continue;
    }
    for (unsigned variable :
         llvm::make_range(active.begin(), llvm::unique(active)))
      if (!seen.insert(variable).second)
        return false;
    links.push_back({monomial, coefficient});
  }
  if (links.size() < 3 || modulus > 128)
    return false;

  constexpr int64_t kImpossible = int64_t(1) << 40;
  unsigned before = 0;
  for (size_t i = 0; i < links.size(); ++i) {
    const auto &link = links[i];
    llvm::SmallVector<unsigned> scope = getActive(link.first);
    scope.erase(llvm::unique(scope), scope.end());
    unsigned own = scope.size();
    if (i > 0)
      scope.push_back(before);
    bool last = i + 1 == links.size();
    if (!last) {
      // Its domain must be known before the factor is made; its number is above
      // those of all variables and earlier links.
      before = factors.domainSizes.size();
      factors.domainSizes.push_back(modulus);
      scope.push_back(before);
    }
    std::vector<int64_t> assignment = sizes;
    factors.addFactor(scope, [&](llvm::ArrayRef<unsigned> choice) {
      assign(llvm::ArrayRef(scope).take_front(own), choice, assignment);
      int64_t sum =
          (i > 0 ? choice[own] : constant) +
          evaluateMonomial(link.first, link.second, assignment) % modulus;
      if (last)
        return getGoalCost(goal, sum % goal.fullSpeed == 0,
                           sum % goal.multiple == 0);
      return Cost{{sum % modulus == choice.back() ? 0 : kImpossible, 0, 0, 0}};
    });
  }
  return true;
}

/// One factor per product of variables in the weights' bits.
template <typename T>
bool Solver::addWeights(FactorProblem<T> &factors,
                        llvm::function_ref<T(int64_t)> makeCost) const {
  for (const auto &term : problem.weightBits.getTerms()) {
    const SizePolynomial::Monomial &monomial = term.first;
    int64_t coefficient = term.second;
    llvm::SmallVector<unsigned> scope = getActive(monomial);
    scope.erase(llvm::unique(scope), scope.end());
    if (scope.empty())
      continue;
    if (!countEntries(scope))
      return false;
    int64_t now = evaluateMonomial(monomial, coefficient, sizes);
    std::vector<int64_t> assignment = sizes;
    factors.addFactor(scope, [&](llvm::ArrayRef<unsigned> choice) {
      assign(scope, choice, assignment);
      return makeCost(evaluateMonomial(monomial, coefficient, assignment) -
                      now);
    });
  }
  return true;
}

/// What is predicted of an operation that takes `before` now: gains of less
/// than a fiftieth are none, which is what measurements of one thing differ by.
/// So a second run leaves sizes where they are.
static int64_t getWorthwhile(int64_t time, int64_t before) {
  return time < before && before - time < before / 50 ? before : time;
}

/// What operations and rewrites take, one factor each.
template <typename T>
bool Solver::addTimes(FactorProblem<T> &factors,
                      llvm::function_ref<T(int64_t)> makeCost) const {
  std::vector<int64_t> assignment = sizes;
  for (auto [i, op] : llvm::enumerate(problem.ops)) {
    SizePolynomial all = op.flops + op.bits;
    for (unsigned use : priced.getUses(i))
      for (const AppliedRule &applied : priced.getRules(use))
        all += applied.value;
    llvm::SmallVector<unsigned> scope = getActive(all.getVariables());
    if (scope.empty())
      continue;
    if (!countEntries(scope))
      return false;
    int64_t before = priced.getTime(i, sizes);
    factors.addFactor(scope, [&, op = i](llvm::ArrayRef<unsigned> choice) {
      assign(scope, choice, assignment);
      return makeCost(getWorthwhile(priced.getTime(op, assignment), before));
    });
    assignment = sizes;
  }
  for (auto [i, rewrite] : llvm::enumerate(problem.rewrites)) {
    llvm::SmallVector<unsigned> all = rewrite.bytes.getVariables();
    all.append(rewrite.variables.begin(), rewrite.variables.end());
    llvm::sort(all);
    all.erase(llvm::unique(all), all.end());
    llvm::SmallVector<unsigned> scope = getActive(all);
    if (scope.empty())
      continue;
    if (!countEntries(scope))
      return false;
    factors.addFactor(scope, [&, i = i](llvm::ArrayRef<unsigned> choice) {
      assign(scope, choice, assignment);
      return makeCost(priced.getRewriteTime(i, assignment));
    });
    assignment = sizes;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Solving
//===----------------------------------------------------------------------===//

std::optional<std::vector<int64_t>> Solver::minimiseGrowth() {
  auto factors = makeProblem<Cost>();
  for (const Goal &goal : goals)
    if (!addGoal(goal, factors))
      return std::nullopt;
  if (comparesTimes() && !addTimes<Cost>(factors, [](int64_t time) {
        return Cost{{0, time, 0, 0}};
      }))
    return std::nullopt;
  if (!addWeights<Cost>(factors,
                        [](int64_t bits) { return Cost{{0, 0, bits, 0}}; }))
    return std::nullopt;
  for (unsigned v = 0; v < candidates.size(); ++v)
    if (candidates[v].size() > 1)
      factors.addFactor({v}, [&](llvm::ArrayRef<unsigned> choice) {
        return Cost{{0, 0, 0, candidates[v][choice[0]] - sizes[v]}};
      });
  auto result = minimise(factors, maxEntries);
  if (!result)
    return std::nullopt;
  return readSizes(result->values);
}

std::optional<std::vector<int64_t>> Solver::minimiseTime(int64_t budget) {
  auto factors = makeProblem<Price>();
  if (!addTimes<Price>(factors, [](int64_t time) { return Price{time, 0}; }))
    return std::nullopt;
  if (!addWeights<Price>(factors, [](int64_t bits) { return Price{0, bits}; }))
    return std::nullopt;
  auto result = minimiseWithinBudget(factors, budget, kBudgetSteps, maxEntries);
  if (!result)
    return std::nullopt;
  return readSizes(result->values);
}

/// Rounds of one strategy from the sizes of the round before.
static constexpr unsigned kMaxRounds = 16;

/// The sizes to which a strategy grows `start`. `budgetBits` is for Tradeoff.
static PlanSolution solveFrom(const PricedProblem &priced, Strategy strategy,
                              int64_t budgetBits, int64_t maxEntries,
                              const std::vector<int64_t> &start) {
  const PlanProblem &problem = priced.getProblem();
  Solver solver(priced, strategy, maxEntries, start);
  auto attempt = [&]() -> std::optional<std::vector<int64_t>> {
    if (strategy != Strategy::Tradeoff)
      return solver.minimiseGrowth();
    // Whether views of a weight grow apart, and need copies, is no sum over
    // variables: what copies take is kept back from the budget.
    for (int64_t rest = budgetBits; rest >= 0;) {
      std::optional<std::vector<int64_t>> sizes = solver.minimiseTime(rest);
      int64_t excess = sizes ? problem.getAddedBits(*sizes) - budgetBits : 0;
      if (excess <= 0)
        return sizes;
      rest -= excess;
    }
    return start;
  };
  PlanSolution solution;
  std::optional<std::vector<int64_t>> sizes = attempt();
  if (!sizes) {
    solution.exact = false;
    solver.narrowCandidates();
    sizes = attempt();
  }
  if (!sizes && strategy != Strategy::Tradeoff) {
    solver.simplify();
    sizes = attempt();
  }
  solution.sizes = start;
  if (sizes)
    solution.sizes = std::move(*sizes);
  return solution;
}

llvm::Expected<PlanSolution> gac::solve(const PricedProblem &priced,
                                        Strategy strategy, const Budget &budget,
                                        int64_t maxEntries) {
  const PlanProblem &problem = priced.getProblem();
  if (strategy == Strategy::Tradeoff &&
      !priced.getTarget().isMeasured(priced.getDType()))
    return llvm::createStringError(
        "strategy tradeoff needs measured costs, and target '" +
        priced.getTarget().name + "' has none for " +
        stringifyDType(priced.getDType()));
  int64_t budgetBits =
      std::min(budget.getBytes(problem.storedBytes), INT64_MAX / 8) * 8;
  PlanSolution solution =
      solveFrom(priced, strategy, budgetBits, maxEntries, problem.getSizes());
  if (strategy == Strategy::Minimal)
    return solution;
  // Which sizes are in reach depends on where growth begins, and a sum that has
  // reached one may have another in reach, together with its parts: a second
  // repair would find it.
  for (unsigned round = 1; round < kMaxRounds; ++round) {
    PlanSolution next =
        solveFrom(priced, strategy, budgetBits, maxEntries, solution.sizes);
    if (next.sizes == solution.sizes)
      break;
    solution.sizes = std::move(next.sizes);
    solution.exact &= next.exact;
  }
  return solution;
}
