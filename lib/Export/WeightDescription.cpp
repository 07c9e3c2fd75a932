//===- WeightDescription.cpp - what weights were made of --------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightDescription.h"

#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "gac/Import/OnnxTypes.h"
#include "gac/Import/WeightOrigins.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace gac;
using namespace mlir;
using llvm::Error;
using llvm::Expected;
namespace json = llvm::json;

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

static json::Value describeNumber(TypedAttr number) {
  if (auto real = dyn_cast<FloatAttr>(number))
    return real.getValueAsDouble();
  auto integer = cast<IntegerAttr>(number);
  return cast<IntegerType>(integer.getType()).isUnsigned()
             ? static_cast<int64_t>(integer.getValue().getZExtValue())
             : integer.getValue().getSExtValue();
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
  json::Object described{{"shape", toJson(pad.getType().getShape())},
                         {"lanes", std::move(axes)}};
  if (auto list = dyn_cast_or_null<DenseElementsAttr>(pad.getFill())) {
    json::Array numbers;
    for (TypedAttr number : list.getValues<TypedAttr>())
      numbers.push_back(describeNumber(number));
    described["fill"] = std::move(numbers);
    for (auto [axis, size] : llvm::enumerate(list.getType().getShape()))
      if (size != 1)
        described["axis"] = static_cast<int64_t>(axis);
  } else if (pad.getFill()) {
    described["fill"] = describeNumber(pad.getFill());
  }
  return described;
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

//===----------------------------------------------------------------------===//
// What weights are made of
//===----------------------------------------------------------------------===//

/// Adds the steps of a recipe, first things first; returns what they begin
/// with.
static TypedAttr addSteps(TypedAttr value, SmallVectorImpl<TypedAttr> &steps) {
  size_t first = steps.size();
  while (TypedAttr source =
             llvm::TypeSwitch<TypedAttr, TypedAttr>(value)
                 .Case<PadAttr, CastAttr, TransposeAttr>(
                     [](auto recipe) { return recipe.getSource(); })
                 .Default(TypedAttr())) {
    steps.push_back(value);
    value = source;
  }
  std::reverse(steps.begin() + first, steps.end());
  return value;
}

Error WeightDescription::readEarlier(const onnx::ModelProto &model) {
  for (const onnx::StringStringEntryProto &entry : model.metadata_props()) {
    if (entry.key() != kWeightsKey)
      continue;
    Expected<llvm::StringMap<json::Object>> parsed =
        parseWeightsEntry(entry.value());
    if (!parsed)
      return parsed.takeError();
    earlier = std::move(*parsed);
    break;
  }
  return Error::success();
}

WeightDescription::Weight::Weight(StringRef name, TypedAttr value)
    : name(name), data(getOriginalWeight(value)) {
  type = cast<ShapedType>(data.getType());
}

Expected<ShapedType> WeightDescription::add(const onnx::TensorProto &tensor,
                                            StringRef name, TypedAttr value) {
  Weight weight(name, value);
  if (auto it = earlier.find(name); it != earlier.end()) {
    Expected<TypedAttr> origin =
        readOrigin(name, it->second, value.getContext());
    if (!origin)
      return origin.takeError();
    // Whoever gave the tensor another shape made it another weight.
    if (TypedAttr fitting = fitOrigin(*origin, weight.type)) {
      auto original = cast<OriginalAttr>(addSteps(fitting, weight.steps));
      weight.name = original.getName().str();
      weight.type = original.getType();
      weight.known = &it->second;
    }
  }
  weight.done = weight.steps.size();
  addSteps(value, weight.steps);
  ShapedType type = weight.type;
  weights.insert({&tensor, std::move(weight)});
  return type;
}

json::Object WeightDescription::describe(const onnx::TensorProto &tensor,
                                         const Weight &weight) const {
  json::Array recipe;
  for (TypedAttr step : weight.steps)
    recipe.push_back(describeStep(step));
  json::Object described{{"name", tensor.name()},
                         {"type", getOnnxDataTypeName(getOnnxDataType(
                                      weight.type.getElementType()))},
                         {"shape", toJson(weight.type.getShape())},
                         {"recipe", std::move(recipe)}};
  if (weight.name != tensor.name())
    described["original"] = weight.name;
  return described;
}

/// Says where the original's data are, or what an earlier repair made of them.
void WeightDescription::addSource(json::Object &described,
                                  const Weight &weight) const {
  const json::Object *source =
      weight.known ? weight.known->getObject("source") : nullptr;
  if (source) {
    described["source"] = json::Object(*source);
    if (std::optional<int64_t> done = weight.known->getInteger("done"))
      described["done"] = *done;
    return;
  }
  if (auto file = dyn_cast<FileAttr>(weight.data))
    described["source"] = describeRange(getLocation(file.getPath(), inputPath),
                                        file.getOffset(), file.getLength());
  else if (auto absent = dyn_cast<AbsentAttr>(weight.data))
    described["source"] = describeRange(absent.getLocation(),
                                        absent.getOffset(), absent.getLength());
  else
    return;
  if (weight.done != 0)
    described["done"] = weight.done;
}

/// A tensor inside a serialised message, which nothing has changed.
json::Object
WeightDescription::describeAdopted(const TensorPlacer::Entry &entry) const {
  const onnx::TensorProto &tensor = *entry.tensor;
  json::Array shape;
  for (int64_t size : tensor.dims())
    shape.push_back(size);
  json::Object described{
      {"name", tensor.name()},
      {"type", getOnnxDataTypeName(tensor.data_type())},
      {"shape", std::move(shape)},
      {"recipe", json::Array()},
      {"source", describeRange(getLocation(entry.location, inputPath),
                               static_cast<int64_t>(entry.offset),
                               static_cast<int64_t>(entry.size))}};
  auto known = earlier.find(tensor.name());
  if (known == earlier.end())
    return described;
  const json::Object *source = known->second.getObject("source"),
                     *data = known->second.getObject("data");
  if (source && data && *data == *described.getObject("source"))
    described["source"] = json::Object(*source);
  return described;
}

//===----------------------------------------------------------------------===//
// The entry
//===----------------------------------------------------------------------===//

/// Sets an entry where it stood, so that nothing moves that does not change.
static void setEntry(onnx::ModelProto &model, std::string text) {
  auto *metadata = model.mutable_metadata_props();
  auto isEntry = [](const onnx::StringStringEntryProto &entry) {
    return entry.key() == kWeightsKey;
  };
  auto found = llvm::find_if(*metadata, isEntry);
  if (text.empty()) {
    metadata->erase(std::remove_if(found, metadata->end(), isEntry),
                    metadata->end());
    return;
  }
  if (found == metadata->end())
    model.add_metadata_props()->set_key(kWeightsKey.str());
  found = llvm::find_if(*metadata, isEntry);
  found->set_value(std::move(text));
}

void WeightDescription::write(onnx::ModelProto &model,
                              const TensorPlacer &placer, StringRef dataName,
                              Attribute plan) {
  llvm::DenseSet<const onnx::TensorProto *> leftOut;
  json::Array list;
  for (const TensorPlacer::Entry &entry : placer.getEntries()) {
    if (!entry.isLeftOut())
      continue;
    leftOut.insert(entry.tensor);
    Weight weight = weights.lookup(entry.tensor);
    // Attributes of nodes hold tensors, too.
    if (!weight.data && entry.value) {
      weight = Weight(entry.tensor->name(), entry.value);
      addSteps(entry.value, weight.steps);
    }
    json::Object described;
    if (weight.data) {
      described = describe(*entry.tensor, weight);
      addSource(described, weight);
    } else {
      described = describeAdopted(entry);
    }
    described["data"] = describeReference(*entry.tensor);
    list.push_back(std::move(described));
  }
  for (const auto &[tensor, weight] : weights)
    if (!leftOut.contains(tensor) &&
        (!weight.steps.empty() || weight.name != tensor->name()))
      list.push_back(describe(*tensor, weight));
  if (list.empty()) {
    setEntry(model, {});
    return;
  }

  json::Object root{{"version", kWeightsVersion}, {"weights", std::move(list)}};
  if (!leftOut.empty()) {
    root["data"] = dataName;
    if (plan) {
      std::string text;
      llvm::raw_string_ostream(text) << plan;
      root["plan"] = text;
    }
  }
  std::string text;
  llvm::raw_string_ostream(text) << json::Value(std::move(root));
  setEntry(model, std::move(text));
}
