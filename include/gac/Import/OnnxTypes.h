//===- OnnxTypes.h - ONNX element types and tensor data ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The correspondence of ONNX's and MLIR's element types, in both directions,
// and of the bytes of their tensors. ONNX types are numbers of
// TensorProto.DataType here, so that users need no protobuf header.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_IMPORT_ONNXTYPES_H
#define GAC_IMPORT_ONNXTYPES_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

#include <cstdint>
#include <optional>
#include <string>

namespace gac {

/// The element type for TensorProto.DataType `dataType`: signed integers are
/// signless, unsigned ones unsigned, bool is i1, string is !gac.string. Null
/// for UNDEFINED and for numbers that ONNX does not define.
mlir::Type getElementType(int32_t dataType, mlir::MLIRContext *context);

/// The reverse. UNDEFINED (0) for a type that ONNX does not have.
int32_t getOnnxDataType(mlir::Type elementType);

/// ONNX's name of a data type, such as "FLOAT16"; "" for an unknown number.
llvm::StringRef getOnnxDataTypeName(int32_t dataType);

/// The element type for the data type of that name. Null if there is none.
mlir::Type getElementType(llvm::StringRef name, mlir::MLIRContext *context);

/// Bits that an element takes in raw_data: 8 for a bool, 4 for an int4. None
/// for strings and for types that ONNX does not have.
std::optional<unsigned> getOnnxBitWidth(mlir::Type elementType);

/// Bytes of raw_data for `count` elements: packed ones are rounded up to whole
/// bytes. None if that overflows, or for strings.
std::optional<uint64_t> getOnnxDataSize(mlir::Type elementType, int64_t count);

/// The elements of a tensor of static shape, from raw_data of the right size.
mlir::DenseElementsAttr getElementsFromRawData(mlir::RankedTensorType type,
                                               llvm::StringRef raw);

/// The reverse: raw_data (little endian, packed as ONNX has it) for elements of
/// any type but strings.
std::string getRawDataFromElements(mlir::DenseElementsAttr elements);

} // namespace gac

#endif // GAC_IMPORT_ONNXTYPES_H
