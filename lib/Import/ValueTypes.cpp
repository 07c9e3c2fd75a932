//===- ValueTypes.cpp - Types of values, declared and inferred --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ValueTypes.h"

#include "gac/Dialect/GAC/IR/GACTypes.h"
#include "gac/Import/OnnxTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace gac;
using namespace mlir;

using onnx::TypeProto;
using Dimension = onnx::TensorShapeProto::Dimension;

Type gac::importValueType(const TypeProto &type, MLIRContext *context) {
  if (!type.has_tensor_type())
    return ValueType::get(context);
  Type elementType = getElementType(type.tensor_type().elem_type(), context);
  if (!elementType)
    return ValueType::get(context);
  if (!type.tensor_type().has_shape())
    return UnrankedTensorType::get(elementType);
  SmallVector<int64_t> shape;
  for (const Dimension &dim : type.tensor_type().shape().dim())
    shape.push_back(dim.has_dim_value() && dim.dim_value() >= 0
                        ? dim.dim_value()
                        : ShapedType::kDynamic);
  return RankedTensorType::get(shape, elementType);
}

ArrayAttr gac::importSymbols(const TypeProto &type, MLIRContext *context) {
  if (!type.has_tensor_type() || !type.tensor_type().has_shape())
    return {};
  SmallVector<Attribute> symbols;
  bool hasSymbol = false;
  for (const Dimension &dim : type.tensor_type().shape().dim()) {
    hasSymbol |= !dim.dim_param().empty();
    symbols.push_back(StringAttr::get(context, dim.dim_param()));
  }
  return hasSymbol ? ArrayAttr::get(context, symbols) : ArrayAttr();
}

std::string gac::toString(const TypeProto &type) {
  switch (type.value_case()) {
  case TypeProto::kSequenceType:
    return "sequence<" + toString(type.sequence_type().elem_type()) + ">";
  case TypeProto::kOptionalType:
    return "optional<" + toString(type.optional_type().elem_type()) + ">";
  case TypeProto::kMapType:
    return "map<" + toString(type.map_type().value_type()) + ">";
  case TypeProto::kOpaqueType:
    return "opaque<" + type.opaque_type().name() + ">";
  case TypeProto::VALUE_NOT_SET:
    return "unknown";
  case TypeProto::kTensorType:
  case TypeProto::kSparseTensorType:
    break;
  }
  bool isSparse = type.has_sparse_tensor_type();
  int32_t dataType = isSparse ? type.sparse_tensor_type().elem_type()
                              : type.tensor_type().elem_type();
  bool hasShape = isSparse ? type.sparse_tensor_type().has_shape()
                           : type.tensor_type().has_shape();
  const onnx::TensorShapeProto &shape =
      isSparse ? type.sparse_tensor_type().shape() : type.tensor_type().shape();
  std::string text = isSparse ? "sparse_tensor<" : "tensor<";
  if (!hasShape)
    text += "*x";
  for (const Dimension &dim : shape.dim())
    text += (dim.has_dim_value()       ? std::to_string(dim.dim_value())
             : dim.dim_param().empty() ? std::string("?")
                                       : dim.dim_param()) +
            "x";
  return text + getOnnxDataTypeName(dataType).str() + ">";
}

void gac::dropEmptySizes(TypeProto &type) {
  if (!type.has_tensor_type() || !type.tensor_type().has_shape())
    return;
  for (Dimension &dim :
       *type.mutable_tensor_type()->mutable_shape()->mutable_dim())
    if ((dim.has_dim_value() && dim.dim_value() == -1) ||
        (dim.has_dim_param() &&
         (dim.dim_param() == "?" || dim.dim_param().empty())))
      dim.clear_value();
}

std::optional<std::string> gac::findInvalid(const TypeProto &type) {
  if (!type.has_tensor_type())
    return std::nullopt;
  int32_t dataType = type.tensor_type().elem_type();
  if (getOnnxDataTypeName(dataType).empty())
    return "has data type " + std::to_string(dataType) +
           ", which ONNX does not define";
  int64_t count = 1;
  for (auto [axis, dim] : llvm::enumerate(type.tensor_type().shape().dim())) {
    if (!dim.has_dim_value())
      continue;
    if (dim.dim_value() < 0)
      return "has size " + std::to_string(dim.dim_value()) + " on axis " +
             std::to_string(axis);
    std::optional<int64_t> product =
        llvm::checkedMul(count, std::max<int64_t>(dim.dim_value(), 1));
    if (!product)
      return std::string("has more than 2^63 elements");
    count = *product;
  }
  return std::nullopt;
}

std::optional<std::string> gac::findContradiction(const TypeProto &known,
                                                  const TypeProto &declared) {
  if (known.value_case() == TypeProto::VALUE_NOT_SET ||
      declared.value_case() == TypeProto::VALUE_NOT_SET)
    return std::nullopt;
  std::string types =
      "says " + toString(declared) + " where " + toString(known) + " is known";
  if (known.value_case() != declared.value_case())
    return types;
  if (!known.has_tensor_type())
    return std::nullopt;
  const TypeProto::Tensor &lhs = known.tensor_type();
  const TypeProto::Tensor &rhs = declared.tensor_type();
  if (lhs.elem_type() && rhs.elem_type() && lhs.elem_type() != rhs.elem_type())
    return types;
  if (!lhs.has_shape() || !rhs.has_shape())
    return std::nullopt;
  if (lhs.shape().dim_size() != rhs.shape().dim_size())
    return types;
  for (auto [dim, other] :
       llvm::zip_equal(lhs.shape().dim(), rhs.shape().dim()))
    if (dim.has_dim_value() && other.has_dim_value() &&
        dim.dim_value() != other.dim_value())
      return types;
  return std::nullopt;
}

bool gac::refine(TypeProto &known, const TypeProto &declared) {
  if (declared.value_case() == TypeProto::VALUE_NOT_SET)
    return false;
  if (known.value_case() == TypeProto::VALUE_NOT_SET) {
    known = declared;
    return true;
  }
  if (!known.has_tensor_type())
    return false;
  TypeProto::Tensor &tensor = *known.mutable_tensor_type();
  const TypeProto::Tensor &other = declared.tensor_type();
  bool changed = false;
  if (!tensor.elem_type() && other.elem_type()) {
    tensor.set_elem_type(other.elem_type());
    changed = true;
  }
  if (!other.has_shape())
    return changed;
  if (!tensor.has_shape()) {
    *tensor.mutable_shape() = other.shape();
    return true;
  }
  for (auto [dim, otherDim] : llvm::zip_equal(
           *tensor.mutable_shape()->mutable_dim(), other.shape().dim())) {
    if (dim.value_case() != Dimension::VALUE_NOT_SET)
      continue;
    if (otherDim.has_dim_value()) {
      dim.set_dim_value(otherDim.dim_value());
      changed = true;
    } else if (otherDim.has_dim_param()) {
      dim.set_dim_param(otherDim.dim_param());
    }
  }
  return changed;
}
