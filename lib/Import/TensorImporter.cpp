//===- TensorImporter.cpp - Tensors and their data --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorImporter.h"

#include "gac/Import/OnnxTypes.h"
#include "gac/Import/Residual.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/Endian.h"

using namespace gac;
using namespace mlir;

using onnx::TensorProto;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

FailureOr<RankedTensorType>
TensorImporter::importType(const TensorProto &tensor, StringRef what) {
  Type elementType = getElementType(tensor.data_type(), source.getContext());
  if (!elementType)
    return source.emitError() << what << " has data type " << tensor.data_type()
                              << ", which ONNX does not define";
  SmallVector<int64_t> shape(tensor.dims().begin(), tensor.dims().end());
  int64_t count = 1;
  for (auto [axis, size] : llvm::enumerate(shape)) {
    if (size < 0)
      return source.emitError()
             << what << " has size " << size << " on axis " << axis;
    // Zero elements must not hide an overflow from users of single axes.
    std::optional<int64_t> product =
        llvm::checkedMul(count, std::max<int64_t>(size, 1));
    if (!product)
      return source.emitError() << what << " has more than 2^63 elements";
    count = *product;
  }
  return RankedTensorType::get(shape, elementType);
}

static std::string toString(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

//===----------------------------------------------------------------------===//
// Data in the model
//===----------------------------------------------------------------------===//

FailureOr<TypedAttr> TensorImporter::importValue(const TensorProto &tensor,
                                                 StringRef what) {
  FailureOr<RankedTensorType> type = importType(tensor, what);
  if (failed(type))
    return failure();
  if (tensor.has_segment())
    return source.emitError() << what
                              << " is a segment of a larger tensor, "
                                 "which no ONNX file can hold";
  if (tensor.data_type() == TensorProto::STRING)
    return importStrings(tensor, *type, what);
  if (tensor.data_location() == TensorProto::EXTERNAL)
    return importExternal(tensor, *type, what);
  if (!tensor.has_raw_data())
    return importTyped(tensor, *type, what);

  std::optional<uint64_t> size =
      getOnnxDataSize(type->getElementType(), type->getNumElements());
  if (size != tensor.raw_data().size())
    return source.emitError()
           << what << " of type " << toString(*type) << " needs "
           << size.value_or(0) << " bytes, and its raw_data has "
           << tensor.raw_data().size();
  return TypedAttr(getElementsFromRawData(*type, tensor.raw_data()));
}

FailureOr<TypedAttr> TensorImporter::importStrings(const TensorProto &tensor,
                                                   RankedTensorType type,
                                                   StringRef what) {
  if (tensor.string_data_size() != type.getNumElements())
    return source.emitError()
           << what << " of type " << toString(type) << " holds "
           << tensor.string_data_size() << " strings";
  SmallVector<StringRef> strings(tensor.string_data().begin(),
                                 tensor.string_data().end());
  return TypedAttr(DenseStringElementsAttr::get(type, strings));
}

/// Appends the `width` low bytes of each value.
template <typename RangeT>
static void appendIntegers(std::string &raw, const RangeT &values,
                           unsigned width) {
  raw.reserve(raw.size() + values.size() * width);
  for (auto value : values)
    for (unsigned i = 0; i < width; ++i)
      raw.push_back(static_cast<char>(static_cast<uint64_t>(value) >> 8 * i));
}

template <typename RangeT>
static void appendFloats(std::string &raw, const RangeT &values) {
  raw.append(reinterpret_cast<const char *>(values.data()),
             values.size() * sizeof(*values.data()));
}

FailureOr<TypedAttr> TensorImporter::importTyped(const TensorProto &tensor,
                                                 RankedTensorType type,
                                                 StringRef what) {
  Type elementType = type.getElementType();
  std::optional<unsigned> width = getOnnxBitWidth(elementType);
  // One field, by the element type, as onnx-ml.proto has it. Only the field
  // that is the type's counts; whatever the others hold is no data.
  int held = 0, perElement = 1;
  std::string raw;
  switch (tensor.data_type()) {
  case TensorProto::FLOAT:
  case TensorProto::COMPLEX64:
    held = tensor.float_data_size();
    perElement = tensor.data_type() == TensorProto::COMPLEX64 ? 2 : 1;
    appendFloats(raw, tensor.float_data());
    break;
  case TensorProto::DOUBLE:
  case TensorProto::COMPLEX128:
    held = tensor.double_data_size();
    perElement = tensor.data_type() == TensorProto::COMPLEX128 ? 2 : 1;
    appendFloats(raw, tensor.double_data());
    break;
  case TensorProto::INT64:
    held = tensor.int64_data_size();
    appendIntegers(raw, tensor.int64_data(), 8);
    break;
  case TensorProto::UINT32:
  case TensorProto::UINT64:
    held = tensor.uint64_data_size();
    appendIntegers(raw, tensor.uint64_data(), *width / 8);
    break;
  default:
    held = tensor.int32_data_size();
    // Elements of fewer than 8 bits: 6-bit ones have an entry each, the others
    // share one, filled like a byte of raw_data.
    appendIntegers(raw, tensor.int32_data(), std::max(*width / 8, 1u));
    break;
  }
  bool sparse = *width == 6;
  std::optional<uint64_t> expected =
      *width < 8 && !sparse
          ? getOnnxDataSize(elementType, type.getNumElements())
          : llvm::checkedMulUnsigned<uint64_t>(type.getNumElements(),
                                               perElement);
  if (expected != static_cast<uint64_t>(held))
    return source.emitError()
           << what << " of type " << toString(type) << " needs "
           << expected.value_or(0) << " numbers, and its data has " << held;
  if (sparse)
    return TypedAttr(DenseElementsAttr::getFromRawBuffer(
        type, ArrayRef<char>(raw.data(), raw.size())));
  return TypedAttr(getElementsFromRawData(type, raw));
}

//===----------------------------------------------------------------------===//
// Data elsewhere
//===----------------------------------------------------------------------===//

FailureOr<TypedAttr> TensorImporter::importExternal(const TensorProto &tensor,
                                                    RankedTensorType type,
                                                    StringRef what) {
  std::optional<uint64_t> size =
      getOnnxDataSize(type.getElementType(), type.getNumElements());
  if (!size)
    return source.emitError() << what << " of type " << toString(type)
                              << " has more than 2^63 bytes";
  FailureOr<Place> place = locate(tensor, size, what);
  if (failed(place))
    return failure();
  auto offset = static_cast<int64_t>(place->range.offset);
  auto length = static_cast<int64_t>(place->range.length);
  if (!place->file) {
    FileStamp stamp = source.getStamp();
    return TypedAttr(FileAttr::get(type, source.getPath(), offset, length,
                                   static_cast<int64_t>(stamp.size),
                                   stamp.modificationTime,
                                   /*external=*/false));
  }
  ExternalFile &file = *place->file;
  if (file.absent)
    return TypedAttr(AbsentAttr::get(type, place->location, offset, length));

  // What shapes are computed from is read wherever it is.
  int64_t count = type.getNumElements();
  if (count <= 1 ||
      (type.getElementType().isInteger() && count <= kEagerElements)) {
    if (!file.mapping) {
      llvm::Expected<MappedFile> mapping = MappedFile::open(file.path);
      if (!mapping)
        return source.emitError()
               << what << ": " << llvm::toString(mapping.takeError());
      if (mapping->getStamp() != file.stamp)
        return source.emitError()
               << "'" << file.path << "' changed while it was read";
      file.mapping = std::move(*mapping);
    }
    return TypedAttr(getElementsFromRawData(
        type, file.mapping->getBytes().substr(place->range.offset,
                                              place->range.length)));
  }
  return TypedAttr(FileAttr::get(type, file.path, offset, length,
                                 static_cast<int64_t>(file.stamp.size),
                                 file.stamp.modificationTime,
                                 /*external=*/true));
}

LogicalResult TensorImporter::makeSelfContained(TensorProto &tensor,
                                                StringRef what) {
  if (tensor.data_location() != TensorProto::EXTERNAL)
    return success();
  std::optional<uint64_t> size;
  int64_t count = 1;
  for (int64_t dim : tensor.dims()) {
    std::optional<int64_t> product = llvm::checkedMul(count, dim);
    if (dim < 0 || !product)
      return source.emitError() << what << " has a tensor '" << tensor.name()
                                << "' with size " << dim << " on an axis";
    count = *product;
  }
  if (Type type = getElementType(tensor.data_type(), source.getContext()))
    size = getOnnxDataSize(type, count);
  std::string inner =
      (what + ", tensor '" + StringRef(tensor.name()) + "',").str();
  FailureOr<Place> place = locate(tensor, size, inner);
  if (failed(place))
    return failure();

  tensor.clear_external_data();
  auto add = [&](StringRef key, const Twine &value) {
    onnx::StringStringEntryProto *entry = tensor.add_external_data();
    entry->set_key(key.str());
    entry->set_value(value.str());
  };
  bool isAbsent = place->file && place->file->absent;
  StringRef path = isAbsent      ? StringRef(place->location)
                   : place->file ? StringRef(place->file->path)
                                 : source.getPath();
  FileStamp stamp = place->file ? place->file->stamp : source.getStamp();
  add("location", path);
  add("offset", Twine(place->range.offset));
  add("length", Twine(place->range.length));
  if (isAbsent) {
    add(entries::kAbsent, "1");
    return success();
  }
  add(entries::kFileSize, Twine(stamp.size));
  add(entries::kModificationTime, Twine(stamp.modificationTime));
  if (!place->file)
    add(entries::kInline, "1");
  return success();
}

LogicalResult TensorImporter::makeSelfContained(onnx::AttributeProto &attribute,
                                                StringRef what) {
  if (attribute.has_t() &&
      failed(makeSelfContained(*attribute.mutable_t(), what)))
    return failure();
  if (attribute.has_g() &&
      failed(makeSelfContained(*attribute.mutable_g(), what)))
    return failure();
  if (attribute.has_sparse_tensor() &&
      failed(makeSelfContained(*attribute.mutable_sparse_tensor(), what)))
    return failure();
  for (TensorProto &tensor : *attribute.mutable_tensors())
    if (failed(makeSelfContained(tensor, what)))
      return failure();
  for (onnx::GraphProto &graph : *attribute.mutable_graphs())
    if (failed(makeSelfContained(graph, what)))
      return failure();
  for (onnx::SparseTensorProto &tensor : *attribute.mutable_sparse_tensors())
    if (failed(makeSelfContained(tensor, what)))
      return failure();
  return success();
}

LogicalResult TensorImporter::makeSelfContained(onnx::SparseTensorProto &tensor,
                                                StringRef what) {
  if (tensor.has_values() &&
      failed(makeSelfContained(*tensor.mutable_values(), what)))
    return failure();
  if (tensor.has_indices() &&
      failed(makeSelfContained(*tensor.mutable_indices(), what)))
    return failure();
  return success();
}

LogicalResult TensorImporter::makeSelfContained(onnx::NodeProto &node,
                                                StringRef what) {
  for (onnx::AttributeProto &attribute : *node.mutable_attribute())
    if (failed(makeSelfContained(attribute, what)))
      return failure();
  return success();
}

LogicalResult TensorImporter::makeSelfContained(onnx::GraphProto &graph,
                                                StringRef what) {
  for (onnx::NodeProto &node : *graph.mutable_node())
    if (failed(makeSelfContained(node, what)))
      return failure();
  for (TensorProto &tensor : *graph.mutable_initializer())
    if (failed(makeSelfContained(tensor, what)))
      return failure();
  for (onnx::SparseTensorProto &tensor : *graph.mutable_sparse_initializer())
    if (failed(makeSelfContained(tensor, what)))
      return failure();
  return success();
}
