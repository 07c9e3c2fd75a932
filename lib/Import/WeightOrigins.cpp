//===- WeightOrigins.cpp - What a repaired model says of its weights ------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Import/WeightOrigins.h"

#include "onnx/onnx_pb.h"

#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Dialect/GAC/IR/GACOps.h"
#include "gac/Import/OnnxTypes.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace gac;
using namespace mlir;
using llvm::createStringError;
using llvm::Expected;
namespace json = llvm::json;

/// Far more than repairs of repairs have; readers descend step by step.
static constexpr size_t kMaxSteps = 256;

//===----------------------------------------------------------------------===//
// The entry
//===----------------------------------------------------------------------===//

Expected<llvm::StringMap<json::Object>> gac::parseWeightsEntry(StringRef text) {
  std::string entry =
      ("the model's metadata entry '" + kWeightsKey + "'").str();
  Expected<json::Value> parsed = json::parse(text);
  json::Object *root = parsed ? parsed->getAsObject() : nullptr;
  json::Array *list = root ? root->getArray("weights") : nullptr;
  if (!list) {
    if (!parsed)
      consumeError(parsed.takeError());
    return createStringError(entry + " is damaged");
  }
  if (std::optional<int64_t> version = root->getInteger("version");
      version != kWeightsVersion)
    return createStringError(
        entry + " has format version " + Twine(version.value_or(0)) +
        ", and this program reads version " + Twine(kWeightsVersion));
  llvm::StringMap<json::Object> weights;
  for (json::Value &value : *list)
    if (json::Object *weight = value.getAsObject())
      if (std::optional<StringRef> name = weight->getString("name"))
        weights[*name] = std::move(*weight);
  return weights;
}

//===----------------------------------------------------------------------===//
// One weight
//===----------------------------------------------------------------------===//

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

/// Null if the recipe would not be sound.
template <typename AttrT, typename... ArgsT>
static TypedAttr getSound(ShapedType type, TypedAttr source, ArgsT... args) {
  // Whoever asks says what is wrong in a sentence of his own.
  auto drop = [&] {
    InFlightDiagnostic diagnostic =
        mlir::emitError(UnknownLoc::get(source.getContext()));
    diagnostic.abandon();
    return diagnostic;
  };
  if (failed(AttrT::verify(drop, type, source, args...)))
    return {};
  return AttrT::get(type, source, args...);
}

/// A number of type `element`; null if it is none.
static TypedAttr readNumber(const json::Value &value, Type element) {
  std::optional<double> number = value.getAsNumber();
  if (!number)
    return {};
  if (auto type = dyn_cast<FloatType>(element))
    return FloatAttr::get(type, *number);
  auto type = dyn_cast<IntegerType>(element);
  std::optional<int64_t> integer = value.getAsInteger();
  if (!type || !integer)
    return {};
  return IntegerAttr::get(type,
                          APInt(type.getWidth(), *integer, !type.isUnsigned(),
                                /*implicitTrunc=*/true));
}

/// What is between the lanes of a tensor of `type`: a number, a list of them
/// along an axis, or null for zero.
static FailureOr<TypedAttr> readFill(const json::Object &step,
                                     ShapedType type) {
  const json::Value *value = step.get("fill");
  if (!value)
    return TypedAttr();
  Type element = type.getElementType();
  const json::Array *list = value->getAsArray();
  if (!list) {
    TypedAttr number = readNumber(*value, element);
    if (!number)
      return failure();
    return number;
  }
  std::optional<int64_t> axis = step.getInteger("axis");
  if (list->empty() || !axis || *axis < 0 || *axis >= type.getRank())
    return failure();
  SmallVector<Attribute> numbers;
  for (const json::Value &entry : *list) {
    numbers.push_back(readNumber(entry, element));
    if (!numbers.back())
      return failure();
  }
  SmallVector<int64_t> shape(type.getRank(), 1);
  shape[*axis] = static_cast<int64_t>(numbers.size());
  return TypedAttr(DenseElementsAttr::get(type.clone(shape), numbers));
}

static TypedAttr readPad(const json::Object &step, TypedAttr source) {
  const json::Array *axes = step.getArray("lanes");
  SmallVector<int64_t> shape;
  if (!axes || !readSizes(step.getArray("shape"), shape) ||
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
    auto drop = [&] {
      InFlightDiagnostic diagnostic = mlir::emitError(UnknownLoc::get(context));
      diagnostic.abandon();
      return diagnostic;
    };
    if (failed(LanesAttr::verify(drop, size, runs)))
      return {};
    lanes.push_back(LanesAttr::get(context, size, runs));
  }
  ShapedType type = cast<ShapedType>(source.getType()).clone(shape);
  FailureOr<TypedAttr> fill = readFill(step, type);
  if (failed(fill))
    return {};
  return getSound<PadAttr>(type, source, ArrayRef<LanesAttr>(lanes), *fill);
}

static TypedAttr readTranspose(const json::Object &step, TypedAttr source) {
  SmallVector<int64_t> perm;
  auto type = cast<ShapedType>(source.getType());
  if (!readSizes(step.getArray("perm"), perm) ||
      static_cast<int64_t>(perm.size()) != type.getRank())
    return {};
  SmallVector<int64_t> shape;
  for (int64_t axis : perm) {
    if (axis >= type.getRank())
      return {};
    shape.push_back(type.getDimSize(axis));
  }
  return getSound<TransposeAttr>(type.clone(shape), source,
                                 ArrayRef<int64_t>(perm));
}

