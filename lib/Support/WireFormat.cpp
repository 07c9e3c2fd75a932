//===- WireFormat.cpp - Models without their weights ------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/WireFormat.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

using namespace gac;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// The schema, as far as tensors can be nested
//===----------------------------------------------------------------------===//

namespace {
enum class Message {
  Model,
  Graph,
  Node,
  Attribute,
  Tensor,
  SparseTensor,
  Function,
  TrainingInfo,
  /// Holds no tensor, or is no message.
  Other
};

/// Field numbers of TensorProto and of the entries of its external_data.
enum TensorField : uint64_t {
  kDataType = 2,
  kFloatData = 4,
  kRawData = 9,
  kDoubleData = 10,
  kExternalData = 13,
  kDataLocation = 14
};
enum EntryField : uint64_t { kKey = 1, kValue = 2 };

/// TensorProto.DataLocation and TensorProto.DataType.
enum : uint64_t { kDefaultLocation = 0, kExternalLocation = 1 };
enum : uint64_t {
  kFloat = 1,
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kInt32,
  kInt64,
  kBool = 9,
  kDouble = 11,
  kUint32,
  kUint64,
  kComplex64,
  kComplex128
};

static bool isInteger(uint64_t dataType) {
  return (dataType >= kUint8 && dataType <= kInt64) || dataType == kBool ||
         dataType == kUint32 || dataType == kUint64;
}

enum WireType : unsigned {
  kVarint = 0,
  kFixed64 = 1,
  kBytes = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5
};

/// What a protobuf parser accepts by default.
constexpr unsigned kMaxDepth = 100;

/// No file is larger, and sums of sizes below it do not overflow.
constexpr uint64_t kMaxSize = uint64_t(1) << 60;
} // namespace

static Message getChild(Message parent, uint64_t field) {
  switch (parent) {
  case Message::Model:
    return field == 7    ? Message::Graph
           : field == 20 ? Message::TrainingInfo
           : field == 25 ? Message::Function
                         : Message::Other;
  case Message::Graph:
    return field == 1    ? Message::Node
           : field == 5  ? Message::Tensor
           : field == 15 ? Message::SparseTensor
                         : Message::Other;
  case Message::Node:
    return field == 5 ? Message::Attribute : Message::Other;
  case Message::Attribute:
    return field == 5 || field == 10    ? Message::Tensor
           : field == 6 || field == 11  ? Message::Graph
           : field == 22 || field == 23 ? Message::SparseTensor
                                        : Message::Other;
  case Message::SparseTensor:
    return field == 1 || field == 2 ? Message::Tensor : Message::Other;
  case Message::Function:
    return field == 7    ? Message::Node
           : field == 11 ? Message::Attribute
                         : Message::Other;
  case Message::TrainingInfo:
    return field == 1 || field == 2 ? Message::Graph : Message::Other;
  case Message::Tensor:
  case Message::Other:
    return Message::Other;
  }
  return Message::Other;
}

//===----------------------------------------------------------------------===//
// Reading and writing fields
//===----------------------------------------------------------------------===//

namespace {
struct Field {
  uint64_t number = 0;
  unsigned wireType = kVarint;
  /// The whole field, tag included.
  StringRef encoded;
  /// What a length-delimited field holds.
  StringRef payload;
  /// What a varint field holds.
  uint64_t value = 0;
};

/// Takes a message apart into its fields. Positions in errors count from the
/// first byte of the outermost message.
class FieldReader {
public:
  FieldReader(StringRef message, const char *origin)
      : rest(message), origin(origin) {}

