//===- Report.cpp - findings as a table and as JSON ----------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Table.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

/// What the least repair does to dimensions.
static std::string formatRepair(ArrayRef<const Finding *> findings) {
  const Finding &first = *findings.front();
  if (!first.repaired)
    return "fixed";
  // One that is misaligned only by where it starts keeps its size.
  if (*first.repaired == first.size)
    return "moved";
  SmallVector<int64_t> sizes;
  for (const Finding *finding : findings)
    sizes.push_back(*finding->repaired);
  return "-> " + formatSizes(sizes);
}

static std::string joinRoles(const Finding &finding) {
  SmallVector<std::string> names;
  for (Role role : finding.roles)
    names.push_back(stringifyRole(role).str());
  return llvm::join(names, ",");
}

/// "0.4 us (1.2 %)".
static std::string formatSaving(const FindingGroup &group,
                                const Totals &totals) {
  // Without measurements the cost says so.
  if (!group.lostTime)
    return "";
  std::string text = formatTime(*group.lostTime);
  if (totals.timeNow && *totals.timeNow > 0) {
    double percent = 100.0 * double(*group.lostTime) / double(*totals.timeNow);
    text +=
        llvm::formatv(" ({0:f1} %)", std::abs(percent) < 0.05 ? 0 : percent);
  }
  return text;
}

namespace {
/// A group with its members at hand.
struct Line {
  const FindingGroup &group;
  SmallVector<const Finding *> findings;

  Line(const Report &report, const FindingGroup &group) : group(group) {
    for (unsigned member : group.members)
      findings.push_back(&report.findings[member]);
  }

  const Finding &first() const { return *findings.front(); }
  /// What they are to the model; the parts that they are made of may differ.
  std::string describe() const {
    bool isSame = llvm::all_of(findings, [&](const Finding *finding) {
      return finding->description == first().description;
    });
    return isSame ? first().description
                  : describeMeaning(first().meaning).str();
  }
  std::string formatBlocks(const ModuleNames &names) const {
    return names.formatBlocks(group.place, /*isOne=*/findings.size() == 1);
  }
  /// The modules, or where there are none the node.
  std::string formatModules() const {
    if (group.place.isEmpty())
      return first().layer + (findings.size() == 1 ? "" : ", ...");
    return ModuleNames::formatModules(group.place);
  }
  std::string formatSize() const {
    SmallVector<int64_t> sizes;
    for (const Finding *finding : findings)
      sizes.push_back(finding->size);
    return formatSizes(sizes);
  }
  std::string formatIds() const {
    return gac::formatIds(first().id, findings.size());
  }
};
} // namespace

static void printHeader(llvm::raw_ostream &os, const Report &report) {
  os << report.file << ": priced as " << stringifyDType(report.dtype)
     << (report.defaultDType ? "" : " (--dtype)") << " for "
     << report.target->name << ", " << report.target->title << "\n";
  if (report.symbols.empty())
    return;
  os << "sizes:";
  for (const SymbolSize &symbol : report.symbols)
    os << ' ' << symbol.name << " = " << symbol.size
       << (symbol.bound ? "" : " (reference)")
       << (&symbol == &report.symbols.back() ? "" : ",");
  os << "\n";
}

static void printTotals(llvm::raw_ostream &os, const Report &report) {
  const Totals &totals = report.totals;
  os << totals.misaligned << " of " << totals.dimensions
     << (totals.dimensions == 1 ? " dimension" : " dimensions")
     << " below full speed";
  if (totals.misaligned == 0) {
    os << "\n";
    return;
  }
  os << ": " << totals.repairable << " can be repaired, "
     << totals.misaligned - totals.repairable << " cannot\n";
  os << "the least repair adds " << formatBytes(totals.addedBytes) << " to "
     << formatBytes(totals.weightBytes) << " of weights";
  if (totals.weightBytes > 0)
    os << llvm::formatv(" ({0:f2} %)", 100.0 * double(totals.addedBytes) /
                                           double(totals.weightBytes));
  if (!totals.timeNow) {
    os << "; times were not measured on " << report.target->name << "\n";
    return;
  }
  os << "; predicted time of matrix products, convolutions and attention "
     << formatTime(*totals.timeNow) << " -> "
     << formatTime(*totals.timeRepaired);
  if (*totals.timeRepaired > 0)
    os << llvm::formatv(" ({0:f2}x)",
                        double(*totals.timeNow) / double(*totals.timeRepaired));
  os << "\n";
}

