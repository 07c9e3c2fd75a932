//===- WireFormatTest.cpp - Models without their weights --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Support/WireFormat.h"

#include "gtest/gtest.h"

#include <random>

using namespace gac;
using llvm::StringRef;

namespace {

/// What is wrong, or "" if nothing is.
template <typename T> std::string errorOf(llvm::Expected<T> result) {
  return result ? "" : llvm::toString(result.takeError());
}

// A few lines of encoder: the tests speak the schema's field numbers.
std::string varint(uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7)
    out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
  return out;
}
std::string number(unsigned field, uint64_t value) {
  return varint(field << 3) + varint(value);
}
std::string bytes(unsigned field, StringRef payload) {
  return varint(field << 3 | 2) + varint(payload.size()) + payload.str();
}
std::string entry(StringRef key, StringRef value) {
  return bytes(13, bytes(1, key) + bytes(2, value));
}

const unsigned kGraph = 7, kInitializer = 5, kNode = 1, kAttribute = 5;
const uint64_t kFloatType = 1, kInt32Type = 6;

std::string tensor(StringRef name, StringRef raw, uint64_t type = kFloatType) {
  return number(2, type) + bytes(8, name) + bytes(9, raw);
}
std::string modelOf(StringRef graph) {
  return number(1, 10) + bytes(kGraph, graph) + bytes(2, "producer");
}

/// Writes what inflate() returned, with the markers' data taken from `source`.
std::string assemble(const Inflated &inflated, StringRef source) {
  std::string out;
  for (const Segment &segment : inflated.segments) {
    StringRef from =
        segment.kind == Segment::Literal ? inflated.literal : source;
    out += from.substr(segment.range.offset, segment.range.length).str();
  }
  return out;
}

/// Cuts tensors above 16 bytes out of `model`, expects `count` of them, and
/// expects the model back.
void expectRoundTrip(StringRef model, size_t count) {
  llvm::Expected<Skeleton> skeleton = skeletonise(model, {16, 16});
  ASSERT_TRUE(static_cast<bool>(skeleton));
  EXPECT_EQ(skeleton->ranges.size(), count);
  llvm::Expected<Inflated> inflated = inflate(skeleton->bytes);
  ASSERT_TRUE(static_cast<bool>(inflated));
  std::string back = assemble(*inflated, model);
  EXPECT_EQ(inflated->size, back.size());
  EXPECT_EQ(back, model);
}

TEST(WireFormatTest, SmallTensorsStay) {
  std::string model = modelOf(bytes(kInitializer, tensor("w", "0123456789")));
  llvm::Expected<Skeleton> skeleton = skeletonise(model, {10, 10});
  ASSERT_TRUE(static_cast<bool>(skeleton));
  EXPECT_EQ(skeleton->bytes, model);
  EXPECT_TRUE(skeleton->ranges.empty());
}

TEST(WireFormatTest, LargeTensorsBecomeMarkers) {
  std::string data(20, 'x');
  std::string model = modelOf(bytes(kInitializer, tensor("w", data)));
  llvm::Expected<Skeleton> skeleton = skeletonise(model, {10, 10});
  ASSERT_TRUE(static_cast<bool>(skeleton));
  ASSERT_EQ(skeleton->ranges.size(), 1u);
  ByteRange range = skeleton->ranges.front();
  EXPECT_EQ(StringRef(model).substr(range.offset, range.length), data);
  EXPECT_EQ(skeleton->bytes,
            modelOf(bytes(kInitializer,
                          number(2, kFloatType) + bytes(8, "w") +
                              entry("location", "") +
                              entry("offset", std::to_string(range.offset)) +
                              entry("length", "20") + number(14, 1))));
  EXPECT_TRUE(skeleton->contains(range));
  EXPECT_FALSE(skeleton->contains({range.offset, range.length - 1}));
  EXPECT_FALSE(skeleton->contains({range.offset + 1, range.length}));
}

TEST(WireFormatTest, TensorsAreFoundWhereverTheyAreNested) {
  std::string big(300, 'x');
  std::string attribute = bytes(5, tensor("value", big)); // AttributeProto.t
  std::string node = bytes(kNode, bytes(kAttribute, attribute));
  std::string subgraph = bytes(6, bytes(kInitializer, tensor("w", big)) + node);
  std::string inLoop = bytes(kNode, bytes(kAttribute, subgraph));
  std::string sparse =
      bytes(15, bytes(1, tensor("v", big)) + bytes(2, tensor("i", big)));
  std::string function = bytes(25, bytes(7, bytes(kAttribute, attribute)));
  std::string training = bytes(20, bytes(1, node));

  expectRoundTrip(modelOf(node), 1);
  expectRoundTrip(modelOf(inLoop), 2);
  expectRoundTrip(modelOf(sparse), 2);
  expectRoundTrip(modelOf("") + function, 1);
  expectRoundTrip(modelOf("") + training, 1);
  expectRoundTrip(modelOf(node + inLoop + sparse) + function + training, 7);
}

TEST(WireFormatTest, LengthsAroundTensorsAreRecomputed) {
  // Each length crosses a boundary where its own encoding grows.
  for (size_t size : {17, 100, 127, 128, 129, 16383, 16384, 1 << 21})
    expectRoundTrip(
        modelOf(bytes(kInitializer, tensor("w", std::string(size, 'x')))), 1);
}

