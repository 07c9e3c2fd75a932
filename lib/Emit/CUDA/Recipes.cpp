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
#include "gac/Import/WeightOrigins.h"
#include "llvm/ADT/TypeSwitch.h"

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

static json::Array describeAxes(ArrayRef<LanesAttr> lanes) {
  json::Array axes;
  for (LanesAttr axis : lanes) {
    json::Array runs;
    for (const LaneRun &run : axis.getRuns())
      runs.push_back(toJson({run.to, run.from, run.length}));
    axes.push_back(std::move(runs));
  }
  return axes;
}

std::optional<json::Value> gac::cuda::getLanes(TensorOp tensor) {
  if (!tensor.getLanes())
    return std::nullopt;
  SmallVector<int64_t> shape(tensor.getTensorType().getShape());
  SmallVector<LanesAttr> lanes;
  for (auto [size, entry] : llvm::zip_equal(shape, *tensor.getLanes())) {
    auto map = dyn_cast<LanesAttr>(entry);
    lanes.push_back(map ? map
                        : LanesAttr::getIdentity(tensor.getContext(), size));
    size = lanes.back().getOldSize();
  }
  return json::Object{{"shape", toJson(shape)}, {"axes", describeAxes(lanes)}};
}

/// The type that synthetic values of `type` have; empty if they have none.
static StringRef getFloatName(Type type) {
  return type.isF64()           ? "f32" // No package has wider ones.
         : isa<FloatType>(type) ? getDTypeName(type)
                                : "";
}

namespace {
/// Describes how one tensor, or a part of it, is made.
class Describer {
public:
  explicit Describer(TensorOp tensor)
      : name(tensor.getName()),
        fanIn(std::max<int64_t>(tensor.getFanIn().value_or(1), 1)) {
    if (tensor.getOrigin())
      origin = cast<TypedAttr>(*tensor.getOrigin());
  }
  explicit Describer(PartAttr part)
      : name(part.getName()), fanIn(part.getFanIn()), origin(part.getOrigin()) {
  }

  /// Nothing for what has no recipe.
  std::optional<json::Value> describe(TypedAttr value);

private:
  std::optional<json::Value> describeSeveral(TypedAttr value);
  std::optional<json::Value> describeData(TypedAttr data);
  json::Value describeOriginal(StringRef original, ShapedType type);

  /// Empty where there is no tensor of the model.
  StringRef name;
  int64_t fanIn;
  /// What the data at the bottom were made of; null if they are the original's.
  TypedAttr origin;
};
} // namespace

json::Value Describer::describeOriginal(StringRef original, ShapedType type) {
  return json::Object{{"kind", "original"},
                      {"name", original},
                      {"shape", toJson(type.getShape())},
                      {"dtype", getFloatName(type.getElementType())},
                      {"fanIn", fanIn}};
}

std::optional<json::Value> Describer::describe(TypedAttr value) {
  auto type = cast<ShapedType>(value.getType());
  StringRef dtype = getFloatName(type.getElementType());
  if (dtype.empty())
    return std::nullopt;
  if (auto original = dyn_cast<OriginalAttr>(value))
    return describeOriginal(original.getName(), type);
  if (auto part = dyn_cast<PartAttr>(value))
    return Describer(part).describe(part.getSource());
  if (isa<ConcatAttr, ProductAttr>(value))
    return describeSeveral(value);
  TypedAttr source = llvm::TypeSwitch<TypedAttr, TypedAttr>(value)
                         .Case<PadAttr, CastAttr, TransposeAttr>(
                             [](auto recipe) { return recipe.getSource(); })
                         .Default(TypedAttr());
  if (!source)
    return describeData(value);
  // The runtime pads with zeros.
  if (auto pad = dyn_cast<PadAttr>(value); pad && pad.getFill())
    return std::nullopt;
  std::optional<json::Value> described = describe(source);
  if (!described)
    return std::nullopt;
  json::Object step{{"source", std::move(*described)}};
  if (isa<CastAttr>(value)) {
    step["kind"] = "cast";
    step["dtype"] = dtype;
  } else if (auto transpose = dyn_cast<TransposeAttr>(value)) {
    step["kind"] = "transpose";
    step["perm"] = toJson(transpose.getPerm());
  } else {
    step["kind"] = "pad";
    step["shape"] = toJson(type.getShape());
    step["axes"] = describeAxes(cast<PadAttr>(value).getLanes());
  }
  return step;
}

/// What is made of several weights. Only parts are of the model.
std::optional<json::Value> Describer::describeSeveral(TypedAttr value) {
  name = {};
  if (auto product = dyn_cast<ProductAttr>(value)) {
    std::optional<json::Value> a = describe(product.getA()),
                               b = describe(product.getB());
    if (!a || !b)
      return std::nullopt;
    return json::Object{
        {"kind", "product"}, {"a", std::move(*a)}, {"b", std::move(*b)}};
  }
  auto concat = cast<ConcatAttr>(value);
  json::Array sources;
  for (TypedAttr source : concat.getSources()) {
    std::optional<json::Value> described = describe(source);
    if (!described)
      return std::nullopt;
    sources.push_back(std::move(*described));
  }
  return json::Object{{"kind", "concat"},
                      {"sources", std::move(sources)},
                      {"axis", concat.getAxis()}};
}

std::optional<json::Value> Describer::describeData(TypedAttr data) {
  auto file = dyn_cast<FileAttr>(data);
  bool isInModel = isa<DenseElementsAttr, DenseResourceElementsAttr>(data) ||
                   (file && !file.getExternal());
  if (name.empty() || (!isInModel && !file && !isa<AbsentAttr>(data)))
    return std::nullopt;
  auto type = cast<ShapedType>(data.getType());
  TypedAttr original = origin ? getOriginalWeight(origin) : data;
  int64_t count = cast<ShapedType>(original.getType()).getNumElements();
  // Import reads single numbers wherever they are.
  bool isSmall = isInModel ? count <= kEagerElements : file && count <= 1;
  if (isSmall && fanIn <= 1)
    return std::nullopt;
  if (!origin)
    return describeOriginal(name, type);
  std::optional<json::Value> made = describe(origin);
  // What has one element is rounded without a recipe.
  if (made && origin.getType() != type)
    return json::Object{{"kind", "cast"},
                        {"source", std::move(*made)},
                        {"dtype", getFloatName(type.getElementType())}};
  return made;
}

std::optional<json::Value> gac::cuda::getRecipe(TensorOp tensor) {
  if (tensor.getKind() != TensorKind::Weight || !tensor.getValue())
    return std::nullopt;
  return Describer(tensor).describe(cast<TypedAttr>(*tensor.getValue()));
}

bool gac::cuda::needsData(TensorOp tensor, bool graphOnly) {
  return tensor.getValue() && !(graphOnly && getRecipe(tensor));
}
