//===- CastByteSourceTest.cpp - rounding against APFloat --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/CastByteSource.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"

#include "gtest/gtest.h"

#include <cstring>
#include <random>

using namespace gac;
using namespace llvm;

namespace {

const fltSemantics &getSemantics(FloatFormat format) {
  switch (format) {
  case FloatFormat::F16:
    return APFloat::IEEEhalf();
  case FloatFormat::BF16:
    return APFloat::BFloat();
  case FloatFormat::F32:
    return APFloat::IEEEsingle();
  case FloatFormat::F64:
    return APFloat::IEEEdouble();
  }
  return APFloat::IEEEdouble();
}

/// Bits of a number of `from` as one of `to`.
uint64_t round(FloatFormat from, uint64_t bits, FloatFormat to) {
  uint64_t result = 0;
  roundFloats(
      from, ArrayRef(reinterpret_cast<const char *>(&bits), getByteWidth(from)),
      to, MutableArrayRef(reinterpret_cast<char *>(&result), getByteWidth(to)));
  return result;
}

/// Compares with LLVM's arithmetic; of NaNs only that they are.
void check(FloatFormat from, uint64_t bits, FloatFormat to) {
  unsigned width = getByteWidth(from) * 8;
  APFloat number(getSemantics(from), APInt(width, bits, /*isSigned=*/false,
                                           /*implicitTrunc=*/true));
  bool isNaN = number.isNaN(), losesInfo;
  number.convert(getSemantics(to), APFloat::rmNearestTiesToEven, &losesInfo);
  uint64_t got = round(from, bits, to);
  APFloat back(getSemantics(to), APInt(getByteWidth(to) * 8, got));
  if (isNaN) {
    EXPECT_TRUE(back.isNaN()) << utohexstr(bits);
    return;
  }
  EXPECT_EQ(got, number.bitcastToAPInt().getZExtValue())
      << utohexstr(bits) << " of " << width << " bits to "
      << static_cast<int>(to);
}

constexpr FloatFormat kNarrow[] = {FloatFormat::F16, FloatFormat::BF16,
                                   FloatFormat::F32};

TEST(CastByteSourceTest, TakesAllNumbersOf16Bits) {
  for (FloatFormat from : {FloatFormat::F16, FloatFormat::BF16})
    for (uint64_t bits = 0; bits != 65536; ++bits)
      for (FloatFormat to : kNarrow)
        check(from, bits, to);
}

/// Around every number of 16 bits and halfway between two of them, which is
/// where rounding decides.
TEST(CastByteSourceTest, RoundsTiesToEven) {
  for (FloatFormat middle : {FloatFormat::F16, FloatFormat::BF16})
    for (uint64_t bits = 0; bits < 65536; bits += 7) {
      uint32_t single = round(middle, bits, FloatFormat::F32);
      uint32_t half = middle == FloatFormat::F16 ? 0x1000 : 0x8000;
      for (uint32_t delta : {0u, 1u, half - 1, half, half + 1, 3 * half})
        check(FloatFormat::F32, single + delta, middle);
      APFloat number(APFloat::IEEEsingle(), APInt(32, single + half));
      bool losesInfo;
      number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                     &losesInfo);
      // A float64 beside the tie that float32 would round to it.
      uint64_t wide = number.bitcastToAPInt().getZExtValue();
      for (uint64_t beside : {wide - 1, wide, wide + 1})
        check(FloatFormat::F64, beside, middle);
    }
}

TEST(CastByteSourceTest, RoundsAnyNumber) {
  std::mt19937_64 random(7);
  for (unsigned i = 0; i != 50'000; ++i) {
    uint64_t bits = random();
    for (FloatFormat to : kNarrow) {
      check(FloatFormat::F32, bits & 0xffffffff, to);
      check(FloatFormat::F64, bits, to);
      // Of float64's exponents most are beyond the other types'.
      check(FloatFormat::F64,
            (bits & 0x800fffffffffffff) | (870 + (bits >> 52) % 300) << 52, to);
    }
  }
}

TEST(CastByteSourceTest, ReadsFromAnyPlace) {
  std::string bytes(4 * 200'001, '\0');
  std::mt19937 random(3);
  for (char &byte : bytes)
    byte = static_cast<char>(random());
  std::string whole(bytes.size() / 2, '\0');
  roundFloats(FloatFormat::F32, bytes, FloatFormat::BF16,
              MutableArrayRef(whole.data(), whole.size()));
  auto source = CastByteSource::create(MemoryByteSource::refer(bytes),
                                       FloatFormat::F32, FloatFormat::BF16);
  ASSERT_TRUE(bool(source)) << toString(source.takeError());
  ASSERT_EQ((*source)->size(), whole.size());
  for (auto [offset, length] : {std::pair<uint64_t, uint64_t>{0, whole.size()},
                                {1, 1},
                                {1, 2},
                                {2, 1},
                                {3, 300'000},
                                {whole.size() - 1, 1},
                                {5, 0}}) {
    std::string part(length, '\0');
    ASSERT_FALSE(bool(
        (*source)->read(offset, MutableArrayRef(part.data(), part.size()))));
    EXPECT_TRUE(part == whole.substr(offset, length)) << offset;
  }
}

TEST(CastByteSourceTest, RefusesWhatIsNoCast) {
  auto odd = CastByteSource::create(MemoryByteSource::refer("abcdef"),
                                    FloatFormat::F32, FloatFormat::F16);
  EXPECT_EQ(toString(odd.takeError()),
            "a tensor to be cast has 6 bytes, no multiple of 4");
  auto wide = CastByteSource::create(MemoryByteSource::refer("abcd"),
                                     FloatFormat::F32, FloatFormat::F64);
  EXPECT_EQ(toString(wide.takeError()),
            "a tensor cannot be rounded to float64");
}

} // namespace
