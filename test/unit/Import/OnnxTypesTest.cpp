//===- OnnxTypesTest.cpp - ONNX element types and tensor data ---*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Import/OnnxTypes.h"

#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <limits>
#include <random>

using namespace gac;
using namespace mlir;

namespace {

class OnnxTypesTest : public testing::Test {
protected:
  OnnxTypesTest() { context.loadDialect<GACDialect>(); }

  MLIRContext context{MLIRContext::Threading::DISABLED};
};

/// TensorProto.DataType ends here.
constexpr int32_t kLastDataType = 28;
constexpr int32_t kString = 8, kBool = 9, kInt4 = 22;

TEST_F(OnnxTypesTest, TypesComeBack) {
  for (int32_t dataType = 1; dataType <= kLastDataType; ++dataType) {
    Type type = getElementType(dataType, &context);
    ASSERT_TRUE(type) << dataType;
    EXPECT_EQ(getOnnxDataType(type), dataType);
    EXPECT_FALSE(getOnnxDataTypeName(dataType).empty());
  }
}

TEST_F(OnnxTypesTest, OtherNumbersAreNoTypes) {
  for (int32_t dataType :
       {-1, 0, kLastDataType + 1, std::numeric_limits<int32_t>::max()})
    EXPECT_FALSE(getElementType(dataType, &context)) << dataType;
  EXPECT_EQ(getOnnxDataType(IndexType::get(&context)), 0);
}

TEST_F(OnnxTypesTest, SizesAreWholeBytes) {
  Type int4 = getElementType(kInt4, &context);
  EXPECT_EQ(getOnnxDataSize(int4, 0), 0u);
  EXPECT_EQ(getOnnxDataSize(int4, 1), 1u);
  EXPECT_EQ(getOnnxDataSize(int4, 5), 3u);
  Type f32 = Float32Type::get(&context);
  EXPECT_EQ(getOnnxDataSize(f32, 5), 20u);
  EXPECT_EQ(getOnnxDataSize(f32, std::numeric_limits<int64_t>::max()),
            std::nullopt);
  EXPECT_EQ(getOnnxDataSize(getElementType(kString, &context), 1),
            std::nullopt);
}

TEST_F(OnnxTypesTest, DataComesBack) {
  std::mt19937 random(1);
  for (int32_t dataType = 1; dataType <= kLastDataType; ++dataType) {
    Type type = getElementType(dataType, &context);
    std::optional<unsigned> width = getOnnxBitWidth(type);
    if (!width)
      continue;
    for (int64_t count : {0, 1, 2, 3, 4, 5, 7, 8, 100}) {
      std::string raw(*getOnnxDataSize(type, count), '\0');
      for (char &byte : raw)
        byte = static_cast<char>(dataType == kBool ? random() & 1 : random());
      // Bits behind the last element are zero.
      if (unsigned used = *width * count % 8; used && !raw.empty())
        raw.back() &= static_cast<char>((1 << used) - 1);
      DenseElementsAttr elements =
          getElementsFromRawData(RankedTensorType::get({count}, type), raw);
      EXPECT_EQ(getRawDataFromElements(elements), raw)
          << getOnnxDataTypeName(dataType).str() << " x " << count;
    }
  }
}

TEST_F(OnnxTypesTest, SplatsAreExpanded) {
  auto type = RankedTensorType::get({3}, getElementType(kInt4, &context));
  auto splat = DenseElementsAttr::get(type, APInt(4, 5));
  ASSERT_TRUE(splat.isSplat());
  EXPECT_EQ(getRawDataFromElements(splat), "\x55\x05");
}

} // namespace
