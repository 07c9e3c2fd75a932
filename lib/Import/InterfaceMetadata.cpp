//===- InterfaceMetadata.cpp - How an interface has changed ---------------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Import/InterfaceMetadata.h"
#include "gac/Dialect/GAC/IR/ModelInterface.h"

using namespace gac;
using namespace mlir;
namespace json = llvm::json;

/// Changes when a reader of the old form would misread the new one.
static constexpr int64_t kFormatVersion = 1;

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
class InterfaceReader {
public:
  explicit InterfaceReader(func::FuncOp function) : function(function) {}

  LogicalResult read(StringRef text);

private:
  InFlightDiagnostic fail() {
    return function.emitError()
           << "the model's metadata entry '" << kInterfaceKey << "' ";
  }
  LogicalResult readValues(const json::Object &root, bool inputs);
  LogicalResult readValue(const json::Object &entry,
                          const InterfaceValue &value);
  LogicalResult readAxis(const json::Object &entry, RankedTensorType type,
                         MutableArrayRef<LanesAttr> lanes,
                         const InterfaceValue &value);

  func::FuncOp function;
};
} // namespace

/// Nothing if the list holds anything but triples of numbers.
static std::optional<SmallVector<LaneRun>> readRuns(const json::Array *list) {
  if (!list)
    return std::nullopt;
  SmallVector<LaneRun> runs;
  for (const json::Value &entry : *list) {
    const json::Array *triple = entry.getAsArray();
    if (!triple || triple->size() != 3)
      return std::nullopt;
    auto from = (*triple)[0].getAsInteger(), to = (*triple)[1].getAsInteger(),
         length = (*triple)[2].getAsInteger();
    if (!from || !to || !length)
      return std::nullopt;
    runs.push_back({*from, *to, *length});
  }
  return runs;
}

LogicalResult InterfaceReader::readAxis(const json::Object &entry,
                                        RankedTensorType type,
                                        MutableArrayRef<LanesAttr> lanes,
                                        const InterfaceValue &value) {
  auto axis = entry.getInteger("axis"), from = entry.getInteger("from"),
       to = entry.getInteger("to");
  auto runs = readRuns(entry.getArray("lanes"));
  if (!axis || !from || !to || !runs)
    return fail() << "is damaged where it tells of " << value.describe();
  if (*axis < 0 || *axis >= type.getRank() || type.isDynamicDim(*axis) ||
      type.getDimSize(*axis) != *to)
    return fail() << "says that axis " << *axis << " of " << value.describe()
                  << " has size " << *to << ", and its type is " << type;
  auto emitError = [&] {
    return fail() << "is damaged where it tells of axis " << *axis << " of "
                  << value.describe() << ": ";
  };
  if (failed(LanesAttr::verify(emitError, *to, *runs)))
    return failure();
  auto map = LanesAttr::get(type.getContext(), *to, *runs);
  if (map.getOldSize() != *from)
    return emitError() << "its runs have " << map.getOldSize() << " of "
                       << *from << " lanes";
  if (std::exchange(lanes[*axis], map))
    return emitError() << "it comes twice";
  return success();
}

LogicalResult InterfaceReader::readValue(const json::Object &entry,
                                         const InterfaceValue &value) {
  auto type = dyn_cast<RankedTensorType>(value.getValue().getType());
  const json::Array *axes = entry.getArray("axes");
  if (!type || !axes || !value.getLanes().empty())
    return fail() << "is damaged where it tells of " << value.describe();
  SmallVector<LanesAttr> lanes(type.getRank());
  for (const json::Value &axis : *axes) {
    const json::Object *object = axis.getAsObject();
    if (!object)
      return fail() << "is damaged where it tells of " << value.describe();
    if (failed(readAxis(*object, type, lanes, value)))
      return failure();
  }
  if (llvm::any_of(lanes, [](LanesAttr map) { return bool(map); }))
    value.addLanes(lanes);
  return success();
}

LogicalResult InterfaceReader::readValues(const json::Object &root,
                                          bool inputs) {
  const json::Array *list = root.getArray(inputs ? "inputs" : "outputs");
  if (!list)
    return fail() << "is damaged: it has no list of "
                  << (inputs ? "inputs" : "outputs");
  for (const json::Value &entry : *list) {
    const json::Object *object = entry.getAsObject();
    auto name = object ? object->getString("name") : std::nullopt;
    if (!name)
      return fail() << "is damaged: it tells of "
                    << (inputs ? "an in" : "an out") << "put without a name";
    for (const InterfaceValue &value : getInterface(function))
      if (value.isInput() == inputs && value.getName() == *name &&
          failed(readValue(*object, value)))
        return failure();
  }
  return success();
}

LogicalResult InterfaceReader::read(StringRef text) {
  llvm::Expected<json::Value> parsed = json::parse(text);
  if (!parsed)
    return fail() << "is no JSON: " << llvm::toString(parsed.takeError());
  const json::Object *root = parsed->getAsObject();
  auto version = root ? root->getInteger("version") : std::nullopt;
  if (!version)
    return fail() << "is damaged: it has no version";
  if (*version != kFormatVersion)
    return fail() << "has format version " << *version
                  << ", and this program reads version " << kFormatVersion;
  return failure(failed(readValues(*root, /*inputs=*/true)) ||
                 failed(readValues(*root, /*inputs=*/false)));
}

LogicalResult gac::readInterface(func::FuncOp function, StringRef text) {
  return InterfaceReader(function).read(text);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static json::Object describeAxis(int64_t axis, LanesAttr lanes) {
  json::Array runs;
  for (const LaneRun &run : lanes.getRuns())
    runs.push_back(json::Array{run.from, run.to, run.length});
  return json::Object{{"axis", axis},
                      {"from", lanes.getOldSize()},
                      {"to", lanes.getSize()},
                      {"lanes", std::move(runs)}};
}

std::optional<json::Value> gac::describeInterface(func::FuncOp function) {
  json::Array inputs, outputs;
  for (const InterfaceValue &value : getInterface(function)) {
    json::Array axes;
    for (auto [axis, lanes] : llvm::enumerate(value.getLanes()))
      if (lanes)
        axes.push_back(describeAxis(axis, lanes));
    if (!axes.empty())
      (value.isInput() ? inputs : outputs)
          .push_back(json::Object{{"name", json::fixUTF8(value.getName())},
                                  {"axes", std::move(axes)}});
  }
  if (inputs.empty() && outputs.empty())
    return std::nullopt;
  return json::Object{{"version", kFormatVersion},
                      {"inputs", std::move(inputs)},
                      {"outputs", std::move(outputs)}};
}
