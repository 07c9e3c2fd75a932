//===- ConstantData.cpp - The numbers of constants ------------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConstantData.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Support/ByteSource.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/APFloat.h"

#include <cstring>

using namespace mlir;
using namespace gac;

/// The bytes of an element, or 0 if it has no whole ones.
static int64_t getElementBytes(Type element) {
  if (element.isInteger(1))
    return 1;
  if (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() % 8 != 0)
    return 0;
  return element.getIntOrFloatBitWidth() / 8;
}

static std::optional<std::vector<char>> readFile(FileAttr file,
                                                 int64_t length) {
  if (file.getLength() != length || file.getOffset() < 0)
    return std::nullopt;
  // Who needs the file says what is wrong with it.
  auto input = InputFile::open(file.getPath());
  if (!input) {
    llvm::consumeError(input.takeError());
    return std::nullopt;
  }
  if ((*input)->size() != static_cast<uint64_t>(file.getFileSize()) ||
      (*input)->getModificationTime() != file.getMtime())
    return std::nullopt;
  std::vector<char> bytes(length);
  if (llvm::Error error = (*input)->read(file.getOffset(), bytes)) {
    llvm::consumeError(std::move(error));
    return std::nullopt;
  }
  return bytes;
}

static std::optional<std::vector<char>>
readElements(DenseElementsAttr elements, int64_t width, int64_t length) {
  std::vector<char> bytes;
  bytes.reserve(length);
  if (elements.getElementType().isInteger(1)) {
    for (bool element : elements.getValues<bool>())
      bytes.push_back(static_cast<char>(element));
    return bytes;
  }
  ArrayRef<char> raw = elements.getRawData();
  if (!elements.isSplat())
    return static_cast<int64_t>(raw.size()) == length
               ? std::optional(std::vector<char>(raw.begin(), raw.end()))
               : std::nullopt;
  if (static_cast<int64_t>(raw.size()) != width)
    return std::nullopt;
  while (static_cast<int64_t>(bytes.size()) < length)
    bytes.insert(bytes.end(), raw.begin(), raw.end());
  return bytes;
}

std::optional<ConstantData> ConstantData::read(Value value, int64_t limit) {
  Operation *op = value.getDefiningOp();
  if (!isa_and_nonnull<InitializerOp, ConstantOp>(op))
    return std::nullopt;
  auto data = dyn_cast_or_null<TypedAttr>(op->getAttr("value"));
  auto type = data ? dyn_cast<ShapedType>(data.getType()) : ShapedType();
  int64_t width = type && type.hasStaticShape()
                      ? getElementBytes(type.getElementType())
                      : 0;
  if (width == 0 || type.getNumElements() > limit / width)
    return std::nullopt;
  int64_t length = type.getNumElements() * width;
  std::optional<std::vector<char>> bytes;
  if (auto file = dyn_cast<FileAttr>(data)) {
    bytes = readFile(file, length);
  } else if (auto resource = dyn_cast<DenseResourceElementsAttr>(data)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (blob && static_cast<int64_t>(blob->getData().size()) == length)
      bytes.emplace(blob->getData().begin(), blob->getData().end());
  } else if (auto elements = dyn_cast<DenseElementsAttr>(data)) {
    bytes = readElements(elements, width, length);
  }
  return bytes ? std::optional(ConstantData(type, width, std::move(*bytes)))
               : std::nullopt;
}

double ConstantData::getNumber(int64_t index) const {
  ArrayRef<char> raw = getBytes(index);
  Type element = type.getElementType();
  if (element.isF32()) {
    float number = 0;
    std::memcpy(&number, raw.data(), sizeof(number));
    return number;
  }
  if (element.isInteger(1))
    return raw.front() != 0;
  APInt bits(element.getIntOrFloatBitWidth(), 0);
  for (auto [place, byte] : llvm::enumerate(raw))
    bits.insertBits(static_cast<uint8_t>(byte), place * 8, 8);
  auto floating = dyn_cast<FloatType>(element);
  if (!floating)
    return bits.roundToDouble(/*isSigned=*/!element.isUnsignedInteger());
  APFloat number(floating.getFloatSemantics(), bits);
  bool losesInfo = false;
  number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return number.convertToDouble();
}