/// Null if the step is damaged.
static TypedAttr readStep(const json::Value &value, TypedAttr source) {
  const json::Object *step = value.getAsObject();
  if (!step)
    return {};
  if (step->get("perm"))
    return readTranspose(*step, source);
  std::optional<StringRef> type = step->getString("type");
  if (!type)
    return readPad(*step, source);
  Type element = getElementType(*type, source.getContext());
  if (!element)
    return {};
  return getSound<CastAttr>(cast<ShapedType>(source.getType()).clone(element),
                            source);
}

Expected<TypedAttr> gac::readOrigin(StringRef name,
                                    const json::Object &description,
                                    MLIRContext *context) {
  auto damaged = [&] {
    return createStringError("the model's metadata entry '" + kWeightsKey +
                             "' is damaged in what it says of '" + name + "'");
  };
  const json::Array *recipe = description.getArray("recipe");
  std::optional<StringRef> type = description.getString("type");
  SmallVector<int64_t> shape;
  if (!recipe || recipe->size() > kMaxSteps || !type ||
      !readSizes(description.getArray("shape"), shape))
    return damaged();
  Type element = getElementType(*type, context);
  if (!element)
    return damaged();
  TypedAttr value =
      OriginalAttr::get(RankedTensorType::get(shape, element),
                        description.getString("original").value_or(name));
  for (const json::Value &step : *recipe) {
    value = readStep(step, value);
    if (!value)
      return damaged();
  }
  return value;
}

TypedAttr gac::fitOrigin(TypedAttr origin, ShapedType type) {
  return origin.getType() == type ? origin : getSound<CastAttr>(type, origin);
}

//===----------------------------------------------------------------------===//
// A model
//===----------------------------------------------------------------------===//

/// The metadata entry of the file that the module was read from; empty if it
/// has none.
static std::string getEntry(ModuleOp module) {
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

TypedAttr gac::getOriginalWeight(TypedAttr value) {
  while (true) {
    if (auto pad = dyn_cast<PadAttr>(value))
      value = pad.getSource();
    else if (auto cast = dyn_cast<CastAttr>(value))
      value = cast.getSource();
    else if (auto transpose = dyn_cast<TransposeAttr>(value))
      value = transpose.getSource();
    else if (auto part = dyn_cast<PartAttr>(value))
      value = part.getSource();
    else
      return value;
  }
}

/// The axis of what `recipe` begins with that becomes its axis `axis`.
static int64_t getOriginalAxis(TypedAttr recipe, int64_t axis) {
  while (true) {
    if (auto pad = dyn_cast<PadAttr>(recipe)) {
      recipe = pad.getSource();
    } else if (auto cast = dyn_cast<CastAttr>(recipe)) {
      recipe = cast.getSource();
    } else if (auto part = dyn_cast<PartAttr>(recipe)) {
      recipe = part.getSource();
    } else if (auto transpose = dyn_cast<TransposeAttr>(recipe)) {
      axis = transpose.getPerm()[axis];
      recipe = transpose.getSource();
    } else {
      return axis;
    }
  }
}

StringRef gac::getOriginalName(StringRef name, TypedAttr origin) {
  if (origin)
    if (auto original = dyn_cast<OriginalAttr>(getOriginalWeight(origin)))
      return original.getName();
  return name;
}

StringRef gac::getOriginalName(InitializerOp op) {
  return getOriginalName(op.getName(),
                         op->getAttrOfType<TypedAttr>(attr::origin));
}

int64_t gac::getOriginalSize(InitializerOp op, int64_t axis) {
  TypedAttr value = op.getValue();
  axis = getOriginalAxis(value, axis);
  value = getOriginalWeight(value);
  if (auto origin = op->getAttrOfType<TypedAttr>(attr::origin)) {
    axis = getOriginalAxis(origin, axis);
    value = getOriginalWeight(origin);
  }
  return cast<ShapedType>(value.getType()).getDimSize(axis);
}

LogicalResult gac::attachOrigins(ModuleOp module) {
  llvm::StringMap<json::Object> weights;
  if (std::string text = getEntry(module); !text.empty()) {
    Expected<llvm::StringMap<json::Object>> parsed = parseWeightsEntry(text);
    if (!parsed)
      return module.emitError(toString(parsed.takeError()));
    weights = std::move(*parsed);
  }

  SmallVector<std::tuple<InitializerOp, Type, Type>> others;
  WalkResult result = module.walk([&](InitializerOp op) {
    auto copyOf = op->getAttrOfType<StringAttr>(attr::copyOf);
    StringRef name = copyOf ? copyOf.getValue() : op.getName();
    auto type =
        dyn_cast<ShapedType>(getOriginalWeight(op.getValue()).getType());
    if (!type)
      return WalkResult::advance();
    TypedAttr origin;
    if (auto it = weights.find(name); it != weights.end()) {
      Expected<TypedAttr> read = readOrigin(name, it->second, op.getContext());
      if (!read) {
        op.emitError(toString(read.takeError()));
        return WalkResult::interrupt();
      }
      origin = fitOrigin(*read, type);
      if (!origin)
        others.push_back({op, read->getType(), type});
    }
    if (!origin && copyOf)
      origin = OriginalAttr::get(type, name);
    if (origin)
      op->setAttr(attr::origin, origin);
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  if (!others.empty()) {
    auto [op, described, type] = others.front();
    module.emitRemark()
        << "the metadata entry '" << kWeightsKey << "' describes "
        << others.size() << (others.size() == 1 ? " weight" : " weights")
        << " of another type than the model's, such as '" << op.getName()
        << "', " << described << " and now " << type
        << ": values made up for it are not the original model's";
  }
  return success();
}
