//===- ExporterTest.cpp - where weights of a model go -----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Export/Exporter.h"

#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Export/WeightSource.h"
#include "gac/Import/Importer.h"
#include "gac/Import/WeightRecipes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include "gtest/gtest.h"

using namespace gac;
using namespace mlir;

/// 80,000 and 96,000 bytes that stay in the file, and 8 that no one moves.
static constexpr char kModule[] = R"(
  func.func @main_graph(%x: tensor<2xf32> {gac.name = "x"})
      -> (tensor<2xf32> {gac.name = "y"}) {
    %a = gac.initializer "a" = dense<1.5> : tensor<200x100xf32>
    %b = gac.initializer "b" = #gac.pad<dense<2.5> : tensor<200x100xf32>,
        [<200 : 0 to 0 by 200>, <120 : 0 to 0 by 100>]> : tensor<200x120xf32>
    %c = gac.initializer "c" = dense<[3.5, 4.5]> : tensor<2xf32>
    %y = gac.opaque "com.acme" "Sum"(%x, %a, %b, %c) {gac.outputs = ["y"]}
        : (tensor<2xf32>, tensor<200x100xf32>, tensor<200x120xf32>,
           tensor<2xf32>) -> tensor<2xf32>
    return %y : tensor<2xf32>
  })";

namespace {
class ExporterTest : public testing::Test {
protected:
  void SetUp() override {
    context.loadDialect<GACDialect, func::FuncDialect>();
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("gac-exporter", folder));
    module = parseSourceString<ModuleOp>(kModule, &context);
    ASSERT_TRUE(module);
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string at(StringRef name) {
    SmallString<128> path(folder);
    llvm::sys::path::append(path, name);
    return std::string(path);
  }

