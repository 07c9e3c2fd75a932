//===- Exporter.cpp - From the gac dialect to ONNX --------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "gac/Export/Exporter.h"

#include "GraphOnly.h"
#include "ModelBuilder.h"
#include "TensorPlacer.h"

#include "gac/Dialect/GAC/IR/GACDialect.h"
#include "gac/Dialect/GAC/Transforms/Passes.h"
#include "gac/Support/OutputFile.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace gac;
using namespace mlir;
using llvm::Error;
using llvm::Expected;
namespace fs = llvm::sys::fs;

/// Refuses to replace a file that weights are read from, unless it is part of
/// the model that is replaced as a whole.
static LogicalResult checkSources(ModuleOp module, StringRef path,
                                  StringRef dataPath,
                                  const WeightReader &reader,
                                  const ExportOptions &options) {
  bool replacesInput = options.inputPath.empty()
                           ? fs::exists(path)
                           : fs::equivalent(path, options.inputPath);
  if (replacesInput)
    return success();
  for (StringRef output : {path, dataPath}) {
    fs::UniqueID id;
    if (output.empty() || fs::getUniqueID(output, id))
      continue;
    for (const auto &file : reader.getFiles())
      if (file.second && file.second->getUniqueID() == id)
        return module.emitError()
               << "'" << output << "' holds weights of the model that is "
               << "read; writing '" << path
               << "' would replace them: choose another output";
  }
  return success();
}

/// Says in ONNX's own terms what named ops say beyond them.
static LogicalResult lower(ModuleOp module) {
  PassManager passes(module.getContext());
  // What is written is checked as it is written.
  passes.enableVerifier(false);
  passes.addNestedPass<func::FuncOp>(createLowerToOnnx());
  return passes.run(module);
}

/// Serialises `model` with markers for its large inline tensors.
static Expected<Inflated> encode(const onnx::ModelProto &model) {
  std::string skeleton;
  if (model.ByteSizeLong() > INT32_MAX || !model.SerializeToString(&skeleton))
    return llvm::createStringError(
        std::make_error_code(std::errc::value_too_large),
        "the graph has " + Twine(model.ByteSizeLong()) +
            " bytes without its weights, more than protobuf encodes");
  return inflate(skeleton);
}

static Error writeFiles(StringRef path, StringRef dataPath,
                        const onnx::ModelProto &model,
                        const TensorPlacer &placer) {
  OutputTransaction transaction;
  // Both are opened first: a folder that cannot be written to is found out
  // before gigabytes have been copied.
  OutputFile *dataFile = nullptr;
  if (!dataPath.empty()) {
    Expected<OutputFile *> opened = transaction.open(dataPath);
    if (!opened)
      return opened.takeError();
    dataFile = *opened;
  }
  Expected<OutputFile *> modelFile = transaction.open(path);
  if (!modelFile)
    return modelFile.takeError();
  if (dataFile)
    if (Error error = placer.writeData(*dataFile))
      return error;
  Expected<Inflated> encoded = encode(model);
  if (!encoded)
    return encoded.takeError();
  if (Error error = placer.writeModel(*encoded, **modelFile))
    return error;
  return transaction.commit();
}

LogicalResult gac::exportOnnxModel(ModuleOp module, StringRef path,
                                   const ExportOptions &options) {
  if (failed(lower(module)))
    return failure();
  TensorPlacer placer(options);
  onnx::ModelProto model;
  if (failed(ModelBuilder(module, placer).build(model)))
    return failure();
  std::string dataPath = (path + ".data").str();
  std::string dataName = llvm::sys::path::filename(dataPath).str();
  if (Error error = placer.layOut(model, dataName))
    return module.emitError(toString(std::move(error)));

  bool hasData = placer.hasData();
  if (options.graphOnly && hasData) {
    if (fs::exists(dataPath))
      return module.emitError()
             << "'" << dataPath << "' exists, and a graph written to '" << path
             << "' without its weights would take it for its own: remove it "
                "or choose another output";
    describeWeights(model, placer, dataName, module->getAttr(attr::plan),
                    options.inputPath);
  } else {
    dropDescription(model);
  }
  if (!hasData || options.graphOnly)
    dataPath.clear();
  if (failed(checkSources(module, path, dataPath, placer.getReader(), options)))
    return failure();
  if (Error error = writeFiles(path, dataPath, model, placer))
    return module.emitError(toString(std::move(error)));
  return success();
}
