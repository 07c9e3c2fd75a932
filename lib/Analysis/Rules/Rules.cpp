//===- Rules.cpp - What the dimension rules share ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace gac;

void gac::registerDimensionModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, GACDialect *) {
    registerAttentionModels(*context);
    registerContractionModels(*context);
    registerContribAttentionModels(*context);
    registerContribModels(*context);
    registerConvolutionModels(*context);
    registerElementwiseModels(*context);
    registerGeneratorModels(*context);
    registerGroupNormalizationModels(*context);
    registerGroupQueryAttentionModels(*context);
    registerIndexingModels(*context);
    registerLayoutModels(*context);
    registerNormalizationModels(*context);
    registerQuantizationModels(*context);
    registerQuantizedProductModels(*context);
    registerRecurrentModels(*context);
    registerReductionModels(*context);
    registerScatterModels(*context);
    registerSegmentModels(*context);
    registerSequenceModels(*context);
    registerSpatialModels(*context);
  });
}

//===----------------------------------------------------------------------===//
// Axes
//===----------------------------------------------------------------------===//

std::optional<unsigned> gac::getAxisIndex(int64_t axis, unsigned rank) {
  int64_t index = axis < 0 ? axis + static_cast<int64_t>(rank) : axis;
  if (index < 0 || index >= static_cast<int64_t>(rank))
    return std::nullopt;
  return index;
}

std::optional<SmallVector<unsigned>>
gac::getAxesIndices(std::optional<ArrayRef<int64_t>> attribute, Value operand,
                    unsigned rank, const ShapeValues &shapes) {
  SmallVector<int64_t> axes;
  if (operand) {
    std::optional<SmallVector<int64_t>> numbers = shapes.constantOf(operand);
    if (!numbers)
      return std::nullopt;
    axes = std::move(*numbers);
  } else if (attribute) {
    axes.assign(attribute->begin(), attribute->end());
  }
  SmallVector<unsigned> indices;
  for (int64_t axis : axes) {
    std::optional<unsigned> index = getAxisIndex(axis, rank);
    if (!index)
      return std::nullopt;
    indices.push_back(*index);
  }
  return indices;
}

