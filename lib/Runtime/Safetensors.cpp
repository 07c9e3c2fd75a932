//===- Safetensors.cpp - A safetensors file, mapped -------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Safetensors.h"

#include "Json.h"

#include <algorithm>

using namespace gac::runtime;

/// Where the header's length lies, little-endian.
static constexpr size_t lengthBytes = 8;
/// A header longer than this is damage, not a model.
static constexpr uint64_t maxHeaderBytes = uint64_t(256) << 20;

static std::optional<DType> parseSafetensorsType(std::string_view name) {
  if (name == "BF16")
    return DType::BF16;
  if (name == "F16")
    return DType::F16;
  if (name == "F32")
    return DType::F32;
  if (name == "I64")
    return DType::I64;
  if (name == "I32")
    return DType::I32;
  if (name == "BOOL")
    return DType::Bool;
  return std::nullopt;
}

/// One tensor of the header; mistakes go to the place.
static Safetensors::Entry readEntry(const JsonPlace &place,
                                    std::string_view data) {
  Safetensors::Entry entry;
  std::string typeName = place.at("dtype").getString();
  std::optional<DType> type = parseSafetensorsType(typeName);
  if (!type)
    place.fail(ErrorCode::Unsupported,
               "the element type '" + typeName +
                   "' is none of BF16, F16, F32, I64, I32, BOOL");
  entry.type = type.value_or(DType::F32);
  entry.shape = place.at("shape").getShape();
  JsonPlace range = place.at("data_offsets");
  constexpr int64_t limit = std::numeric_limits<int64_t>::max();
  if (range.size() != 2)
    place.fail("data_offsets needs a begin and an end");
  int64_t begin = range.at(size_t(0)).getInteger(0, limit);
  int64_t end = range.at(1).getInteger(begin, limit);
  if (place.getStatus())
    return entry;
  if (static_cast<uint64_t>(end) > data.size()) {
    place.fail("bytes " + std::to_string(begin) + " to " + std::to_string(end) +
               " lie beyond the " + std::to_string(data.size()) +
               " bytes of data in the file");
    return entry;
  }
  std::optional<int64_t> expected = getByteCount(entry.shape, entry.type);
  if (!expected || *expected != end - begin) {
    place.fail("shape " + toString(entry.shape) + " of type " + typeName +
               " does not have the " + std::to_string(end - begin) +
               " bytes of its range");
    return entry;
  }
  entry.bytes = data.substr(begin, end - begin);
  return entry;
}

Result<Safetensors> Safetensors::open(const std::string &path) {
  Result<MappedBytes> file = MappedBytes::open(path);
  if (!file)
    return file.getStatus();
  Safetensors result(std::move(*file));
  std::string_view bytes = result.file.getBytes();
  std::string what = "weights '" + path + "'";
  if (bytes.size() < lengthBytes)
    return Status(ErrorCode::Damaged,
                  what + ": the file ends inside of its header, after " +
                      std::to_string(bytes.size()) + " bytes");
  uint64_t length = 0;
  for (size_t i = lengthBytes; i-- > 0;)
    length = length << 8 | static_cast<uint8_t>(bytes[i]);
  if (length > maxHeaderBytes || length > bytes.size() - lengthBytes)
    return Status(ErrorCode::Damaged, what + ": a header of " +
                                          std::to_string(length) +
                                          " bytes does not fit in a file of " +
                                          std::to_string(bytes.size()));
  Result<JsonPlace> header =
      JsonPlace::parse(bytes.substr(lengthBytes, length), what);
  if (!header)
    return header.getStatus();
  std::string_view data = bytes.substr(lengthBytes + length);
  header->forEachMember([&](const std::string &name, const JsonPlace &place) {
    if (name != "__metadata__")
      result.entries.emplace(name, readEntry(place, data));
  });
  if (header->getStatus())
    return header->getStatus();

  std::vector<std::pair<std::string_view, const std::string *>> ranges;
  for (const auto &[name, entry] : result.entries)
    if (!entry.bytes.empty())
      ranges.emplace_back(entry.bytes, &name);
  std::sort(ranges.begin(), ranges.end(), [](const auto &a, const auto &b) {
    return a.first.data() < b.first.data();
  });
  for (size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i - 1].first.data() + ranges[i - 1].first.size() >
        ranges[i].first.data())
      return Status(ErrorCode::Damaged, what + ": '" + *ranges[i - 1].second +
                                            "' and '" + *ranges[i].second +
                                            "' share bytes");
  return result;
}

const Safetensors::Entry *Safetensors::find(const std::string &name) const {
  auto it = entries.find(name);
  return it == entries.end() ? nullptr : &it->second;
}
