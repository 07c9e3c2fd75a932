//===- Tensor.cpp - Element types and arrays on the host --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Tensor.h"

#include "kernels/Rounding.cuh"

#include <cstring>
#include <limits>

using namespace gac::runtime;

namespace {
struct TypeInfo {
  DType type;
  std::string_view name;
  size_t bytes;
};
} // namespace

static constexpr TypeInfo typeInfos[] = {
    {DType::BF16, "bf16", 2}, {DType::F16, "f16", 2}, {DType::F32, "f32", 4},
    {DType::I64, "i64", 8},   {DType::I32, "i32", 4}, {DType::Bool, "bool", 1}};

size_t gac::runtime::getElementBytes(DType type) {
  return typeInfos[static_cast<size_t>(type)].bytes;
}

std::string_view gac::runtime::getName(DType type) {
  return typeInfos[static_cast<size_t>(type)].name;
}

std::optional<DType> gac::runtime::parseDType(std::string_view name) {
  for (const TypeInfo &info : typeInfos)
    if (info.name == name)
      return info.type;
  return std::nullopt;
}

bool gac::runtime::isFloat(DType type) {
  return type == DType::BF16 || type == DType::F16 || type == DType::F32;
}

std::string gac::runtime::toString(const Shape &shape) {
  std::string text = "[";
  for (int64_t length : shape) {
    if (text.size() > 1)
      text += ", ";
    text += std::to_string(length);
  }
  return text + "]";
}

std::optional<int64_t> gac::runtime::getElementCount(const Shape &shape) {
  constexpr int64_t limit = int64_t(1) << 62;
  int64_t count = 1;
  for (int64_t length : shape)
    if (length < 0 || __builtin_mul_overflow(count, length, &count) ||
        count > limit)
      return std::nullopt;
  return count;
}

std::optional<int64_t> gac::runtime::getByteCount(const Shape &shape,
                                                  DType type) {
  Shape bytes = shape;
  bytes.push_back(static_cast<int64_t>(getElementBytes(type)));
  return getElementCount(bytes);
}

uint16_t gac::runtime::toBF16(float value) { return bf16OfFloat(value); }
uint16_t gac::runtime::toF16(float value) { return f16OfFloat(value); }
float gac::runtime::fromBF16(uint16_t bits) { return floatOfBF16(bits); }
float gac::runtime::fromF16(uint16_t bits) { return floatOfF16(bits); }

//===----------------------------------------------------------------------===//
// Conversion
//===----------------------------------------------------------------------===//

template <typename T> static T load(const std::byte *from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <typename T> static void store(std::byte *to, T value) {
  std::memcpy(to, &value, sizeof(T));
}

static float loadFloat(const std::byte *from, DType type) {
  if (type == DType::BF16)
    return fromBF16(load<uint16_t>(from));
  if (type == DType::F16)
    return fromF16(load<uint16_t>(from));
  return load<float>(from);
}

static void storeFloat(std::byte *to, DType type, float value) {
  if (type == DType::BF16)
    store(to, toBF16(value));
  else if (type == DType::F16)
    store(to, toF16(value));
  else
    store(to, value);
}

static int64_t loadInteger(const std::byte *from, DType type) {
  if (type == DType::I64)
    return load<int64_t>(from);
  if (type == DType::I32)
    return load<int32_t>(from);
  return load<uint8_t>(from) != 0 ? 1 : 0;
}

/// Whether the value could be stored.
static bool storeInteger(std::byte *to, DType type, int64_t value) {
  if (type == DType::I64) {
    store(to, value);
    return true;
  }
  if (type == DType::I32) {
    store(to, static_cast<int32_t>(value));
    return value >= std::numeric_limits<int32_t>::min() &&
           value <= std::numeric_limits<int32_t>::max();
  }
  store(to, static_cast<uint8_t>(value));
  return value == 0 || value == 1;
}

Status gac::runtime::convert(const std::byte *from, DType fromType,
                             std::byte *to, DType toType, size_t count) {
  size_t fromBytes = getElementBytes(fromType);
  size_t toBytes = getElementBytes(toType);
  if (fromType == toType) {
    if (count)
      std::memcpy(to, from, count * toBytes);
    return {};
  }
  if (isFloat(fromType) != isFloat(toType))
    return {ErrorCode::Invalid, "values of type " +
                                    std::string(getName(fromType)) +
                                    " cannot stand for values of type " +
                                    std::string(getName(toType))};
  for (size_t i = 0; i < count; ++i) {
    if (isFloat(fromType)) {
      storeFloat(to + i * toBytes, toType,
                 loadFloat(from + i * fromBytes, fromType));
      continue;
    }
    int64_t value = loadInteger(from + i * fromBytes, fromType);
    if (!storeInteger(to + i * toBytes, toType, value))
      return {ErrorCode::Invalid, "the value " + std::to_string(value) +
                                      " of element " + std::to_string(i) +
                                      " does not fit in type " +
                                      std::string(getName(toType))};
  }
  return {};
}