  /// The next field, or none at the end.
  llvm::Expected<std::optional<Field>> next() {
    if (rest.empty()) {
      if (groups)
        return fail(rest.data(), "a group that began earlier never ends");
      return std::nullopt;
    }
    StringRef start = rest;
    std::optional<uint64_t> tag = readVarint();
    if (!tag)
      return fail(start.data(), "there is no valid field tag");
    Field field;
    field.number = *tag >> 3;
    field.wireType = *tag & 7;
    if (field.number == 0 || field.number > 0x1fffffff)
      return fail(start.data(), "there is no valid field tag");
    if (llvm::Error error = readValue(field, start))
      return std::move(error);
    field.encoded = start.drop_back(rest.size());
    // What a group holds is no field of this message.
    if (groups || field.wireType == kEndGroup)
      field.number = 0;
    return field;
  }

private:
  llvm::Error readValue(Field &field, StringRef start) {
    uint64_t size = 0;
    switch (field.wireType) {
    case kVarint: {
      std::optional<uint64_t> value = readVarint();
      if (!value)
        return fail(start.data(), "a number has no end");
      field.value = *value;
      return llvm::Error::success();
    }
    case kFixed64:
      size = 8;
      break;
    case kFixed32:
      size = 4;
      break;
    case kBytes: {
      std::optional<uint64_t> length = readVarint();
      if (!length)
        return fail(start.data(), "a length has no end");
      size = *length;
      break;
    }
    case kStartGroup:
      ++groups;
      return llvm::Error::success();
    case kEndGroup:
      if (groups == 0)
        return fail(start.data(), "a group ends that never began");
      --groups;
      return llvm::Error::success();
    default:
      return fail(start.data(), "there is no valid field tag");
    }
    if (size > rest.size())
      return fail(start.data(), "field " + llvm::Twine(field.number) +
                                    " should have " + llvm::Twine(size) +
                                    " bytes, and " + llvm::Twine(rest.size()) +
                                    " are left");
    field.payload = rest.take_front(size);
    rest = rest.drop_front(size);
    return llvm::Error::success();
  }

  std::optional<uint64_t> readVarint() {
    uint64_t value = 0;
    for (unsigned i = 0; i < 10 && i < rest.size(); ++i) {
      uint8_t byte = rest[i];
      value |= uint64_t(byte & 0x7f) << (7 * i);
      if (byte & 0x80)
        continue;
      rest = rest.drop_front(i + 1);
      return value;
    }
    return std::nullopt;
  }

  llvm::Error fail(const char *where, const llvm::Twine &what) {
    return llvm::createStringError("at byte " + llvm::Twine(where - origin) +
                                   " " + what);
  }

  StringRef rest;
  const char *origin;
  unsigned groups = 0;
};
} // namespace

