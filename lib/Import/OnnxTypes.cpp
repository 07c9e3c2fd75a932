//===- OnnxTypes.cpp - ONNX element types and tensor data -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Import/OnnxTypes.h"

#include "gac/Dialect/GAC/IR/GACTypes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/MathExtras.h"

using namespace gac;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

namespace {
struct DataType {
  StringLiteral name;
  /// Bits in raw_data, 0 for a type that has none there.
  unsigned width;
  Type (*getType)(MLIRContext *);
};
} // namespace

template <unsigned width, IntegerType::SignednessSemantics sign>
static Type getInteger(MLIRContext *context) {
  return IntegerType::get(context, width, sign);
}
template <unsigned width>
static constexpr auto getSigned =
    getInteger<width, IntegerType::SignednessSemantics::Signless>;
template <unsigned width>
static constexpr auto getUnsigned =
    getInteger<width, IntegerType::SignednessSemantics::Unsigned>;

template <typename FloatT> static Type getFloat(MLIRContext *context) {
  return FloatT::get(context);
}
template <typename FloatT> static Type getComplex(MLIRContext *context) {
  return ComplexType::get(FloatT::get(context));
}
static Type getString(MLIRContext *context) {
  return gac::StringType::get(context);
}

/// Indexed by the numbers of TensorProto.DataType.
static const DataType kDataTypes[] = {
    {"UNDEFINED", 0, nullptr},
    {"FLOAT", 32, getFloat<Float32Type>},
    {"UINT8", 8, getUnsigned<8>},
    {"INT8", 8, getSigned<8>},
    {"UINT16", 16, getUnsigned<16>},
    {"INT16", 16, getSigned<16>},
    {"INT32", 32, getSigned<32>},
    {"INT64", 64, getSigned<64>},
    {"STRING", 0, getString},
    {"BOOL", 8, getSigned<1>},
    {"FLOAT16", 16, getFloat<Float16Type>},
    {"DOUBLE", 64, getFloat<Float64Type>},
    {"UINT32", 32, getUnsigned<32>},
    {"UINT64", 64, getUnsigned<64>},
    {"COMPLEX64", 64, getComplex<Float32Type>},
    {"COMPLEX128", 128, getComplex<Float64Type>},
    {"BFLOAT16", 16, getFloat<BFloat16Type>},
    {"FLOAT8E4M3FN", 8, getFloat<Float8E4M3FNType>},
    {"FLOAT8E4M3FNUZ", 8, getFloat<Float8E4M3FNUZType>},
    {"FLOAT8E5M2", 8, getFloat<Float8E5M2Type>},
    {"FLOAT8E5M2FNUZ", 8, getFloat<Float8E5M2FNUZType>},
    {"UINT4", 4, getUnsigned<4>},
    {"INT4", 4, getSigned<4>},
    {"FLOAT4E2M1", 4, getFloat<Float4E2M1FNType>},
    {"FLOAT8E8M0", 8, getFloat<Float8E8M0FNUType>},
    {"UINT2", 2, getUnsigned<2>},
    {"INT2", 2, getSigned<2>},
    {"FLOAT6E2M3", 6, getFloat<Float6E2M3FNType>},
    {"FLOAT6E3M2", 6, getFloat<Float6E3M2FNType>},
};

static const DataType *getDataType(int32_t number) {
  if (number < 0 || static_cast<size_t>(number) >= std::size(kDataTypes))
    return nullptr;
  return &kDataTypes[number];
}

Type gac::getElementType(int32_t dataType, MLIRContext *context) {
  const DataType *found = getDataType(dataType);
  return found && found->getType ? found->getType(context) : Type();
}

int32_t gac::getOnnxDataType(Type elementType) {
  for (auto [number, dataType] : llvm::enumerate(kDataTypes))
    if (dataType.getType &&
        dataType.getType(elementType.getContext()) == elementType)
      return static_cast<int32_t>(number);
  return 0;
}

