//===- Explanation.cpp - all there is to say of one dimension - -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/Explanation.h"
#include "Table.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace gac;

llvm::Expected<Explanation> Explanation::create(const ModelPlanner &planner,
                                                StringRef file,
                                                StringRef dimension) {
  const ModelProblem &model = planner.getModel();
  llvm::Expected<Term> term = findDimension(model.analysis, dimension);
  if (!term)
    return term.takeError();
  llvm::Expected<RepairPlan> least = planner.plan(Strategy::Minimal);
  if (!least)
    return least.takeError();
  Explanation result(planner, file, *term);
  result.now = model.problem.getSizes();
  result.repaired = std::move(least->sizes);
  Totals totals;
  for (Finding &finding :
       collectFindings(model, planner.getPriced(), result.repaired, totals))
    if (model.analysis.getSpace().normalise(finding.term) ==
        result.path.getTerm())
      result.finding = std::move(finding);
  return result;
}

std::optional<unsigned> Explanation::findUse(const DimensionUse &use) const {
  const ModelProblem &model = planner.getModel();
  DimensionSpace &space = model.analysis.getSpace();
  for (auto [index, known] : llvm::enumerate(model.uses))
    if (known->op == use.op && known->role == use.role &&
        known->offset == use.offset &&
        space.normalise(known->term) == space.normalise(use.term))
      return index;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

SmallVector<std::string> Explanation::getReasons() const {
  const DimensionAnalysis &analysis = planner.getModel().analysis;
  DimensionSpace &space = analysis.getSpace();
  if (finding)
    return describeReasons(analysis, *finding);
  SmallVector<std::string> reasons;
  for (AtomId atom : space.getLeaves(path.getTerm()))
    for (const FixReason *reason : space.getReasons(atom))
      if (std::string text = analysis.describe(*reason);
          !llvm::is_contained(reasons, text))
        reasons.push_back(std::move(text));
  return reasons;
}

void Explanation::printVerdict(raw_ostream &os) const {
  const ModelProblem &model = planner.getModel();
  Term term = path.getTerm();
  if (finding) {
    os << "below full speed";
    if (finding->costFactor)
      os << llvm::formatv(
          ": its operations take {0} of the time that they would without that; "
          "a repair saves {1} where nothing else slows them down",
          formatCostFactor(*finding), formatTime(*finding->lostTime));
    os << "\n";
  }
  SmallVector<std::string> reasons = getReasons();
  int64_t size = model.getSize(term).evaluate(now),
          then = model.getSize(term).evaluate(repaired);
  if (finding && !finding->repaired)
    os << "it cannot become a multiple of " << finding->required;
  else if (then != size)
    os << "the least repair makes it " << then;
  else if (finding)
    os << "the least repair moves it";
  else if (!reasons.empty())
    os << "it cannot grow";
  else
    os << "it may grow and does not need to";
  if (!reasons.empty())
    os << ": " << llvm::join(reasons, "; ");
  os << "\n";
  if (finding && finding->remedy)
    os << describeRemedy(*finding->remedy) << "\n";
}

void Explanation::print(raw_ostream &os, bool isWhole) const {
  const ModelProblem &model = planner.getModel();
  const PricedProblem &priced = planner.getPriced();
  Term term = path.getTerm();
  ModulePlace place = model.names.locate(model.analysis, term);
  os << model.analysis.getId(term) << " = "
     << model.analysis.getSpace().getSize(term).str() << ": "
     << model.meanings.describe(term);
  for (const std::string &text :
       {model.names.formatBlocks(place, /*isOne=*/true),
        ModuleNames::formatModules(place)})
    os << (text.empty() ? "" : ", ") << text;
  os << "\n\n";

  CauseLegend legend;
  auto describe = [&](const DimensionUse &use) -> std::string {
    std::optional<unsigned> index = findUse(use);
    if (!index)
      return "";
    if (priced.getRules(*index).empty())
      return "no rule of the target";
    SmallVector<std::string> slow;
    for (const AppliedRule &applied : priced.getRules(*index)) {
      const Rule &rule = *applied.rule;
      const Tier &tier = rule.tiers[rule.getTier(applied.value.evaluate(now))];
      // A row distance follows from the size that it is the size of.
      if (tier.fullSpeed ||
          (!slow.empty() && rule.quantity == Quantity::Stride))
        continue;
      std::string text =
          rule.quantity == Quantity::Size
              ? formatTier(applied.value.evaluate(now), tier.multiple,
                           rule.getFullSpeedMultiple())
              : stringifyQuantity(rule.quantity).str();
      slow.push_back(text + " [" + legend.getMark({&rule, &tier}) + "]");
    }
    std::string text = slow.empty() ? "full speed" : llvm::join(slow, ", ");
    if (!priced.getTarget().isMeasured(priced.getDType()))
      return text;
    unsigned op = model.problem.uses[*index].op;
    std::string before = formatTime(priced.getTime(op, now)),
                after = formatTime(priced.getTime(op, repaired));
    text += "; " + before;
    if (after != before)
      text += " -> " + after + " after the least repair";
    return text;
  };
  path.print(os, model.names, isWhole, describe);
  os << "\n";
  if (!legend.empty()) {
    os << "causes:\n";
    legend.print(os);
    os << "\n";
  }
  printVerdict(os);
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

namespace json = llvm::json;

json::Object Explanation::toJSON(const PathUse &pathUse) const {
  const ModelProblem &model = planner.getModel();
  const PricedProblem &priced = planner.getPriced();
  const DimensionUse &use = model.analysis.getUses()[pathUse.index];
  DimensionSpace &space = model.analysis.getSpace();
  std::optional<int64_t> size = space.getConstantSize(use.term);
  json::Object object{
      {"role", stringifyRole(use.role)},
      {"operand", use.operand},
      {"axis", use.axis},
      {"offset", use.offset},
      {"size", size ? json::Value(*size) : json::Value(nullptr)},
      {"whole", pathUse.isWhole},
      {"full_speed", nullptr},
      {"time_us", nullptr},
      {"repaired_time_us", nullptr}};
  std::optional<unsigned> index = findUse(use);
  if (!index || priced.getRules(*index).empty())
    return object;
  object["full_speed"] = priced.isFullSpeed(*index, now);
  if (!priced.getTarget().isMeasured(priced.getDType()))
    return object;
  unsigned op = model.problem.uses[*index].op;
  object["time_us"] = double(priced.getTime(op, now)) * 1e-6;
  object["repaired_time_us"] = double(priced.getTime(op, repaired)) * 1e-6;
  return object;
}

json::Object Explanation::toJSON(const PathStep &step) const {
  auto toArray = [&](ArrayRef<PathEnd> ends) {
    json::Array array;
    for (const PathEnd &end : ends)
      array.push_back(json::Object{{"tensor", getValueName(end.value)},
                                   {"axis", end.axis},
                                   {"weight", isWeight(end.value)},
                                   {"text", path.format(end)}});
    return array;
  };
  json::Array uses;
  for (const PathUse &use : step.uses)
    uses.push_back(toJSON(use));
  return json::Object{{"node", getNodeName(step.op)},
                      {"op", getOnnxOpType(step.op)},
                      {"module", llvm::join(getModuleOfNode(step.op), ".")},
                      {"in", toArray(step.in)},
                      {"out", toArray(step.out)},
                      {"uses", std::move(uses)}};
}

json::Value Explanation::toJSON() const {
  const ModelProblem &model = planner.getModel();
  Term term = path.getTerm();
  ModulePlace place = model.names.locate(model.analysis, term);
  json::Array steps, inputs, outputs, reasons;
  for (const PathStep &step : path.getSteps())
    steps.push_back(toJSON(step));
  for (const PathEnd &input : path.getInputs())
    inputs.push_back(path.format(input));
  for (const PathEnd &output : path.getOutputs())
    outputs.push_back(path.format(output));
  for (std::string &reason : getReasons())
    reasons.push_back(std::move(reason));
  std::optional<int64_t> size = model.analysis.getSpace().getConstantSize(term);
  return json::Object{
      {"format", kReportFormat},
      {"kind", "explanation"},
      {"file", file},
      {"target", planner.getPriced().getTarget().name},
      {"dtype", stringifyDType(planner.getPriced().getDType())},
      {"id", model.analysis.getId(term)},
      {"size", size ? json::Value(*size) : json::Value(nullptr)},
      {"repaired_size", model.getSize(term).evaluate(repaired)},
      {"meaning", stringifyMeaning(model.meanings.get(term))},
      {"description", model.meanings.describe(term)},
      {"blocks", gac::toJSON(place)},
      {"module", ModuleNames::formatModules(place)},
      {"modules", json::Array(place.modules)},
      {"misaligned", finding.has_value()},
      {"cost_factor", finding && finding->costFactor
                          ? json::Value(*finding->costFactor)
                          : json::Value(nullptr)},
      {"lost_us", finding && finding->lostTime
                      ? json::Value(double(*finding->lostTime) * 1e-6)
                      : json::Value(nullptr)},
      {"fixed_by", std::move(reasons)},
      {"inputs", std::move(inputs)},
      {"outputs", std::move(outputs)},
      {"steps", std::move(steps)}};
}
