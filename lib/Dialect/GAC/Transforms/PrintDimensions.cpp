//===- PrintDimensions.cpp - Print the dimensions of functions --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/DimensionPath.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Dialect/GAC/IR/ModelInterface.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

namespace gac {
#define GEN_PASS_DEF_PRINTDIMENSIONS
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

namespace {

struct PrintDimensionsPass
    : public gac::impl::PrintDimensionsBase<PrintDimensionsPass> {
  using Base::Base;

  void runOnOperation() override;

private:
  LogicalResult print(func::FuncOp function);
};

class Printer {
public:
  Printer(const DimensionAnalysis &analysis, raw_ostream &os)
      : analysis(analysis), space(analysis.getSpace()), os(os) {}

  void printDimension(AtomId atom);
  void printValue(Value value, ArrayRef<Term> axes);
  void printUse(const DimensionUse &use);
  void printMeanings();
  LogicalResult printPath(StringRef dimension);

private:
  /// Symbolic atoms by their size, others by their id.
  void printTerm(Term term) {
    space.print(os, term, [&](raw_ostream &os, AtomId atom) {
      if (space.getAtomSize(atom).isConstant())
        os << analysis.getId(atom);
      else
        os << space.getAtomSize(atom);
    });
  }

  const DimensionAnalysis &analysis;
  DimensionSpace &space;
  raw_ostream &os;
};

} // namespace

void Printer::printDimension(AtomId atom) {
  os << "dimension " << analysis.getId(atom) << " = " << space.getAtomSize(atom)
     << '\n';
  for (unsigned index : analysis.getWeightsOf(atom)) {
    const WeightUse &use = analysis.getWeightUses()[index];
    for (auto [axis, term] : llvm::enumerate(use.axes))
      if (space.contains(term, atom))
        os << "  weight " << getValueName(use.weight) << ':' << axis
           << " read by " << getOnnxOpType(use.user) << '\n';
  }
  for (const FixReason *reason : space.getReasons(atom))
    os << "  fixed: " << analysis.describe(*reason) << '\n';
  for (const LaneCut &cut : analysis.getCuts())
    if (space.mayGrow(atom) && (space.contains(cut.term, atom) ||
                                (cut.left && space.contains(cut.left, atom))))
      os << "  cut: axis " << cut.axis << " of " << getValueName(cut.value)
         << (cut.user->hasTrait<mlir::OpTrait::IsTerminator>()
                 ? " for the output"
                 : " for " + getOnnxOpType(cut.user).str())
         << '\n';
  for (const LanePad &pad : analysis.getPads())
    if (space.mayGrow(atom) && space.contains(pad.read, atom))
      os << "  padded: axis " << pad.axis << " of " << getValueName(pad.value)
         << '\n';
  for (const LaneMask &mask : analysis.getMasks())
    if (llvm::is_contained(mask.atoms, atom))
      os << "  masked: axis " << mask.axis << " of " << getValueName(mask.value)
         << " for " << getOnnxOpType(mask.user)
         << (mask.number != 0.0 ? " by minus infinity" : "") << '\n';
}

void Printer::printValue(Value value, ArrayRef<Term> axes) {
  os << "value " << getValueName(value) << " = [";
  llvm::interleaveComma(axes, os, [&](Term axis) { printTerm(axis); });
  os << "]\n";
  for (auto [index, axis] : llvm::enumerate(axes))
    for (AtomId atom : space.getLeaves(axis)) {
      if (!space.mayGrow(atom))
        continue;
      Lane lane = analysis.getLane(value, index, atom);
      if (!lane.isZero())
        os << "  padding of " << analysis.getId(atom) << " on axis " << index
           << " is " << lane << '\n';
    }
}

void Printer::printUse(const DimensionUse &use) {
  os << "use " << getOnnxOpType(use.op) << ' ' << getNodeName(use.op)
     << " operand " << use.operand << " axis " << use.axis << ' '
     << stringifyRole(use.role) << " = ";
  printTerm(use.term);
  os << (use.contiguous ? " contiguous" : " strided");
  if (use.offset != 0)
    os << " from " << use.offset;
  os << '\n';
}

void Printer::printMeanings() {
  DimensionMeanings meanings(analysis);
  ModuleNames names(analysis);
  llvm::SetVector<Term> terms;
  for (AtomId atom : analysis.getDimensions())
    terms.insert(space.getTerm(atom));
  for (const DimensionUse &use : analysis.getUses())
    if (space.getConstantSize(use.term))
      terms.insert(space.normalise(use.term));
  for (Term term : terms) {
    ModulePlace place = names.locate(analysis, term);
    os << "dimension " << analysis.getId(term) << " = " << space.getSize(term)
       << ": " << meanings.describe(term);
    for (const std::string &text : {names.formatBlocks(place, /*isOne=*/true),
                                    ModuleNames::formatModules(place)})
      if (!text.empty())
        os << ", " << text;
    os << '\n';
  }
}

LogicalResult Printer::printPath(StringRef dimension) {
  llvm::Expected<Term> term = findDimension(analysis, dimension);
  if (!term)
    return analysis.getFunction().emitError(llvm::toString(term.takeError()));
  os << "dimension " << analysis.getId(*term) << " = " << space.getSize(*term)
     << ": " << DimensionMeanings(analysis).describe(*term) << '\n';
  DimensionPath(analysis, *term)
      .print(os, ModuleNames(analysis), /*isWhole=*/false);
  return success();
}

LogicalResult PrintDimensionsPass::print(func::FuncOp function) {
  const auto &analysis = getChildAnalysis<DimensionAnalysis>(function);
  raw_ostream &os = llvm::outs();
  Printer printer(analysis, os);
  os << "function @" << function.getSymName() << '\n';
  if (!explain.empty())
    return printer.printPath(explain);
  if (meanings) {
    printer.printMeanings();
    return success();
  }
  for (AtomId atom : analysis.getDimensions())
    printer.printDimension(atom);
  for (BlockArgument argument : function.getArguments())
    if (auto axes = analysis.getAxes(argument))
      printer.printValue(argument, *axes);
  for (Operation &op : function.getBody().front())
    if (analysis.isLive(&op))
      for (Value result : op.getResults())
        if (auto axes = analysis.getAxes(result, &op))
          printer.printValue(result, *axes);
  for (const DimensionUse &use : analysis.getUses())
    printer.printUse(use);
  return success();
}

void PrintDimensionsPass::runOnOperation() {
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (!function.isExternal() && failed(print(function)))
      return signalPassFailure();
  llvm::outs().flush();
  markAllAnalysesPreserved();
}
