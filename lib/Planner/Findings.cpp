//===- Findings.cpp - what the hardware dislikes in a model --- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/Findings.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace gac;

namespace {
/// Builds the finding of one dimension from the uses of its term.
class FindingBuilder {
public:
  FindingBuilder(const ModelProblem &model, const PricedProblem &priced,
                 ArrayRef<int64_t> repaired)
      : model(model), priced(priced), space(model.analysis.getSpace()),
        now(model.problem.getSizes()), repaired(repaired) {}

  /// Nothing if all uses are at full speed.
  std::optional<Finding> build(Term term, ArrayRef<unsigned> uses);

private:
  void collectCauses(Finding &finding, ArrayRef<unsigned> uses);
  void name(Finding &finding);
  void priceRepair(Finding &finding, ArrayRef<unsigned> uses);
  void explain(Finding &finding);
  /// Whether growth to `sizes` brings all uses to full speed.
  bool isAligned(ArrayRef<unsigned> uses, ArrayRef<int64_t> sizes) const;

  const ModelProblem &model;
  const PricedProblem &priced;
  DimensionSpace &space;
  std::vector<int64_t> now;
  ArrayRef<int64_t> repaired;
};
} // namespace

bool FindingBuilder::isAligned(ArrayRef<unsigned> uses,
                               ArrayRef<int64_t> sizes) const {
  return llvm::all_of(uses, [&](unsigned use) {
    return llvm::all_of(priced.getRules(use), [&](const AppliedRule &applied) {
      return applied.rule->isFullSpeed(applied.value.evaluate(sizes));
    });
  });
}

void FindingBuilder::collectCauses(Finding &finding, ArrayRef<unsigned> uses) {
  for (unsigned use : uses) {
    bool suffers = false;
    for (const AppliedRule &applied : priced.getRules(use)) {
      const Rule *rule = applied.rule;
      const Tier *tier =
          &rule->tiers[rule->getTier(applied.value.evaluate(now))];
      // A row distance follows from the size that it is the size of.
      if (tier->fullSpeed || (suffers && rule->quantity == Quantity::Stride))
        continue;
      suffers = true;
      if (llvm::none_of(finding.causes, [&](const Cause &known) {
            return known.rule == rule && known.tier == tier;
          }))
        finding.causes.push_back({rule, tier});
    }
    if (!suffers)
      continue;
    finding.uses.push_back(use);
    Role role = model.problem.uses[use].role;
    if (!llvm::is_contained(finding.roles, role))
      finding.roles.push_back(role);
  }
  // Sizes first: what is wrong with strides and offsets mostly follows.
  llvm::sort(finding.causes, [](const Cause &a, const Cause &b) {
    return std::tuple(a.rule->quantity, a.rule) <
           std::tuple(b.rule->quantity, b.rule);
  });
}

/// The module of "model.layers.0.mlp.up_proj.weight", or that of the node where
/// the importer knows it, or the node itself.
static std::string getLayer(StringRef tensor, Operation *op) {
  if (auto layer = op->getAttrOfType<StringAttr>(attr::layer))
    return layer.getValue().str();
  for (StringRef suffix : {".weight", ".bias"})
    if (tensor.consume_back(suffix))
      return tensor.str();
  return getNodeName(op).str();
}

void FindingBuilder::name(Finding &finding) {
  const DimensionUse &first = *model.uses[finding.uses.front()];
  finding.id = model.analysis.getId(finding.term).str();
  if (finding.id.empty())
    finding.id = (getValueName(first.op->getOperand(first.operand)) + ":" +
                  Twine(first.axis))
                     .str();
  auto [tensor, axis] = StringRef(finding.id).rsplit(':');
  finding.tensor = tensor.str();
  finding.axis = axis.str();
  finding.layer = getLayer(tensor, first.op);
  finding.place = model.names.locate(model.analysis, finding.term);
  finding.meaning = model.meanings.get(finding.term);
  finding.description = model.meanings.describe(finding.term);
}

