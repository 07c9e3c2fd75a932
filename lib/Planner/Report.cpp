//===- Report.cpp - findings as a table and as JSON ----------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Planner/Findings.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

namespace {
/// Rows of text cells, printed in columns as wide as their widest cell.
class Table {
public:
  explicit Table(ArrayRef<StringRef> head, ArrayRef<bool> alignRight)
      : alignRight(alignRight.begin(), alignRight.end()) {
    addRow(SmallVector<std::string>(head.begin(), head.end()));
  }

  void addRow(SmallVector<std::string> cells) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (auto [width, cell] : llvm::zip(widths, cells))
      width = std::max(width, cell.size());
    rows.push_back(std::move(cells));
  }

  void print(llvm::raw_ostream &os) const {
    for (auto [r, row] : llvm::enumerate(rows)) {
      std::string line;
      for (auto [c, cell] : llvm::enumerate(row)) {
        size_t padding = widths[c] - cell.size();
        if (alignRight[c])
          line.append(padding, ' ');
        line += cell;
        if (!alignRight[c])
          line.append(padding, ' ');
        line += "  ";
      }
      os << StringRef(line).rtrim() << "\n";
      if (r == 0) {
        size_t total = 2 * (widths.size() - 1);
        for (size_t width : widths)
          total += width;
        os << std::string(total, '-') << "\n";
      }
    }
  }

private:
  std::vector<SmallVector<std::string>> rows;
  SmallVector<size_t> widths;
  SmallVector<bool> alignRight;
};

/// Letters for the rules broken in a report, in order of appearance.
class CauseLegend {
public:
  std::string getMark(const Cause &cause) {
    const auto *it = llvm::find_if(
        causes, [&](const Cause &known) { return known.tier == cause.tier; });
    size_t index = it - causes.begin();
    if (it == causes.end())
      causes.push_back(cause);
    std::string mark(1, char('a' + index % 26));
    return index < 26 ? mark : mark + std::to_string(index / 26);
  }

  void print(llvm::raw_ostream &os) {
    for (const Cause &cause : SmallVector<Cause>(causes))
      os << "  " << getMark(cause) << "  " << cause.tier->cause << "\n     ["
         << cause.rule->id << ": " << cause.rule->source << "]\n";
  }

private:
  SmallVector<Cause> causes;
};
} // namespace

/// "odd, needs 8", "of 2, needs 8": the multiple that the size has, and the one
/// that it needs.
static std::string formatTier(const Finding &finding) {
  std::string tier = finding.multiple > 1
                         ? llvm::formatv("of {0}", finding.multiple).str()
                     : finding.size % 2 ? "odd"
                                        : "even";
  return llvm::formatv("{0}, needs {1}", tier, finding.required);
}

/// What the least repair does to a dimension.
static std::string formatRepair(const Finding &finding) {
  if (!finding.repaired)
    return "fixed";
  // One that is misaligned only by where it starts keeps its size.
  if (*finding.repaired == finding.size)
    return "moved";
  return llvm::formatv("-> {0}", *finding.repaired);
}

static std::string joinRoles(const Finding &finding) {
  SmallVector<std::string> names;
  for (Role role : finding.roles)
    names.push_back(stringifyRole(role).str());
  return llvm::join(names, ",");
}

static std::string formatTime(int64_t picoseconds) {
  double microseconds = double(picoseconds) * 1e-6;
  if (microseconds < 10000)
    return llvm::formatv("{0:f1} us", microseconds);
  return llvm::formatv("{0:f1} ms", microseconds / 1000);
}

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

void gac::printReport(llvm::raw_ostream &os, const ModelProblem &model,
                      const Report &report) {
  printHeader(os, report);
  os << "\n";
  if (!report.findings.empty()) {
    Table table({"layer", "tensor", "dimension", "roles", "size", "tier",
                 "cost", "repair", "cause"},
                {false, false, false, false, true, false, true, false, false});
    CauseLegend legend;
    for (const Finding &finding : report.findings) {
      SmallVector<std::string> marks;
      for (const Cause &cause : finding.causes)
        marks.push_back(legend.getMark(cause));
      table.addRow({finding.layer, finding.tensor, finding.id,
                    joinRoles(finding), std::to_string(finding.size),
                    formatTier(finding), formatCostFactor(finding),
                    formatRepair(finding), llvm::join(marks, " ")});
    }
    table.print(os);
    os << "\ncauses:\n";
    legend.print(os);
    os << "\n";
  }
  bool first = true;
  for (const Finding &finding : report.findings) {
    if (finding.repaired)
      continue;
    if (first)
      os << "cannot grow:\n";
    first = false;
    os << "  " << finding.id << " (" << finding.size
       << "): " << llvm::join(describeReasons(model.analysis, finding), "; ")
       << "\n";
    if (finding.remedy)
      os << "    " << describeRemedy(*finding.remedy) << "\n";
  }
  if (!first)
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

static json::Value toJSON(const ModelProblem &model, const Finding &finding) {
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
      {"layer", finding.layer},
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
      {"repaired_size",
       finding.repaired ? json::Value(*finding.repaired) : nullptr},
      {"fixed_by", std::move(fixedBy)},
      {"interface", ::toJSON(finding.remedy)},
      {"uses", std::move(uses)}};
}

json::Value gac::toJSON(const ModelProblem &model, const Report &report) {
  json::Array findings, symbols;
  for (const Finding &finding : report.findings)
    findings.push_back(::toJSON(model, finding));
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
      {"findings", std::move(findings)},
      {"totals",
       json::Object{{"dimensions", totals.dimensions},
                    {"misaligned", totals.misaligned},
                    {"repairable", totals.repairable},
                    {"time_us", toMicroseconds(totals.timeNow)},
                    {"repaired_time_us", toMicroseconds(totals.timeRepaired)},
                    {"weight_bytes", totals.weightBytes},
                    {"added_bytes", totals.addedBytes}}}};
}
