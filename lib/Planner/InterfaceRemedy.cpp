//===- InterfaceRemedy.cpp - dimensions that the interface fixes -*- C++ -*-==//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/ModelInterface.h"
#include "gac/Planner/Findings.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// A name as digits and what stands between them, which comes first.
static SmallVector<std::string> splitDigits(StringRef name) {
  SmallVector<std::string> parts;
  while (true) {
    size_t length = name.take_until(llvm::isDigit).size();
    parts.push_back(name.take_front(length).str());
    name = name.drop_front(length);
    if (name.empty())
      return parts;
    StringRef digits = name.take_while(llvm::isDigit);
    parts.push_back(digits.str());
    name = name.drop_front(digits.size());
  }
}

/// The text as a pattern that matches it alone.
static std::string escape(StringRef text) {
  std::string pattern;
  for (char c : text) {
    if (StringRef("*?[]{}\\").contains(c))
      pattern += '\\';
    pattern += c;
  }
  return pattern;
}

/// Patterns for names that differ by numbers only: "past_*_0" for "past_0_0"
/// and "past_1_0".
static std::vector<std::string> getPatterns(ArrayRef<std::string> names) {
  std::vector<SmallVector<SmallVector<std::string>>> groups;
  llvm::StringMap<size_t> groupOf;
  for (StringRef name : names) {
    SmallVector<std::string> parts = splitDigits(name);
    std::string skeleton;
    for (size_t i = 0; i < parts.size(); ++i)
      skeleton += i % 2 ? "0" : parts[i];
    size_t group = groupOf.try_emplace(skeleton, groups.size()).first->second;
    if (group == groups.size())
      groups.emplace_back();
    groups[group].push_back(std::move(parts));
  }
  std::vector<std::string> patterns;
  for (const auto &group : groups) {
    std::string &pattern = patterns.emplace_back();
    for (size_t i = 0, e = group.front().size(); i != e; ++i) {
      bool differs = llvm::any_of(
          group, [&](const auto &parts) { return parts[i] != group[0][i]; });
      pattern += differs ? "*" : escape(group[0][i]);
    }
  }
  return patterns;
}

//===----------------------------------------------------------------------===//
// The remedy
//===----------------------------------------------------------------------===//

/// The least growth found that repairs the finding's dimension by atoms in
/// `allowable`; empty if there is none.
static Growth findGrowth(const ModelProblem &model, const Finding &finding,
                         ArrayRef<AtomId> allowable) {
  DimensionSpace &space = model.analysis.getSpace();
  auto isRepairedBy = [&](const Growth &growth) {
    auto size = space.getNewSize(finding.term, growth).getConstant();
    return size && *size % finding.required == 0;
  };
  Growth growth;
  for (AtomId atom : space.getLeaves(finding.term))
    if (auto size = space.getAtomSize(atom).getConstant();
        size && (space.mayGrow(atom) || llvm::is_contained(allowable, atom)))
      growth[atom] = llvm::alignTo(*size, finding.required);
  if (!isRepairedBy(growth))
    return Growth();
  // One alone may do with less: two halves of 7 that each get one lane.
  if (growth.size() == 1)
    for (auto [atom, largest] : Growth(growth))
      for (int64_t size = largest;
           size > *space.getAtomSize(atom).getConstant(); --size)
        if (isRepairedBy({{atom, size}}))
          growth[atom] = size;
  return growth;
}

std::optional<InterfaceRemedy> gac::findRemedy(const ModelProblem &model,
                                               const PricedProblem &priced,
                                               const Finding &finding) {
  const DimensionAnalysis &analysis = model.analysis;
  DimensionSpace &space = analysis.getSpace();
  SmallVector<AtomId> allowable;
  for (AtomId atom : space.getLeaves(finding.term)) {
    SmallVector<const FixReason *> reasons = space.getReasons(atom);
    if (!reasons.empty() && llvm::all_of(reasons, [](const FixReason *reason) {
          return reason->remedy == Remedy::Allow;
        }))
      allowable.push_back(atom);
  }
  if (allowable.empty())
    return std::nullopt;
  Growth growth = findGrowth(model, finding, allowable);
  if (growth.empty())
    return std::nullopt;

  InterfaceRemedy remedy;
  const Target &target = priced.getTarget();
  std::vector<int64_t> now = model.problem.getSizes();
  for (const InterfaceValue &value : getInterface(analysis.getFunction())) {
    auto axes = analysis.getAxes(value.getValue());
    auto type = dyn_cast<RankedTensorType>(value.getValue().getType());
    if (!axes || !type || value.mayChange() ||
        llvm::none_of(*axes,
                      [&](Term axis) { return space.grows(axis, growth); }))
      continue;
    int64_t before = 1, after = 1;
    for (Term axis : *axes) {
      int64_t size = model.getSize(axis).evaluate(now);
      before *= size;
      after *= space.getNewSize(axis, growth).getConstant().value_or(size);
    }
    int64_t bytes = (before + after) * (isa<FloatType>(type.getElementType())
                                            ? getByteWidth(priced.getDType())
                                            : 8);
    remedy.names.push_back(value.getName().str());
    remedy.copiedBytes += bytes;
    if (target.isMeasured(priced.getDType()))
      remedy.copyTime =
          remedy.copyTime.value_or(0) +
          predictTime(target, priced.getDType(), {0, bytes}, /*reach=*/1);
  }
  remedy.patterns = getPatterns(remedy.names);
  return remedy;
}

InterfaceRemedy gac::mergeRemedies(ArrayRef<const InterfaceRemedy *> remedies) {
  InterfaceRemedy merged;
  for (const InterfaceRemedy *remedy : remedies) {
    size_t known = merged.names.size();
    for (const std::string &name : remedy->names)
      if (!llvm::is_contained(merged.names, name))
        merged.names.push_back(name);
    // Several dimensions may stand on one input, which is copied once.
    if (merged.names.size() == known)
      continue;
    merged.copiedBytes += remedy->copiedBytes;
    if (remedy->copyTime)
      merged.copyTime = merged.copyTime.value_or(0) + *remedy->copyTime;
  }
  merged.patterns = getPatterns(merged.names);
  return merged;
}

std::string gac::describeRemedy(const InterfaceRemedy &remedy) {
  std::string text;
  for (const std::string &pattern : remedy.patterns)
    text += llvm::formatv("--allow-interface '{0}' ", pattern);
  text += "lets it grow; to keep the interface, copies of ";
  text +=
      remedy.names.size() == 1
          ? "it"
          : llvm::formatv("{0} inputs and outputs", remedy.names.size()).str();
  text += " would move " + formatBytes(remedy.copiedBytes) + " in each run";
  if (remedy.copyTime)
    text += llvm::formatv(", {0:f1} us", double(*remedy.copyTime) * 1e-6);
  return text;
}