Term gac::broadcast(DimensionRelations &r, Term a, Term b) {
  DimensionSpace &space = r.getSpace();
  Term unit = space.getUnit();
  if (space.normalise(a) == unit)
    return b;
  if (space.normalise(b) == unit)
    return a;
  r.unify(a, b);
  // Of a number and a symbol that may turn out to be 1, the number wins.
  return getBroadcastSize(space.getSize(a), space.getSize(b)) ==
                 space.getSize(a)
             ? a
             : b;
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

Lane gac::activateLane(const FusedActivation &activation, Lane lane) {
  if (activation.name.empty())
    return lane;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  float second = activation.second.value_or(0.5f);
  float low = std::fmax(0.0f, activation.first.value_or(-kInfinity));
  // Of zero; all of them keep to finite numbers.
  auto ofZero =
      llvm::StringSwitch<std::optional<double>>(activation.name)
          .Cases({"Elu", "LeakyRelu", "Relu", "Selu", "Softsign", "Tanh",
                  "ThresholdedRelu"},
                 0.0)
          .Case("Clip", std::fmin(low, activation.second.value_or(kInfinity)))
          .Case("HardSigmoid", std::clamp(second, 0.0f, 1.0f))
          .Case("Sigmoid", 0.5)
          .Case("Softplus", std::log(2.0))
          .Default(std::nullopt);
  if (!ofZero || !lane.isFinite())
    return Lane::anything();
  return lane.isZero() ? Lane::constant(*ofZero) : Lane::finite();
}

void gac::passLanes(LaneTransfer &t, Value from, unsigned fromAxis,
                    Value result, unsigned axis) {
  for (AtomId atom : t.getAtoms(result, axis))
    t.set(result, axis, atom, t.get(from, fromAxis, atom));
}

bool gac::isSmaller(LaneTransfer &t, Value a, Value b) {
  auto measure = [&](Value value) {
    unsigned symbols = 0;
    double elements = 1;
    for (unsigned axis = 0, rank = t.getRank(value); axis != rank; ++axis)
      if (auto size = t.getConstantSize(value, axis))
        elements *= static_cast<double>(*size);
      else
        ++symbols;
    return std::pair(symbols, elements);
  };
  return measure(a) < measure(b);
}

bool gac::isCopied(LaneTransfer &t, Value value, unsigned axis, AtomId atom) {
  auto expand = value.getDefiningOp<ExpandOp>();
  if (!expand)
    return false;
  unsigned added = t.getRank(value) - t.getRank(expand.getInput());
  return axis < added || !t.isOn(expand.getInput(), axis - added, atom);
}

void gac::contractLanes(LaneTransfer &t, Value a, unsigned axisOfA, Value b,
                        unsigned axisOfB) {
  for (AtomId atom : t.getAtoms(a, axisOfA)) {
    Lane laneOfA = t.get(a, axisOfA, atom), laneOfB = t.get(b, axisOfB, atom);
    // Zeros on one side are enough if the other one is finite.
    bool isFinite = laneOfA.isFinite() && laneOfB.isFinite();
    if (isFinite && (laneOfA.isZero() || laneOfB.isZero()))
      continue;
    constexpr llvm::StringLiteral why =
        "contracts it, where neither side's padding is zero";
    if (!isFinite)
      t.refuse(atom, why);
    else if (isSmaller(t, b, a))
      t.needZero(b, axisOfB, atom, why);
    else
      t.needZero(a, axisOfA, atom, why);
  }
}

void gac::needZeroLanes(LaneTransfer &t, Value value, unsigned axis,
                        StringRef why) {
  for (AtomId atom : t.getAtoms(value, axis))
    t.needZero(value, axis, atom, why);
}

bool gac::growsAtEnd(DimensionSpace &space, Term term, AtomId atom) {
  switch (space.getKind(term)) {
  case DimensionSpace::Kind::Atom:
    return true;
  case DimensionSpace::Kind::Prod: {
    SmallVector<Term> factors = space.getFactors(term);
    return llvm::none_of(
               llvm::drop_begin(factors),
               [&](Term factor) { return space.contains(factor, atom); }) &&
           growsAtEnd(space, factors.front(), atom);
  }
  case DimensionSpace::Kind::Sum: {
    SmallVector<Term> segments = space.getSegments(term);
    return llvm::none_of(
               llvm::drop_end(segments),
               [&](Term segment) { return space.contains(segment, atom); }) &&
           growsAtEnd(space, segments.back(), atom);
  }
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Growth
//===----------------------------------------------------------------------===//

SmallVector<std::optional<SymExpr>> gac::getGrownElements(DimensionGrower &g,
                                                          Value sizes) {
  SmallVector<std::optional<SymExpr>> grown;
  const ShapeValues &shapes = g.getShapeValues();
  std::optional<ArrayRef<SymExpr>> elements = shapes.valueOf(sizes);
  if (!elements)
    return grown;
  for (auto [index, element] : llvm::enumerate(*elements)) {
    ArrayRef<ShapeSource> sources = shapes.derivedFromShape(sizes, index);
    auto growing = llvm::find_if(
        sources, [&](const ShapeSource &source) { return g.grows(source); });
    if (growing == sources.end())
      grown.push_back(element);
    else if (sources.size() == 1 && g.getOldSize(*growing) == element)
      grown.push_back(g.getNewSize(*growing));
    else
      grown.push_back(std::nullopt);
  }
  return grown;
}

/// The one-element piece that a list of sizes was concatenated from, if it was,
/// for the entry at `index`.
static Value getPiece(DimensionGrower &g, Value sizes, size_t index) {
  auto concat = sizes.getDefiningOp<ConcatOp>();
  if (!concat)
    return {};
  for (Value piece : concat.getInputs()) {
    std::optional<ArrayRef<SymExpr>> elements =
        g.getShapeValues().valueOf(piece);
    if (!elements)
      return {};
    if (index < elements->size())
      return elements->size() == 1 ? piece : Value();
    index -= elements->size();
  }
  return {};
}

Value gac::rewriteSizes(DimensionGrower &g, Value old,
                        ArrayRef<std::optional<int64_t>> entries) {
  StringRef name = getValueName(old);
  auto typeOf = [&](size_t size) {
    return RankedTensorType::get({static_cast<int64_t>(size)},
                                 g.getBuilder().getI64Type());
  };
  // Runs of numbers become initializers, the others what the old list was made
  // of, or reads of it.
  SmallVector<Value> pieces;
  for (size_t begin = 0, end = 0; begin != entries.size(); begin = end) {
    SmallVector<int64_t> run;
    for (end = begin; end != entries.size() && entries[end]; ++end)
      run.push_back(*entries[end]);
    if (!run.empty()) {
      pieces.push_back(g.createIntegers(run, name));
      continue;
    }
    end = begin + 1;
    if (Value piece = getPiece(g, old, begin)) {
      pieces.push_back(piece);
      continue;
    }
    Value index = g.createIntegers(static_cast<int64_t>(begin), name);
    pieces.push_back(
        g.create<GatherOp>(typeOf(1), old, index, /*axis=*/IntegerAttr()));
  }
  if (pieces.size() == 1)
    return pieces.front();
  return g.create<ConcatOp>(typeOf(entries.size()), pieces, /*axis=*/0);
}
