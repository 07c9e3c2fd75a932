//===- SyntheticTest.cpp - The generator against published vectors --------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Runtime/Synthetic.h"

#include "kernels/philox.cuh"

#include <gtest/gtest.h>

using namespace gac::runtime;

namespace {
void expectWords(gac::PhiloxWords counter, unsigned key0, unsigned key1,
                 gac::PhiloxWords expected) {
  gac::PhiloxWords actual = gac::philox4x32(counter, key0, key1);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(actual.words[i], expected.words[i]);
}

// The known answers that the authors publish with Random123.
TEST(Synthetic, PhiloxKnownAnswers) {
  expectWords({{0, 0, 0, 0}}, 0, 0,
              {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}});
  expectWords({{~0U, ~0U, ~0U, ~0U}}, ~0U, ~0U,
              {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}});
  expectWords({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822,
              0x299f31d0, {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}});
}

// From the FNV reference's test suite.
TEST(Synthetic, KeyIsFNV1a) {
  EXPECT_EQ(getSyntheticKey(""), 0xcbf29ce484222325);
  EXPECT_EQ(getSyntheticKey("a"), 0xaf63dc4c8601ec8c);
  EXPECT_EQ(getSyntheticKey("foobar"), 0x85944171f73967e8);
}

TEST(Synthetic, UniformIsCentred) {
  EXPECT_EQ(gac::philoxUniform(0, 1), -1 + 0x1p-24F);
  EXPECT_EQ(gac::philoxUniform(~0U, 1), 1 - 0x1p-24F);
  EXPECT_EQ(gac::philoxUniform(0x80000000, 1), 0x1p-24F);
  EXPECT_EQ(getSyntheticScale(3), 1);
  EXPECT_EQ(getSyntheticScale(12), 0.5F);
}

TEST(Synthetic, AnyPartIsTheSame) {
  std::vector<float> whole(37), part(20);
  generateUniform(42, 0, 0.5F, 0, whole.size(), whole.data());
  for (size_t begin : {0, 1, 2, 3, 7, 17}) {
    generateUniform(42, 0, 0.5F, begin, part.size(), part.data());
    for (size_t i = 0; i < part.size(); ++i)
      ASSERT_EQ(part[i], whole[begin + i]);
  }
}

TEST(Synthetic, IntegerInputsNeedARange) {
  Result<HostTensor> ids = makeSyntheticInput(
      "ids", 1, DType::I64, {100}, std::pair<int64_t, int64_t>(-2, 3));
  ASSERT_TRUE(ids);
  int seen[6] = {};
  for (int i = 0; i < 100; ++i) {
    int64_t value = reinterpret_cast<const int64_t *>(ids->bytes.data())[i];
    ASSERT_GE(value, -2);
    ASSERT_LE(value, 3);
    ++seen[value + 2];
  }
  for (int count : seen)
    EXPECT_GT(count, 3);
  Result<HostTensor> none =
      makeSyntheticInput("ids", 1, DType::I64, {100}, std::nullopt);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.getStatus().getMessage(),
            "the package does not say which values the integers of 'ids' may "
            "have: give them");
}
} // namespace
