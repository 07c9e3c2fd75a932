//===- Target.cpp - what a piece of hardware likes ----------- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Target/Target.h"
#include "BuiltinTargets.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>

using namespace gac;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

llvm::StringRef gac::stringifyDType(DType dtype) {
  switch (dtype) {
  case DType::BF16:
    return "bf16";
  case DType::F16:
    return "f16";
  case DType::F32:
    return "f32";
  case DType::I8:
    return "int8";
  }
  return "";
}

std::optional<DType> gac::symbolizeDType(llvm::StringRef text) {
  for (DType dtype : kAllDTypes)
    if (stringifyDType(dtype) == text)
      return dtype;
  return std::nullopt;
}

int64_t gac::getByteWidth(DType dtype) {
  switch (dtype) {
  case DType::BF16:
  case DType::F16:
    return 2;
  case DType::F32:
    return 4;
  case DType::I8:
    return 1;
  }
  return 1;
}

llvm::StringRef gac::stringifyQuantity(Quantity quantity) {
  switch (quantity) {
  case Quantity::Size:
    return "size";
  case Quantity::Stride:
    return "stride";
  case Quantity::Offset:
    return "offset";
  }
  return "";
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

bool Rule::appliesTo(Role wanted, DType dtype) const {
  return role == wanted && llvm::is_contained(dtypes, dtype);
}

unsigned Rule::getTier(int64_t value) const {
  for (auto [i, tier] : llvm::enumerate(tiers))
    if (value % tier.multiple == 0)
      return i;
  return tiers.size() - 1;
}

unsigned Rule::getFullSpeedTier() const {
  unsigned last = 0;
  for (auto [i, tier] : llvm::enumerate(tiers))
    if (tier.fullSpeed)
      last = i;
  return last;
}

int Target::getCapability() const {
  llvm::StringRef digits = architecture;
  int capability = 0;
  return digits.consume_front("sm_") && !digits.consumeInteger(10, capability)
             ? capability
             : 0;
}

llvm::SmallVector<const Rule *, 2> Target::getRules(Role role,
                                                    DType dtype) const {
  llvm::SmallVector<const Rule *, 2> matching;
  for (const Rule &rule : rules)
    if (rule.appliesTo(role, dtype))
      matching.push_back(&rule);
  return matching;
}

namespace {
/// Where a value lies among ascending points: between `low` and the next one,
/// so much of the way in logarithms.
struct Place {
  size_t low = 0;
  double share = 0;

  Place(llvm::ArrayRef<int64_t> points, int64_t value) {
    if (value <= points.front())
      return;
    low = llvm::upper_bound(points, value) - points.begin() - 1;
    if (low + 1 == points.size())
      return;
    share = std::log(double(value) / double(points[low])) /
            std::log(double(points[low + 1]) / double(points[low]));
  }
  size_t getHigh() const { return share > 0 ? low + 1 : low; }
};
} // namespace

static double interpolate(double from, double to, double share) {
  return from * std::pow(to / from, share);
}

static double interpolate(const Grid &grid,
                          llvm::ArrayRef<std::vector<double>> table,
                          int64_t rows, int64_t size) {
  Place row(grid.rows, rows), column(grid.sizes, size);
  auto alongRow = [&](size_t index) {
    const std::vector<double> &values = table[index];
    return interpolate(values[column.low], values[column.getHigh()],
                       column.share);
  };
  return interpolate(alongRow(row.low), alongRow(row.getHigh()), row.share);
}

bool Rule::isMeasured() const {
  // The last tier holds every value: it is measured wherever the rule is.
  return !tiers.back().table.empty() ||
         llvm::any_of(tiers.back().efficiency,
                      [](const auto &share) { return share.has_value(); });
}

double Rule::getFixed(unsigned tier, int64_t rows) const {
  while (tiers[tier].fixed.empty() && tier + 1 < tiers.size())
    ++tier;
  llvm::ArrayRef<double> fixed = tiers[tier].fixed;
  if (fixed.size() <= 1)
    return fixed.empty() ? 0 : fixed.front();
  Place row(grid.rows, rows);
  return fixed[row.low] + row.share * (fixed[row.getHigh()] - fixed[row.low]);
}

std::optional<double> Target::getEfficiency(const Rule &rule, unsigned tier,
                                            int64_t rows, int64_t size) const {
  const Tier &any = rule.tiers.back();
  if (!any.table.empty()) {
    while (rule.tiers[tier].table.empty())
      ++tier;
    return interpolate(rule.grid, rule.tiers[tier].table, rows, size);
  }
  for (auto [r, regime] : llvm::enumerate(regimes)) {
    if (!any.efficiency[r] || !regime.rows.contains(rows) ||
        !regime.size.contains(size))
      continue;
    for (unsigned t = tier; t < rule.tiers.size(); ++t)
      if (rule.tiers[t].efficiency[r])
        return rule.tiers[t].efficiency[r];
  }
  return std::nullopt;
}

unsigned Target::getBestTier(const Rule &rule, int64_t rows,
                             int64_t size) const {
  unsigned best = rule.getFullSpeedTier();
  std::optional<double> bestEfficiency = getEfficiency(rule, best, rows, size);
  for (unsigned tier = best; tier-- > 0;) {
    std::optional<double> efficiency = getEfficiency(rule, tier, rows, size);
    if (efficiency && (!bestEfficiency || *efficiency > *bestEfficiency)) {
      best = tier;
      bestEfficiency = efficiency;
    }
  }
  return best;
}

std::optional<double> Target::getBest(const Rule &rule, int64_t rows,
                                      int64_t size) const {
  return getEfficiency(rule, getBestTier(rule, rows, size), rows, size);
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

llvm::ArrayRef<llvm::StringRef> gac::getBuiltinTargetNames() {
  return detail::getTargetNames();
}

llvm::Expected<Target> gac::loadTarget(llvm::StringRef nameOrFile) {
  for (auto [name, text] :
       llvm::zip(detail::getTargetNames(), detail::getTargetTexts()))
    if (name == nameOrFile)
      return parseTarget(text, (name + ".json").str());
  if (!nameOrFile.ends_with(".json") && !nameOrFile.contains('/'))
    return llvm::createStringError("unknown target '" + nameOrFile +
                                   "': the built-in ones are " +
                                   llvm::join(detail::getTargetNames(), ", ") +
                                   "; any other is named by its .json file");
  auto buffer = llvm::MemoryBuffer::getFile(nameOrFile);
  if (!buffer)
    return llvm::createStringError("cannot read target file '" + nameOrFile +
                                   "': " + buffer.getError().message());
  return parseTarget((*buffer)->getBuffer(), nameOrFile);
}