void FindingBuilder::priceRepair(Finding &finding, ArrayRef<unsigned> uses) {
  // The dimension alone at the size of the repair, or at the next multiple
  // where there is none.
  std::vector<int64_t> then = now;
  int64_t newSize = llvm::alignTo(finding.size, finding.required);
  if (finding.repaired) {
    for (unsigned variable : model.getSize(finding.term).getVariables())
      then[variable] = repaired[variable];
    newSize = *finding.repaired;
  }
  const Target &target = priced.getTarget();

  bool isMeasured = false;
  int64_t timeNow = 0, timeThen = 0;
  llvm::MapVector<unsigned, std::pair<Reach, Reach>> efficiencies;
  for (unsigned use : uses) {
    unsigned op = model.problem.uses[use].op;
    auto &[before, after] =
        efficiencies.insert({op, {Reach(1), Reach(1)}}).first->second;
    int64_t rows = model.problem.ops[op].rows;
    for (const AppliedRule &applied : priced.getRules(use)) {
      const Rule &rule = *applied.rule;
      unsigned tier = rule.getTier(applied.value.evaluate(now));
      unsigned newTier = rule.quantity == Quantity::Offset
                             ? rule.getFullSpeedTier()
                             : rule.getTier(newSize);
      auto old = target.getEfficiency(rule, tier, rows, finding.size);
      auto next = target.getEfficiency(rule, newTier, rows, newSize);
      if (!old || !next)
        continue;
      isMeasured |= !rule.tiers[tier].fullSpeed;
      before.efficiency = std::min(before.efficiency, *old);
      after.efficiency = std::min(after.efficiency, *next);
      before.fixed = std::max(before.fixed, rule.getFixed(tier, rows));
      after.fixed = std::max(after.fixed, rule.getFixed(newTier, rows));
    }
  }
  if (!isMeasured)
    return;
  for (auto &[op, share] : efficiencies) {
    const PlanOp &work = model.problem.ops[op];
    Work old{work.flops.evaluate(now), toBytes(work.bits.evaluate(now)),
             work.blocks};
    Work next{work.flops.evaluate(then), toBytes(work.bits.evaluate(then)),
              work.blocks};
    if (!finding.repaired) {
      double growth = double(newSize) / double(finding.size);
      next.flops = int64_t(double(next.flops) * growth);
      next.bytes = int64_t(double(next.bytes) * growth);
    }
    timeNow += predictTime(target, priced.getDType(op), old, share.first);
    timeThen += predictTime(target, priced.getDType(op), next, share.second);
  }
  if (timeThen <= 0)
    return;
  // Efficiencies are those of whole tiers: where the better tier comes out
  // slower for more lanes, that says no more than that nothing is lost.
  timeThen = std::min(timeThen, timeNow);
  finding.costFactor = double(timeNow) / double(timeThen);
  finding.lostTime = timeNow - timeThen;
}

void FindingBuilder::explain(Finding &finding) {
  if (finding.repaired)
    return;
  if (!space.getConstantSize(finding.term)) {
    finding.otherReasons.push_back("its size is symbolic: " +
                                   space.getSize(finding.term).str());
  }
  for (AtomId atom : space.getLeaves(finding.term)) {
    if (space.mayGrow(atom))
      continue;
    for (const FixReason *reason : space.getReasons(atom))
      if (!llvm::is_contained(finding.reasons, reason))
        finding.reasons.push_back(reason);
  }
  finding.remedy = findRemedy(model, priced, finding);
  if (!finding.reasons.empty() || !finding.otherReasons.empty())
    return;
  if (finding.size % finding.required == 0)
    finding.otherReasons.push_back(
        "it is read from the middle of a larger tensor");
  else
    finding.otherReasons.push_back(
        llvm::formatv("no growth of what it is made of, {0}, makes it a "
                      "multiple of {1} without misaligning as much elsewhere",
                      space.toString(finding.term), finding.required));
}

