//===- ModelPlanner.cpp - findings and plans of a model ------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/ModelPlanner.h"
#include "Table.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Dialect/GAC/IR/ModelInterface.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace gac;

llvm::Expected<std::unique_ptr<ModelPlanner>>
ModelPlanner::create(const DimensionAnalysis &analysis,
                     const PricingOptions &options) {
  std::unique_ptr<ModelPlanner> planner(new ModelPlanner());

  llvm::Expected<Target> target = loadTarget(options.target);
  if (!target)
    return target.takeError();
  planner->target = std::move(*target);

  planner->defaultDType = options.dtype.empty();
  planner->dtype = getDefaultDType(analysis);
  if (!options.dtype.empty()) {
    std::optional<DType> dtype = symbolizeDType(options.dtype);
    if (!dtype || *dtype == DType::I8)
      return llvm::createStringError("unknown type '" + options.dtype +
                                     "': expected bf16, f16 or f32");
    planner->dtype = *dtype;
  }

  llvm::Expected<DimBindings> bindings = DimBindings::parse(options.dims);
  if (!bindings)
    return bindings.takeError();
  std::vector<std::string> names = getSymbols(analysis.getFunction());
  SmallVector<StringRef> known(names.begin(), names.end());
  if (llvm::Error error = bindings->checkKnown(known))
    return error;
  SymbolSizes sizes(*bindings, planner->target.reference);
  for (const std::string &name : names)
    planner->symbols.push_back({name, sizes.lookup(name), sizes.isBound(name)});

  planner->model =
      std::make_unique<ModelProblem>(analysis, sizes, planner->dtype);
  planner->priced = std::make_unique<PricedProblem>(
      planner->model->problem, planner->target, planner->dtype);
  return planner;
}

Report ModelPlanner::makeReport(StringRef file) const {
  return {file.str(), &target, dtype, defaultDType, symbols, {}, {}, {}, {}};
}

llvm::Expected<Report> ModelPlanner::analyze(StringRef file) const {
  llvm::Expected<RepairPlan> least = plan(Strategy::Minimal);
  if (!least)
    return least.takeError();
  Report report = makeReport(file);
  report.findings =
      collectFindings(*model, *priced, least->sizes, report.totals);
  report.groups = groupFindings(report.findings);
  report.totals.timeNow = least->timeNow;
  report.totals.timeRepaired = least->timeThen;
  report.totals.weightBytes = model->problem.storedBytes;
  report.totals.addedBytes = least->addedBytes;
  report.interface = getInterfaceChanges(*least);
  return report;
}

llvm::Expected<Report> ModelPlanner::getLeft(const RepairPlan &plan,
                                             StringRef file) const {
  Report report = makeReport(file);
  report.findings = collectFindings(*model, *priced, plan.sizes, report.totals);
  // What the least repair brings to full speed the strategy leaves alone.
  llvm::StringSet<> left;
  if (plan.strategy != Strategy::Minimal) {
    llvm::Expected<RepairPlan> least = this->plan(Strategy::Minimal);
    if (!least)
      return least.takeError();
    Totals ignored;
    for (const Finding &finding :
         collectFindings(*model, *priced, least->sizes, ignored))
      if (finding.repaired)
        left.insert(finding.id);
  }
  llvm::erase_if(report.findings,
                 [](const Finding &finding) { return finding.repaired; });
  for (Finding &finding : report.findings)
    if (left.contains(finding.id)) {
      finding.reasons.clear();
      finding.otherReasons.assign({"strategy minimal would repair it, " +
                                   stringifyStrategy(plan.strategy).str() +
                                   " does not"});
    }
  report.groups = groupFindings(report.findings);
  return report;
}

llvm::Expected<RepairPlan> ModelPlanner::plan(Strategy strategy,
                                              const Budget &budget) const {
  llvm::Expected<PlanSolution> solution =
      solve(*priced, strategy, getRest(budget));
  if (!solution)
    return solution.takeError();
  RepairPlan plan{strategy,        std::move(solution->sizes),
                  solution->exact, 0,
                  std::nullopt,    std::nullopt};
  plan.addedBytes = model->problem.getAddedBytes(plan.sizes);
  if (target.isMeasured(dtype)) {
    plan.timeNow = priced->getTotalTime(model->problem.getSizes());
    plan.timeThen = priced->getTotalTime(plan.sizes);
  }
  return plan;
}

Budget ModelPlanner::getRest(const Budget &budget) const {
  int64_t now = model->problem.storedBytes;
  auto module = model->analysis.getFunction()->getParentOfType<ModuleOp>();
  auto before = module->getAttrOfType<IntegerAttr>(attr::weightBytes);
  int64_t base = before ? std::clamp<int64_t>(before.getInt(), 0, now) : now;
  Budget rest;
  rest.bytes = std::max<int64_t>(budget.getBytes(base) - (now - base), 0);
  return rest;
}

