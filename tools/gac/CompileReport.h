//===- CompileReport.h - What gac compile tells ---------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_TOOLS_GAC_COMPILEREPORT_H
#define GAC_TOOLS_GAC_COMPILEREPORT_H

#include "gac/Planner/ProductPlanner.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gac {

/// What a scheduled module comes to.
struct CompileReport {
  static constexpr size_t numFamilies = 4;

  struct Entry {
    std::string name;
    int64_t operations = 0;
    int64_t arenaBytes = 0;
    /// Predicted, by cuda::Family.
    std::array<double, numFamilies> microseconds = {};

    double getTotal() const;
  };
  std::vector<Entry> entries;
  /// What lies in the package's file of weights.
  uint64_t fileBytes = 0;
  /// What all weights and constants, and all caches, take on the device.
  int64_t weightBytes = 0, cacheBytes = 0;
  /// What was merged and multiplied back, and as an attribute; absent and null
  /// where nothing was planned.
  std::optional<ProductPlan> products;
  PlanAttr plan;
};

/// The version of what toJSON() gives.
inline constexpr int64_t kCompileReportFormat = 1;

CompileReport makeCompileReport(mlir::ModuleOp module, bool graphOnly);

/// A table, a line for each entry, and before it a line for all activations of
/// alike layers whose products become fewer.
void printReport(llvm::raw_ostream &os, const CompileReport &report);

llvm::json::Value toJSON(const CompileReport &report);

} // namespace gac

#endif // GAC_TOOLS_GAC_COMPILEREPORT_H
