//===- PlannedGrowth.cpp - What a plan grows ------------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlannedGrowth.h"

using namespace mlir;
using namespace gac;

static LogicalResult addGrowth(func::FuncOp function,
                               const DimensionAnalysis &analysis,
                               GrowthAttr entry, Growth &growth) {
  DimensionSpace &space = analysis.getSpace();
  StringRef id = entry.getDimension();
  std::optional<AtomId> atom = analysis.lookup(id);
  if (!atom)
    return function.emitError()
           << "the plan names a dimension that the model does not have: " << id;
  std::optional<int64_t> size = space.getAtomSize(*atom).getConstant();
  if (size != entry.getFrom())
    return function.emitError()
           << "the plan grows " << id << " from " << entry.getFrom() << " to "
           << entry.getTo() << ", but its size is "
           << space.getAtomSize(*atom).str();
  if (entry.getTo() < entry.getFrom())
    return function.emitError() << "the plan shrinks " << id << " from "
                                << entry.getFrom() << " to " << entry.getTo();
  if (entry.getTo() == entry.getFrom())
    return success();
  if (!space.mayGrow(*atom)) {
    SmallVector<const FixReason *> reasons = space.getReasons(*atom);
    InFlightDiagnostic error = function.emitError() << "the plan grows " << id
                                                    << ", which may not grow";
    if (!reasons.empty())
      error << ": " << analysis.describe(*reasons.front());
    return error;
  }
  if (!growth.try_emplace(*atom, entry.getTo()).second)
    return function.emitError() << "the plan grows " << id << " twice";
  return success();
}

FailureOr<Growth> gac::readGrowth(func::FuncOp function,
                                  const DimensionAnalysis &analysis,
                                  PlanAttr plan) {
  Growth growth;
  for (GrowthAttr entry : plan.getGrowths())
    if (failed(addGrowth(function, analysis, entry, growth)))
      return failure();
  return growth;
}

LanesAttr gac::getGrownLanes(Term axis, const DimensionAnalysis &analysis,
                             const Growth &growth) {
  DimensionSpace &space = analysis.getSpace();
  return LanesAttr::get(analysis.getFunction().getContext(),
                        *space.getNewSize(axis, growth).getConstant(),
                        space.getPositions(axis, growth));
}

Type gac::getGrownType(Value value, ArrayRef<Term> axes, DimensionSpace &space,
                       const Growth &growth) {
  auto getSize = [&](Term axis) {
    return space.getNewSize(axis, growth)
        .getConstant()
        .value_or(ShapedType::kDynamic);
  };
  // What inference of ONNX's own does not know the analysis may.
  if (auto unranked = dyn_cast<UnrankedTensorType>(value.getType()))
    return RankedTensorType::get(llvm::map_to_vector(axes, getSize),
                                 unranked.getElementType());
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getRank() != static_cast<int64_t>(axes.size()))
    return value.getType();
  SmallVector<int64_t> shape(type.getShape());
  for (auto [size, axis] : llvm::zip_equal(shape, axes))
    if (space.grows(axis, growth))
      size = getSize(axis);
  return type.clone(shape);
}
