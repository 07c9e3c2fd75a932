//===- DimensionNames.cpp - What dimensions are called ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The names of values, nodes and dimensions as users of the model know them.
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/DimensionAnalysis.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// Values and nodes
//===----------------------------------------------------------------------===//

bool gac::isWeight(Value value) {
  return isa_and_nonnull<InitializerOp, ConstantOp>(value.getDefiningOp());
}

std::optional<double> gac::getScalarConstant(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto initializer = dyn_cast_or_null<InitializerOp>(op))
    return getScalarConstant(initializer.getValue());
  if (auto constant = dyn_cast_or_null<ConstantOp>(op))
    return getScalarConstant(constant.getValue());
  return std::nullopt;
}

/// The first of some elements as a real number; nothing if it is none.
static std::optional<double> getFirst(DenseElementsAttr elements) {
  Type type = elements.getElementType();
  if (isa<FloatType>(type)) {
    APFloat number = *elements.value_begin<APFloat>();
    bool losesInfo;
    number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                   &losesInfo);
    return number.isFinite() ? std::optional(number.convertToDouble())
                             : std::nullopt;
  }
  if (auto integer = dyn_cast<IntegerType>(type)) {
    APInt number = *elements.value_begin<APInt>();
    // Booleans are 0 and 1.
    bool isUnsigned = integer.isUnsigned() || integer.getWidth() == 1;
    return isUnsigned ? number.roundToDouble() : number.signedRoundToDouble();
  }
  return std::nullopt;
}

std::optional<double> gac::getScalarConstant(Attribute data) {
  auto elements = dyn_cast_or_null<DenseElementsAttr>(data);
  if (!elements || elements.getNumElements() != 1)
    return std::nullopt;
  return getFirst(elements);
}

std::optional<SmallVector<double>>
gac::getKnownNumbers(RangeOp range, const ShapeValues &shapes) {
  constexpr double kMostNumbers = 1 << 16;
  SmallVector<double> numbers;
  if (std::optional<SmallVector<int64_t>> known =
          shapes.constantOf(range.getResult())) {
    numbers.assign(known->begin(), known->end());
    return numbers;
  }
  auto getNumber = [&](Value value) -> std::optional<double> {
    auto known = shapes.constantOf(value);
    return known && known->size() == 1 ? double(known->front())
                                       : getScalarConstant(value);
  };
  std::optional<double> start = getNumber(range.getStart()),
                        limit = getNumber(range.getLimit()),
                        delta = getNumber(range.getDelta());
  if (!start || !limit || !delta || *delta == 0.0)
    return std::nullopt;
  // Runtimes may add the step again and again, and round each time: only sums
  // of integers come out the same.
  double count = std::ceil((*limit - *start) / *delta);
  constexpr double kLargest = 1 << 11;
  auto isExact = [](double number) {
    return std::floor(number) == number && std::fabs(number) <= kLargest;
  };
  if (!(count <= kMostNumbers) || !isExact(*start) || !isExact(*delta) ||
      !isExact(*start + std::fmax(count, 0.0) * *delta))
    return std::nullopt;
  for (int64_t i = 0, e = static_cast<int64_t>(count); i < e; ++i)
    numbers.push_back(*start + static_cast<double>(i) * *delta);
  return numbers;
}

static std::optional<double> getUniform(Attribute data) {
  if (auto elements = dyn_cast_or_null<DenseElementsAttr>(data))
    return elements.getNumElements() > 0 && elements.isSplat()
               ? getFirst(elements)
               : std::nullopt;
  // What is the same between as well.
  if (auto pad = dyn_cast_or_null<PadAttr>(data)) {
    std::optional<double> number = getUniform(pad.getSource()), fill = 0.0;
    if (auto integer = dyn_cast_or_null<IntegerAttr>(pad.getFill()))
      fill = cast<IntegerType>(integer.getType()).isUnsigned()
                 ? integer.getValue().roundToDouble()
                 : integer.getValue().signedRoundToDouble();
    else if (auto real = dyn_cast_or_null<FloatAttr>(pad.getFill()))
      fill = real.getValueAsDouble();
    else if (pad.getFill())
      fill = getUniform(pad.getFill());
    return number == fill ? number : std::nullopt;
  }
  return std::nullopt;
}

