//===- ShapeValues.cpp - Symbolic shapes and small values -----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/ShapeValues.h"
#include "ShapeEvaluator.h"
#include "gac/Dialect/GAC/IR/GACDialect.h"

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// ShapeValues
//===----------------------------------------------------------------------===//

ShapeValues::ShapeValues(Operation *root) {
  ShapeEvaluator(*this).evaluate(root);
}

const ShapeValues::Info *ShapeValues::lookup(Value value) const {
  auto it = infos.find(value);
  return it == infos.end() ? nullptr : &it->second;
}

std::optional<ArrayRef<SymExpr>> ShapeValues::valueOf(Value value) const {
  const Info *info = lookup(value);
  if (!info || !info->elements)
    return std::nullopt;
  return ArrayRef<SymExpr>(*info->elements);
}

std::optional<SmallVector<int64_t>> ShapeValues::constantOf(Value value) const {
  const Info *info = lookup(value);
  if (!info || !info->elements)
    return std::nullopt;
  SmallVector<int64_t> numbers;
  for (const SymExpr &element : *info->elements) {
    if (!element.isConstant())
      return std::nullopt;
    numbers.push_back(*element.getConstant());
  }
  return numbers;
}

std::optional<Counting> ShapeValues::countingOf(Value value) const {
  const Info *info = lookup(value);
  return info ? info->counting : std::nullopt;
}

std::optional<ArrayRef<SymExpr>> ShapeValues::shapeOf(Value value) const {
  const Info *info = lookup(value);
  if (!info || !info->shape)
    return std::nullopt;
  return ArrayRef<SymExpr>(*info->shape);
}

ArrayRef<ShapeSource> ShapeValues::derivedFromShape(Value value) const {
  const Info *info = lookup(value);
  if (!info || !info->isShapeComputation)
    return {};
  return sourceSets[info->sources];
}

ArrayRef<ShapeSource> ShapeValues::derivedFromShape(Value value,
                                                    size_t element) const {
  const Info *info = lookup(value);
  if (!info || !info->isShapeComputation)
    return {};
  return sourceSets[element < info->elementSources.size()
                        ? info->elementSources[element]
                        : info->sources];
}

//===----------------------------------------------------------------------===//
// Uses as sizes
//===----------------------------------------------------------------------===//

bool gac::isReadAsSize(OpOperand &use) {
  unsigned number = use.getOperandNumber();
  auto isAmong = [&](auto op, unsigned first, unsigned last) {
    for (unsigned position = first; position <= last; ++position) {
      auto [begin, length] = op.getODSOperandIndexAndLength(position);
      if (number >= begin && number < begin + length)
        return true;
    }
    return false;
  };
  return llvm::TypeSwitch<Operation *, bool>(use.getOwner())
      .Case<ReshapeOp, ExpandOp, SplitOp>(
          [&](auto op) { return isAmong(op, 1, 1); })
      .Case<ConstantOfShapeOp>([&](auto op) { return isAmong(op, 0, 0); })
      .Case<SliceOp>([&](auto op) { return isAmong(op, 1, 2); })
      .Case<ResizeOp>([&](auto op) { return isAmong(op, 3, 3); })
      .Default(false);
}

//===----------------------------------------------------------------------===//
// Symbolic shape inference
//===----------------------------------------------------------------------===//

SymbolicShapeInference::SymbolicShapeInference(const ShapeValues &values,
                                               Operation *op, bool isSilent)
    : ShapeInference(op->getName(),
                     isSilent ? std::nullopt
                              : std::optional<Location>(op->getLoc()),
                     op->getNumResults()),
      values(values) {}

std::optional<SymShape> SymbolicShapeInference::getShape(Value operand) {
  std::optional<ArrayRef<SymExpr>> shape = values.shapeOf(operand);
  return shape ? std::optional<SymShape>(*shape) : std::nullopt;
}

