//===- CompileReport.cpp - What gac compile tells -------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompileReport.h"

#include "gac/Dialect/CUDA/IR/CUDAOps.h"
#include "gac/Emit/CUDA/Package.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;
using namespace gac;

static constexpr cuda::Family kFamilies[] = {
    cuda::Family::Gemm, cuda::Family::Attention, cuda::Family::Elementwise,
    cuda::Family::Movement};
static_assert(std::size(kFamilies) == CompileReport::numFamilies);

double CompileReport::Entry::getTotal() const {
  return std::accumulate(microseconds.begin(), microseconds.end(), 0.0);
}

CompileReport gac::makeCompileReport(ModuleOp module, bool graphOnly) {
  CompileReport report;
  for (auto entry : module.getOps<cuda::EntryOp>()) {
    CompileReport::Entry &line = report.entries.emplace_back();
    line.name = entry.getSymName().str();
    line.arenaBytes = entry.getArenaBytes().value_or(0);
    for (Operation &op : entry.getBody().front())
      if (auto cost = op.getAttrOfType<cuda::CostAttr>("cost")) {
        ++line.operations;
        line.microseconds[static_cast<size_t>(cost.getFamily())] +=
            static_cast<double>(cost.getPicoseconds()) / 1e6;
      }
  }
  for (auto tensor : module.getOps<cuda::TensorOp>()) {
    Type type = tensor.getTensorType().getElementType();
    if (!type.isIntOrFloat())
      continue;
    auto bytes =
        static_cast<int64_t>(tensor.getTensorType().getNumElements() *
                             llvm::divideCeil(type.getIntOrFloatBitWidth(), 8));
    if (tensor.getValue())
      report.weightBytes += bytes;
    else if (tensor.getKind() == cuda::TensorKind::Cache)
      report.cacheBytes += bytes;
  }
  report.fileBytes = cuda::getWeightBytes(module, graphOnly);
  return report;
}

static std::string formatBytes(int64_t bytes) {
  auto count = static_cast<double>(bytes);
  if (bytes >= int64_t(1) << 30)
    return llvm::formatv("{0:F1} GiB", count / (1 << 30));
  if (bytes >= 1 << 20)
    return llvm::formatv("{0:F1} MiB", count / (1 << 20));
  return llvm::formatv("{0:F1} KiB", count / (1 << 10));
}

//===----------------------------------------------------------------------===//
// What products become
//===----------------------------------------------------------------------===//

/// `text` with each number as "*": alike layers have it in common.
static std::string hideNumbers(StringRef text) {
  std::string result;
  for (char c : text)
    if (!llvm::isDigit(c))
      result += c;
    else if (result.empty() || result.back() != '*')
      result += '*';
  return result;
}

/// The products that a group becomes: "layers.*.{q.A + k.A, v.A x v.B}", what
/// is side by side in one with a plus and what is multiplied back with a cross.
static std::string describeGroup(const ProductGroup &group) {
  StringRef prefix = group.members.front().first;
  for (const ProductGroup::Member &member : group.members)
    for (StringRef name : {StringRef(member.first), StringRef(member.second)})
      if (!name.empty())
        while (!name.starts_with(prefix))
          prefix = prefix.drop_back();
  prefix = prefix.take_front(prefix.find_last_of("./") + 1);
  llvm::MapVector<unsigned, std::string> products;
  for (const ProductGroup::Member &member : group.members) {
    std::string &text = products[member.merge];
    if (!text.empty())
      text += " + ";
    text += StringRef(member.first).substr(prefix.size());
    if (member.isMultiplied)
      text += " x " + member.second.substr(prefix.size());
  }
  std::string text = prefix.str() + "{" +
                     llvm::join(llvm::make_second_range(products), ", ") + "}";
  return hideNumbers(text);
}

