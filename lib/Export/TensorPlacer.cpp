//===- TensorPlacer.cpp - where the data of a model's tensors go -*- C++ -*-==//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorPlacer.h"

#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "gac/Import/OnnxTypes.h"
#include "gac/Import/Residual.h"
#include "gac/Import/WeightOrigins.h"
#include "gac/Support/OutputFile.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace gac;
using namespace mlir;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

using onnx::TensorProto;

/// Where data start in the data file. A page, so that readers can map them.
static constexpr uint64_t kAlignment = 4096;

static Error invalid(const Twine &message) {
  return createStringError(std::make_error_code(std::errc::invalid_argument),
                           message);
}

/// Says which tensor an error is about.
static Error inTensor(const TensorProto &tensor, Error error) {
  return invalid("tensor '" + StringRef(tensor.name()) +
                 "': " + toString(std::move(error)));
}

bool gac::isExternalWeight(TypedAttr value) {
  value = getOriginalWeight(value);
  if (auto file = dyn_cast<FileAttr>(value))
    return file.getExternal();
  return isa<AbsentAttr>(value);
}

/// Whether a graph is written without the data of `value`: if they are beside
/// the model and shapes do not depend on them, or, inside the model, if they
/// are floats and `movable`.
static bool mayLeaveOut(TypedAttr value, bool external, bool movable) {
  // Metadata have no words for what is made of several weights.
  if (isa<ConcatAttr, ProductAttr>(getOriginalWeight(value)))
    return false;
  if (external)
    return !isa<DenseElementsAttr>(getOriginalWeight(value));
  Type type = cast<ShapedType>(value.getType()).getElementType();
  return movable &&
         (type.isF16() || type.isBF16() || type.isF32() || type.isF64());
}

static std::string getRangeKey(StringRef path, uint64_t offset,
                               uint64_t length) {
  return (path + "|" + Twine(offset) + "|" + Twine(length)).str();
}

/// Entries of one key have the same bytes. Attributes are unique, so a recipe
/// is told by its address.
static std::string getKey(TypedAttr value) {
  if (auto file = dyn_cast<FileAttr>(value))
    return getRangeKey(file.getPath(), file.getOffset(), file.getLength());
  if (isa<PadAttr, CastAttr, TransposeAttr, ConcatAttr, ProductAttr>(value))
    return llvm::utohexstr(
        reinterpret_cast<uintptr_t>(value.getAsOpaquePointer()));
  return {};
}

static void addEntry(TensorProto &tensor, StringRef key, std::string value) {
  onnx::StringStringEntryProto *entry = tensor.add_external_data();
  entry->set_key(key.str());
  entry->set_value(std::move(value));
}

/// Makes the data of `tensor` the bytes `[offset, offset + length)` of
/// `location`; without a location this is a marker (see WireFormat.h).
static void setReference(TensorProto &tensor, StringRef location,
                         uint64_t offset, uint64_t length) {
  tensor.set_data_location(TensorProto::EXTERNAL);
  tensor.clear_external_data();
  addEntry(tensor, "location", location.str());
  addEntry(tensor, "offset", llvm::utostr(offset));
  addEntry(tensor, "length", llvm::utostr(length));
}

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

/// Inline data of up to so many bytes goes into the message itself.
static constexpr uint64_t kMessageBytes = 64 * 1024;

Error TensorPlacer::add(Entry entry) {
  // What the parser of the model may as well hold needs no marker.
  if (!entry.external && entry.source && entry.size <= kMessageBytes) {
    // What is adopted comes as a reference, which would contradict the data.
    entry.tensor->clear_data_location();
    entry.tensor->clear_external_data();
    std::string *raw = entry.tensor->mutable_raw_data();
    raw->resize(entry.size);
    return entry.source->read(0,
                              MutableArrayRef<char>(raw->data(), raw->size()));
  }
  entries.push_back(std::move(entry));
  return Error::success();
}

Error TensorPlacer::place(TensorProto &tensor, TypedAttr value,
                          bool wasExternal, bool movable) {
  auto type = dyn_cast<ShapedType>(value.getType());
  int32_t dataType = type ? getOnnxDataType(type.getElementType()) : 0;
  if (!dataType || !type.hasStaticShape())
    return inTensor(tensor, invalid("ONNX has no tensors of its type"));
  tensor.set_data_type(dataType);
  tensor.clear_dims();
  for (int64_t size : type.getShape())
    tensor.add_dims(size);
  tensor.clear_data_location();

  if (auto strings = dyn_cast<DenseStringElementsAttr>(value)) {
    for (int64_t i = 0, e = type.getNumElements(); i < e; ++i)
      tensor.add_string_data(strings.isSplat()
                                 ? strings.getRawStringData().front().str()
                                 : strings.getRawStringData()[i].str());
    return Error::success();
  }

  bool external = wasExternal || isExternalWeight(value);
  if (options.graphOnly && mayLeaveOut(value, external, movable)) {
    std::optional<uint64_t> size =
        getOnnxDataSize(type.getElementType(), type.getNumElements());
    if (!size)
      return inTensor(tensor, invalid("its size in bytes is not known"));
    return add({&tensor, value, nullptr, *size, true, movable, getKey(value)});
  }
  // What import had to read stands in the graph from now on.
  external &= !options.graphOnly;
  if (auto absent = dyn_cast<AbsentAttr>(getOriginalWeight(value)))
    return inTensor(tensor, invalid("its data are in '" + absent.getLocation() +
                                    "', which was missing at import; only the "
                                    "graph can be written (--graph-only)"));
  Expected<std::unique_ptr<ByteSource>> source = reader.open(value);
  if (!source)
    return inTensor(tensor, source.takeError());
  uint64_t size = (*source)->size();
  if (Error error = add({&tensor, value, std::move(*source), size, external,
                         movable, getKey(value)}))
    return inTensor(tensor, std::move(error));
  return Error::success();
}

