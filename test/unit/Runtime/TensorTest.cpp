//===- TensorTest.cpp - Rounding and conversion -----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace gac::runtime;

namespace {
TEST(Tensor, RoundsToBF16) {
  EXPECT_EQ(toBF16(1.0F), 0x3f80);
  EXPECT_EQ(toBF16(-0.0F), 0x8000);
  // Halfway: to the even neighbour, down and up.
  EXPECT_EQ(toBF16(1.0F + 0x1p-8F), 0x3f80);
  EXPECT_EQ(toBF16(1.0F + 0x3p-8F), 0x3f82);
  EXPECT_EQ(toBF16(1.0F + 0x1.1p-8F), 0x3f81);
  EXPECT_EQ(toBF16(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_TRUE(std::isnan(fromBF16(toBF16(std::nanf("")))));
}

TEST(Tensor, RoundsToF16) {
  EXPECT_EQ(toF16(1.0F), 0x3c00);
  EXPECT_EQ(toF16(1.0F + 0x1p-11F), 0x3c00);
  EXPECT_EQ(toF16(1.0F + 0x3p-11F), 0x3c02);
  EXPECT_EQ(toF16(65504.0F), 0x7bff);
  EXPECT_EQ(toF16(65519.9F), 0x7bff);
  EXPECT_EQ(toF16(65520.0F), 0x7c00);
  EXPECT_EQ(toF16(0x1p-24F), 0x0001);
  EXPECT_EQ(toF16(0x1p-25F), 0x0000);
  EXPECT_EQ(toF16(0x1.8p-25F), 0x0001);
  EXPECT_EQ(toF16(0x1.8p-24F), 0x0002);
  EXPECT_EQ(toF16(-0x1p-14F), 0x8400);
  EXPECT_EQ(toF16(0x1.ff8p-15F), 0x03ff);
  EXPECT_TRUE(std::isnan(fromF16(toF16(std::nanf("")))));
}

TEST(Tensor, NarrowValuesComeBackFromFloat) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    auto narrow = static_cast<uint16_t>(bits);
    if (!std::isnan(fromF16(narrow)))
      ASSERT_EQ(toF16(fromF16(narrow)), narrow);
    if (!std::isnan(fromBF16(narrow)))
      ASSERT_EQ(toBF16(fromBF16(narrow)), narrow);
  }
}

TEST(Tensor, ConvertsIntegersThatFit) {
  int64_t wide[] = {-5, 2147483647, 2147483648};
  int32_t narrow[3];
  auto *from = reinterpret_cast<std::byte *>(wide);
  auto *to = reinterpret_cast<std::byte *>(narrow);
  EXPECT_FALSE(convert(from, DType::I64, to, DType::I32, 2));
  EXPECT_EQ(narrow[0], -5);
  EXPECT_EQ(narrow[1], 2147483647);
  Status status = convert(from, DType::I64, to, DType::I32, 3);
  EXPECT_EQ(status.getMessage(),
            "the value 2147483648 of element 2 does not fit in type i32");
  status = convert(from, DType::I64, to, DType::F32, 1);
  EXPECT_EQ(status.getMessage(),
            "values of type i64 cannot stand for values of type f32");
}

TEST(Tensor, CountsWithoutOverflow) {
  EXPECT_EQ(getElementCount({}), 1);
  EXPECT_EQ(getElementCount({3, 0}), 0);
  EXPECT_EQ(getByteCount({3, 5}, DType::F16), 30);
  EXPECT_EQ(getElementCount({int64_t(1) << 40, int64_t(1) << 40}),
            std::nullopt);
  EXPECT_EQ(getElementCount({-1}), std::nullopt);
  EXPECT_EQ(toString({2, 3}), "[2, 3]");
}
} // namespace
