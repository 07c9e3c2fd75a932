//===- CastByteSource.cpp - floats of a tensor, rounded ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/CastByteSource.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

using namespace gac;
using namespace llvm;

//===----------------------------------------------------------------------===//
// One number: without branches, so that loops over them become vector code
//===----------------------------------------------------------------------===//

static uint32_t toBits(float value) { return bit_cast<uint32_t>(value); }
static float fromBits(uint32_t bits) { return bit_cast<float>(bits); }

/// The numbers of 16 bits are numbers of float32.
static float widenBF16(uint16_t value) {
  return fromBits(static_cast<uint32_t>(value) << 16);
}

static float widenF16(uint16_t value) {
  uint32_t magnitude = static_cast<uint32_t>(value & 0x7fff) << 13;
  uint32_t exponent = magnitude & 0x0f800000;
  // The exponent is biased by 127 instead of 15; that of infinity is the
  // largest in both.
  uint32_t bits = magnitude + (112u << 23);
  bits += exponent == 0x0f800000 ? 112u << 23 : 0;
  // A subnormal number becomes a normal one by an exact subtraction.
  uint32_t small =
      toBits(fromBits(magnitude + (113u << 23)) - fromBits(113u << 23));
  bits = exponent == 0 ? small : bits;
  return fromBits(bits | static_cast<uint32_t>(value & 0x8000) << 16);
}