static void appendVarint(std::string &out, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

static unsigned getVarintSize(uint64_t value) {
  unsigned size = 1;
  for (; value >= 0x80; value >>= 7)
    ++size;
  return size;
}

static void appendTag(std::string &out, uint64_t field, WireType type) {
  appendVarint(out, field << 3 | type);
}

static void appendBytes(std::string &out, uint64_t field, StringRef bytes) {
  appendTag(out, field, kBytes);
  appendVarint(out, bytes.size());
  out.append(bytes.data(), bytes.size());
}

static void appendEntry(std::string &out, StringRef key, StringRef value) {
  std::string entry;
  appendBytes(entry, kKey, key);
  appendBytes(entry, kValue, value);
  appendBytes(out, kExternalData, entry);
}

static llvm::Error makeDepthError() {
  return llvm::createStringError("messages are nested more than " +
                                 llvm::Twine(kMaxDepth) + " deep");
}

static llvm::Expected<llvm::SmallVector<Field, 8>>
readFields(StringRef message, const char *origin) {
  llvm::SmallVector<Field, 8> fields;
  FieldReader reader(message, origin);
  while (true) {
    llvm::Expected<std::optional<Field>> field = reader.next();
    if (!field)
      return field.takeError();
    if (!*field)
      return fields;
    fields.push_back(**field);
  }
}

//===----------------------------------------------------------------------===//
// Cutting tensors out
//===----------------------------------------------------------------------===//

bool Skeleton::contains(ByteRange range) const {
  const auto *it =
      llvm::lower_bound(llvm::ArrayRef(ranges), range,
                        [](const ByteRange &lhs, const ByteRange &rhs) {
                          return lhs.offset < rhs.offset;
                        });
  return it != llvm::ArrayRef(ranges).end() && *it == range;
}

namespace {
class Skeletoniser {
public:
  Skeletoniser(StringRef model, SkeletonLimits limits)
      : origin(model.data()), limits(limits) {}

  /// Appends `message` to `out`, less its large tensors.
  llvm::Error copy(StringRef message, Message kind, unsigned depth,
                   std::string &out) {
    if (depth > kMaxDepth)
      return makeDepthError();
    if (kind == Message::Tensor)
      return copyTensor(message, out);
    FieldReader reader(message, origin);
    while (true) {
      llvm::Expected<std::optional<Field>> field = reader.next();
      if (!field)
        return field.takeError();
      if (!*field)
        return llvm::Error::success();
      Message child = (*field)->wireType == kBytes
                          ? getChild(kind, (*field)->number)
                          : Message::Other;
      StringRef payload = (*field)->payload;
      // No tensor within is larger than the message around it.
      if (child == Message::Other ||
          payload.size() <= std::min(limits.weights, limits.integers)) {
        out.append((*field)->encoded.data(), (*field)->encoded.size());
        continue;
      }
      std::string inner;
      if (llvm::Error error = copy(payload, child, depth + 1, inner))
        return error;
      appendBytes(out, (*field)->number, inner);
    }
  }

  std::vector<ByteRange> takeRanges() { return std::move(ranges); }

private:
  llvm::Error copyTensor(StringRef tensor, std::string &out) {
    auto fields = readFields(tensor, origin);
    if (!fields)
      return fields.takeError();
    uint64_t type = getDataType(*fields);
    const Field *data = findData(*fields, type);
    if (!data || data->payload.size() <=
                     (isInteger(type) ? limits.integers : limits.weights)) {
      out.append(tensor.data(), tensor.size());
      return llvm::Error::success();
    }
    for (const Field &field : *fields)
      if (&field != data && field.number != kDataLocation)
        out.append(field.encoded.data(), field.encoded.size());
    ByteRange range{static_cast<uint64_t>(data->payload.data() - origin),
                    data->payload.size()};
    appendEntry(out, "location", "");
    appendEntry(out, "offset", std::to_string(range.offset));
    appendEntry(out, "length", std::to_string(range.length));
    appendTag(out, kDataLocation, kVarint);
    appendVarint(out, kExternalLocation);
    ranges.push_back(range);
    return llvm::Error::success();
  }

  static uint64_t getDataType(llvm::ArrayRef<Field> fields) {
    uint64_t type = 0;
    for (const Field &field : fields)
      if (field.number == kDataType && field.wireType == kVarint)
        type = field.value;
    return type;
  }

  /// The one field with the tensor's data, if it can be cut out. Tensors that
  /// have data in several places, or are external, stay as they are: what they
  /// mean is the importer's to decide.
  static const Field *findData(llvm::ArrayRef<Field> fields, uint64_t type) {
    const Field *data = nullptr;
    for (const Field &field : fields) {
      switch (field.number) {
      case kDataLocation:
        if (field.wireType == kVarint && field.value == kDefaultLocation)
          continue;
        return nullptr;
      case kExternalData:
        return nullptr;
      case kFloatData:
        if (type != kFloat && type != kComplex64)
          continue;
        break;
      case kDoubleData:
        if (type != kDouble && type != kComplex128)
          continue;
        break;
      case kRawData:
        break;
      default:
        continue;
      }
      if (data || field.wireType != kBytes)
        return nullptr;
      data = &field;
    }
    return data;
  }

  const char *origin;
  SkeletonLimits limits;
  std::vector<ByteRange> ranges;
};
} // namespace

llvm::Expected<Skeleton> gac::skeletonise(StringRef model,
                                          SkeletonLimits limits) {
  Skeletoniser skeletoniser(model, limits);
  Skeleton skeleton;
  if (llvm::Error error =
          skeletoniser.copy(model, Message::Model, /*depth=*/0, skeleton.bytes))
    return std::move(error);
  skeleton.ranges = skeletoniser.takeRanges();
  return std::move(skeleton);
}

//===----------------------------------------------------------------------===//
// Putting tensors in
//===----------------------------------------------------------------------===//

namespace {
/// Two walks over the same bytes in the same order: the first computes the new
/// length of every message that can hold a tensor, the second writes.
class Inflater {
public:
  explicit Inflater(StringRef skeleton) : skeleton(skeleton) {}

  llvm::Expected<Inflated> run() {
    llvm::Expected<uint64_t> size = measure(skeleton, Message::Model, 0);
    if (!size)
      return size.takeError();
    nextSize = 0;
    write(skeleton, Message::Model);
    flush();
    result.size = *size;
    return std::move(result);
  }

private:
  /// The range in the marker of a tensor with these fields, if it has one.
  static std::optional<ByteRange> getMarker(llvm::ArrayRef<Field> fields,
                                            const char *origin) {
    bool isExternal = false, isMarker = false;
    std::optional<uint64_t> offset, length;
    for (const Field &field : fields) {
      if (field.number == kDataLocation && field.wireType == kVarint)
        isExternal = field.value == kExternalLocation;
      if (field.number != kExternalData || field.wireType != kBytes)
        continue;
      auto entry = readFields(field.payload, origin);
      if (!entry) {
        llvm::consumeError(entry.takeError());
        return std::nullopt;
      }
      StringRef key, value;
      for (const Field &part : *entry) {
        if (part.number == kKey)
          key = part.payload;
        if (part.number == kValue)
          value = part.payload;
      }
      uint64_t number;
      if (key == "location")
        isMarker = value.empty();
      else if (key == "offset" && !value.getAsInteger(10, number))
        offset = number;
      else if (key == "length" && !value.getAsInteger(10, number))
        length = number;
    }
    if (!isExternal || !isMarker || !offset || !length || *length > kMaxSize)
      return std::nullopt;
    return ByteRange{*offset, *length};
  }

  llvm::Expected<uint64_t> measure(StringRef message, Message kind,
                                   unsigned depth) {
    if (depth > kMaxDepth)
      return makeDepthError();
    size_t slot = sizes.size();
    sizes.push_back(0);
    auto fields = readFields(message, skeleton.data());
    if (!fields)
      return fields.takeError();
    std::optional<ByteRange> marker;
    if (kind == Message::Tensor)
      marker = getMarker(*fields, skeleton.data());
    uint64_t size = 0;
    for (const Field &field : *fields) {
      if (marker && isMarkerField(field))
        continue;
      Message child = getChildOf(kind, field);
      if (child == Message::Other) {
        size += field.encoded.size();
        continue;
      }
      llvm::Expected<uint64_t> inner = measure(field.payload, child, depth + 1);
      if (!inner)
        return inner;
      size += getVarintSize(field.number << 3) + getVarintSize(*inner) + *inner;
      if (size > kMaxSize)
        break;
    }
    if (marker)
      size += getVarintSize(kRawData << 3) + getVarintSize(marker->length) +
              marker->length;
    if (size > kMaxSize)
      return llvm::createStringError("the tensors' data would have " +
                                     llvm::Twine(size) + " bytes");
    sizes[slot] = size;
    return size;
  }

  void write(StringRef message, Message kind) {
    ++nextSize;
    auto fields = readFields(message, skeleton.data());
    if (!fields) {
      // measure() has read the same bytes.
      llvm::consumeError(fields.takeError());
      return;
    }
    std::optional<ByteRange> marker;
    if (kind == Message::Tensor)
      marker = getMarker(*fields, skeleton.data());
    for (const Field &field : *fields) {
      if (marker && isMarkerField(field))
        continue;
      Message child = getChildOf(kind, field);
      if (child == Message::Other) {
        result.literal.append(field.encoded.data(), field.encoded.size());
        continue;
      }
      appendTag(result.literal, field.number, kBytes);
      appendVarint(result.literal, sizes[nextSize]);
      write(field.payload, child);
    }
    if (!marker)
      return;
    appendTag(result.literal, kRawData, kBytes);
    appendVarint(result.literal, marker->length);
    flush();
    result.segments.push_back({Segment::Marker, *marker});
  }

  /// Ends the literal segment that is being written.
  void flush() {
    if (result.literal.size() == flushed)
      return;
    result.segments.push_back(
        {Segment::Literal, {flushed, result.literal.size() - flushed}});
    flushed = result.literal.size();
  }

  static bool isMarkerField(const Field &field) {
    return field.number == kExternalData || field.number == kDataLocation ||
           field.number == kRawData;
  }

  static Message getChildOf(Message kind, const Field &field) {
    return field.wireType == kBytes ? getChild(kind, field.number)
                                    : Message::Other;
  }

  StringRef skeleton;
  /// The new length of each message, in the order of the walk.
  std::vector<uint64_t> sizes;
  size_t nextSize = 0;
  uint64_t flushed = 0;
  Inflated result;
};
} // namespace

llvm::Expected<Inflated> gac::inflate(StringRef skeleton) {
  return Inflater(skeleton).run();
}