static void printTable(llvm::raw_ostream &os, const ModelProblem &model,
                       const Report &report, ArrayRef<FindingGroup> groups) {
  Table table({{"layers"},
               {"module"},
               {"role"},
               {"used as"},
               {"size", true},
               {"tier"},
               {"count", true},
               {"cost", true},
               {"repair saves", true},
               {"repair"},
               {"cause"},
               {"dimension"}});
  CauseLegend legend;
  for (const FindingGroup &group : groups) {
    Line line(report, group);
    const Finding &first = line.first();
    SmallVector<std::string> marks;
    for (const Cause &cause : first.causes)
      marks.push_back(legend.getMark(cause));
    table.addRow(
        {line.formatBlocks(model.names), line.formatModules(), line.describe(),
         joinRoles(first), line.formatSize(),
         formatTier(first.size, first.multiple, first.required),
         line.findings.size() == 1 ? "" : std::to_string(line.findings.size()),
         formatCostFactor(first), formatSaving(group, report.totals),
         formatRepair(line.findings), llvm::join(marks, " "),
         line.formatIds()});
  }
  table.print(os);
  os << "\ncauses:\n";
  legend.print(os);
  os << "\n";
}

/// The groups that a table has a line for.
static std::vector<FindingGroup> getLines(const Report &report, bool isWhole) {
  if (!isWhole)
    return report.groups.size() > kMaxLines
               ? groupFindings(report.findings, /*bySize=*/false)
               : report.groups;
  std::vector<FindingGroup> lines;
  for (auto [i, finding] : llvm::enumerate(report.findings))
    lines.push_back(
        {{static_cast<unsigned>(i)}, finding.place, finding.lostTime});
  return lines;
}

void gac::printFixed(llvm::raw_ostream &os, StringRef heading,
                     const ModelProblem &model, const Report &report,
                     bool isWhole) {
  bool isAny = false;
  for (const FindingGroup &group : getLines(report, isWhole)) {
    Line line(report, group);
    if (line.first().repaired)
      continue;
    if (!isAny)
      os << heading << ":\n";
    isAny = true;
    std::string blocks = line.formatBlocks(model.names),
                modules = line.formatModules();
    os << "  " << line.formatIds() << " (" << blocks
       << (blocks.empty() || modules.empty() ? "" : " ") << modules
       << (blocks.empty() && modules.empty() ? "" : ", ") << line.describe()
       << ", " << line.formatSize() << "): "
       << llvm::join(describeReasons(model.analysis, line.findings), "; ")
       << "\n";
    SmallVector<const InterfaceRemedy *> remedies;
    for (const Finding *finding : line.findings)
      if (finding->remedy)
        remedies.push_back(&*finding->remedy);
    if (!remedies.empty())
      os << "    " << describeRemedy(mergeRemedies(remedies)) << "\n";
  }
}