std::optional<SymShape> SymbolicShapeInference::getElements(Value operand) {
  std::optional<ArrayRef<SymExpr>> elements = values.valueOf(operand);
  return elements ? std::optional<SymShape>(*elements) : std::nullopt;
}

LogicalResult gac::verifyShape(Operation *op, const ShapeValues &values) {
  auto shapeOp = dyn_cast<ShapeOpInterface>(op);
  if (!shapeOp)
    return success();
  SymbolicShapeInference inference(values, op, /*isSilent=*/false);
  if (failed(shapeOp.inferShapes(inference)))
    return failure();
  return gac::detail::verifyResults(op, inference);
}

LogicalResult gac::verifyShapes(Operation *root, const ShapeValues &values) {
  bool isValid = true;
  root->walk(
      [&](Operation *op) { isValid &= succeeded(verifyShape(op, values)); });
  return success(isValid);
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

ShapeEvaluator::ShapeEvaluator(ShapeValues &values) : values(values) {
  values.sourceSets.emplace_back();
  interned.try_emplace({}, 0);
}

void ShapeEvaluator::evaluate(Operation *root) {
  root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    evaluateBlockArguments(op);
    evaluateOp(op);
  });
}

void ShapeEvaluator::evaluateBlockArguments(Operation *op) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (BlockArgument argument : block.getArguments()) {
        ArrayAttr names;
        if (function && block.isEntryBlock())
          names = function.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(),
                                                       attr::dims);
        std::optional<SymShape> shape =
            mergeShape(argument, std::nullopt, names);
        values.infos[argument].shape = std::move(shape);
        setElements(argument, {});
      }
}

void ShapeEvaluator::evaluateOp(Operation *op) {
  if (op->getNumResults() == 0)
    return;
  SymbolicShapeInference inference(values, op, /*isSilent=*/true);
  ArrayRef<InferredTensor> inferred;
  auto shapeOp = dyn_cast<ShapeOpInterface>(op);
  if (shapeOp && succeeded(shapeOp.inferShapes(inference)))
    inferred = inference.getResults();
  auto names = op->getAttrOfType<ArrayAttr>(attr::dims);
  for (auto [result, position] :
       llvm::zip_equal(op->getResults(), getResultPositions(op))) {
    size_t number = result.getResultNumber();
    std::optional<SymShape> shape = mergeShape(
        result,
        position < inferred.size() ? inferred[position].shape : std::nullopt,
        names && number < names.size() ? dyn_cast<ArrayAttr>(names[number])
                                       : ArrayAttr());
    values.infos[result].shape = std::move(shape);
  }
  // Provenance first: elements that are not evaluated have that of the whole.
  setProvenance(op);
  // Evaluation relies on shapes that fit the operands', which declared ones
  // need not.
  bool isExact = llvm::all_of(inferred, [](const InferredTensor &result) {
    return result.shape && llvm::all_of(*result.shape, [](const SymExpr &size) {
             return size.isConstant();
           });
  });
  ResultElements elements;
  if (!shapeOp || (isExact && !inferred.empty()))
    elements = evaluateElements(op);
  for (OpResult result : op->getResults()) {
    size_t number = result.getResultNumber();
    setElements(result, number < elements.size() && elements[number]
                            ? *elements[number]
                            : Elements());
  }
  evaluateCounting(op);
}

std::optional<SymShape>
ShapeEvaluator::mergeShape(Value value, std::optional<SymShape> inferred,
                           ArrayAttr names) {
  // What stands behind an op of unknown type may be a tensor all the same.
  auto type = dyn_cast<ShapedType>(value.getType());
  if (!type)
    return inferred;
  bool isDeclared =
      type.hasRank() &&
      (!inferred || static_cast<int64_t>(inferred->size()) == type.getRank());
  if (!inferred && !isDeclared)
    return std::nullopt;
  SymShape shape;
  size_t rank = inferred ? inferred->size() : type.getRank();
  for (size_t axis = 0; axis != rank; ++axis) {
    std::optional<SymExpr> size;
    if (inferred)
      size = (*inferred)[axis];
    if (isDeclared && !(size && size->isConstant())) {
      auto name = names && names.size() == rank
                      ? dyn_cast<StringAttr>(names[axis])
                      : StringAttr();
      if (!type.isDynamicDim(axis))
        size = type.getDimSize(axis);
      else if ((!size || size->hasUnknown()) && name && !name.empty())
        size = SymExpr::parse(name);
    }
    shape.push_back(size ? *size : createUnknownSize());
  }
  return shape;
}

