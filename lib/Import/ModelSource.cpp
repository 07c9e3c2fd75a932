//===- ModelSource.cpp - The file that is imported --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelSource.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <limits>

using namespace gac;
using namespace mlir;

FailureOr<ModelSource> ModelSource::open(StringRef path, MLIRContext *context,
                                         const ImportOptions &options,
                                         onnx::ModelProto &model) {
  ModelSource source(FileLineColLoc::get(context, path, 0, 0), options);
  llvm::Expected<MappedFile> file = MappedFile::open(path);
  if (!file) {
    source.emitError() << llvm::toString(file.takeError());
    return failure();
  }
  // Weights are found again from wherever the module is used.
  llvm::SmallString<256> absolute(path);
  if (std::error_code code = llvm::sys::fs::make_absolute(absolute)) {
    source.emitError() << "cannot tell where '" << path
                       << "' is: " << code.message();
    return failure();
  }
  llvm::sys::path::remove_dots(absolute);
  source.path = absolute.str().str();
  source.folder = llvm::sys::path::parent_path(absolute).str();
  source.file = std::move(*file);

  StringRef bytes = source.file->getBytes();
  llvm::Expected<Skeleton> skeleton = skeletonise(bytes);
  if (!skeleton) {
    source.emitError() << "no ONNX model, or a damaged one of " << bytes.size()
                       << " bytes: " << llvm::toString(skeleton.takeError());
    return failure();
  }
  if (failed(source.decode(skeleton->bytes, model)))
    return failure();
  source.cutOut.ranges = std::move(skeleton->ranges);
  return std::move(source);
}

FailureOr<ModelSource> ModelSource::read(StringRef bytes, StringRef name,
                                         MLIRContext *context,
                                         const ImportOptions &options,
                                         onnx::ModelProto &model) {
  ModelSource source(FileLineColLoc::get(context, name, 0, 0), options);
  if (failed(source.decode(bytes, model)))
    return failure();
  return std::move(source);
}

LogicalResult ModelSource::decode(StringRef bytes, onnx::ModelProto &model) {
  if (bytes.empty())
    return emitError() << "no ONNX model: the file is empty";
  if (bytes.size() > std::numeric_limits<int>::max())
    return emitError() << "the model has " << bytes.size()
                       << " bytes without its large weights, more than the "
                          "2147483647 of an ONNX file";
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return emitError() << "no ONNX model, or a damaged one of " << bytes.size()
                       << " bytes: its fields do not decode";
  if (!model.has_graph())
    return emitError() << "no ONNX model: it holds no graph";
  return success();
}

Location ModelSource::getLocation(const onnx::NodeProto &node) const {
  MLIRContext *context = getContext();
  if (!node.name().empty())
    return NameLoc::get(StringAttr::get(context, node.name()));
  for (const std::string &output : node.output())
    if (!output.empty())
      return FusedLoc::get({NameLoc::get(StringAttr::get(context, output))},
                           StringAttr::get(context, "unnamed"), context);
  return UnknownLoc::get(context);
}

std::string gac::describe(const onnx::NodeProto &node) {
  std::string text = "node '" + node.name() + "'";
  if (node.name().empty()) {
    text = "a node without a name";
    for (const std::string &output : node.output()) {
      if (output.empty())
        continue;
      text = "the node of '" + output + "'";
      break;
    }
  }
  return text + " (" + node.op_type() + ")";
}
