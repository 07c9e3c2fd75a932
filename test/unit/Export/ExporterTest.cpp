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
#include "gac/Import/WeightOrigins.h"

#include "mlir/AsmParser/AsmParser.h"
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
//===----------------------------------------------------------------------===//
// What weights were made of
//===----------------------------------------------------------------------===//

/// The origins of a module's initializers, by their names; null for those that
/// have none.
llvm::StringMap<TypedAttr> getOrigins(ModuleOp module) {
  llvm::StringMap<TypedAttr> origins;
  module.walk([&](InitializerOp op) {
    origins[op.getName()] = op->getAttrOfType<TypedAttr>(attr::origin);
  });
  return origins;
}

InitializerOp getInitializer(ModuleOp module, StringRef name) {
  InitializerOp found;
  module.walk([&](InitializerOp op) {
    if (op.getName() == name)
      found = op;
  });
  return found;
}

/// All that can be described: padded twice, turned and rounded, as it was, and
/// data that is there and has not changed.
constexpr char kAbsent[] = R"(
  func.func @main_graph() -> (tensor<8x5xf32> {gac.name = "y"}) {
    %w = gac.initializer "w" = #gac.pad<#gac.pad<
        #gac.absent<"w.bin", offset = 64, length = 32> : tensor<2x4xf32>,
        [<3 : 0 to 0 by 2>, <5 : 0 to 0 by 1, 1 to 2 by 3>]> : tensor<3x5xf32>,
        [<8 : 0 to 5 by 3>, <5 : 0 to 0 by 5>]> : tensor<8x5xf32>
    %t = gac.initializer "t" = #gac.cast<#gac.transpose<
        #gac.absent<"w.bin", offset = 0, length = 120> : tensor<3x5xf64>,
        [1, 0]> : tensor<5x3xf64>> : tensor<5x3xf32>
    %b = gac.initializer "b" = #gac.absent<"w.bin", offset = 0, length = 20>
        : tensor<5xf32>
    %c = gac.initializer "c" = dense<[1.0, 2.0, 3.0, 4.0, 5.0]> : tensor<5xf32>
    %y = gac.opaque "com.acme" "Sum"(%w, %t, %b, %c) {gac.outputs = ["y"]}
        : (tensor<8x5xf32>, tensor<5x3xf32>, tensor<5xf32>, tensor<5xf32>)
        -> tensor<8x5xf32>
    return %y : tensor<8x5xf32>
  })";

constexpr char kOriginOfW[] = R"(#gac.pad<#gac.pad<
    #gac.original<"w"> : tensor<2x4xf32>,
    [<3 : 0 to 0 by 2>, <5 : 0 to 0 by 1, 1 to 2 by 3>]> : tensor<3x5xf32>,
    [<8 : 0 to 5 by 3>, <5 : 0 to 0 by 5>]> : tensor<8x5xf32>)";
constexpr char kOriginOfT[] = R"(#gac.cast<#gac.transpose<
    #gac.original<"t"> : tensor<3x5xf64>, [1, 0]> : tensor<5x3xf64>>
    : tensor<5x3xf32>)";

TEST_F(ExporterTest, DescribesWeightsThatAreLeftOut) {
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
  llvm::StringMap<TypedAttr> values = getWeights(*back);
  ASSERT_TRUE(succeeded(attachOrigins(*back)));
  llvm::StringMap<TypedAttr> origins = getOrigins(*back);
  EXPECT_EQ(origins["w"], parseAttribute(kOriginOfW, &context));
  EXPECT_EQ(origins["t"], parseAttribute(kOriginOfT, &context));
  EXPECT_TRUE(isa_and_nonnull<OriginalAttr>(origins["b"]));
  EXPECT_FALSE(origins["c"]);
  for (auto &[name, value] : getWeights(*back))
    EXPECT_EQ(value, values.lookup(name)) << name.str();
}