std::optional<Finding> FindingBuilder::build(Term term,
                                             ArrayRef<unsigned> uses) {
  // A product with a vector has no rows of its own that could be misaligned.
  if (space.normalise(term) == space.getUnit())
    return std::nullopt;
  Finding finding;
  finding.term = term;
  SizePolynomial size = model.getSize(term);
  finding.size = size.evaluate(now);
  collectCauses(finding, uses);
  if (finding.causes.empty())
    return std::nullopt;
  const Cause *hardest = &finding.causes.front();
  for (const Cause &cause : finding.causes)
    if (cause.rule->getFullSpeedMultiple() >
        hardest->rule->getFullSpeedMultiple())
      hardest = &cause;
  finding.multiple = hardest->tier->multiple;
  finding.required = hardest->rule->getFullSpeedMultiple();

  int64_t newSize = size.evaluate(repaired);
  // What is misaligned only by where it starts keeps its size.
  if (isAligned(uses, repaired))
    finding.repaired = newSize;
  name(finding);
  priceRepair(finding, uses);
  explain(finding);
  return finding;
}

std::vector<Finding> gac::collectFindings(const ModelProblem &model,
                                          const PricedProblem &priced,
                                          ArrayRef<int64_t> repaired,
                                          Totals &totals) {
  DimensionSpace &space = model.analysis.getSpace();
  llvm::MapVector<Term, SmallVector<unsigned>> usesOf;
  for (auto [i, use] : llvm::enumerate(model.uses))
    if (!priced.getRules(i).empty())
      usesOf[space.normalise(use->term)].push_back(i);

  std::vector<Finding> found;
  FindingBuilder builder(model, priced, repaired);
  totals.dimensions = usesOf.size();
  for (auto &[term, uses] : usesOf) {
    std::optional<Finding> finding = builder.build(term, uses);
    if (!finding)
      continue;
    ++totals.misaligned;
    totals.repairable += finding->repaired.has_value();
    found.push_back(std::move(*finding));
  }

  // Worst first; where nothing was measured, the lowest tier and most uses.
  SmallVector<unsigned> order =
      llvm::to_vector(llvm::seq<unsigned>(0, found.size()));
  llvm::sort(order, [&](unsigned a, unsigned b) {
    auto getKey = [&](unsigned i) {
      const Finding &finding = found[i];
      return std::tuple(-finding.costFactor.value_or(0),
                        -finding.lostTime.value_or(0), finding.multiple,
                        -int64_t(finding.uses.size()), i);
    };
    return getKey(a) < getKey(b);
  });
  std::vector<Finding> sorted;
  for (unsigned i : order)
    sorted.push_back(std::move(found[i]));
  return sorted;
}

//===----------------------------------------------------------------------===//
// Sentences
//===----------------------------------------------------------------------===//

std::string gac::describeCause(const Finding &finding, const Cause &cause) {
  return llvm::formatv("{0} = {1}: {2}", stringifyRole(cause.rule->role),
                       finding.size, cause.tier->cause);
}

SmallVector<std::string> gac::describeReasons(const DimensionAnalysis &analysis,
                                              const Finding &finding) {
  SmallVector<std::string> reasons;
  for (const FixReason *reason : finding.reasons)
    reasons.push_back(analysis.describe(*reason));
  reasons.append(finding.otherReasons.begin(), finding.otherReasons.end());
  return reasons;
}

std::string gac::formatCostFactor(const Finding &finding) {
  if (!finding.costFactor)
    return "not measured";
  return llvm::formatv("{0:f2}x", *finding.costFactor);
}

std::string gac::formatBytes(int64_t bytes) {
  if (bytes < 10240)
    return llvm::formatv("{0} bytes", bytes);
  double value = double(bytes) / 1024;
  for (const char *unit : {"KiB", "MiB", "GiB"}) {
    if (value < 1024 || unit[0] == 'G')
      return llvm::formatv("{0:f1} {1}", value, unit);
    value /= 1024;
  }
  return "";
}