TEST(WireFormatTest, PackedFloatsAreData) {
  std::string data(64, '\1');
  auto graphWith = [&](uint64_t type, unsigned field) {
    return modelOf(bytes(kInitializer, number(2, type) + bytes(field, data)));
  };
  auto cut = [&](const std::string &model) {
    llvm::Expected<Skeleton> skeleton = skeletonise(model, {16, 16});
    EXPECT_TRUE(static_cast<bool>(skeleton));
    return skeleton->ranges.size();
  };
  EXPECT_EQ(cut(graphWith(kFloatType, 4)), 1u);
  EXPECT_EQ(cut(graphWith(/*DOUBLE=*/11, 10)), 1u);
  // Encoded as numbers of variable length.
  EXPECT_EQ(cut(graphWith(kInt32Type, 5)), 0u);
  // Data in a field that is not the type's.
  EXPECT_EQ(cut(graphWith(kInt32Type, 4)), 0u);
}

TEST(WireFormatTest, DoubtfulTensorsStay) {
  std::string big(64, 'x');
  for (const std::string &doubtful : {
           tensor("w", big) + bytes(9, big),
           tensor("w", big) + bytes(4, big),
           tensor("w", big) + entry("location", "w.bin") + number(14, 1),
           tensor("w", big) + number(14, 7),
       }) {
    std::string model = modelOf(bytes(kInitializer, doubtful));
    llvm::Expected<Skeleton> skeleton = skeletonise(model, {16, 16});
    ASSERT_TRUE(static_cast<bool>(skeleton));
    EXPECT_EQ(skeleton->bytes, model);
  }
}

TEST(WireFormatTest, ExternalTensorsAreNoMarkers) {
  std::string external = number(2, kFloatType) + entry("location", "w.bin") +
                         entry("offset", "0") + entry("length", "20") +
                         number(14, 1);
  std::string model = modelOf(bytes(kInitializer, external));
  llvm::Expected<Inflated> inflated = inflate(model);
  ASSERT_TRUE(static_cast<bool>(inflated));
  EXPECT_EQ(inflated->literal, model);
  EXPECT_EQ(inflated->segments.size(), 1u);
}

TEST(WireFormatTest, UnknownFieldsAndGroupsStay) {
  std::string group =
      varint(99 << 3 | 3) + bytes(kGraph, "not a graph") + varint(99 << 3 | 4);
  std::string unknown = bytes(1000, "future") + number(1001, 7) + group;
  expectRoundTrip(
      modelOf(bytes(kInitializer, tensor("w", std::string(40, 'x')))) + unknown,
      1);
}

TEST(WireFormatTest, ErrorsSayWhere) {
  EXPECT_EQ(errorOf(skeletonise(varint(7 << 3 | 2) + varint(500) + "abc")),
            "at byte 0 field 7 should have 500 bytes, and 3 are "
            "left");
  EXPECT_EQ(errorOf(skeletonise(number(1, 10) + std::string(1, '\7'))),
            "at byte 2 there is no valid field tag");
  EXPECT_EQ(errorOf(skeletonise("\x08" + std::string(11, '\xff'))),
            "at byte 0 a number has no end");
  EXPECT_EQ(errorOf(skeletonise(varint(9 << 3 | 4))),
            "at byte 0 a group ends that never began");
  EXPECT_EQ(errorOf(skeletonise(varint(9 << 3 | 3))),
            "at byte 1 a group that began earlier never ends");
}

TEST(WireFormatTest, DeepNestingIsAnError) {
  std::string graph = bytes(kInitializer, tensor("w", std::string(64, 'x')));
  for (int i = 0; i < 50; ++i)
    graph = bytes(kNode, bytes(kAttribute, bytes(6, graph)));
  EXPECT_EQ(errorOf(skeletonise(modelOf(graph), {16, 16})),
            "messages are nested more than 100 deep");
  EXPECT_EQ(errorOf(inflate(modelOf(graph))),
            "messages are nested more than 100 deep");
}

TEST(WireFormatTest, HugeMarkersDoNotOverflow) {
  auto markerOf = [](StringRef length) {
    return bytes(kInitializer, entry("location", "") + entry("offset", "0") +
                                   entry("length", length) + number(14, 1));
  };
  std::string graph = markerOf("1152921504606846976");
  EXPECT_NE(errorOf(inflate(modelOf(graph + graph))), "");
  // No number of bytes at all: the tensor stays as it is.
  std::string model = modelOf(markerOf("18446744073709551615"));
  llvm::Expected<Inflated> inflated = inflate(model);
  ASSERT_TRUE(static_cast<bool>(inflated));
  EXPECT_EQ(inflated->literal, model);
}

TEST(WireFormatTest, AnyBytesAreReadOrRefused) {
  std::string big(40, 'x');
  std::string model =
      modelOf(bytes(kInitializer, tensor("w", big)) +
              bytes(kNode, bytes(kAttribute, bytes(5, tensor("t", big)))));
  auto tryAll = [](StringRef bytes) {
    if (llvm::Expected<Skeleton> skeleton = skeletonise(bytes, {16, 16})) {
      for (const ByteRange &range : skeleton->ranges) {
        EXPECT_LE(range.offset, bytes.size());
        EXPECT_LE(range.length, bytes.size() - range.offset);
      }
    } else {
      llvm::consumeError(skeleton.takeError());
    }
    if (llvm::Expected<Inflated> inflated = inflate(bytes)) {
      uint64_t size = 0;
      for (const Segment &segment : inflated->segments)
        size += segment.range.length;
      EXPECT_EQ(size, inflated->size);
    } else {
      llvm::consumeError(inflated.takeError());
    }
  };
  for (size_t size = 0; size <= model.size(); ++size)
    tryAll(StringRef(model).take_front(size));
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string changed = model;
    for (int j = 0; j < 3; ++j)
      changed[random() % changed.size()] = static_cast<char>(random());
    tryAll(changed);
  }
}

} // namespace
