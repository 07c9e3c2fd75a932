//===- RuleInference.cpp - Types by the dialect's own rules -----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuleInference.h"
#include "ValueTypes.h"

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Dialect/GAC/IR/ShapeInference.h"
#include "gac/Import/OnnxTypes.h"

#include "llvm/ADT/STLExtras.h"

using namespace gac;
using namespace mlir;
using onnx::TypeProto;

namespace {
/// Knows what import knows of the operands.
class ProtoShapeInference : public ShapeInference {
public:
  ProtoShapeInference(Operation *op,
                      const llvm::DenseMap<Value, const TypeProto *> &types)
      : ShapeInference(op->getName(), std::nullopt, op->getNumResults()),
        types(types) {}

  std::optional<SymShape> getShape(Value operand) override {
    const TypeProto *type = operand ? types.lookup(operand) : nullptr;
    if (!type || !type->tensor_type().has_shape())
      return std::nullopt;
    SymShape &shape = shapes[operand];
    if (shape.empty())
      for (const auto &dim : type->tensor_type().shape().dim())
        shape.push_back(dim.has_dim_value() ? SymExpr(dim.dim_value())
                        : dim.has_dim_param() && !dim.dim_param().empty()
                            ? SymExpr::parse(dim.dim_param())
                            : SymExpr::unknownSize());
    return shape;
  }

  std::optional<SymShape> getElements(Value) override { return std::nullopt; }

private:
  const llvm::DenseMap<Value, const TypeProto *> &types;
  llvm::DenseMap<Value, SymShape> shapes;
};
} // namespace

std::vector<TypeProto>
gac::inferByRule(Operation *op,
                 const llvm::DenseMap<Value, const TypeProto *> &types) {
  std::vector<TypeProto> result(op->getNumResults());
  auto shapeOp = dyn_cast<ShapeOpInterface>(op);
  ProtoShapeInference inference(op, types);
  if (!shapeOp || failed(shapeOp.inferShapes(inference)))
    return result;
  ArrayRef<InferredTensor> inferred = inference.getResults();
  for (auto [type, position] :
       llvm::zip_equal(result, getResultPositions(op))) {
    if (position >= inferred.size() || !inferred[position].elementType)
      continue;
    int32_t dataType = getOnnxDataType(inferred[position].elementType);
    if (dataType == onnx::TensorProto::UNDEFINED)
      continue;
    TypeProto known;
    known.mutable_tensor_type()->set_elem_type(dataType);
    if (inferred[position].shape) {
      auto &shape = *known.mutable_tensor_type()->mutable_shape();
      for (const SymExpr &size : *inferred[position].shape) {
        auto &dim = *shape.add_dim();
        if (std::optional<int64_t> number = size.getConstant())
          dim.set_dim_value(*number);
        else if (!size.hasUnknown())
          dim.set_dim_param(size.str());
      }
    }
    if (!findInvalid(known))
      type = std::move(known);
  }
  return result;
}
