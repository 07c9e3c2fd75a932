//===- PrintLanes.cpp - Where a plan puts lanes ---------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlannedGrowth.h"

#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "llvm/Support/JSON.h"

namespace gac {
#define GEN_PASS_DEF_PRINTLANES
#include "gac/Dialect/GAC/Transforms/Passes.h.inc"
} // namespace gac

using namespace mlir;
using namespace gac;

namespace {

/// Changes when a reader of the old form would misread the new one.
constexpr int64_t kFormatVersion = 1;

struct PrintLanesPass : public gac::impl::PrintLanesBase<PrintLanesPass> {
  void runOnOperation() override;
};

class LanePrinter {
public:
  LanePrinter(const DimensionAnalysis &analysis, const Growth &growth,
              llvm::json::OStream &json)
      : analysis(analysis), space(analysis.getSpace()), growth(growth),
        json(json) {}

  void printValue(Value value);
  void printWeight(const WeightUse &use);

private:
  void printAxes(ArrayRef<Term> axes);
  bool isCut(Value value);
  void printSize(const SymExpr &size);
  void printTerm(Term term);
  void printPadding(Value value, ArrayRef<Term> axes);

  const DimensionAnalysis &analysis;
  DimensionSpace &space;
  const Growth &growth;
  llvm::json::OStream &json;
};

} // namespace

void LanePrinter::printSize(const SymExpr &size) {
  if (std::optional<int64_t> number = size.getConstant())
    json.value(*number);
  else
    json.value(size.str());
}

/// What does not grow is one size, whatever it is made of.
void LanePrinter::printTerm(Term term) {
  if (!space.grows(term, growth))
    return json.object([&] {
      json.attributeBegin("size");
      printSize(space.getSize(term));
      json.attributeEnd();
    });
  auto printParts = [&](StringRef name, ArrayRef<Term> parts) {
    json.object([&] {
      json.attributeArray(name, [&] {
        for (Term part : parts)
          printTerm(part);
      });
    });
  };
  switch (space.getKind(term)) {
  case DimensionSpace::Kind::Prod:
    return printParts("product", space.getFactors(term));
  case DimensionSpace::Kind::Sum:
    return printParts("concatenation", space.getSegments(term));
  case DimensionSpace::Kind::Atom:
    return json.object([&] {
      json.attribute("dimension", analysis.getId(space.getAtom(term)));
      json.attribute("size", *space.getConstantSize(term));
      json.attribute("new", *space.getNewSize(term, growth).getConstant());
    });
  }
}

bool LanePrinter::isCut(Value value) {
  return llvm::any_of(analysis.getCuts(), [&](const LaneCut &cut) {
    return cut.value == value && isReadByName(value, cut.user) &&
           space.grows(cut.term, growth);
  });
}

void LanePrinter::printAxes(ArrayRef<Term> axes) {
  json.attributeArray("axes", [&] {
    for (Term axis : axes)
      printTerm(axis);
  });
}

void LanePrinter::printPadding(Value value, ArrayRef<Term> axes) {
  for (size_t axis = 0; axis != axes.size(); ++axis)
    for (AtomId atom : space.getLeaves(axes[axis])) {
      if (!growth.contains(atom))
        continue;
      Lane lane = analysis.getLane(value, axis, atom);
      json.object([&] {
        json.attribute("axis", static_cast<int64_t>(axis));
        json.attribute("dimension", analysis.getId(atom));
        if (std::optional<double> number = lane.getConstant())
          json.attribute("lane", *number);
        else
          json.attribute("lane", lane.isFinite() ? "finite" : "anything");
      });
    }
}

void LanePrinter::printValue(Value value) {
  // What is computed from sizes follows them; its elements are no lanes.
  auto axes = analysis.getAxes(value, value.getDefiningOp());
  if (!axes || (analysis.getShapeValues().isDerivedFromShape(value) &&
                analysis.getShapeValues().valueOf(value)))
    return;
  // The name of an output that is cut is that of what is left.
  if (isCut(value))
    return;
  json.object([&] {
    json.attribute("name", getValueName(value));
    printAxes(*axes);
    json.attributeArray("padding", [&] { printPadding(value, *axes); });
  });
}

void LanePrinter::printWeight(const WeightUse &use) {
  json.object([&] {
    json.attribute("name", getValueName(use.weight));
    json.attribute("reader", getNodeName(use.user));
    if (auto layer = use.user->getAttrOfType<StringAttr>(attr::layer))
      json.attribute("layer", layer.getValue());
    printAxes(use.axes);
  });
}

void PrintLanesPass::runOnOperation() {
  markAllAnalysesPreserved();
  auto plan = getOperation()->getAttrOfType<PlanAttr>(attr::plan);
  if (!plan) {
    getOperation().emitError()
        << "there is no plan: the module has no " << attr::plan;
    return signalPassFailure();
  }
  llvm::json::OStream json(llvm::outs(), /*IndentSize=*/1);
  json.objectBegin();
  json.attribute("version", kFormatVersion);
  json.attributeBegin("functions");
  json.arrayBegin();
  for (auto function : getOperation().getOps<func::FuncOp>()) {
    if (function.isExternal())
      continue;
    const auto &analysis = getChildAnalysis<DimensionAnalysis>(function);
    FailureOr<Growth> growth = readGrowth(function, analysis, plan);
    if (failed(growth)) {
      signalPassFailure();
      break;
    }
    LanePrinter printer(analysis, *growth, json);
    json.object([&] {
      json.attribute("name", function.getSymName());
      json.attributeArray("values", [&] {
        for (BlockArgument argument : function.getArguments())
          printer.printValue(argument);
        for (Operation &op : function.getBody().front())
          if (analysis.isLive(&op) && !isa<InitializerOp, ConstantOp>(op))
            for (Value result : op.getResults())
              printer.printValue(result);
      });
      json.attributeArray("weights", [&] {
        for (const WeightUse &use : analysis.getWeightUses())
          printer.printWeight(use);
      });
    });
  }
  json.arrayEnd();
  json.attributeEnd();
  json.objectEnd();
  llvm::outs() << '\n';
  llvm::outs().flush();
}
