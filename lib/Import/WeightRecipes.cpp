//===- WeightRecipes.cpp - Weights that a model describes -----------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Import/WeightRecipes.h"

#include "onnx/onnx_pb.h"

#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/JSON.h"

using namespace gac;
using namespace mlir;
namespace json = llvm::json;

/// Of the metadata that Exporter.h describes.
static constexpr llvm::StringLiteral kWeightsKey = "gac.weights";
static constexpr int64_t kFormatVersion = 1;

/// The metadata entry of the file that the module was read from; empty if it
/// has none.
static std::string getDescription(ModuleOp module) {
  auto attribute =
      module->getAttrOfType<DenseResourceElementsAttr>(attr::residual);
  AsmResourceBlob *blob =
      attribute ? attribute.getRawHandle().getBlob() : nullptr;
  onnx::ModelProto model;
  if (!blob || !model.ParseFromArray(blob->getData().data(),
                                     static_cast<int>(blob->getData().size())))
    return {};
  for (const onnx::StringStringEntryProto &entry : model.metadata_props())
    if (entry.key() == kWeightsKey)
      return entry.value();
  return {};
}

static bool readSizes(const json::Array *list, SmallVectorImpl<int64_t> &into) {
  if (!list)
    return false;
  for (const json::Value &value : *list) {
    std::optional<int64_t> number = value.getAsInteger();
    if (!number || *number < 0)
      return false;
    into.push_back(*number);
  }
  return true;
}

/// One step of a recipe; null after a diagnostic, or if it is damaged.
static PadAttr readStep(const json::Value &value, TypedAttr source,
                        function_ref<InFlightDiagnostic()> emitError) {
  const json::Object *step = value.getAsObject();
  SmallVector<int64_t> shape;
  const json::Array *axes = step ? step->getArray("lanes") : nullptr;
  if (!axes || !readSizes(step->getArray("shape"), shape) ||
      axes->size() != shape.size())
    return {};
  MLIRContext *context = source.getContext();
  SmallVector<LanesAttr> lanes;
  for (auto [axis, size] : llvm::zip(*axes, shape)) {
    const json::Array *list = axis.getAsArray();
    if (!list)
      return {};
    SmallVector<LaneRun> runs;
    for (const json::Value &run : *list) {
      SmallVector<int64_t> numbers;
      if (!readSizes(run.getAsArray(), numbers) || numbers.size() != 3)
        return {};
      runs.push_back({numbers[0], numbers[1], numbers[2]});
    }
    if (failed(LanesAttr::verify(emitError, size, runs)))
      return {};
    lanes.push_back(LanesAttr::get(context, size, runs));
  }
  ShapedType type = cast<ShapedType>(source.getType()).clone(shape);
  if (failed(PadAttr::verify(emitError, type, source, lanes)))
    return {};
  return PadAttr::get(type, source, lanes);
}

/// The recipe of a weight whose data would lie where `absent` says. Null if the
/// description is of something else or damaged.
static TypedAttr readRecipe(const json::Object &weight, AbsentAttr absent,
                            function_ref<InFlightDiagnostic()> emitError) {
  const json::Object *source = weight.getObject("source");
  const json::Array *recipe = weight.getArray("recipe");
  SmallVector<int64_t> shape;
  if (!source || !recipe || !readSizes(weight.getArray("shape"), shape))
    return {};
  TypedAttr value = AbsentAttr::get(absent.getType().clone(shape),
                                    source->getString("location").value_or(""),
                                    source->getInteger("offset").value_or(0),
                                    source->getInteger("length").value_or(0));
  for (const json::Value &step : *recipe) {
    value = readStep(step, value, emitError);
    if (!value)
      return {};
  }
  return value.getType() == absent.getType() ? value : TypedAttr();
}

LogicalResult gac::restoreRecipes(ModuleOp module) {
  std::string text = getDescription(module);
  if (text.empty())
    return success();
  llvm::Expected<json::Value> parsed = json::parse(text);
  json::Object *root = parsed ? parsed->getAsObject() : nullptr;
  const json::Array *list = root ? root->getArray("weights") : nullptr;
  if (!list) {
    consumeError(parsed.takeError());
    return module.emitError()
           << "the model's metadata entry '" << kWeightsKey << "' is damaged";
  }
  if (std::optional<int64_t> version = root->getInteger("version");
      version != kFormatVersion)
    return module.emitError()
           << "the model's metadata entry '" << kWeightsKey
           << "' has format version " << version.value_or(0)
           << ", and this program reads version " << kFormatVersion;

  llvm::StringMap<const json::Object *> weights;
  for (const json::Value &value : *list)
    if (const json::Object *weight = value.getAsObject())
      if (std::optional<StringRef> name = weight->getString("name"))
        weights[*name] = weight;
  WalkResult result = module.walk([&](InitializerOp op) {
    auto absent = dyn_cast<AbsentAttr>(op.getValue());
    auto it = weights.find(op.getName());
    if (!absent || it == weights.end())
      return WalkResult::advance();
    const json::Object *data = it->second->getObject("data");
    if (!data || data->getString("location") != absent.getLocation() ||
        data->getInteger("offset") != absent.getOffset())
      return WalkResult::advance();
    auto emitError = [&] {
      return op.emitError() << "the metadata entry '" << kWeightsKey
                            << "' about '" << op.getName() << "': ";
    };
    TypedAttr value = readRecipe(*it->second, absent, emitError);
    if (!value) {
      emitError() << "it is damaged, or makes no " << absent.getType();
      return WalkResult::interrupt();
    }
    op.setValueAttr(value);
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}
