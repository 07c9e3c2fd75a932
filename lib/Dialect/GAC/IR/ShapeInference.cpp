//===- ShapeInference.cpp - Shapes of results from operands ---------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Dialect/GAC/IR/ShapeInference.h"
#include "gac/Dialect/GAC/IR/GACOps.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace gac;

//===----------------------------------------------------------------------===//
// ShapeInference
//===----------------------------------------------------------------------===//

ShapeInference::~ShapeInference() = default;

std::optional<SmallVector<int64_t>> ShapeInference::getNumbers(Value operand) {
  std::optional<SymShape> elements = getElements(operand);
  if (!elements)
    return std::nullopt;
  SmallVector<int64_t> numbers;
  for (const SymExpr &element : *elements) {
    if (!element.isConstant())
      return std::nullopt;
    numbers.push_back(*element.getConstant());
  }
  return numbers;
}

std::optional<SmallVector<int64_t>>
ShapeInference::getNumbers(std::optional<ArrayRef<int64_t>> attribute,
                           Value operand) {
  if (attribute)
    return llvm::to_vector(*attribute);
  return getNumbers(operand);
}

std::optional<SymShape>
ShapeInference::getElements(std::optional<ArrayRef<int64_t>> attribute,
                            Value operand) {
  if (attribute)
    return SymShape(attribute->begin(), attribute->end());
  return getElements(operand);
}

Type ShapeInference::getElementType(Value operand) {
  if (!operand)
    return {};
  auto type = dyn_cast<ShapedType>(operand.getType());
  return type ? type.getElementType() : Type();
}

void ShapeInference::setResult(size_t index, std::optional<SymShape> shape,
                               Type elementType) {
  if (results.size() <= index)
    results.resize(index + 1);
  results[index] = {std::move(shape), elementType};
}

void ShapeInference::report(StringRef label, StringRef text) {
  emitError(*location) << "'" << op.getStringRef() << "' op " << text << " ["
                       << label << "]";
}

/// Whether `size` is one that a model names.
static bool isSymbol(const SymExpr &size) {
  SmallVector<StringRef, 2> symbols;
  size.walkSymbols([&](StringRef name) { symbols.push_back(name); });
  return symbols.size() == 1 && size == SymExpr::symbol(symbols.front());
}

SymExpr ShapeInference::merge(const SymExpr &a, const SymExpr &b) {
  if (a.isConstant() || b.isConstant())
    return a.isConstant() ? a : b;
  if (a.hasUnknown() || b.hasUnknown())
    return b.hasUnknown() ? a : b;
  // What is to be `seq`, or else does not run, is not max(seq - 1, 0) + 1.
  return isSymbol(b) && !isSymbol(a) ? b : a;
}

FailureOr<int64_t> ShapeInference::getAxis(StringRef label, int64_t axis,
                                           int64_t rank) {
  if (axis >= -rank && axis < rank)
    return axis < 0 ? axis + rank : axis;
  return error(label, "axis ", axis, " is none of the ", rank, " axes");
}

FailureOr<SmallVector<int64_t>>
ShapeInference::getAxes(StringRef label, ArrayRef<int64_t> axes, int64_t rank) {
  SmallVector<int64_t> result;
  llvm::SmallBitVector seen(rank);
  for (int64_t axis : axes) {
    FailureOr<int64_t> index = getAxis(label, axis, rank);
    if (failed(index))
      return failure();
    if (seen.test(*index))
      return error(label, "axis ", axis, " is given twice");
    seen.set(*index);
    result.push_back(*index);
  }
  return result;
}

std::optional<SymExpr> gac::getBroadcastSize(const SymExpr &a,
                                             const SymExpr &b) {
  // min(c, b) is 1 only where b is, and otherwise can only meet itself.
  auto isBounded = [](const SymExpr &size, const SymExpr &by) {
    std::optional<int64_t> bound = size.getUpperBound();
    return bound && *bound > 1 && size == SymExpr::min(*bound, by);
  };
  if (a == b || b.isOne() || isBounded(b, a))
    return a;
  if (a.isOne() || isBounded(a, b))
    return b;
  // A size other than 1 can only meet itself or 1. Which of two symbols is the
  // 1, if either is, remains open.
  if (a.isConstant())
    return a;
  return b.isConstant() ? std::optional(b) : std::nullopt;
}

FailureOr<SymShape> ShapeInference::broadcast(StringRef label,
                                              ArrayRef<SymExpr> a,
                                              ArrayRef<SymExpr> b) {
  ArrayRef<SymExpr> longer = a.size() < b.size() ? b : a;
  ArrayRef<SymExpr> shorter = a.size() < b.size() ? a : b;
  SymShape result(longer);
  size_t offset = longer.size() - shorter.size();
  for (auto [size, other] :
       llvm::zip_equal(llvm::drop_begin(result, offset), shorter)) {
    if (!size.isOne() && !other.isOne() && differ(size, other))
      return error(label, "shapes ", formatShape(a), " and ", formatShape(b),
                   " do not broadcast: ", size, " is not ", other);
    size = getBroadcastSize(size, other).value_or(SymExpr::unknownSize());
  }
  return result;
}

