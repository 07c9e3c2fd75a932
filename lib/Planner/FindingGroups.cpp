//===- FindingGroups.cpp - findings that are alike ------------ -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Table.h"
#include "llvm/ADT/StringExtras.h"
#include <set>

using namespace mlir;
using namespace gac;

/// The text with each number as a star: equal for names that differ in numbers
/// only.
static std::string maskNumbers(StringRef text) {
  std::string masked;
  for (size_t i = 0; i < text.size(); ++i)
    if (!llvm::isDigit(text[i]))
      masked += text[i];
    else if (i == 0 || !llvm::isDigit(text[i - 1]))
      masked += '*';
  return masked;
}

/// The reason without the numbers and the node that set it apart.
static std::string maskReason(const FixReason &reason) {
  std::string op = reason.op ? getOnnxOpType(reason.op).str() + " " : "";
  return op + maskNumbers(reason.why);
}

/// What findings of one group have in common beside the place.
static std::string getKey(const Finding &finding, bool bySize) {
  std::string key;
  llvm::raw_string_ostream os(key);
  os << stringifyMeaning(finding.meaning) << "\n";
  for (Role role : finding.roles)
    os << stringifyRole(role) << " ";
  for (const Cause &cause : finding.causes)
    os << cause.rule->id << "/" << cause.tier->multiple << " ";
  if (bySize)
    os << "\n" << finding.size << " " << finding.repaired.value_or(0);
  bool isMoved = finding.repaired && *finding.repaired == finding.size;
  os << "\n" << finding.repaired.has_value() << isMoved << "\n";
  std::set<std::string> reasons;
  for (const FixReason *reason : finding.reasons)
    reasons.insert(maskReason(*reason));
  for (const std::string &reason : finding.otherReasons)
    reasons.insert(maskNumbers(reason));
  for (const std::string &reason : reasons)
    os << reason << "\n";
  // Where the model has no modules, its nodes may be numbered.
  if (finding.place.isEmpty())
    os << maskNumbers(finding.layer);
  return key;
}

std::vector<FindingGroup> gac::groupFindings(ArrayRef<Finding> findings,
                                             bool bySize) {
  SmallVector<const ModulePlace *> places;
  SmallVector<std::string> keys;
  for (const Finding &finding : findings) {
    places.push_back(&finding.place);
    keys.push_back(getKey(finding, bySize));
  }
  std::vector<FindingGroup> groups;
  for (PlaceGroup &alike : groupByPlace(places, keys)) {
    FindingGroup group{std::move(alike.members), std::move(alike.place), {}};
    for (unsigned member : group.members)
      if (std::optional<int64_t> lost = findings[member].lostTime)
        group.lostTime = group.lostTime.value_or(0) + *lost;
    groups.push_back(std::move(group));
  }
  return groups;
}

SmallVector<std::string>
gac::describeReasons(const DimensionAnalysis &analysis,
                     ArrayRef<const Finding *> findings) {
  // Of those that are alike the first, and how many there are.
  struct Alike {
    std::string mask, first;
    SmallVector<std::string> all;
  };
  SmallVector<Alike> reasons;
  auto add = [&](std::string mask, std::string text) {
    auto *known = llvm::find_if(
        reasons, [&](const Alike &alike) { return alike.mask == mask; });
    if (known == reasons.end())
      reasons.push_back({std::move(mask), text, {text}});
    else if (!llvm::is_contained(known->all, text))
      known->all.push_back(std::move(text));
  };
  for (const Finding *finding : findings) {
    for (const FixReason *reason : finding->reasons)
      add(maskReason(*reason), analysis.describe(*reason));
    for (const std::string &reason : finding->otherReasons)
      add(maskNumbers(reason), reason);
  }
  SmallVector<std::string> texts;
  for (const Alike &alike : reasons)
    texts.push_back(alike.all.size() == 1
                        ? alike.first
                        : alike.first + " and " +
                              std::to_string(alike.all.size() - 1) + " alike");
  return texts;
}