Error TensorPlacer::adoptTensor(TensorProto &tensor) {
  if (tensor.data_location() != TensorProto::EXTERNAL)
    return Error::success();
  StringRef location;
  uint64_t offset = 0, length = 0, fileSize = 0;
  int64_t modificationTime = 0;
  bool isInline = false, isAbsent = false, stamped = false;
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    StringRef key = entry.key(), value = entry.value();
    bool malformed = false;
    if (key == "location")
      location = value;
    else if (key == "offset")
      malformed = value.getAsInteger(10, offset);
    else if (key == "length")
      malformed = value.getAsInteger(10, length);
    else if (key == entries::kFileSize)
      malformed = value.getAsInteger(10, fileSize);
    else if (key == entries::kModificationTime)
      malformed = value.getAsInteger(10, modificationTime), stamped = true;
    else if (key == entries::kInline)
      isInline = true;
    else if (key == entries::kAbsent)
      isAbsent = true;
    if (malformed)
      return inTensor(tensor, invalid("'" + value + "' is no " + key +
                                      " of external data"));
  }
  if (location.empty() || (!isAbsent && !stamped))
    return inTensor(tensor,
                    invalid("its external data are not stated in full"));

  Entry entry{&tensor,
              {},
              nullptr,
              length,
              !isInline,
              false,
              getRangeKey(location, offset, length),
              location.str(),
              offset};
  bool describe = options.graphOnly && !isInline;
  if (isAbsent && !describe)
    return inTensor(tensor, invalid("its data are in '" + location +
                                    "', which was missing at import; only the "
                                    "graph can be written (--graph-only)"));
  if (!describe) {
    Expected<std::unique_ptr<ByteSource>> source =
        reader.open(location, offset, length, fileSize, modificationTime);
    if (!source)
      return inTensor(tensor, source.takeError());
    entry.source = std::move(*source);
  }
  return add(std::move(entry));
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

Error TensorPlacer::layOut(const onnx::ModelProto &model, StringRef dataName) {
  // 200 bytes are more than a reference in the place of data takes.
  uint64_t inlineSize = model.ByteSizeLong() + 200 * entries.size();
  uint64_t movableSize = 0;
  for (const Entry &entry : entries) {
    if (entry.external)
      continue;
    inlineSize += entry.size;
    movableSize += entry.movable ? entry.size : 0;
  }
  if (inlineSize > options.inlineLimit) {
    if (inlineSize - movableSize > options.inlineLimit)
      return invalid("the model file would have " +
                     Twine(inlineSize - movableSize) +
                     " bytes without its initializers, and " +
                     Twine(options.inlineLimit) + " is the most");
    for (Entry &entry : entries)
      entry.external |= entry.movable;
  }

  llvm::StringMap<uint64_t> offsets;
  for (auto [index, entry] : llvm::enumerate(entries)) {
    if (!entry.external) {
      setReference(*entry.tensor, "", index, entry.size);
      continue;
    }
    uint64_t offset = llvm::alignTo(dataSize, kAlignment);
    bool isNew = true;
    if (!entry.key.empty()) {
      auto [it, inserted] = offsets.try_emplace(entry.key, offset);
      offset = it->second;
      isNew = inserted;
    }
    setReference(*entry.tensor, dataName, offset, entry.size);
    if (!isNew)
      continue;
    dataSize = offset + entry.size;
    if (!entry.isLeftOut())
      written.push_back({&entry, offset});
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

Error TensorPlacer::writeData(OutputFile &out) const {
  if (Error error = out.reserve(dataSize))
    return error;
  for (auto [entry, offset] : written) {
    if (Error error = out.writeZeros(offset - out.getPosition()))
      return error;
    if (Error error = entry->source->write(out))
      return inTensor(*entry->tensor, std::move(error));
  }
  return Error::success();
}

Error TensorPlacer::writeModel(const Inflated &inflated,
                               OutputFile &out) const {
  if (Error error = out.reserve(inflated.size))
    return error;
  for (const Segment &segment : inflated.segments) {
    if (segment.kind == Segment::Literal) {
      if (Error error = out.write(
              StringRef(inflated.literal)
                  .substr(segment.range.offset, segment.range.length)))
        return error;
      continue;
    }
    // A marker of the file's own would name no entry.
    if (segment.range.offset >= entries.size() ||
        segment.range.length != entries[segment.range.offset].size)
      return invalid("the model has a tensor at an empty location, of " +
                     Twine(segment.range.length) + " bytes");
    const Entry &entry = entries[segment.range.offset];
    if (Error error = entry.source->write(out))
      return inTensor(*entry.tensor, std::move(error));
  }
  return Error::success();
}