LogicalResult ShapeInference::checkRank(StringRef label, StringRef name,
                                        Value operand, int64_t rank) {
  std::optional<SymShape> shape = getShape(operand);
  if (!shape || static_cast<int64_t>(shape->size()) == rank)
    return success();
  return error(label, name, " has rank ", shape->size(), ", not ", rank);
}

std::string gac::formatShape(ArrayRef<SymExpr> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (shape.empty())
    os << "()";
  llvm::interleave(shape, os, "x");
  return text;
}

std::optional<SymShape> gac::getConstantElements(Attribute value,
                                                 int64_t maxElements) {
  auto dense = dyn_cast<DenseIntElementsAttr>(value);
  if (!dense || dense.getNumElements() > maxElements)
    return std::nullopt;
  auto type = dyn_cast<IntegerType>(dense.getElementType());
  if (!type || type.getWidth() > 64)
    return std::nullopt;
  // Booleans are 0 and 1; ONNX's other signless types are signed.
  bool isUnsigned = type.isUnsigned() || type.getWidth() == 1;
  SymShape elements;
  for (const APInt &number : dense.getValues<APInt>()) {
    if (isUnsigned && number.getActiveBits() > 63)
      elements.push_back(SymExpr::unknown());
    else
      elements.push_back(isUnsigned ? int64_t(number.getZExtValue())
                                    : number.getSExtValue());
  }
  return elements;
}

std::optional<SmallVector<double>> gac::getConstantNumbers(Value value) {
  constexpr int64_t kMaxElements = 64;
  Attribute data;
  if (auto initializer = value ? value.getDefiningOp<InitializerOp>() : nullptr)
    data = initializer.getValue();
  else if (auto constant = value ? value.getDefiningOp<ConstantOp>() : nullptr)
    data = constant.getValue();
  auto dense = dyn_cast_or_null<DenseFPElementsAttr>(data);
  if (!dense || dense.getNumElements() > kMaxElements)
    return std::nullopt;
  return llvm::map_to_vector(dense.getValues<APFloat>(), [](APFloat number) {
    bool losesInfo;
    number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                   &losesInfo);
    return number.convertToDouble();
  });
}

SmallVector<size_t> gac::getResultPositions(Operation *op) {
  SmallVector<size_t> positions;
  auto segments = dyn_cast_or_null<DenseI32ArrayAttr>(
      op->getInherentAttr("resultSegmentSizes").value_or(Attribute()));
  if (!segments) {
    llvm::append_range(positions, llvm::seq<size_t>(0, op->getNumResults()));
    return positions;
  }
  for (auto [position, count] : llvm::enumerate(segments.asArrayRef()))
    if (count != 0)
      positions.push_back(position);
  return positions;
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

namespace {
/// Knows the types of the operands and nothing else, as verifiers must.
class TypeShapeInference : public ShapeInference {
public:
  using ShapeInference::ShapeInference;

  std::optional<SymShape> getShape(Value operand) override {
    if (!operand)
      return std::nullopt;
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!type)
      return std::nullopt;
    // An operand that is read twice must show the same unknowns twice.
    SymShape &shape = shapes[operand];
    if (shape.empty())
      for (int64_t size : type.getShape())
        shape.push_back(ShapedType::isDynamic(size) ? SymExpr::unknownSize()
                                                    : SymExpr(size));
    return shape;
  }

  std::optional<SymShape> getElements(Value) override { return std::nullopt; }

private:
  llvm::DenseMap<Value, SymShape> shapes;
};

/// Looks at the values of constants as well.
class ConstantShapeInference : public TypeShapeInference {
public:
  using TypeShapeInference::TypeShapeInference;

  std::optional<SymShape> getElements(Value operand) override {
    Operation *op = operand ? operand.getDefiningOp() : nullptr;
    if (auto initializer = dyn_cast_or_null<InitializerOp>(op))
      return getConstantElements(initializer.getValue(), maxElements);
    if (auto constant = dyn_cast_or_null<ConstantOp>(op))
      return getConstantElements(constant.getValue(), maxElements);
    return std::nullopt;
  }

private:
  /// Tensors of more elements are no shapes, axes or bounds.
  static constexpr int64_t maxElements = 256;
};
} // namespace

/// Runs the rule of `op` and compares its results.
static LogicalResult verify(ShapeOpInterface op, ShapeInference &inference) {
  if (failed(op.inferShapes(inference)))
    return failure();
  return gac::detail::verifyResults(op, inference);
}

LogicalResult gac::detail::verifyInferredShapes(Operation *op) {
  TypeShapeInference inference(op->getName(), op->getLoc(),
                               op->getNumResults());
  return verify(cast<ShapeOpInterface>(op), inference);
}