  MLIRContext context;
  SmallString<128> folder;
  OwningOpRef<ModuleOp> module;
};

/// The initializers of a module, by name.
llvm::StringMap<TypedAttr> getWeights(ModuleOp module) {
  llvm::StringMap<TypedAttr> weights;
  module.walk([&](InitializerOp op) {
    weights[op.getName()] = cast<TypedAttr>(op.getValue());
  });
  return weights;
}

/// Checks that every weight of both modules has the same bytes.
void expectSameWeights(ModuleOp one, ModuleOp two) {
  llvm::StringMap<TypedAttr> weights = getWeights(two);
  unsigned count = 0;
  for (auto &[name, value] : getWeights(one)) {
    ++count;
    ASSERT_TRUE(weights.contains(name)) << name.str();
    llvm::Expected<std::vector<char>> left = readWeight(value);
    llvm::Expected<std::vector<char>> right = readWeight(weights.lookup(name));
    ASSERT_TRUE(bool(left)) << toString(left.takeError());
    ASSERT_TRUE(bool(right)) << toString(right.takeError());
    EXPECT_TRUE(*left == *right) << name.str();
  }
  EXPECT_EQ(count, 3u);
}

TEST_F(ExporterTest, KeepsInlineDataInTheFile) {
  ASSERT_TRUE(succeeded(exportOnnxModel(*module, at("m.onnx"))));
  EXPECT_FALSE(llvm::sys::fs::exists(at("m.onnx.data")));
  OwningOpRef<ModuleOp> back = importOnnxModel(at("m.onnx"), &context);
  ASSERT_TRUE(back);
  auto a = dyn_cast<FileAttr>(getWeights(*back)["a"]);
  ASSERT_TRUE(a);
  EXPECT_FALSE(a.getExternal());
  expectSameWeights(*module, *back);
}

TEST_F(ExporterTest, MovesInitializersOutOfAFileThatWouldBeTooLarge) {
  ExportOptions options;
  options.inlineLimit = 150'000;
  ASSERT_TRUE(succeeded(exportOnnxModel(*module, at("m.onnx"), options)));
  OwningOpRef<ModuleOp> back = importOnnxModel(at("m.onnx"), &context);
  ASSERT_TRUE(back);
  auto a = dyn_cast<FileAttr>(getWeights(*back)["a"]);
  auto b = dyn_cast<FileAttr>(getWeights(*back)["b"]);
  ASSERT_TRUE(a && b);
  EXPECT_TRUE(a.getExternal());
  EXPECT_EQ(a.getPath(), at("m.onnx.data"));
  EXPECT_EQ(a.getOffset(), 0);
  EXPECT_EQ(b.getOffset(), 81'920);
  EXPECT_TRUE(isa<DenseElementsAttr>(getWeights(*back)["c"]));
  expectSameWeights(*module, *back);

  // Over itself, data and all; what is external stays so without a limit.
  ExportOptions again;
  again.inputPath = at("m.onnx");
  ASSERT_TRUE(succeeded(exportOnnxModel(*back, at("m.onnx"), again)));
  OwningOpRef<ModuleOp> second = importOnnxModel(at("m.onnx"), &context);
  ASSERT_TRUE(second);
  EXPECT_TRUE(cast<FileAttr>(getWeights(*second)["b"]).getExternal());
  expectSameWeights(*module, *second);
}

TEST_F(ExporterTest, SaysWhenNothingCanMove) {
  std::string message;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    message = diagnostic.str();
    return success();
  });
  ExportOptions options;
  options.inlineLimit = 100;
  EXPECT_TRUE(failed(exportOnnxModel(*module, at("m.onnx"), options)));
  EXPECT_TRUE(StringRef(message).contains("and 100 is the most")) << message;
  EXPECT_FALSE(llvm::sys::fs::exists(at("m.onnx")));
}
/// What a graph without weights describes, in all that it can: padded twice,
/// as it was, and data that is there.
constexpr char kAbsent[] = R"(
  func.func @main_graph() -> (tensor<8x5xf32> {gac.name = "y"}) {
    %w = gac.initializer "w" = #gac.pad<#gac.pad<
        #gac.absent<"w.bin", offset = 64, length = 32> : tensor<2x4xf32>,
        [<3 : 0 to 0 by 2>, <5 : 0 to 0 by 1, 1 to 2 by 3>]> : tensor<3x5xf32>,
        [<8 : 0 to 5 by 3>, <5 : 0 to 0 by 5>]> : tensor<8x5xf32>
    %b = gac.initializer "b" = #gac.absent<"w.bin", offset = 0, length = 20>
        : tensor<5xf32>
    %c = gac.initializer "c" = dense<[1.0, 2.0, 3.0, 4.0, 5.0]> : tensor<5xf32>
    %y = gac.opaque "com.acme" "Sum"(%w, %b, %c) {gac.outputs = ["y"]}
        : (tensor<8x5xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<8x5xf32>
    return %y : tensor<8x5xf32>
  })";

TEST_F(ExporterTest, RestoresRecipesFromTheirDescription) {
  OwningOpRef<ModuleOp> absent = parseSourceString<ModuleOp>(kAbsent, &context);
  ASSERT_TRUE(absent);
  ExportOptions exportOptions;
  exportOptions.graphOnly = true;
  ASSERT_TRUE(succeeded(exportOnnxModel(*absent, at("m.onnx"), exportOptions)));
  ImportOptions importOptions;
  importOptions.allowMissingWeights = true;
  OwningOpRef<ModuleOp> back =
      importOnnxModel(at("m.onnx"), &context, importOptions);
  ASSERT_TRUE(back);
  llvm::StringMap<TypedAttr> wanted = getWeights(*absent);
  EXPECT_NE(getWeights(*back).lookup("w"), wanted.lookup("w"));
  ASSERT_TRUE(succeeded(restoreRecipes(*back)));
  EXPECT_EQ(getWeights(*back).lookup("w"), wanted.lookup("w"));
  EXPECT_EQ(getWeights(*back).lookup("b"), wanted.lookup("b"));
  EXPECT_EQ(getWeights(*back).lookup("c"), wanted.lookup("c"));

  // Whose weights are all there describes none.
  ASSERT_TRUE(succeeded(exportOnnxModel(*module, at("n.onnx"))));
  back = importOnnxModel(at("n.onnx"), &context);
  ASSERT_TRUE(back);
  wanted = getWeights(*back);
  ASSERT_TRUE(succeeded(restoreRecipes(*back)));
  for (auto &[name, value] : getWeights(*back))
    EXPECT_EQ(value, wanted.lookup(name));
}

} // namespace
