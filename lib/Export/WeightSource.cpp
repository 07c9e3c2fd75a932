//===- WeightSource.cpp - the bytes behind a weight attribute ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Export/WeightSource.h"

#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "gac/Import/OnnxTypes.h"
#include "gac/Support/CastByteSource.h"
#include "gac/Support/ConcatByteSource.h"
#include "gac/Support/PackedByteSource.h"
#include "gac/Support/PaddedByteSource.h"
#include "gac/Support/ProductByteSource.h"
#include "gac/Support/TransposedByteSource.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cassert>

using namespace gac;
using namespace mlir;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

static Error invalid(const Twine &message) {
  return createStringError(std::make_error_code(std::errc::invalid_argument),
                           message);
}

static std::string toText(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// Number of bytes of a tensor of `type`.
static Expected<uint64_t> getDataSize(ShapedType type) {
  if (!type.hasStaticShape())
    return invalid("a weight of type " + toText(type) +
                   " has no bytes: its shape is not static");
  // A product that overflows cannot be the number of elements of a type, but
  // this type may come from hand-written text.
  int64_t count = 1;
  for (int64_t size : type.getShape())
    if (llvm::MulOverflow(count, size, count))
      return invalid("the number of elements of " + toText(type) +
                     " overflows");
  if (std::optional<uint64_t> size =
          getOnnxDataSize(type.getElementType(), count))
    return *size;
  return invalid("a tensor of type " + toText(type) +
                 " has no bytes that a file could hold");
}

namespace {
/// The same element again and again: splat constants have no size in memory.
class SplatByteSource final : public ByteSource {
public:
  SplatByteSource(std::string element, uint64_t bytes)
      : element(std::move(element)), bytes(bytes) {}

  uint64_t size() const override { return bytes; }

  Error read(uint64_t offset, MutableArrayRef<char> into) const override {
    assert(offset + into.size() <= bytes && "range outside the source");
    uint64_t phase = offset % element.size();
    for (char &byte : into) {
      byte = element[phase];
      if (++phase == element.size())
        phase = 0;
    }
    return Error::success();
  }

private:
  std::string element;
  uint64_t bytes;
};
} // namespace

static Expected<std::unique_ptr<ByteSource>>
openElements(DenseElementsAttr elements, uint64_t size) {
  std::optional<unsigned> bits = getOnnxBitWidth(elements.getElementType());
  if (elements.isSplat() && size > kTransferBlock && bits && *bits % 8 == 0) {
    auto one = cast<DenseElementsAttr>(
        elements.resizeSplat(elements.getType().clone(ArrayRef<int64_t>{1})));
    return std::make_unique<SplatByteSource>(getRawDataFromElements(one), size);
  }
  return MemoryByteSource::own(getRawDataFromElements(elements));
}

Expected<std::unique_ptr<ByteSource>>
WeightReader::open(StringRef path, uint64_t offset, uint64_t length,
                   uint64_t fileSize, int64_t modificationTime) {
  std::shared_ptr<InputFile> &file = files[path];
  if (!file) {
    Expected<std::shared_ptr<InputFile>> opened = InputFile::open(path);
    if (!opened)
      return opened.takeError();
    file = std::move(*opened);
  }
  if (file->size() != fileSize)
    return invalid("'" + path + "' has changed since the model was imported: " +
                   Twine(file->size()) + " bytes instead of " +
                   Twine(fileSize));
  if (file->getModificationTime() != modificationTime)
    return invalid("'" + path +
                   "' has changed since the model was imported: "
                   "it was modified at " +
                   Twine(file->getModificationTime()) + " ns instead of " +
                   Twine(modificationTime) + " ns after 1970");
  return FileByteSource::create(file, offset, length);
}

/// The bytes of one element; of one of fewer than 8 bits, the byte that it has
/// to itself. Empty for zero.
static std::string getElementBytes(TypedAttr number) {
  if (!number)
    return {};
  APInt bits = isa<FloatAttr>(number)
                   ? cast<FloatAttr>(number).getValue().bitcastToAPInt()
                   : cast<IntegerAttr>(number).getValue();
  std::string bytes;
  for (unsigned i = 0; i < bits.getBitWidth(); i += 8)
    bytes.push_back(static_cast<char>(
        bits.extractBitsAsZExtValue(std::min(8u, bits.getBitWidth() - i), i)));
  return bytes;
}

static Expected<std::unique_ptr<ByteSource>> openPadded(WeightReader &reader,
                                                        PadAttr pad) {
  ShapedType type = pad.getType();
  std::optional<unsigned> bits = getOnnxBitWidth(type.getElementType());
  if (!bits)
    return invalid("a tensor of type " + toText(type) +
                   " cannot be padded: its elements have no bytes");
  Expected<std::unique_ptr<ByteSource>> source = reader.open(pad.getSource());
  if (!source)
    return source.takeError();
  SmallVector<AxisPadding> axes;
  for (LanesAttr lanes : pad.getLanes()) {
    AxisPadding &axis = axes.emplace_back();
    axis.oldSize = lanes.getOldSize();
    axis.newSize = lanes.getSize();
    axis.runs.assign(lanes.getRuns().begin(), lanes.getRuns().end());
  }
  std::string fill;
  std::optional<unsigned> fillAxis;
  if (auto list = dyn_cast_or_null<DenseElementsAttr>(pad.getFill())) {
    for (TypedAttr number : list.getValues<TypedAttr>())
      fill += getElementBytes(number);
    for (auto [axis, size] : llvm::enumerate(list.getType().getShape()))
      if (size != 1)
        fillAxis = axis;
  } else {
    fill = getElementBytes(pad.getFill());
  }
  if (*bits % 8 == 0)
    return PaddedByteSource::create(std::move(*source), *bits / 8, axes, fill,
                                    fillAxis);
  // Elements that share bytes are moved one by one.
  auto unpacked = UnpackedByteSource::create(
      std::move(*source), *bits,
      cast<ShapedType>(pad.getSource().getType()).getNumElements());
  if (!unpacked)
    return unpacked.takeError();
  auto padded =
      PaddedByteSource::create(std::move(*unpacked), 1, axes, fill, fillAxis);
  if (!padded)
    return padded.takeError();
  return std::make_unique<PackedByteSource>(std::move(*padded), *bits);
}

/// The format of a type that #gac.cast takes.
static FloatFormat getFormat(Type type) {
  if (type.isF16())
    return FloatFormat::F16;
  if (type.isBF16())
    return FloatFormat::BF16;
  return type.isF32() ? FloatFormat::F32 : FloatFormat::F64;
}

static Expected<std::unique_ptr<ByteSource>> openCast(WeightReader &reader,
                                                      CastAttr cast) {
  Expected<std::unique_ptr<ByteSource>> source = reader.open(cast.getSource());
  if (!source)
    return source.takeError();
  return CastByteSource::create(
      std::move(*source),
      getFormat(
          llvm::cast<ShapedType>(cast.getSource().getType()).getElementType()),
      getFormat(cast.getType().getElementType()));
}

static Expected<std::unique_ptr<ByteSource>>
openTransposed(WeightReader &reader, TransposeAttr transpose) {
  ShapedType type = transpose.getType();
  std::optional<unsigned> bits = getOnnxBitWidth(type.getElementType());
  if (!bits || *bits % 8 != 0)
    return invalid("a tensor of type " + toText(type) +
                   " cannot be transposed: its elements are no whole bytes");
  Expected<std::unique_ptr<ByteSource>> source =
      reader.open(transpose.getSource());
  if (!source)
    return source.takeError();
  return TransposedByteSource::create(
      std::move(*source), *bits / 8,
      cast<ShapedType>(transpose.getSource().getType()).getShape(),
      transpose.getPerm());
}

static Expected<std::unique_ptr<ByteSource>> openConcat(WeightReader &reader,
                                                        ConcatAttr concat) {
  ShapedType type = concat.getType();
  std::optional<unsigned> bits = getOnnxBitWidth(type.getElementType());
  if (!bits || *bits % 8 != 0)
    return invalid("tensors of type " + toText(type) +
                   " cannot be joined: their elements are no whole bytes");
  std::vector<std::unique_ptr<ByteSource>> sources;
  for (TypedAttr part : concat.getSources()) {
    Expected<std::unique_ptr<ByteSource>> source = reader.open(part);
    if (!source)
      return source.takeError();
    sources.push_back(std::move(*source));
  }
  uint64_t rows = 1;
  for (int64_t size : type.getShape().take_front(concat.getAxis()))
    rows *= size;
  return ConcatByteSource::create(std::move(sources), rows);
}

static Expected<std::unique_ptr<ByteSource>> openProduct(WeightReader &reader,
                                                         ProductAttr product) {
  Expected<std::unique_ptr<ByteSource>> a = reader.open(product.getA());
  if (!a)
    return a.takeError();
  Expected<std::unique_ptr<ByteSource>> b = reader.open(product.getB());
  if (!b)
    return b.takeError();
  ShapedType type = product.getType();
  return ProductByteSource::create(
      std::move(*a), std::move(*b), getFormat(type.getElementType()),
      type.getDimSize(0),
      cast<ShapedType>(product.getA().getType()).getDimSize(1),
      type.getDimSize(1));
}

Expected<std::unique_ptr<ByteSource>> WeightReader::open(TypedAttr value) {
  auto type = dyn_cast<ShapedType>(value.getType());
  if (!type)
    return invalid("a weight cannot be of type " + toText(value.getType()));
  if (auto absent = dyn_cast<AbsentAttr>(value))
    return invalid("the data of this tensor are absent: '" +
                   absent.getLocation() + "' was missing at import");
  Expected<uint64_t> size = getDataSize(type);
  if (!size)
    return size.takeError();

  using Result = Expected<std::unique_ptr<ByteSource>>;
  Result source =
      llvm::TypeSwitch<Attribute, Result>(value)
          .Case([&](FileAttr file) {
            return open(file.getPath(), file.getOffset(), file.getLength(),
                        file.getFileSize(), file.getMtime());
          })
          .Case([&](PadAttr pad) { return openPadded(*this, pad); })
          .Case([&](CastAttr cast) { return openCast(*this, cast); })
          .Case([&](TransposeAttr transpose) {
            return openTransposed(*this, transpose);
          })
          .Case([&](PartAttr part) { return open(part.getSource()); })
          .Case([&](ConcatAttr concat) { return openConcat(*this, concat); })
          .Case(
              [&](ProductAttr product) { return openProduct(*this, product); })
          .Case([&](DenseIntOrFPElementsAttr elements) {
            return openElements(elements, *size);
          })
          .Case([&](DenseResourceElementsAttr resource) -> Result {
            AsmResourceBlob *blob = resource.getRawHandle().getBlob();
            if (!blob)
              return invalid("the resource '" +
                             resource.getRawHandle().getKey() +
                             "' has no data");
            ArrayRef<char> data = blob->getData();
            return MemoryByteSource::refer(StringRef(data.data(), data.size()));
          })
          .Default([&](Attribute) -> Result {
            return invalid("a weight of type " + toText(type) +
                           " is stated in a form that has no bytes");
          });
  if (source && (*source)->size() != *size)
    return invalid("a tensor of type " + toText(type) + " needs " +
                   Twine(*size) + " bytes, but " + Twine((*source)->size()) +
                   " are given");
  return source;
}

Expected<std::vector<char>> gac::readWeight(TypedAttr value) {
  WeightReader reader;
  Expected<std::unique_ptr<ByteSource>> source = reader.open(value);
  if (!source)
    return source.takeError();
  std::vector<char> bytes((*source)->size());
  if (Error error = (*source)->read(0, bytes))
    return error;
  return bytes;
}

Error gac::checkNoSource(Operation *op, StringRef path) {
  llvm::sys::fs::UniqueID id;
  if (llvm::sys::fs::getUniqueID(path, id))
    return Error::success();
  llvm::StringSet<> files;
  op->walk([&](Operation *inner) {
    inner->getAttrDictionary().walk(
        [&](FileAttr file) { files.insert(file.getPath()); });
  });
  for (const auto &file : files) {
    llvm::sys::fs::UniqueID source;
    if (!llvm::sys::fs::getUniqueID(file.getKey(), source) && source == id)
      return llvm::createStringError(
          "'" + path +
          "' holds weights of the model that is read, which would "
          "be replaced: choose another output");
  }
  return Error::success();
}

LogicalResult gac::embedWeights(Operation *root) {
  WeightReader reader;
  WalkResult result = root->walk([&](Operation *op) {
    std::optional<std::string> problem;
    auto embed = [&](TypedAttr value) -> std::pair<Attribute, WalkResult> {
      bool isAbsent = false;
      value.walk([&](AbsentAttr) { isAbsent = true; });
      if (isAbsent)
        return {value, WalkResult::skip()};
      Expected<std::unique_ptr<ByteSource>> source = reader.open(value);
      if (!source) {
        problem = toString(source.takeError());
        return {Attribute(), WalkResult::interrupt()};
      }
      AsmResourceBlob blob =
          HeapAsmResourceBlob::allocate((*source)->size(), /*align=*/64);
      if (Error error = (*source)->read(0, blob.getMutableData())) {
        problem = toString(std::move(error));
        return {Attribute(), WalkResult::interrupt()};
      }
      return {DenseResourceElementsAttr::get(cast<ShapedType>(value.getType()),
                                             "weight", std::move(blob)),
              WalkResult::skip()};
    };
    AttrTypeReplacer replacer;
    using Replacement = std::optional<std::pair<Attribute, WalkResult>>;
    replacer.addReplacement(
        [&](PadAttr pad) -> Replacement { return embed(pad); });
    replacer.addReplacement(
        [&](CastAttr cast) -> Replacement { return embed(cast); });
    replacer.addReplacement([&](TransposeAttr transpose) -> Replacement {
      return embed(transpose);
    });
    replacer.addReplacement(
        [&](ConcatAttr concat) -> Replacement { return embed(concat); });
    replacer.addReplacement(
        [&](ProductAttr product) -> Replacement { return embed(product); });
    replacer.addReplacement(
        [&](FileAttr file) -> Replacement { return embed(file); });
    Attribute embedded = replacer.replace(op->getAttrDictionary());
    if (problem) {
      op->emitError(*problem);
      return WalkResult::interrupt();
    }
    op->setAttrs(cast<DictionaryAttr>(embedded));
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}