static uint16_t roundToBF16(float value) {
  uint32_t bits = toBits(value);
  uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  uint32_t quiet = bits >> 16 | 0x40;
  return (bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded;
}

static uint16_t roundToF16(float value) {
  uint32_t bits = toBits(value);
  uint32_t sign = bits >> 16 & 0x8000;
  bits &= 0x7fffffff;
  // Adding moves the bits that a subnormal number has room for to the end of
  // the mantissa, and rounds them.
  uint32_t magic = 126u << 23;
  uint32_t small = toBits(fromBits(bits) + fromBits(magic)) - magic;
  uint32_t normal = (bits - (112u << 23) + 0xfff + (bits >> 13 & 1)) >> 13;
  uint32_t large = bits > 0x7f800000 ? 0x7e00 | (bits >> 13 & 0x1ff) : 0x7c00;
  uint32_t result = bits < (113u << 23) ? small : normal;
  return sign | (bits >= (143u << 23) ? large : result);
}

/// The float32 beside `value` whose last bit is set, unless `value` is a
/// float32: rounding it further gives what rounding `value` does.
static float roundToOdd(double value) {
  auto nearest = static_cast<float>(value);
  if (static_cast<double>(nearest) == value || std::isnan(value))
    return nearest;
  uint32_t bits = toBits(nearest);
  if (std::fabs(static_cast<double>(nearest)) > std::fabs(value))
    --bits;
  return fromBits(bits | 1);
}

//===----------------------------------------------------------------------===//
// Many
//===----------------------------------------------------------------------===//

template <typename From, typename To, typename Function>
static void convert(ArrayRef<char> source, MutableArrayRef<char> target,
                    Function function) {
  size_t count = target.size() / sizeof(To);
  const char *in = source.data();
  char *out = target.data();
  for (size_t i = 0; i != count; ++i) {
    From value;
    std::memcpy(&value, in + i * sizeof(From), sizeof(From));
    To result = function(value);
    std::memcpy(out + i * sizeof(To), &result, sizeof(To));
  }
}

template <typename From, typename Function>
static void convertTo(FloatFormat to, ArrayRef<char> source,
                      MutableArrayRef<char> target, Function widen) {
  switch (to) {
  case FloatFormat::F16:
    return convert<From, uint16_t>(
        source, target, [&](From value) { return roundToF16(widen(value)); });
  case FloatFormat::BF16:
    return convert<From, uint16_t>(
        source, target, [&](From value) { return roundToBF16(widen(value)); });
  case FloatFormat::F32:
    return convert<From, float>(source, target, widen);
  case FloatFormat::F64:
    return convert<From, double>(source, target, [&](From value) {
      return static_cast<double>(widen(value));
    });
  }
}

uint64_t gac::getByteWidth(FloatFormat format) {
  switch (format) {
  case FloatFormat::F16:
  case FloatFormat::BF16:
    return 2;
  case FloatFormat::F32:
    return 4;
  case FloatFormat::F64:
    return 8;
  }
  return 0;
}

void gac::roundFloats(FloatFormat from, ArrayRef<char> source, FloatFormat to,
                      MutableArrayRef<char> target) {
  assert(source.size() / getByteWidth(from) ==
             target.size() / getByteWidth(to) &&
         "not the same number of elements");
  if (from == to) {
    if (!source.empty())
      std::memcpy(target.data(), source.data(), source.size());
    return;
  }
  switch (from) {
  case FloatFormat::F16:
    return convertTo<uint16_t>(to, source, target, widenF16);
  case FloatFormat::BF16:
    return convertTo<uint16_t>(to, source, target, widenBF16);
  case FloatFormat::F32:
    return convertTo<float>(to, source, target, [](float x) { return x; });
  case FloatFormat::F64:
    if (to == FloatFormat::F32)
      return convert<double, float>(
          source, target, [](double x) { return static_cast<float>(x); });
    return convertTo<double>(to, source, target, roundToOdd);
  }
}

//===----------------------------------------------------------------------===//
// CastByteSource
//===----------------------------------------------------------------------===//

Expected<std::unique_ptr<CastByteSource>>
CastByteSource::create(std::unique_ptr<ByteSource> source, FloatFormat from,
                       FloatFormat to) {
  uint64_t width = getByteWidth(from);
  if (source->size() % width != 0)
    return createStringError(std::make_error_code(std::errc::invalid_argument),
                             "a tensor to be cast has " +
                                 Twine(source->size()) +
                                 " bytes, no multiple of " + Twine(width));
  if (to == FloatFormat::F64 && from != to)
    return createStringError(std::make_error_code(std::errc::invalid_argument),
                             "a tensor cannot be rounded to float64");
  std::unique_ptr<CastByteSource> cast(
      new CastByteSource(std::move(source), from, to));
  cast->bytes = cast->source->size() / width * getByteWidth(to);
  return cast;
}

/// Fills `into` with whole elements from number `first` on.
Error CastByteSource::readElements(uint64_t first,
                                   MutableArrayRef<char> into) const {
  uint64_t fromWidth = getByteWidth(from), toWidth = getByteWidth(to);
  uint64_t block = kTransferBlock / fromWidth;
  SmallVector<char, 0> elements;
  while (!into.empty()) {
    uint64_t count = std::min<uint64_t>(block, into.size() / toWidth);
    elements.resize_for_overwrite(count * fromWidth);
    if (Error error = source->read(first * fromWidth, elements))
      return error;
    roundFloats(from, elements, to, into.take_front(count * toWidth));
    into = into.drop_front(count * toWidth);
    first += count;
  }
  return Error::success();
}

Error CastByteSource::read(uint64_t offset, MutableArrayRef<char> into) const {
  assert(offset + into.size() <= bytes && "range outside the source");
  uint64_t width = getByteWidth(to);
  // Parts of elements, at both ends of the range.
  while (!into.empty() && (offset % width != 0 || into.size() < width)) {
    char element[8];
    if (Error error =
            readElements(offset / width, MutableArrayRef(element, width)))
      return error;
    uint64_t begin = offset % width;
    uint64_t count = std::min<uint64_t>(width - begin, into.size());
    std::memcpy(into.data(), element + begin, count);
    into = into.drop_front(count);
    offset += count;
  }
  uint64_t whole = into.size() / width * width;
  if (Error error = readElements(offset / width, into.take_front(whole)))
    return error;
  return whole == into.size() ? Error::success()
                              : read(offset + whole, into.drop_front(whole));
}