/// The data of an initializer or constant; null for any other value.
static Attribute getData(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto initializer = dyn_cast_or_null<InitializerOp>(op))
    return initializer.getValue();
  if (auto constant = dyn_cast_or_null<ConstantOp>(op))
    return constant.getValue();
  return {};
}

std::optional<double> gac::getUniformConstant(Value value) {
  return getUniform(getData(value));
}

bool gac::isUniformlyInfinite(Value value) {
  DenseElementsAttr elements = getKnownElements(value);
  return elements && elements.getNumElements() > 0 && elements.isSplat() &&
         isa<FloatType>(elements.getElementType()) &&
         !(*elements.value_begin<APFloat>()).isFinite();
}

DenseElementsAttr gac::getKnownElements(Value value) {
  return dyn_cast_or_null<DenseElementsAttr>(getData(value));
}

StringRef gac::getValueName(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
    auto name = function ? function.getArgAttrOfType<StringAttr>(
                               argument.getArgNumber(), attr::name)
                         : StringAttr();
    return name ? name.getValue() : StringRef();
  }
  Operation *op = value.getDefiningOp();
  if (auto initializer = dyn_cast<InitializerOp>(op))
    return initializer.getName();
  auto names = op->getAttrOfType<ArrayAttr>(attr::outputs);
  if (!names)
    return {};
  // The outputs that a node leaves out are no results.
  unsigned present = 0, wanted = cast<OpResult>(value).getResultNumber();
  for (StringAttr name : names.getAsRange<StringAttr>())
    if (!name.getValue().empty() && present++ == wanted)
      return name.getValue();
  return {};
}

StringRef gac::getOnnxOpType(Operation *op) {
  if (auto opaque = dyn_cast<OpaqueOp>(op))
    return opaque.getOpType();
  if (const OnnxOpInfo *info = getOnnxOpInfo(op->getName()))
    return info->onnxName;
  return op->getName().stripDialect();
}

