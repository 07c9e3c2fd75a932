//===- PackedByteSourceTest.cpp - elements of few bits ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/PackedByteSource.h"

#include "gtest/gtest.h"

#include <random>

using namespace gac;
using namespace llvm;

namespace {
std::string readPart(const ByteSource &source, size_t begin, size_t count) {
  std::string bytes(count, 'x');
  Error error = source.read(begin, MutableArrayRef(bytes.data(), count));
  EXPECT_EQ(toString(std::move(error)), "");
  return bytes;
}

/// Bit by bit, straight from the definition.
std::string packNaively(StringRef elements, unsigned width) {
  std::string packed((elements.size() * width + 7) / 8, '\0');
  for (size_t bit = 0; bit < elements.size() * width; ++bit)
    packed[bit / 8] |= static_cast<char>(
        (elements[bit / width] >> bit % width & 1) << bit % 8);
  return packed;
}

TEST(PackedByteSource, AgreesWithANaiveLoopInAllParts) {
  std::mt19937 random(7);
  for (unsigned width = 1; width != 8; ++width)
    for (size_t count : {0, 1, 2, 7, 8, 101}) {
      std::string elements(count, '\0');
      for (char &element : elements)
        element = static_cast<char>(random() & ((1u << width) - 1));
      std::string packed = packNaively(elements, width);

      PackedByteSource packing(MemoryByteSource::own(elements), width);
      ASSERT_EQ(packing.size(), packed.size());
      auto unpacking = UnpackedByteSource::create(MemoryByteSource::own(packed),
                                                  width, count);
      ASSERT_TRUE(bool(unpacking)) << toString(unpacking.takeError());
      ASSERT_EQ((*unpacking)->size(), count);
      for (int part = 0; part < 20; ++part) {
        size_t begin = part ? random() % (packed.size() + 1) : 0;
        size_t length =
            part ? random() % (packed.size() - begin + 1) : packed.size();
        EXPECT_EQ(readPart(packing, begin, length),
                  packed.substr(begin, length))
            << width << " bits, " << count;
        begin = part ? random() % (count + 1) : 0;
        length = part ? random() % (count - begin + 1) : count;
        EXPECT_EQ(readPart(**unpacking, begin, length),
                  elements.substr(begin, length))
            << width << " bits, " << count;
      }
    }
}

/// What one step does not hold.
TEST(PackedByteSource, MovesMoreThanABlock) {
  std::string elements(3 * kTransferBlock + 1, '\0');
  for (size_t i = 0; i < elements.size(); ++i)
    elements[i] = static_cast<char>(i * 7 % 16);
  std::string packed = packNaively(elements, 4);
  PackedByteSource packing(MemoryByteSource::own(elements), 4);
  EXPECT_EQ(readPart(packing, 0, packed.size()), packed);
  auto unpacking = UnpackedByteSource::create(MemoryByteSource::own(packed), 4,
                                              elements.size());
  ASSERT_TRUE(bool(unpacking));
  EXPECT_EQ(readPart(**unpacking, 0, elements.size()), elements);
}

TEST(PackedByteSource, RefusesOtherSizes) {
  auto unpacking =
      UnpackedByteSource::create(MemoryByteSource::own("abc"), 4, 7);
  ASSERT_FALSE(bool(unpacking));
  EXPECT_EQ(toString(unpacking.takeError()),
            "7 elements of 4 bits do not fit in 3 bytes exactly");
}
} // namespace
