//===- ValueTypes.h - Types of values, declared and inferred ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_IMPORT_VALUETYPES_H
#define GAC_LIB_IMPORT_VALUETYPES_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Types.h"

#include "onnx/onnx_pb.h"

#include <optional>
#include <string>

namespace gac {

/// The type in the dialect: a tensor, as far as its element type, rank and
/// sizes are known, or `!gac.value`.
mlir::Type importValueType(const onnx::TypeProto &type,
                           mlir::MLIRContext *context);

/// The symbols of a tensor's axes as an array of strings, "" for an axis
/// without one. Null if no axis has one.
mlir::ArrayAttr importSymbols(const onnx::TypeProto &type,
                              mlir::MLIRContext *context);

/// How diagnostics print a type: "tensor<2xseqx?xFLOAT>".
std::string toString(const onnx::TypeProto &type);

/// Drops sizes that say nothing: -1 and the symbol "?", which several writers
/// put where they know no size.
void dropEmptySizes(onnx::TypeProto &type);

/// Says why a type can be no type of a value: "has size -3 on axis 1", an
/// unknown data type, more elements than can be counted. None if it can.
std::optional<std::string> findInvalid(const onnx::TypeProto &type);

/// Says how `declared` contradicts `known`, in the kind of value, element type,
/// rank or a size: "says ... where ... is known". A symbol contradicts nothing.
std::optional<std::string> findContradiction(const onnx::TypeProto &known,
                                             const onnx::TypeProto &declared);

/// Adds to `known` what only `declared` says, which must not contradict it.
/// Returns whether anything but symbols was added.
bool refine(onnx::TypeProto &known, const onnx::TypeProto &declared);

} // namespace gac

#endif // GAC_LIB_IMPORT_VALUETYPES_H