static void printPlan(llvm::raw_ostream &os, const ProductPlan &plan) {
  if (!plan.obstacle.empty()) {
    os << (plan.isGiven ? "products are as the plan says, at no known price: "
                        : "products stay as they are: ")
       << plan.obstacle << "\n";
    return;
  }
  struct Line {
    int64_t count = 0, addedBytes = 0;
    std::vector<int64_t> now, then;
  };
  // In the order of the model.
  std::vector<std::pair<std::string, Line>> lines;
  llvm::StringMap<size_t> numbers;
  for (const ProductGroup &group : plan.groups) {
    std::string text = describeGroup(group);
    size_t number = numbers.try_emplace(text, lines.size()).first->second;
    if (number == lines.size())
      lines.push_back({text, Line()});
    Line &line = lines[number].second;
    ++line.count;
    line.addedBytes += group.addedBytes;
    line.now.resize(group.timeNow.size());
    line.then.resize(group.timeNow.size());
    for (size_t entry = 0; entry != group.timeNow.size(); ++entry) {
      line.now[entry] += group.timeNow[entry];
      line.then[entry] += group.timeThen[entry];
    }
  }
  if (lines.empty())
    return;
  os << "products of one activation that become one, and pairs that are "
        "multiplied back:\n";
  for (const auto &[text, line] : lines) {
    os << "  " << line.count << " x " << text << ": ";
    for (auto [i, entry] : llvm::enumerate(plan.entries))
      os << (i == 0 ? "" : ", ") << entry
         << llvm::format(" %.1f -> %.1f us",
                         static_cast<double>(line.now[i]) / 1e6,
                         static_cast<double>(line.then[i]) / 1e6);
    if (line.addedBytes != 0)
      os << ", weights " << (line.addedBytes > 0 ? "+" : "-")
         << formatBytes(std::abs(line.addedBytes));
    os << "\n";
  }
}

static llvm::json::Value toJSON(const ProductPlan &plan, PlanAttr attribute) {
  llvm::json::Array groups;
  for (const ProductGroup &group : plan.groups) {
    llvm::json::Array members, entries;
    for (const ProductGroup::Member &member : group.members) {
      llvm::json::Array weights{member.first};
      if (!member.second.empty())
        weights.push_back(member.second);
      llvm::json::Object object{{"weights", std::move(weights)},
                                {"k", member.k},
                                {"n", member.n},
                                {"multiplied", member.isMultiplied},
                                {"merge", member.merge}};
      if (!member.second.empty())
        object["rank"] = member.rank;
      members.push_back(std::move(object));
    }
    for (auto [name, now, then] :
         llvm::zip_equal(plan.entries, group.timeNow, group.timeThen))
      entries.push_back(
          llvm::json::Object{{"name", name},
                             {"predictedUs", static_cast<double>(now) / 1e6},
                             {"plannedUs", static_cast<double>(then) / 1e6}});
    groups.push_back(llvm::json::Object{{"members", std::move(members)},
                                        {"entries", std::move(entries)},
                                        {"addedBytes", group.addedBytes}});
  }
  std::string text;
  llvm::raw_string_ostream(text) << attribute;
  return llvm::json::Object{
      {"attribute", text},
      {"groups", std::move(groups)},
      {"obstacle", plan.obstacle.empty() ? llvm::json::Value(nullptr)
                                         : llvm::json::Value(plan.obstacle)}};
}

void gac::printReport(llvm::raw_ostream &os, const CompileReport &report) {
  if (report.products)
    printPlan(os, *report.products);
  size_t width = 5;
  for (const CompileReport::Entry &entry : report.entries)
    width = std::max(width, entry.name.size());
  os << llvm::left_justify("entry", width) << "    ops       arena";
  for (cuda::Family family : kFamilies)
    os << llvm::right_justify(cuda::stringifyFamily(family), 13);
  os << "  predicted us\n";
  for (const CompileReport::Entry &entry : report.entries) {
    os << llvm::left_justify(entry.name, width)
       << llvm::format("  %5lld", static_cast<long long>(entry.operations))
       << llvm::right_justify(formatBytes(entry.arenaBytes), 12);
    for (double time : entry.microseconds)
      os << llvm::format("%13.1f", time);
    os << llvm::format("%14.1f\n", entry.getTotal());
  }
  os << "weights " << formatBytes(report.weightBytes) << " ("
     << formatBytes(static_cast<int64_t>(report.fileBytes))
     << " in the package), caches " << formatBytes(report.cacheBytes) << "\n";
}

llvm::json::Value gac::toJSON(const CompileReport &report) {
  llvm::json::Array entries;
  for (const CompileReport::Entry &entry : report.entries) {
    llvm::json::Object families;
    for (auto [family, time] : llvm::zip(kFamilies, entry.microseconds))
      families[cuda::stringifyFamily(family)] = time;
    entries.push_back(
        llvm::json::Object{{"name", entry.name},
                           {"operations", entry.operations},
                           {"arenaBytes", entry.arenaBytes},
                           {"predictedUs", entry.getTotal()},
                           {"predictedUsByFamily", std::move(families)}});
  }
  return llvm::json::Object{
      {"format", kCompileReportFormat},
      {"kind", "package"},
      {"plan", report.products ? ::toJSON(*report.products, report.plan)
                               : llvm::json::Value(nullptr)},
      {"entries", std::move(entries)},
      {"weightBytes", report.weightBytes},
      {"cacheBytes", report.cacheBytes},
      {"fileBytes", static_cast<int64_t>(report.fileBytes)}};
}
