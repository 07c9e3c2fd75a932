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

void gac::printReport(llvm::raw_ostream &os, const CompileReport &report) {
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
      {"entries", std::move(entries)},
      {"weightBytes", report.weightBytes},
      {"cacheBytes", report.cacheBytes},
      {"fileBytes", static_cast<int64_t>(report.fileBytes)}};
}