TEST_F(ExporterTest, DescribesWeightsThatWereChanged) {
  ASSERT_TRUE(succeeded(exportOnnxModel(*module, at("m.onnx"))));
  OwningOpRef<ModuleOp> back = importOnnxModel(at("m.onnx"), &context);
  ASSERT_TRUE(back && succeeded(attachOrigins(*back)));
  llvm::StringMap<TypedAttr> origins = getOrigins(*back);
  EXPECT_FALSE(origins["a"] || origins["c"]);
  EXPECT_EQ(origins["b"],
            parseAttribute(R"(#gac.pad<#gac.original<"b"> : tensor<200x100xf32>,
                [<200 : 0 to 0 by 200>, <120 : 0 to 0 by 100>]>
                : tensor<200x120xf32>)",
                           &context));

  // Padded once more, a copy, and another tensor of the same name.
  InitializerOp b = getInitializer(*back, "b"), a = getInitializer(*back, "a");
  auto copy = cast<InitializerOp>(OpBuilder(b).clone(*b));
  copy.setName("b.grown");
  copy->setAttr(attr::copyOf, StringAttr::get(&context, "b"));
  TypedAttr value = b.getValue();
  b.setValueAttr(
      PadAttr::get(cast<ShapedType>(value.getType()).clone({256, 120}), value,
                   {LanesAttr::get(&context, 256, {{0, 0, 200}}),
                    LanesAttr::getIdentity(&context, 120)}));
  b.getResult().setType(cast<TensorType>(b.getValue().getType()));
  a.setName("b.grown.1");
  a->setAttr(attr::copyOf, StringAttr::get(&context, "b"));
  ASSERT_TRUE(succeeded(exportOnnxModel(*back, at("n.onnx"))));
  OwningOpRef<ModuleOp> second = importOnnxModel(at("n.onnx"), &context);
  ASSERT_TRUE(second && succeeded(attachOrigins(*second)));
  llvm::StringMap<TypedAttr> later = getOrigins(*second);
  EXPECT_EQ(later["b.grown"], origins["b"]);
  auto pad = dyn_cast_or_null<PadAttr>(later["b"]);
  ASSERT_TRUE(pad);
  EXPECT_EQ(pad.getSource(), origins["b"]);
  auto made = dyn_cast_or_null<OriginalAttr>(later["b.grown.1"]);
  ASSERT_TRUE(made);
  EXPECT_EQ(made.getName(), "b");
  EXPECT_EQ(made.getType().getShape(), ArrayRef<int64_t>({200, 100}));
}

TEST_F(ExporterTest, FitsOriginsToWhatTheModelHas) {
  auto origin = cast<TypedAttr>(parseAttribute(kOriginOfW, &context));
  auto type = cast<ShapedType>(origin.getType());
  EXPECT_EQ(fitOrigin(origin, type), origin);
  // Someone has rounded the model.
  auto rounded = dyn_cast_or_null<CastAttr>(
      fitOrigin(origin, type.clone(Float16Type::get(&context))));
  ASSERT_TRUE(rounded);
  EXPECT_EQ(rounded.getSource(), origin);
  EXPECT_FALSE(fitOrigin(origin, type.clone({8, 6})));
  EXPECT_FALSE(fitOrigin(origin, type.clone(IntegerType::get(&context, 8))));
}

TEST_F(ExporterTest, LeavesOutWhatStandsInTheModel) {
  ExportOptions options;
  options.graphOnly = true;
  ASSERT_TRUE(succeeded(exportOnnxModel(*module, at("m.onnx"), options)));
  uint64_t size = 0;
  ASSERT_FALSE(llvm::sys::fs::file_size(at("m.onnx"), size));
  EXPECT_LT(size, 4096u);
  EXPECT_FALSE(llvm::sys::fs::exists(at("m.onnx.data")));
  ImportOptions importOptions;
  importOptions.allowMissingWeights = true;
  OwningOpRef<ModuleOp> back =
      importOnnxModel(at("m.onnx"), &context, importOptions);
  ASSERT_TRUE(back);
  llvm::StringMap<TypedAttr> weights = getWeights(*back);
  EXPECT_TRUE(isa<AbsentAttr>(weights["a"]));
  EXPECT_TRUE(isa<AbsentAttr>(weights["b"]));
  EXPECT_TRUE(isa<DenseElementsAttr>(weights["c"]));
}

} // namespace
