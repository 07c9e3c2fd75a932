//===- ShapeValuesTest.cpp - Tests of symbolic shapes and values ----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Analysis/ShapeValues.h"
#include "gac/Dialect/GAC/IR/GACOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace gac;

namespace {

class ShapeValuesTest : public ::testing::Test {
protected:
  ShapeValuesTest() {
    context.loadDialect<func::FuncDialect, GACDialect>();
    context.getDiagEngine().registerHandler(
        [&](Diagnostic &diagnostic) { messages += diagnostic.str() + "\n"; });
  }

  /// Parses a function body over the argument %x, a batch x seq x 4 x 15.
  void parse(StringRef body) {
    std::string text = ("func.func @main(%x: tensor<?x?x4x15xf32> "
                        "{gac.dims = [\"batch\", \"seq\", \"\", \"\"]}) {\n" +
                        body + "\nreturn\n}")
                           .str();
    module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module) << messages;
    values.emplace(*module);
  }

  /// The result of the last op before the return.
  Value last() {
    auto function = cast<func::FuncOp>(module->getBody()->front());
    return std::prev(function.getBody().front().end(), 2)->getResult(0);
  }

  std::string elements() {
    std::optional<ArrayRef<SymExpr>> elements = values->valueOf(last());
    return elements ? join(*elements) : "none";
  }

  std::string shape() {
    std::optional<ArrayRef<SymExpr>> shape = values->shapeOf(last());
    return shape ? join(*shape) : "none";
  }

  static std::string join(ArrayRef<SymExpr> exprs) {
    std::string text;
    llvm::raw_string_ostream os(text);
    llvm::interleaveComma(exprs, os);
    return text;
  }

  /// The axes of %x that an element derives from, or the whole value.
  std::string sources(std::optional<size_t> element = std::nullopt) {
    std::string text;
    for (const ShapeSource &source :
         element ? values->derivedFromShape(last(), *element)
                 : values->derivedFromShape(last()))
      text += std::to_string(source.axis);
    return text;
  }

  MLIRContext context;
  std::string messages;
  OwningOpRef<ModuleOp> module;
  std::optional<ShapeValues> values;
};

TEST_F(ShapeValuesTest, ShapeReadsSizes) {
  parse("%0 = gac.shape %x : (tensor<?x?x4x15xf32>) -> tensor<4xi64>");
  EXPECT_EQ(elements(), "batch, seq, 4, 15");
  EXPECT_EQ(sources(), "0123");
  EXPECT_EQ(sources(2), "2");
}

TEST_F(ShapeValuesTest, ShapeOfARange) {
  parse("%0 = gac.shape %x {start = 1 : i64, end = -1 : i64} "
        ": (tensor<?x?x4x15xf32>) -> tensor<2xi64>");
  EXPECT_EQ(elements(), "seq, 4");
  EXPECT_EQ(sources(0), "1");
}

TEST_F(ShapeValuesTest, SizeIsAProduct) {
  parse("%0 = gac.size %x : (tensor<?x?x4x15xf32>) -> tensor<i64>");
  EXPECT_EQ(elements(), "60*batch*seq");
  EXPECT_EQ(sources(), "0123");
}

// What exporters write to merge heads: [batch, seq, -1].
TEST_F(ShapeValuesTest, MergedHeads) {
  parse(R"(
    %s = gac.shape %x : (tensor<?x?x4x15xf32>) -> tensor<4xi64>
    %i0 = gac.constant dense<0> : tensor<i64>
    %i1 = gac.constant dense<-3> : tensor<i64>
    %b = gac.gather %s, %i0 : (tensor<4xi64>, tensor<i64>) -> tensor<i64>
    %q = gac.gather %s, %i1 : (tensor<4xi64>, tensor<i64>) -> tensor<i64>
    %ax = gac.constant dense<0> : tensor<1xi64>
    %b1 = gac.unsqueeze %b, %ax : (tensor<i64>, tensor<1xi64>) -> tensor<1xi64>
    %q1 = gac.unsqueeze %q, %ax : (tensor<i64>, tensor<1xi64>) -> tensor<1xi64>
    %m1 = gac.constant dense<-1> : tensor<1xi64>
    %c = gac.concat %b1, %q1, %m1 {axis = 0 : i64}
        : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3xi64>
    %r = gac.reshape %x, %c
        : (tensor<?x?x4x15xf32>, tensor<3xi64>) -> tensor<?x?x?xf32>)");
  EXPECT_EQ(shape(), "batch, seq, 60");
  Operation *reshape = last().getDefiningOp();
  EXPECT_EQ(join(*values->valueOf(reshape->getOperand(1))), "batch, seq, -1");
  EXPECT_EQ(values->derivedFromShape(reshape->getOperand(1), 1).size(), 1u);
  EXPECT_TRUE(values->derivedFromShape(reshape->getOperand(1), 2).empty());
  EXPECT_TRUE(isReadAsSize(reshape->getOpOperand(1)));
  EXPECT_FALSE(isReadAsSize(reshape->getOpOperand(0)));
  EXPECT_FALSE(values->isDerivedFromShape(last()));
}