StringRef gac::getOnnxDataTypeName(int32_t dataType) {
  const DataType *found = getDataType(dataType);
  return found ? StringRef(found->name) : StringRef();
}

Type gac::getElementType(StringRef name, MLIRContext *context) {
  for (const DataType &dataType : kDataTypes)
    if (dataType.getType && dataType.name == name)
      return dataType.getType(context);
  return {};
}

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

std::optional<unsigned> gac::getOnnxBitWidth(Type elementType) {
  unsigned width = kDataTypes[getOnnxDataType(elementType)].width;
  return width ? std::optional(width) : std::nullopt;
}

std::optional<uint64_t> gac::getOnnxDataSize(Type elementType, int64_t count) {
  std::optional<unsigned> width = getOnnxBitWidth(elementType);
  if (!width || count < 0)
    return std::nullopt;
  std::optional<uint64_t> bits =
      llvm::checkedMulUnsigned<uint64_t>(*width, static_cast<uint64_t>(count));
  if (!bits)
    return std::nullopt;
  return llvm::divideCeil(*bits, 8);
}

/// ONNX packs elements of fewer than 8 bits from the least significant bit on,
/// across byte boundaries; MLIR gives each a byte.
static SmallVector<char> unpack(StringRef packed, unsigned width,
                                int64_t count) {
  SmallVector<char> bytes(count);
  for (int64_t i = 0; i < count; ++i) {
    size_t bit = static_cast<size_t>(i) * width;
    unsigned value = static_cast<uint8_t>(packed[bit / 8]);
    if (bit / 8 + 1 < packed.size())
      value |= static_cast<uint8_t>(packed[bit / 8 + 1]) << 8;
    bytes[i] = static_cast<char>(value >> (bit % 8) & ((1u << width) - 1));
  }
  return bytes;
}

static std::string pack(ArrayRef<char> bytes, unsigned width) {
  std::string packed(llvm::divideCeil(bytes.size() * width, 8), '\0');
  for (auto [i, byte] : llvm::enumerate(bytes)) {
    size_t bit = i * width;
    unsigned value = (static_cast<uint8_t>(byte) & ((1u << width) - 1))
                     << (bit % 8);
    packed[bit / 8] |= static_cast<char>(value);
    if (value >> 8)
      packed[bit / 8 + 1] |= static_cast<char>(value >> 8);
  }
  return packed;
}

DenseElementsAttr gac::getElementsFromRawData(RankedTensorType type,
                                              StringRef raw) {
  Type elementType = type.getElementType();
  if (elementType.isInteger(1)) {
    SmallVector<bool> values =
        llvm::map_to_vector(raw, [](char byte) { return byte != 0; });
    return DenseElementsAttr::get(type, values);
  }
  unsigned width = *getOnnxBitWidth(elementType);
  if (width < 8)
    return DenseElementsAttr::getFromRawBuffer(
        type, unpack(raw, width, type.getNumElements()));
  return DenseElementsAttr::getFromRawBuffer(
      type, ArrayRef<char>(raw.data(), raw.size()));
}

std::string gac::getRawDataFromElements(DenseElementsAttr elements) {
  Type elementType = elements.getElementType();
  std::string raw;
  if (elementType.isInteger(1)) {
    for (bool value : elements.getValues<bool>())
      raw.push_back(value);
    return raw;
  }
  ArrayRef<char> bytes = elements.getRawData();
  raw.assign(bytes.begin(), bytes.end());
  if (elements.isSplat()) {
    raw.clear();
    raw.reserve(bytes.size() * elements.getNumElements());
    for (int64_t i = 0, e = elements.getNumElements(); i < e; ++i)
      raw.append(bytes.data(), bytes.size());
  }
  unsigned width = *getOnnxBitWidth(elementType);
  return width < 8 ? pack(ArrayRef<char>(raw.data(), raw.size()), width) : raw;
}