StringRef gac::getNodeName(Operation *op) {
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
    if (!name.getName().getValue().empty())
      return name.getName().getValue();
  return op->getNumResults() == 0 ? StringRef()
                                  : getValueName(op->getResult(0));
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

std::string gac::getNameOfCut(Value value, Operation *user) {
  return (getValueName(value) + "->" + getNodeName(user)).str();
}

std::string gac::getNameOfPad(Value value) {
  return (getValueName(value) + "->Pad").str();
}

void DimensionAnalysis::orderWeightUses() {
  llvm::sort(weightUses, [&](const WeightUse &a, const WeightUse &b) {
    auto position = [&](const WeightUse &use) {
      return std::make_pair(live.lookup(use.weight.getDefiningOp()),
                            live.lookup(use.user));
    };
    return position(a) < position(b);
  });
  for (auto [index, use] : llvm::enumerate(weightUses)) {
    weightUseOf[{use.weight, use.user}] = index;
    if (index == 0 || weightUses[index - 1].weight != use.weight)
      continue;
    auto isSame = [&](auto terms) {
      return space->normalise(std::get<0>(terms)) ==
             space->normalise(std::get<1>(terms));
    };
    if (!llvm::all_of(llvm::zip_equal(weightUses[index - 1].axes, use.axes),
                      isSame))
      sharedByUnlike.insert(use.weight);
  }
}

void DimensionAnalysis::nameParts(Term term, const std::string &name) {
  term = space->normalise(term);
  SmallVector<AtomId> leaves = space->getLeaves(term);
  if (leaves.empty() || !ids.try_emplace(term, name).second)
    return;
  if (space->isAtom(term)) {
    AtomId atom = space->getAtom(term);
    atomsById.try_emplace(name, atom);
    if (space->getAtomSize(atom).isConstant())
      dimensions.push_back(atom);
    return;
  }
  SmallVector<Term> parts = space->getKind(term) == DimensionSpace::Kind::Prod
                                ? space->getFactors(term)
                                : space->getSegments(term);
  for (auto [index, part] : llvm::enumerate(parts))
    nameParts(part, name + "/" + std::to_string(index));
}

void DimensionAnalysis::nameDimensions() {
  auto nameAxes = [&](ArrayRef<Term> terms, const Twine &tensor) {
    for (auto [axis, term] : llvm::enumerate(terms))
      nameParts(term, (tensor + ":" + Twine(axis)).str());
  };
  // What unlike dimensions share, as zero biases that an exporter found to be
  // equal, names one only where nothing else does.
  for (bool isShared : {false, true}) {
    unsigned copies = 0;
    for (auto [index, use] : llvm::enumerate(weightUses)) {
      // What a later user of a weight alone relates to a dimension is told
      // apart by the user's number.
      bool isFirst = index == 0 || weightUses[index - 1].weight != use.weight;
      copies = isFirst ? 0 : copies + 1;
      StringRef name = getValueName(use.weight);
      if (isSharedByUnlike(use.weight) == isShared)
        nameAxes(use.axes, isFirst ? Twine(name) : name + "#" + Twine(copies));
    }
  }
  for (auto [index, use] : llvm::enumerate(weightUses)) {
    for (Term axis : use.axes)
      for (AtomId atom : space->getLeaves(axis)) {
        auto &weights = weightsOf[atom];
        if (weights.empty() || weights.back() != index)
          weights.push_back(index);
      }
  }
  auto nameValue = [&](Value value, const Twine &otherwise) {
    StringRef name = getValueName(value);
    if (std::optional<ArrayRef<Term>> terms =
            getAxes(value, value.getDefiningOp()))
      nameAxes(*terms, name.empty() ? otherwise : Twine(name));
  };
  for (BlockArgument argument : function.getArguments())
    nameValue(argument, "arg" + Twine(argument.getArgNumber()));
  for (Operation &op : function.getBody().front())
    if (isLive(&op) && !isa<InitializerOp, ConstantOp>(op))
      for (OpResult result : op.getResults())
        nameValue(result, op.getName().getStringRef() + "." +
                              Twine(live.lookup(&op)) + "." +
                              Twine(result.getResultNumber()));
  for (const LanePad &pad : pads)
    nameParts(pad.read,
              (getNameOfPad(pad.value) + ":" + Twine(pad.axis)).str());
  // What is left behind a cut may stand on nothing else.
  for (const LaneCut &cut : cuts)
    if (cut.left)
      nameParts(
          cut.left,
          (getNameOfCut(cut.value, cut.user) + ":" + Twine(cut.axis)).str());
  for (const FrozenRead &read : frozenReads) {
    Value value = read.operand->get();
    Operation *user = read.operand->getOwner();
    if (frozen.contains({value, user}))
      nameAxes(*getAxes(value, user), getNameOfCut(value, user));
  }
}

StringRef DimensionAnalysis::getId(Term term) const {
  auto known = ids.find(space->normalise(term));
  return known == ids.end() ? StringRef() : StringRef(known->second);
}

std::optional<AtomId> DimensionAnalysis::lookup(StringRef id) const {
  auto known = atomsById.find(id);
  if (known == atomsById.end())
    return std::nullopt;
  return known->second;
}

ArrayRef<unsigned> DimensionAnalysis::getWeightsOf(AtomId atom) const {
  auto known = weightsOf.find(atom);
  return known == weightsOf.end() ? ArrayRef<unsigned>()
                                  : ArrayRef<unsigned>(known->second);
}

std::string DimensionAnalysis::describe(const FixReason &reason) const {
  if (!reason.op)
    return reason.why;
  std::string text = (getOnnxOpType(reason.op) + " " + reason.why).str();
  StringRef node = getNodeName(reason.op);
  return node.empty() ? text : text + " (" + node.str() + ")";
}