void ModelPlanner::attachPlan(ModuleOp module, const RepairPlan &plan) const {
  PlanAttr attribute = getPlanAttr(module.getContext(), plan);
  module->setAttr(attr::plan, attribute);
  if (plan.strategy == Strategy::Tradeoff && !attribute.getGrowths().empty() &&
      !module->hasAttr(attr::weightBytes))
    module->setAttr(attr::weightBytes,
                    Builder(module.getContext())
                        .getI64IntegerAttr(model->problem.storedBytes));
}

PlanAttr ModelPlanner::getPlanAttr(MLIRContext *context,
                                   const RepairPlan &plan) const {
  SmallVector<GrowthAttr> growths;
  for (auto [variable, size] : llvm::zip(model->problem.variables, plan.sizes))
    if (size != variable.size)
      growths.push_back(
          GrowthAttr::get(context, variable.id, variable.size, size));
  return PlanAttr::get(context, target.name, stringifyDType(dtype),
                       stringifyStrategy(plan.strategy), growths,
                       /*multiplications=*/{}, /*merges=*/{});
}

std::vector<InterfaceChange>
ModelPlanner::getInterfaceChanges(const RepairPlan &plan) const {
  const DimensionAnalysis &analysis = model->analysis;
  DimensionSpace &space = analysis.getSpace();
  Growth growth = model->getGrowth(plan.sizes);
  std::vector<InterfaceChange> changes;
  for (const InterfaceValue &value : getInterface(analysis.getFunction())) {
    auto axes = analysis.getAxes(value.getValue());
    if (!axes || !value.mayChange()) // What is cut goes out as it was.
      continue;
    InterfaceChange change{value.isInput(), value.getName().str(), {}};
    for (auto [index, axis] : llvm::enumerate(*axes))
      if (space.grows(axis, growth))
        change.axes.push_back({static_cast<unsigned>(index),
                               *space.getConstantSize(axis),
                               *space.getNewSize(axis, growth).getConstant()});
    if (!change.axes.empty())
      changes.push_back(std::move(change));
  }
  return changes;
}

/// "2 outputs", "1 Softmax node".
static std::string countOf(unsigned number, const llvm::Twine &what) {
  return (llvm::Twine(number) + " " + what + (number == 1 ? "" : "s")).str();
}

static bool isOutput(const DimensionRewrite &rewrite) {
  return rewrite.op->hasTrait<mlir::OpTrait::IsTerminator>();
}

/// The node that a rewrite is about, or the output that is cut, and the
/// operator that is written out or added.
struct RewriteNames {
  StringRef node, op;
};
static RewriteNames getRewriteNames(const DimensionRewrite &rewrite,
                                    const DimensionAnalysis &analysis,
                                    const Growth &growth) {
  auto isOfRewrite = [&](const auto &entry) {
    return entry.user == rewrite.op && entry.value == rewrite.value;
  };
  switch (rewrite.kind) {
  case RewriteKind::WrittenOut:
    return {getNodeName(rewrite.op), getOnnxOpType(rewrite.op)};
  case RewriteKind::Cut: {
    auto isMadeBySlice = [&](const LaneCut &cut) {
      return isSlice(cut, analysis.getSpace(), growth);
    };
    bool isByGather = llvm::any_of(analysis.getCuts(), [&](const LaneCut &cut) {
      return isOfRewrite(cut) && !isMadeBySlice(cut);
    });
    // In front of a pad.
    if (rewrite.op == rewrite.value.getDefiningOp())
      for (const LanePad &pad : analysis.getPads())
        isByGather |=
            pad.value == rewrite.value &&
            !isMadeBySlice({rewrite.op, pad.value, pad.axis, pad.made, Term()});
    return {isOutput(rewrite) ? getValueName(rewrite.value)
                              : getNodeName(rewrite.op),
            isByGather ? "Gather" : "Slice"};
  }
  case RewriteKind::Mask:
    return {getNodeName(rewrite.op), llvm::any_of(analysis.getMasks(),
                                                  [&](const LaneMask &mask) {
                                                    return isOfRewrite(mask) &&
                                                           mask.number != 0.0;
                                                  })
                                         ? "Add"
                                         : "Mul"};
  case RewriteKind::Pad:
    return {getNodeName(rewrite.op), "Pad"};
  }
  llvm_unreachable("unknown kind of rewrite");
}

