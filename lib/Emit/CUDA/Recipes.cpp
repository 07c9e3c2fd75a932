//===- Recipes.cpp - How weights are made of the model's ------------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Recipes.h"

#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "gac/Import/Importer.h"

using namespace mlir;
using namespace gac;
using namespace gac::cuda;
namespace json = llvm::json;

StringRef gac::cuda::getDTypeName(Type type) {
  if (type.isBF16())
    return "bf16";
  if (type.isF16())
    return "f16";
  if (type.isF32())
    return "f32";
  if (type.isSignlessInteger(64))
    return "i64";
  if (type.isSignlessInteger(32))
    return "i32";
  if (type.isSignlessInteger(1))
    return "bool";
  return {};
}

static json::Array toJson(ArrayRef<int64_t> numbers) {
  return json::Array(numbers);
}

/// The type that synthetic values of `type` have; empty if they have none.
static StringRef getFloatName(Type type) {
  return type.isF64()           ? "f32" // No package has wider ones.
         : isa<FloatType>(type) ? getDTypeName(type)
                                : "";
}

static std::optional<json::Value> describe(TypedAttr value, StringRef name,
                                           int64_t fanIn) {
  auto type = cast<ShapedType>(value.getType());
  StringRef dtype = getFloatName(type.getElementType());
  if (dtype.empty())
    return std::nullopt;
  if (auto pad = dyn_cast<PadAttr>(value)) {
    std::optional<json::Value> source = describe(pad.getSource(), name, fanIn);
    if (!source)
      return std::nullopt;
    json::Array axes;
    for (LanesAttr lanes : pad.getLanes()) {
      json::Array runs;
      for (const LaneRun &run : lanes.getRuns())
        runs.push_back(toJson({run.to, run.from, run.length}));
      axes.push_back(std::move(runs));
    }
    return json::Object{{"kind", "pad"},
                        {"source", std::move(*source)},
                        {"shape", toJson(type.getShape())},
                        {"axes", std::move(axes)}};
  }
  if (auto cast = dyn_cast<CastAttr>(value)) {
    std::optional<json::Value> source = describe(cast.getSource(), name, fanIn);
    if (!source)
      return std::nullopt;
    return json::Object{
        {"kind", "cast"}, {"source", std::move(*source)}, {"dtype", dtype}};
  }
  auto file = dyn_cast<FileAttr>(value);
  bool isInModel = isa<DenseElementsAttr, DenseResourceElementsAttr>(value) ||
                   (file && !file.getExternal());
  if (!isInModel && !file && !isa<AbsentAttr>(value))
    return std::nullopt;
  if (isInModel && fanIn <= 1 && type.getNumElements() <= kEagerElements)
    return std::nullopt;
  return json::Object{{"kind", "original"},
                      {"name", name},
                      {"shape", toJson(type.getShape())},
                      {"dtype", dtype},
                      {"fanIn", fanIn}};
}

std::optional<json::Value> gac::cuda::getRecipe(TensorOp tensor) {
  if (tensor.getKind() != TensorKind::Weight || !tensor.getValue())
    return std::nullopt;
  int64_t fanIn = std::max<int64_t>(tensor.getFanIn().value_or(1), 1);
  return describe(cast<TypedAttr>(*tensor.getValue()), tensor.getName(), fanIn);
}

bool gac::cuda::needsData(TensorOp tensor, bool graphOnly) {
  return tensor.getValue() && !(graphOnly && getRecipe(tensor));
}