SymExpr ShapeEvaluator::createUnknownSize() {
  return SymExpr::unknownSize("?" + std::to_string(numUnknowns++));
}

//===----------------------------------------------------------------------===//
// Elements and provenance
//===----------------------------------------------------------------------===//

void ShapeEvaluator::setElements(Value value, const Elements &elements) {
  std::optional<SmallVector<int64_t>> sizes = getSizes(value);
  if (!sizes)
    return;
  Info &info = values.infos[value];
  size_t count = ShapedType::getNumElements(*sizes);
  info.elements.emplace();
  if (elements.size() != count) {
    for (size_t i = 0; i != count; ++i)
      info.elements->push_back(
          SymExpr::unknown("?" + std::to_string(numUnknowns++)));
    info.elementSources.assign(count, info.sources);
    return;
  }
  // What has no elements is as much computed from shapes as its operands.
  if (!elements.empty())
    info.sources = 0;
  for (const Element &element : elements) {
    info.elements->push_back(element.value);
    info.elementSources.push_back(element.sources);
    info.sources = unite(info.sources, element.sources);
  }
}

void ShapeEvaluator::setProvenance(Operation *op) {
  bool isShapeComputation = false;
  SourceSet sources = 0;
  if (isa<ShapeOp, SizeOp>(op)) {
    // Of its operand nothing but the shape flows on.
    isShapeComputation = true;
    Value data = op->getOperand(0);
    std::vector<ShapeSource> axes;
    if (std::optional<ArrayRef<SymExpr>> shape = values.shapeOf(data))
      for (size_t axis = 0; axis != shape->size(); ++axis)
        axes.push_back({data, static_cast<int64_t>(axis)});
    sources = getSources(std::move(axes));
  } else if (isa<InitializerOp, ConstantOp>(op)) {
    isShapeComputation = true;
  } else if (isa<ShapeOpInterface>(op)) {
    isShapeComputation = true;
    for (OpOperand &operand : op->getOpOperands()) {
      const Info *info = values.lookup(operand.get());
      isShapeComputation &= info && info->isShapeComputation;
      if (info && !isReadAsSize(operand))
        sources = unite(sources, info->sources);
    }
  }
  for (Value result : op->getResults()) {
    Info &info = values.infos[result];
    info.isShapeComputation = isShapeComputation;
    info.sources = isShapeComputation ? sources : 0;
  }
}

ShapeEvaluator::SourceSet
ShapeEvaluator::getSources(std::vector<ShapeSource> sources) {
  std::vector<std::pair<void *, int64_t>> key;
  for (const ShapeSource &source : sources)
    key.emplace_back(source.tensor.getAsOpaquePointer(), source.axis);
  // Only the key is ordered by address, so that no result depends on it.
  llvm::sort(key);
  auto [it, isNew] = interned.try_emplace(key, values.sourceSets.size());
  if (isNew)
    values.sourceSets.push_back(std::move(sources));
  return it->second;
}

ShapeEvaluator::SourceSet ShapeEvaluator::unite(SourceSet a, SourceSet b) {
  if (a == b || b == 0)
    return a;
  if (a == 0)
    return b;
  std::vector<ShapeSource> sources = values.sourceSets[a];
  for (const ShapeSource &source : values.sourceSets[b])
    if (!llvm::is_contained(sources, source))
      sources.push_back(source);
  return getSources(std::move(sources));
}