// 1 / sqrt(width), computed from the shape: known to derive from axis 3.
TEST_F(ShapeValuesTest, FloatingPointDerivesToo) {
  parse(R"(
    %s = gac.shape %x : (tensor<?x?x4x15xf32>) -> tensor<4xi64>
    %b = gac.constant dense<-1> : tensor<1xi64>
    %e = gac.constant dense<9223372036854775807> : tensor<1xi64>
    %w = gac.slice %s, %b, %e
        {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
        : (tensor<4xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
    %f = gac.cast %w {to = 1 : i64} : (tensor<1xi64>) -> tensor<1xf32>
    %r = gac.sqrt %f : (tensor<1xf32>) -> tensor<1xf32>
    %one = gac.constant dense<1.0> : tensor<1xf32>
    %i = gac.div %one, %r : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>)");
  EXPECT_EQ(elements(), "none");
  EXPECT_EQ(sources(), "3");
}

TEST_F(ShapeValuesTest, DataIsNotDerivedFromShape) {
  parse(R"(
    %s = gac.shape %x {start = 3 : i64} : (tensor<?x?x4x15xf32>) -> tensor<1xi64>
    %f = gac.cast %s {to = 1 : i64} : (tensor<1xi64>) -> tensor<1xf32>
    %r = gac.div %x, %f
        : (tensor<?x?x4x15xf32>, tensor<1xf32>) -> tensor<?x?x4x15xf32>)");
  EXPECT_FALSE(values->isDerivedFromShape(last()));
  EXPECT_EQ(shape(), "batch, seq, 4, 15");
  EXPECT_TRUE(
      values->isDerivedFromShape(last().getDefiningOp()->getOperand(1)));
}

TEST_F(ShapeValuesTest, SlicesOfShapesFromTheEnd) {
  parse(R"(
    %s = gac.shape %x : (tensor<?x?x4x15xf32>) -> tensor<4xi64>
    %b = gac.constant dense<-1> : tensor<1xi64>
    %e = gac.constant dense<-9223372036854775808> : tensor<1xi64>
    %ax = gac.constant dense<0> : tensor<1xi64>
    %r = gac.slice %s, %b, %e, %ax, %b
        {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
        : (tensor<4xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>,
           tensor<1xi64>) -> tensor<?xi64>)");
  EXPECT_EQ(elements(), "15, 4, seq, batch");
}

// Expand's shape as PyTorch writes it: Where(shape == -1, 1, shape).
TEST_F(ShapeValuesTest, ComparisonsOfSizes) {
  parse(R"(
    %s = gac.shape %x : (tensor<?x?x4x15xf32>) -> tensor<4xi64>
    %n = gac.constant dense<4> : tensor<1xi64>
    %ones = gac.constant_of_shape %n {value = dense<1> : tensor<1xi64>}
        : (tensor<1xi64>) -> tensor<4xi64>
    %m = gac.constant dense<-1> : tensor<4xi64>
    %c = gac.equal %s, %m : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi1>
    %r = gac.where %c, %ones, %s
        : (tensor<4xi1>, tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64>)");
  EXPECT_EQ(elements(), "batch, seq, 4, 15");
}

TEST_F(ShapeValuesTest, ArithmeticOnSizes) {
  parse(R"(
    %s = gac.shape %x {end = 2 : i64} : (tensor<?x?x4x15xf32>) -> tensor<2xi64>
    %p = gac.reduce_prod %s {keepdims = 0 : i64}
        : (tensor<2xi64>) -> tensor<i64>
    %two = gac.constant dense<2> : tensor<i64>
    %a = gac.add %s, %p : (tensor<2xi64>, tensor<i64>) -> tensor<2xi64>
    %m = gac.mul %a, %two : (tensor<2xi64>, tensor<i64>) -> tensor<2xi64>
    %d = gac.div %m, %two : (tensor<2xi64>, tensor<i64>) -> tensor<2xi64>
    %n = gac.neg %d : (tensor<2xi64>) -> tensor<2xi64>
    %r = gac.sub %n, %two : (tensor<2xi64>, tensor<i64>) -> tensor<2xi64>)");
  EXPECT_EQ(elements(), "-batch*seq - batch - 2, -batch*seq - seq - 2");
  EXPECT_EQ(sources(0), "01");
}

TEST_F(ShapeValuesTest, DivisionRoundsTowardsZero) {
  parse(R"(
    %a = gac.constant dense<[-7, 7, -7, 7]> : tensor<4xi64>
    %b = gac.constant dense<[2, 2, -2, -2]> : tensor<4xi64>
    %r = gac.div %a, %b : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64>)");
  EXPECT_EQ(elements(), "-3, 3, 3, -3");
}

TEST_F(ShapeValuesTest, RangesAndSplits) {
  parse(R"(
    %a = gac.constant dense<1> : tensor<i64>
    %b = gac.constant dense<8> : tensor<i64>
    %d = gac.constant dense<2> : tensor<i64>
    %r = gac.range %a, %b, %d
        : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
    %s:2 = gac.split %r {num_outputs = 2 : i64}
        : (tensor<?xi64>) -> (tensor<?xi64>, tensor<?xi64>)
    %c = gac.concat %s#1, %s#0 {axis = 0 : i64}
        : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi64>)");
  EXPECT_EQ(elements(), "5, 7, 1, 3");
}

TEST_F(ShapeValuesTest, SymbolicRangesHaveASize) {
  parse(R"(
    %s = gac.shape %x {start = 1 : i64, end = 2 : i64}
        : (tensor<?x?x4x15xf32>) -> tensor<1xi64>
    %l = gac.squeeze %s : (tensor<1xi64>) -> tensor<i64>
    %z = gac.constant dense<0> : tensor<i64>
    %o = gac.constant dense<1> : tensor<i64>
    %r = gac.range %z, %l, %o
        : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>)");
  EXPECT_EQ(shape(), "seq");
  EXPECT_EQ(elements(), "none");
  EXPECT_EQ(sources(), "1");
}

TEST_F(ShapeValuesTest, DeclaredNamesFillWhatIsNotInferred) {
  parse(R"(
    %r = gac.opaque "com.acme" "Mix" (%x) {gac.dims = [["past + seq", ""]]}
        : (tensor<?x?x4x15xf32>) -> tensor<?x?xf32>)");
  EXPECT_EQ(shape(), "past + seq, ?0");
}

TEST_F(ShapeValuesTest, UnknownElementsAreUnknowns) {
  parse(R"(
    %u = gac.opaque "com.acme" "Count" (%x)
        : (tensor<?x?x4x15xf32>) -> tensor<1xi64>
    %s = gac.shape %x {start = 2 : i64, end = 3 : i64}
        : (tensor<?x?x4x15xf32>) -> tensor<1xi64>
    %c = gac.concat %s, %u {axis = 0 : i64}
        : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>)");
  std::optional<ArrayRef<SymExpr>> elements = values->valueOf(last());
  ASSERT_TRUE(elements);
  EXPECT_EQ((*elements)[0], SymExpr(4));
  EXPECT_TRUE((*elements)[1].hasUnknown());
  EXPECT_FALSE(values->constantOf(last()));
  EXPECT_FALSE(values->isDerivedFromShape(last()));
}

// The declared size would send the evaluation outside of the data.
TEST_F(ShapeValuesTest, DeclaredSizesAreNotTrusted) {
  parse(R"(
    %d = gac.constant dense<[1, 2]> : tensor<2xi64>
    %b = gac.constant dense<0> : tensor<1xi64>
    %u = gac.opaque "com.acme" "Count" (%x)
        : (tensor<?x?x4x15xf32>) -> tensor<1xi64>
    %r = gac.slice %d, %b, %u
        {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
        : (tensor<2xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<200xi64>)");
  EXPECT_EQ(shape(), "200");
  EXPECT_TRUE((*values->valueOf(last()))[0].hasUnknown());
}

TEST_F(ShapeValuesTest, VerificationSeesValues) {
  parse(R"(
    %s = gac.constant dense<[7, -1]> : tensor<2xi64>
    %c = gac.constant dense<1.0> : tensor<2x9xf32>
    %r = gac.reshape %c, %s
        : (tensor<2x9xf32>, tensor<2xi64>) -> tensor<?x?xf32>)");
  EXPECT_TRUE(failed(verifyShapes(*module, *values)));
  EXPECT_EQ(messages, "'gac.reshape' op the data has shape 2x9, 18 elements, "
                      "of which 7 do not leave a whole size for -1 "
                      "[reshape_c5]\n");
}

} // namespace
