//===- Findings.h - what the hardware dislikes in a model ----- -*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A finding is a dimension whose size costs time on a target: in which roles it
// is used, why the size is slow, what that costs, and what could be done. The
// JSON form is described in docs/Targets.md.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_PLANNER_FINDINGS_H
#define GAC_PLANNER_FINDINGS_H

#include "gac/Planner/ModelProblem.h"
#include "llvm/Support/JSON.h"

namespace gac {

/// Files with findings or plans are of this version.
inline constexpr int64_t kReportFormat = 1;

/// Why a size is slow in one role.
struct Cause {
  const Rule *rule;
  const Tier *tier;
};

/// What would free a dimension that grows as soon as inputs and outputs of the
/// model may.
struct InterfaceRemedy {
  /// The inputs and outputs that it stands on, and patterns for their names.
  std::vector<std::string> names, patterns;
  /// What copies in front of the inputs and behind the outputs would move in
  /// each run, if these stayed as they are: bytes, and predicted picoseconds,
  /// absent where nothing was measured. GAC makes no such copies.
  int64_t copiedBytes = 0;
  std::optional<int64_t> copyTime;
};

struct Finding {
  /// Stable id of the dimension, and the parts of it: the tensor's name and the
  /// axis with the segment path ("1" or "1/0").
  std::string id, tensor, axis;
  /// The module of the first use that suffers, or its node, as the file has it.
  std::string layer;
  /// Where the dimension is in the model, as far as names tell.
  ModulePlace place;
  Term term;
  /// What the dimension is to the model: "rank", "rank (15 + 13)".
  Meaning meaning;
  std::string description;
  int64_t size;
  /// Roles of the uses that suffer, without repetition, and the rules broken.
  llvm::SmallVector<Role, 2> roles;
  llvm::SmallVector<Cause, 2> causes;
  /// The multiple of the tier that the size is in, and the one that the target
  /// asks for at least: of the rule that asks for most.
  int64_t multiple, required;
  /// Predicted time of the uses now over that with the dimension at the size of
  /// the least repair, or at the next full-speed size where there is none, with
  /// every other dimension of these operations taken to be at full speed; and
  /// the difference in picoseconds, which is what the repair saves then. Absent
  /// where nothing was measured.
  std::optional<double> costFactor;
  std::optional<int64_t> lostTime;
  /// The size that the least repair gives it; absent if none brings all its
  /// uses to full speed.
  std::optional<int64_t> repaired;
  /// Why it cannot grow; reasons of the analysis, then sentences about symbols.
  llvm::SmallVector<const FixReason *, 2> reasons;
  llvm::SmallVector<std::string, 1> otherReasons;
  /// Where the model's interface is what is in the way.
  std::optional<InterfaceRemedy> remedy;
  /// Indices in ModelProblem::uses.
  llvm::SmallVector<unsigned, 4> uses;
};

/// Sums over a model. Times in picoseconds; those of operations that a target
/// can have rules for.
struct Totals {
  /// Distinct dimensions of known size in such operations, and of them how many
  /// are below full speed, and how many of these the least repair brings there.
  int64_t dimensions = 0, misaligned = 0, repairable = 0;
  std::optional<int64_t> timeNow, timeRepaired;
  int64_t weightBytes = 0, addedBytes = 0;
};

/// An input or output that a plan makes wider.
struct InterfaceChange {
  struct Axis {
    unsigned axis;
    int64_t from, to;
  };
  bool isInput;
  std::string name;
  /// Those that grow.
  llvm::SmallVector<Axis, 1> axes;
};

/// Findings that are alike but for the block of the model that they are in.
struct FindingGroup {
  /// Indices in Report::findings, ascending: the first is the worst.
  std::vector<unsigned> members;
  /// Where they are together.
  ModulePlace place;
  /// Sum over the members; absent where nothing was measured.
  std::optional<int64_t> lostTime;
};

/// A symbol's size, and whether somebody bound it.
struct SymbolSize {
  std::string name;
  int64_t size;
  bool bound;
};

/// Everything that `gac analyze` says.
struct Report {
  std::string file;
  const Target *target;
  DType dtype;
  /// Whether nobody asked for `dtype`.
  bool defaultDType;
  std::vector<SymbolSize> symbols;
  /// Worst first: by cost factor, then by time lost.
  std::vector<Finding> findings;
  /// The findings by what they have in common, in the order of their first
  /// members.
  std::vector<FindingGroup> groups;
  Totals totals;
  /// What the least repair changes of the inputs and outputs.
  std::vector<InterfaceChange> interface;
};

/// Finds what is slow. `repaired` holds the sizes of the least repair.
std::vector<Finding> collectFindings(const ModelProblem &model,
                                     const PricedProblem &priced,
                                     llvm::ArrayRef<int64_t> repaired,
                                     Totals &totals);

/// Puts findings of one meaning, place, size, cause and repair together, and if
/// not `bySize`, those of different sizes, too.
std::vector<FindingGroup> groupFindings(llvm::ArrayRef<Finding> findings,
                                        bool bySize = true);

/// "gemm-k: K is odd ..." as one sentence with the numbers of a finding.
std::string describeCause(const Finding &finding, const Cause &cause);
/// Why a finding's dimension cannot grow, one sentence each.
llvm::SmallVector<std::string>
describeReasons(const DimensionAnalysis &analysis, const Finding &finding);
/// The same for several; of reasons that differ in numbers and nodes only
/// the first.
llvm::SmallVector<std::string>
describeReasons(const DimensionAnalysis &analysis,
                llvm::ArrayRef<const Finding *> findings);
/// What would free a dimension that `--allow-interface` could, if it is one.
std::optional<InterfaceRemedy> findRemedy(const ModelProblem &model,
                                          const PricedProblem &priced,
                                          const Finding &finding);
/// What would free all of some dimensions.
InterfaceRemedy mergeRemedies(llvm::ArrayRef<const InterfaceRemedy *> remedies);
/// "--allow-interface 'past_*' lets it grow; ...".
std::string describeRemedy(const InterfaceRemedy &remedy);
/// "2.9x", or "not measured".
std::string formatCostFactor(const Finding &finding);
/// "64 KiB", "1.5 MiB".
std::string formatBytes(int64_t bytes);

/// Prints a table for people: a line for each group, or if `isWhole` for each
/// finding. A table of many lines has those that differ in size only in one.
void printReport(llvm::raw_ostream &os, const ModelProblem &model,
                 const Report &report, bool isWhole = false);
/// Prints why findings cannot be repaired, a paragraph under `heading`, as the
/// report has it; nothing if there are none.
void printFixed(llvm::raw_ostream &os, llvm::StringRef heading,
                const ModelProblem &model, const Report &report,
                bool isWhole = false);
/// The containers of a place's blocks and their numbers.
llvm::json::Array toJSON(const ModulePlace &place);
/// The same for programs.
llvm::json::Value toJSON(const ModelProblem &model, const Report &report);
/// Only the findings.
llvm::json::Array findingsToJSON(const ModelProblem &model,
                                 const Report &report);

} // namespace gac

#endif // GAC_PLANNER_FINDINGS_H