LogicalResult gac::verifyShapeOnConstants(Operation *op) {
  auto shapeOp = dyn_cast<ShapeOpInterface>(op);
  if (!shapeOp)
    return success();
  ConstantShapeInference inference(op->getName(), op->getLoc(),
                                   op->getNumResults());
  return verify(shapeOp, inference);
}

LogicalResult gac::detail::verifyResults(Operation *op,
                                         ShapeInference &inference) {
  ArrayRef<InferredTensor> inferred = inference.getResults();
  for (auto [result, position] :
       llvm::zip_equal(op->getResults(), getResultPositions(op))) {
    if (position >= inferred.size())
      continue;
    const auto &[shape, elementType] = inferred[position];
    unsigned number = result.getResultNumber();
    auto type = dyn_cast<ShapedType>(result.getType());
    if (!type)
      continue;
    if (elementType && type.getElementType() != elementType) {
      std::string names;
      llvm::raw_string_ostream(names)
          << type.getElementType() << ", expected " << elementType;
      return inference.error("result_c1", "result ", number,
                             " has elements of type ", names);
    }
    if (!shape || !type.hasRank())
      continue;
    if (type.getRank() != static_cast<int64_t>(shape->size()))
      return inference.error("result_c2", "result ", number, " has rank ",
                             type.getRank(), ", expected ", shape->size());
    for (auto [axis, size, expected] : llvm::enumerate(type.getShape(), *shape))
      if (!ShapedType::isDynamic(size) &&
          ShapeInference::differ(size, expected))
        return inference.error("result_c3", "result ", number, " has size ",
                               size, " on axis ", axis, ", expected ",
                               expected);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// The upstream interface
//===----------------------------------------------------------------------===//

namespace {
/// Knows what the caller of the upstream interface knows.
class ComponentShapeInference : public ShapeInference {
public:
  ComponentShapeInference(OperationName op, std::optional<Location> location,
                          ValueShapeRange operands)
      : ShapeInference(op, location, std::nullopt), operands(operands) {}

  std::optional<SymShape> getShape(Value operand) override {
    ShapeAdaptor shape =
        operand && isa<ShapedType>(operand.getType())
            ? operands.getShape(operand)
            : ShapeAdaptor(static_cast<ShapedTypeComponents *>(nullptr));
    if (!shape || !shape.hasRank())
      return std::nullopt;
    SmallVector<int64_t> sizes;
    shape.getDims(sizes);
    return toSymbolic(sizes);
  }

  std::optional<SymShape> getElements(Value operand) override {
    if (!operand)
      return std::nullopt;
    auto it = llvm::find(operands.getValues(), operand);
    ShapeAdaptor elements =
        operands.getValueAsShape(it - operands.getValues().begin());
    if (!elements || !elements.hasRank())
      return std::nullopt;
    SmallVector<int64_t> sizes;
    elements.getDims(sizes);
    return toSymbolic(sizes);
  }

private:
  static SymShape toSymbolic(ArrayRef<int64_t> sizes) {
    return SymShape(llvm::map_range(sizes, [](int64_t size) {
      return ShapedType::isDynamic(size) ? SymExpr::unknownSize()
                                         : SymExpr(size);
    }));
  }

  ValueShapeRange operands;
};
} // namespace

LogicalResult gac::detail::inferComponents(
    OperationName op, std::optional<Location> location,
    ValueShapeRange operands,
    llvm::function_ref<LogicalResult(ShapeInference &)> rule,
    SmallVectorImpl<ShapedTypeComponents> &components) {
  ComponentShapeInference inference(op, location, operands);
  if (failed(rule(inference)))
    return failure();
  for (const InferredTensor &result : inference.getResults()) {
    if (!result.shape) {
      components.emplace_back(result.elementType);
      continue;
    }
    SmallVector<int64_t> sizes;
    for (const SymExpr &size : *result.shape)
      sizes.push_back(size.getConstant().value_or(ShapedType::kDynamic));
    components.emplace_back(sizes, result.elementType);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Elementwise ops
//===----------------------------------------------------------------------===//

Type gac::detail::getFirstElementType(ValueRange operands) {
  return operands.empty() ? Type()
                          : ShapeInference::getElementType(operands.front());
}

LogicalResult gac::detail::inferElementwise(ValueRange operands,
                                            Type elementType,
                                            ShapeInference &inference) {
  std::optional<SymShape> result = SymShape();
  for (Value operand : operands) {
    std::optional<SymShape> shape = inference.getShape(operand);
    if (!shape || !result) {
      result = std::nullopt;
      continue;
    }
    FailureOr<SymShape> both =
        inference.broadcast("elementwise_c1", *result, *shape);
    if (failed(both))
      return failure();
    result = *both;
  }
  inference.setResult(0, std::move(result), elementType);
  return success();
}

LogicalResult ClipOp::inferShapes(Adaptor op, ShapeInference &inference) {
  // The bounds are scalars; they do not broadcast.
  return gac::detail::inferElementwise(
      op.getInput(), ShapeInference::getElementType(op.getInput()), inference);
}