void gac::printReport(llvm::raw_ostream &os, const ModelProblem &model,
                      const Report &report, bool isWhole) {
  printHeader(os, report);
  os << "\n";
  if (!report.findings.empty())
    printTable(os, model, report, getLines(report, isWhole));
  printFixed(os, "cannot grow", model, report, isWhole);
  if (report.totals.misaligned > report.totals.repairable)
    os << "\n";
  printTotals(os, report);
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

namespace json = llvm::json;

static json::Value toMicroseconds(std::optional<int64_t> picoseconds) {
  return picoseconds ? json::Value(double(*picoseconds) * 1e-6) : nullptr;
}

static json::Value toJSON(const std::optional<InterfaceRemedy> &remedy) {
  if (!remedy)
    return nullptr;
  return json::Object{{"allow", remedy->patterns},
                      {"names", remedy->names},
                      {"copied_bytes", remedy->copiedBytes},
                      {"copies_us", toMicroseconds(remedy->copyTime)}};
}

static json::Value toShare(std::optional<int64_t> time, const Totals &totals) {
  if (!time || !totals.timeNow || *totals.timeNow <= 0)
    return nullptr;
  return double(*time) / double(*totals.timeNow);
}

json::Array gac::toJSON(const ModulePlace &place) {
  json::Array blocks;
  for (const auto &[container, numbers] : place.blocks)
    blocks.push_back(json::Object{{"container", container},
                                  {"numbers", json::Array(numbers)}});
  return blocks;
}

static json::Value toJSON(const ModelProblem &model, const Report &report,
                          const FindingGroup &group) {
  Line line(report, group);
  json::Array members;
  for (const Finding *finding : line.findings)
    members.push_back(finding->id);
  return json::Object{{"layers", line.formatBlocks(model.names)},
                      {"blocks", gac::toJSON(group.place)},
                      {"module", ModuleNames::formatModules(group.place)},
                      {"meaning", stringifyMeaning(line.first().meaning)},
                      {"description", line.describe()},
                      {"size", line.first().size},
                      {"lost_us", toMicroseconds(group.lostTime)},
                      {"lost_share", toShare(group.lostTime, report.totals)},
                      {"findings", std::move(members)}};
}

static json::Value toJSON(const ModelProblem &model, const Report &report,
                          const Finding &finding, unsigned group) {
  const DimensionAnalysis &analysis = model.analysis;
  json::Array roles, causes, fixedBy, uses;
  for (Role role : finding.roles)
    roles.push_back(stringifyRole(role));
  for (const Cause &cause : finding.causes)
    causes.push_back(
        json::Object{{"rule", cause.rule->id},
                     {"role", stringifyRole(cause.rule->role)},
                     {"on", stringifyQuantity(cause.rule->quantity)},
                     {"multiple", cause.tier->multiple},
                     {"required", cause.rule->getFullSpeedMultiple()},
                     {"text", cause.tier->cause},
                     {"source", cause.rule->source}});
  for (const FixReason *reason : finding.reasons) {
    json::Object entry{{"text", analysis.describe(*reason)},
                       {"node", nullptr},
                       {"op", nullptr}};
    if (reason->op) {
      entry["node"] = getNodeName(reason->op);
      entry["op"] = getOnnxOpType(reason->op);
    }
    fixedBy.push_back(std::move(entry));
  }
  for (const std::string &reason : finding.otherReasons)
    fixedBy.push_back(
        json::Object{{"text", reason}, {"node", nullptr}, {"op", nullptr}});
  for (unsigned i : finding.uses) {
    const DimensionUse &use = *model.uses[i];
    uses.push_back(json::Object{{"node", getNodeName(use.op)},
                                {"op", getOnnxOpType(use.op)},
                                {"role", stringifyRole(use.role)},
                                {"operand", use.operand},
                                {"axis", use.axis},
                                {"contiguous", use.contiguous},
                                {"offset", use.offset}});
  }
  return json::Object{
      {"id", finding.id},
      {"group", group},
      {"meaning", stringifyMeaning(finding.meaning)},
      {"description", finding.description},
      {"layer", finding.layer},
      {"blocks", gac::toJSON(finding.place)},
      {"module", ModuleNames::formatModules(finding.place)},
      {"modules", json::Array(finding.place.modules)},
      {"tensor", finding.tensor},
      {"axis", finding.axis},
      {"roles", std::move(roles)},
      {"size", finding.size},
      {"multiple", finding.multiple},
      {"required", finding.required},
      {"cause", finding.causes.front().tier->cause},
      {"causes", std::move(causes)},
      {"cost_factor",
       finding.costFactor ? json::Value(*finding.costFactor) : nullptr},
      {"lost_us", toMicroseconds(finding.lostTime)},
      {"lost_share", toShare(finding.lostTime, report.totals)},
      {"repaired_size",
       finding.repaired ? json::Value(*finding.repaired) : nullptr},
      {"fixed_by", std::move(fixedBy)},
      {"interface", ::toJSON(finding.remedy)},
      {"uses", std::move(uses)}};
}

json::Array gac::findingsToJSON(const ModelProblem &model,
                                const Report &report) {
  json::Array findings;
  std::vector<unsigned> groupOf(report.findings.size());
  for (auto [i, group] : llvm::enumerate(report.groups))
    for (unsigned member : group.members)
      groupOf[member] = i;
  for (auto [finding, group] : llvm::zip(report.findings, groupOf))
    findings.push_back(::toJSON(model, report, finding, group));
  return findings;
}

json::Value gac::toJSON(const ModelProblem &model, const Report &report) {
  json::Array groups, symbols;
  for (const FindingGroup &group : report.groups)
    groups.push_back(::toJSON(model, report, group));
  for (const SymbolSize &symbol : report.symbols)
    symbols.push_back(json::Object{
        {"name", symbol.name}, {"size", symbol.size}, {"bound", symbol.bound}});
  const Totals &totals = report.totals;
  return json::Object{
      {"format", kReportFormat},
      {"kind", "findings"},
      {"file", report.file},
      {"target", report.target->name},
      {"dtype", stringifyDType(report.dtype)},
      {"default_dtype", report.defaultDType},
      {"symbols", std::move(symbols)},
      {"findings", findingsToJSON(model, report)},
      {"groups", std::move(groups)},
      {"totals",
       json::Object{{"dimensions", totals.dimensions},
                    {"misaligned", totals.misaligned},
                    {"repairable", totals.repairable},
                    {"time_us", toMicroseconds(totals.timeNow)},
                    {"repaired_time_us", toMicroseconds(totals.timeRepaired)},
                    {"weight_bytes", totals.weightBytes},
                    {"added_bytes", totals.addedBytes}}}};
}
