//===- AttributeWriter.cpp - attributes and types as ONNX has them --------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttributeWriter.h"

#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "gac/Import/OnnxTypes.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace gac;
using namespace mlir;
using llvm::createStringError;
using llvm::Error;
using onnx::AttributeProto;

static Error notInOnnx(Attribute value) {
  std::string text;
  llvm::raw_string_ostream(text) << value;
  return createStringError(std::make_error_code(std::errc::invalid_argument),
                           "ONNX has no kind of attribute for " + text);
}

static float toFloat(FloatAttr value) {
  return value.getValue().convertToFloat();
}

static Error writeArray(AttributeProto &proto, ArrayAttr array,
                        TensorPlacer &placer) {
  if (llvm::all_of(array, llvm::IsaPred<StringAttr>)) {
    proto.set_type(AttributeProto::STRINGS);
    for (Attribute element : array)
      proto.add_strings(cast<StringAttr>(element).getValue().str());
    return Error::success();
  }
  proto.set_type(AttributeProto::TENSORS);
  for (Attribute element : array) {
    auto value = dyn_cast<TypedAttr>(element);
    if (!value || !isa<ShapedType>(value.getType()))
      return notInOnnx(array);
    if (Error error = placer.place(*proto.add_tensors(), value,
                                   /*wasExternal=*/false, /*movable=*/false))
      return error;
  }
  return Error::success();
}

Error gac::writeAttribute(AttributeProto &proto, Attribute value,
                          TensorPlacer &placer) {
  if (auto typed = dyn_cast<TypedAttr>(value);
      typed && isa<ShapedType>(typed.getType()) &&
      !isa<DenseArrayAttr>(value)) {
    proto.set_type(AttributeProto::TENSOR);
    return placer.place(*proto.mutable_t(), typed, /*wasExternal=*/false,
                        /*movable=*/false);
  }
  return llvm::TypeSwitch<Attribute, Error>(value)
      .Case([&](IntegerAttr integer) -> Error {
        if (integer.getValue().getBitWidth() > 64)
          return notInOnnx(value);
        proto.set_type(AttributeProto::INT);
        proto.set_i(integer.getValue().getSExtValue());
        return Error::success();
      })
      .Case([&](FloatAttr number) -> Error {
        if (!number.getType().isF32())
          return notInOnnx(value);
        proto.set_type(AttributeProto::FLOAT);
        proto.set_f(toFloat(number));
        return Error::success();
      })
      .Case([&](StringAttr text) -> Error {
        proto.set_type(AttributeProto::STRING);
        proto.set_s(text.getValue().str());
        return Error::success();
      })
      .Case([&](DenseI64ArrayAttr integers) -> Error {
        proto.set_type(AttributeProto::INTS);
        for (int64_t integer : integers.asArrayRef())
          proto.add_ints(integer);
        return Error::success();
      })
      .Case([&](DenseF32ArrayAttr numbers) -> Error {
        proto.set_type(AttributeProto::FLOATS);
        for (float number : numbers.asArrayRef())
          proto.add_floats(number);
        return Error::success();
      })
      .Case([&](ArrayAttr array) { return writeArray(proto, array, placer); })
      .Default([&](Attribute) { return notInOnnx(value); });
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

void gac::writeType(onnx::TypeProto &proto, Type type, ArrayAttr symbols) {
  auto tensor = dyn_cast<TensorType>(type);
  int32_t dataType = tensor ? getOnnxDataType(tensor.getElementType()) : 0;
  if (!dataType)
    return;
  onnx::TypeProto::Tensor *result = proto.mutable_tensor_type();
  result->set_elem_type(dataType);
  if (!tensor.hasRank())
    return;
  result->mutable_shape();
  for (auto [axis, size] : llvm::enumerate(tensor.getShape())) {
    onnx::TensorShapeProto::Dimension *dimension =
        result->mutable_shape()->add_dim();
    if (!ShapedType::isDynamic(size)) {
      dimension->set_dim_value(size);
      continue;
    }
    auto symbol = symbols && axis < symbols.size()
                      ? dyn_cast<StringAttr>(symbols[axis])
                      : StringAttr();
    if (symbol && !symbol.getValue().empty())
      dimension->set_dim_param(symbol.getValue().str());
  }
}

void gac::updateSizes(onnx::TypeProto &proto, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !proto.has_tensor_type() ||
      proto.tensor_type().shape().dim_size() != tensor.getRank())
    return;
  for (auto [axis, size] : llvm::enumerate(tensor.getShape())) {
    const auto &old = proto.tensor_type().shape().dim(axis);
    // Only what is stated on both sides can differ.
    if (old.has_dim_value() && old.dim_value() >= 0 &&
        !ShapedType::isDynamic(size) && old.dim_value() != size)
      proto.mutable_tensor_type()
          ->mutable_shape()
          ->mutable_dim(axis)
          ->set_dim_value(size);
  }
}

void gac::bindSymbols(onnx::TypeProto &proto, const DimBindings &bindings) {
  if (!proto.has_tensor_type() || !proto.tensor_type().has_shape())
    return;
  for (auto &dim : *proto.mutable_tensor_type()->mutable_shape()->mutable_dim())
    if (dim.has_dim_param() && !dim.dim_param().empty())
      if (std::optional<int64_t> size =
              bindings.evaluate(SymExpr::parse(dim.dim_param())))
        dim.set_dim_value(*size);
}
