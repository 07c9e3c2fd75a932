//===- GraphOnly.cpp - weights that are described, not written --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphOnly.h"

#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "gac/Import/OnnxTypes.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

using namespace gac;
using namespace mlir;
namespace json = llvm::json;

/// Changes when a reader of the old form would misread the new one.
static constexpr int64_t kFormatVersion = 1;

static json::Array toJson(ArrayRef<int64_t> numbers) {
  json::Array array;
  for (int64_t number : numbers)
    array.push_back(number);
  return array;
}

static json::Object describeRange(StringRef location, int64_t offset,
                                  int64_t length) {
  return json::Object{
      {"location", location.str()}, {"offset", offset}, {"length", length}};
}

static json::Object describeStep(TypedAttr step) {
  if (auto cast = dyn_cast<CastAttr>(step))
    return json::Object{{"type", getOnnxDataTypeName(getOnnxDataType(
                                     cast.getType().getElementType()))}};
  if (auto transpose = dyn_cast<TransposeAttr>(step))
    return json::Object{{"perm", toJson(transpose.getPerm())}};
  auto pad = llvm::cast<PadAttr>(step);
  json::Array axes;
  for (LanesAttr lanes : pad.getLanes()) {
    json::Array runs;
    for (const LaneRun &run : lanes.getRuns())
      runs.push_back(toJson({run.from, run.to, run.length}));
    axes.push_back(std::move(runs));
  }
  return json::Object{{"shape", toJson(pad.getType().getShape())},
                      {"lanes", std::move(axes)}};
}

/// The reference that the placer left in `tensor`.
static json::Object describeReference(const onnx::TensorProto &tensor) {
  json::Object data;
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    int64_t number;
    if (StringRef(entry.value()).getAsInteger(10, number))
      data[entry.key()] = entry.value();
    else
      data[entry.key()] = number;
  }
  return data;
}

/// What an earlier description says about weights, by name.
static json::Object readDescription(const onnx::ModelProto &model) {
  json::Object weights;
  for (const onnx::StringStringEntryProto &entry : model.metadata_props()) {
    if (entry.key() != kWeightsKey)
      continue;
    llvm::Expected<json::Value> parsed = json::parse(entry.value());
    if (!parsed) {
      consumeError(parsed.takeError());
      continue;
    }
    json::Object *root = parsed->getAsObject();
    json::Array *list = root ? root->getArray("weights") : nullptr;
    if (!list || root->getInteger("version") != kFormatVersion)
      continue;
    for (json::Value &value : *list)
      if (json::Object *weight = value.getAsObject())
        if (std::optional<StringRef> name = weight->getString("name"))
          weights[name->str()] = std::move(*weight);
  }
  return weights;
}

/// The earlier description of a weight, if `value` is what that describes: a
/// reference to the place that was left for the data.
static json::Object *findEarlier(json::Object &earlier, StringRef name,
                                 TypedAttr value) {
  auto absent = dyn_cast<AbsentAttr>(value);
  json::Object *weight = earlier.getObject(name);
  if (!absent || !weight)
    return nullptr;
  json::Object *data = weight->getObject("data");
  if (!data || data->getString("location") != absent.getLocation() ||
      data->getInteger("offset") != absent.getOffset() ||
      !weight->getArray("recipe"))
    return nullptr;
  return weight;
}

/// `path`, relative to the folder of `inputPath` if it lies there.
static std::string getLocation(StringRef path, StringRef inputPath) {
  llvm::SmallString<128> folder(inputPath);
  if (inputPath.empty() || llvm::sys::fs::make_absolute(folder))
    return path.str();
  llvm::sys::path::remove_dots(folder, /*remove_dot_dot=*/true);
  StringRef parent = llvm::sys::path::parent_path(folder), rest = path;
  if (!rest.consume_front(parent) ||
      !(rest.consume_front("/") || parent.ends_with("/")))
    return path.str();
  return rest.str();
}

static json::Object describeWeight(const TensorPlacer::Entry &entry,
                                   json::Object &earlier, StringRef inputPath) {
  StringRef name = entry.tensor->name();
  TypedAttr value = entry.value;
  SmallVector<TypedAttr> steps;
  while (value) {
    TypedAttr source = llvm::TypeSwitch<TypedAttr, TypedAttr>(value)
                           .Case<PadAttr, CastAttr, TransposeAttr>(
                               [](auto recipe) { return recipe.getSource(); })
                           .Default(TypedAttr());
    if (!source)
      break;
    steps.push_back(value);
    value = source;
  }

  json::Object weight{{"name", name}};
  json::Array recipe;
  if (json::Object *known = findEarlier(earlier, name, value)) {
    weight = std::move(*known);
    recipe = std::move(*weight.getArray("recipe"));
  } else {
    weight["type"] = getOnnxDataTypeName(
        value ? getOnnxDataType(
                    cast<ShapedType>(value.getType()).getElementType())
              : entry.tensor->data_type());
    json::Array shape;
    if (value)
      shape = toJson(cast<ShapedType>(value.getType()).getShape());
    else
      shape = toJson(SmallVector<int64_t>(entry.tensor->dims().begin(),
                                          entry.tensor->dims().end()));
    weight["shape"] = std::move(shape);
    if (auto file = dyn_cast_or_null<FileAttr>(value))
      weight["source"] = describeRange(getLocation(file.getPath(), inputPath),
                                       file.getOffset(), file.getLength());
    else if (auto absent = dyn_cast_or_null<AbsentAttr>(value))
      weight["source"] = describeRange(absent.getLocation(), absent.getOffset(),
                                       absent.getLength());
    else
      weight["source"] = describeReference(*entry.tensor);
  }
  for (TypedAttr step : llvm::reverse(steps))
    recipe.push_back(describeStep(step));
  weight["recipe"] = std::move(recipe);
  return weight;
}

void gac::dropDescription(onnx::ModelProto &model) {
  auto *metadata = model.mutable_metadata_props();
  for (int i = metadata->size() - 1; i >= 0; --i)
    if (metadata->Get(i).key() == kWeightsKey)
      metadata->DeleteSubrange(i, 1);
}

void gac::describeWeights(onnx::ModelProto &model, const TensorPlacer &placer,
                          StringRef dataName, Attribute plan,
                          StringRef inputPath) {
  json::Object earlier = readDescription(model);
  dropDescription(model);
  json::Array weights;
  for (const TensorPlacer::Entry &entry : placer.getEntries()) {
    if (!entry.external)
      continue;
    json::Object weight = describeWeight(entry, earlier, inputPath);
    weight["data"] = describeReference(*entry.tensor);
    weights.push_back(std::move(weight));
  }
  if (weights.empty())
    return;

  json::Object root{{"version", kFormatVersion},
                    {"data", dataName},
                    {"weights", std::move(weights)}};
  if (plan) {
    std::string text;
    llvm::raw_string_ostream(text) << plan;
    root["plan"] = text;
  }
  onnx::StringStringEntryProto *entry = model.add_metadata_props();
  entry->set_key(kWeightsKey.str());
  std::string text;
  llvm::raw_string_ostream(text) << json::Value(std::move(root));
  entry->set_value(std::move(text));
}