/// The name of a kind in JSON.
static StringRef getName(RewriteKind kind) {
  switch (kind) {
  case RewriteKind::WrittenOut:
    return "written out";
  case RewriteKind::Cut:
    return "cut";
  case RewriteKind::Mask:
    return "mask";
  case RewriteKind::Pad:
    return "pad";
  }
  llvm_unreachable("unknown kind of rewrite");
}

void ModelPlanner::printRewrites(llvm::raw_ostream &os,
                                 const RepairPlan &plan) const {
  // By kind and operator, in the order of the model.
  struct Total {
    unsigned ops = 0, nodes = 0, passes = 0;
    int64_t time = 0;
  };
  llvm::MapVector<std::pair<RewriteKind, StringRef>, Total> totals;
  Growth growth = model->getGrowth(plan.sizes);
  for (auto [i, rewrite] : llvm::enumerate(model->rewrites)) {
    if (!model->problem.isMade(model->problem.rewrites[i], plan.sizes))
      continue;
    bool isCut = rewrite->kind == RewriteKind::Cut;
    Total &total =
        totals[{rewrite->kind,
                isCut ? (isOutput(*rewrite) ? "output" : "operand")
                      : getRewriteNames(*rewrite, model->analysis, growth).op}];
    ++total.ops;
    total.nodes += rewrite->nodes;
    total.passes += rewrite->passes;
    total.time += priced->getRewriteTime(i, plan.sizes);
  }
  for (const auto &[key, total] : totals) {
    const auto &[kind, op] = key;
    switch (kind) {
    case RewriteKind::WrittenOut:
      os << countOf(total.ops, op + " node") << " written out as "
         << total.nodes;
      // What passes more through memory is a norm.
      if (total.passes != 0)
        os << ", which count the lanes without padding";
      break;
    case RewriteKind::Cut:
      os << countOf(total.ops, op) << " cut to the old lanes";
      break;
    case RewriteKind::Mask:
      os << countOf(total.ops, "operand")
         << " masked, where padding would count";
      break;
    case RewriteKind::Pad:
      os << countOf(total.ops, "result")
         << " padded, of which no more lanes can be made";
      break;
    }
    if (plan.timeNow)
      os << llvm::formatv(": predicted {0:f1} us more",
                          double(total.time) * 1e-6);
    os << "\n";
  }
}

/// The table of what grows: a line for all that are alike but for the block.
void ModelPlanner::printGrowths(llvm::raw_ostream &os, ArrayRef<unsigned> grown,
                                const RepairPlan &plan, bool isWhole) const {
  const DimensionAnalysis &analysis = model->analysis;
  DimensionSpace &space = analysis.getSpace();
  auto getGroups = [&](bool bySize) {
    std::vector<ModulePlace> places;
    SmallVector<const ModulePlace *> pointers;
    SmallVector<std::string> keys;
    for (unsigned i : grown) {
      Term term = space.getTerm(model->atoms[i]);
      places.push_back(model->names.locate(analysis, term));
      std::string &key =
          keys.emplace_back(stringifyMeaning(model->meanings.get(term)));
      if (bySize)
        key += llvm::formatv(" {0} {1}", model->problem.variables[i].size,
                             plan.sizes[i]);
      if (isWhole)
        key += " " + std::to_string(i);
    }
    for (const ModulePlace &place : places)
      pointers.push_back(&place);
    return groupByPlace(pointers, keys);
  };
  std::vector<PlaceGroup> groups = getGroups(/*bySize=*/true);
  if (!isWhole && groups.size() > kMaxLines)
    groups = getGroups(/*bySize=*/false);

  Table table({{""}, {""}, {""}, {"", true}, {""}, {""}});
  for (const PlaceGroup &group : groups) {
    SmallVector<int64_t> from, to;
    for (unsigned member : group.members) {
      from.push_back(model->problem.variables[grown[member]].size);
      to.push_back(plan.sizes[grown[member]]);
    }
    unsigned first = grown[group.members.front()];
    table.addRow(
        {model->names.formatBlocks(group.place,
                                   /*isOne=*/group.members.size() == 1),
         ModuleNames::formatModules(group.place),
         model->meanings.describe(space.getTerm(model->atoms[first])),
         formatSizes(from), "-> " + formatSizes(to),
         formatIds(model->problem.variables[first].id, group.members.size())});
  }
  table.print(os, "  ");
}

