//===- TransposedByteSourceTest.cpp - against a naive loop ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/TransposedByteSource.h"

#include "llvm/ADT/STLExtras.h"

#include "gtest/gtest.h"

#include <random>

using namespace gac;
using namespace llvm;

namespace {

/// Element by element, straight from the definition.
std::string transposeNaively(StringRef old, int64_t elementSize,
                             ArrayRef<int64_t> sizes, ArrayRef<int64_t> perm) {
  std::string result;
  int64_t count = old.size() / elementSize;
  for (int64_t i = 0; i != count; ++i) {
    SmallVector<int64_t> index(sizes.size());
    int64_t rest = i, from = 0;
    for (int64_t axis : reverse(perm)) {
      index[axis] = rest % sizes[axis];
      rest /= sizes[axis];
    }
    for (auto [lane, size] : zip_equal(index, sizes))
      from = from * size + lane;
    result += old.substr(from * elementSize, elementSize);
  }
  return result;
}

std::string errorOf(int64_t elementSize, ArrayRef<int64_t> sizes,
                    ArrayRef<int64_t> perm) {
  auto source = TransposedByteSource::create(
      MemoryByteSource::refer("abcdefgh"), elementSize, sizes, perm);
  return source ? "" : toString(source.takeError());
}

TEST(TransposedByteSourceTest, MovesElements) {
  std::mt19937 random(11);
  struct Case {
    SmallVector<int64_t> sizes, perm;
  };
  for (const Case &test :
       {Case{{}, {}}, Case{{7}, {0}}, Case{{3, 5}, {1, 0}},
        Case{{3, 5}, {0, 1}}, Case{{130, 67}, {1, 0}},
        Case{{2, 3, 4}, {2, 0, 1}}, Case{{2, 3, 4}, {1, 0, 2}},
        Case{{5, 70, 3, 2}, {3, 1, 0, 2}}, Case{{1, 300}, {1, 0}},
        Case{{0, 4}, {1, 0}}, Case{{4, 0}, {1, 0}}})
    for (int64_t elementSize : {1, 2, 4, 8}) {
      int64_t bytes = elementSize;
      for (int64_t size : test.sizes)
        bytes *= size;
      std::string old(bytes, '\0');
      for (char &byte : old)
        byte = static_cast<char>(random());
      std::string want =
          transposeNaively(old, elementSize, test.sizes, test.perm);
      auto source = TransposedByteSource::create(
          MemoryByteSource::refer(old), elementSize, test.sizes, test.perm);
      ASSERT_TRUE(bool(source)) << toString(source.takeError());
      for (unsigned i = 0; i != 20; ++i) {
        uint64_t offset = i ? random() % (bytes + 1) : 0;
        uint64_t length = i ? random() % (bytes - offset + 1) : bytes;
        std::string part(length, '\0');
        ASSERT_FALSE(bool((*source)->read(
            offset, MutableArrayRef(part.data(), part.size()))));
        EXPECT_TRUE(part == want.substr(offset, length))
            << offset << " " << length << " of " << bytes;
      }
    }
}

TEST(TransposedByteSourceTest, RefusesWhatIsNone) {
  EXPECT_EQ(errorOf(1, {2, 4}, {1, 1}),
            "a transposed tensor of rank 2 needs a permutation of its axes");
  EXPECT_EQ(errorOf(1, {2, 4}, {0}),
            "a transposed tensor of rank 2 needs a permutation of its axes");
  EXPECT_EQ(errorOf(3, {2, 4}, {1, 0}),
            "elements of 3 bytes cannot be transposed");
  EXPECT_EQ(errorOf(1, {2, 5}, {1, 0}),
            "a tensor to be transposed has 8 bytes instead of 10");
}

} // namespace