void ModelPlanner::printPlan(llvm::raw_ostream &os, const RepairPlan &plan,
                             const Report &rest, bool isWhole) const {
  SmallVector<unsigned> grown;
  for (auto [i, variable] : llvm::enumerate(model->problem.variables))
    if (plan.sizes[i] != variable.size)
      grown.push_back(i);
  os << "plan: strategy " << stringifyStrategy(plan.strategy) << ", target "
     << target.name << ", priced as " << stringifyDType(dtype) << "\n";
  printGrowths(os, grown, plan, isWhole);
  for (const InterfaceChange &change : getInterfaceChanges(plan)) {
    os << (change.isInput ? "  input " : "  output ") << change.name;
    for (const InterfaceChange::Axis &axis : change.axes)
      os << llvm::formatv("{0} axis {1}: {2} -> {3}",
                          &axis == &change.axes.front() ? "" : ",", axis.axis,
                          axis.from, axis.to);
    os << "\n";
  }
  printRewrites(os, plan);
  os << grown.size()
     << (grown.size() == 1 ? " dimension grows" : " dimensions grow") << ", "
     << formatBytes(plan.addedBytes) << " added to "
     << formatBytes(model->problem.storedBytes) << " of weights";
  if (plan.timeNow && *plan.timeThen > 0)
    os << llvm::formatv(", predicted time {0:f1} us -> {1:f1} us",
                        double(*plan.timeNow) * 1e-6,
                        double(*plan.timeThen) * 1e-6);
  os << "\n";
  if (!plan.exact)
    os << "the dimensions are too entangled for an exact plan: only the next "
          "multiples of each were considered\n";
  size_t left = rest.findings.size();
  printFixed(os,
             llvm::formatv("{0} dimension{1} below full speed", left,
                           left == 1 ? " stays" : "s stay")
                 .str(),
             *model, rest, isWhole);
}

llvm::json::Value ModelPlanner::toJSON(const RepairPlan &plan,
                                       const Report &rest) const {
  llvm::json::Array growths;
  for (auto [i, variable] : llvm::enumerate(model->problem.variables)) {
    if (plan.sizes[i] == variable.size)
      continue;
    llvm::json::Array weights;
    for (unsigned weight : model->analysis.getWeightsOf(model->atoms[i])) {
      StringRef name =
          getValueName(model->analysis.getWeightUses()[weight].weight);
      if (weights.empty() || *weights.back().getAsString() != name)
        weights.push_back(name);
    }
    Term term = model->analysis.getSpace().getTerm(model->atoms[i]);
    ModulePlace place = model->names.locate(model->analysis, term);
    growths.push_back(llvm::json::Object{
        {"id", variable.id},
        {"meaning", stringifyMeaning(model->meanings.get(term))},
        {"blocks", gac::toJSON(place)},
        {"module", ModuleNames::formatModules(place)},
        {"from", variable.size},
        {"to", plan.sizes[i]},
        {"weights", std::move(weights)}});
  }
  llvm::json::Array interface;
  for (const InterfaceChange &change : getInterfaceChanges(plan)) {
    llvm::json::Array axes;
    for (const InterfaceChange::Axis &axis : change.axes)
      axes.push_back(llvm::json::Object{
          {"axis", axis.axis}, {"from", axis.from}, {"to", axis.to}});
    interface.push_back(
        llvm::json::Object{{"kind", change.isInput ? "input" : "output"},
                           {"name", change.name},
                           {"axes", std::move(axes)}});
  }
  auto toMicroseconds = [](std::optional<int64_t> time) -> llvm::json::Value {
    return time ? llvm::json::Value(double(*time) * 1e-6) : nullptr;
  };
  llvm::json::Array rewrites;
  Growth growth = model->getGrowth(plan.sizes);
  for (auto [i, rewrite] : llvm::enumerate(model->rewrites)) {
    if (!model->problem.isMade(model->problem.rewrites[i], plan.sizes))
      continue;
    std::optional<int64_t> time;
    if (plan.timeNow)
      time = priced->getRewriteTime(i, plan.sizes);
    auto [node, op] = getRewriteNames(*rewrite, model->analysis, growth);
    rewrites.push_back(llvm::json::Object{{"kind", getName(rewrite->kind)},
                                          {"node", node},
                                          {"op", op},
                                          {"nodes", rewrite->nodes},
                                          {"time_us", toMicroseconds(time)}});
  }
  return llvm::json::Object{
      {"format", kReportFormat},
      {"kind", "plan"},
      {"file", rest.file},
      {"target", target.name},
      {"dtype", stringifyDType(dtype)},
      {"strategy", stringifyStrategy(plan.strategy)},
      {"exact", plan.exact},
      {"growths", std::move(growths)},
      {"interface", std::move(interface)},
      {"rewrites", std::move(rewrites)},
      {"left", findingsToJSON(*model, rest)},
      {"weight_bytes", model->problem.storedBytes},
      {"added_bytes", plan.addedBytes},
      {"time_us", toMicroseconds(plan.timeNow)},
      {"repaired_time_us", toMicroseconds(plan.timeThen)}};
}
