//===- ModelSource.h - The file that is imported ----------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_IMPORT_MODELSOURCE_H
#define GAC_LIB_IMPORT_MODELSOURCE_H

#include "gac/Import/Importer.h"
#include "gac/Support/MappedFile.h"
#include "gac/Support/WireFormat.h"

#include "mlir/IR/Diagnostics.h"

#include "onnx/onnx_pb.h"

#include <optional>
#include <string>

namespace gac {

/// Where a model comes from, and how to speak about it.
class ModelSource {
public:
  /// Maps `path` and decodes it into `model`, less its large tensors. Fails
  /// after a diagnostic.
  static mlir::FailureOr<ModelSource> open(llvm::StringRef path,
                                           mlir::MLIRContext *context,
                                           const ImportOptions &options,
                                           onnx::ModelProto &model);

  /// Decodes bytes in memory, all of them.
  static mlir::FailureOr<ModelSource>
  read(llvm::StringRef bytes, llvm::StringRef name, mlir::MLIRContext *context,
       const ImportOptions &options, onnx::ModelProto &model);

  mlir::MLIRContext *getContext() const { return location.getContext(); }
  const ImportOptions &getOptions() const { return options; }
  mlir::Location getLocation() const { return location; }

  /// The location of a node: its name, or, for a node without one, the name of
  /// its first output marked as a stand-in.
  mlir::Location getLocation(const onnx::NodeProto &node) const;

  /// An error or a remark about the model.
  mlir::InFlightDiagnostic emitError() const {
    return mlir::emitError(location);
  }
  mlir::InFlightDiagnostic emitRemark() const {
    return mlir::emitRemark(location);
  }

  /// Absolute path of the model, "" for one in memory.
  llvm::StringRef getPath() const { return path; }
  /// The folder that external data is relative to, "" for a model in memory.
  llvm::StringRef getFolder() const { return folder; }
  FileStamp getStamp() const { return file ? file->getStamp() : FileStamp(); }
  /// Whether the range was cut out of the model (see WireFormat.h).
  bool isCutOut(ByteRange range) const { return cutOut.contains(range); }

private:
  ModelSource(mlir::Location location, const ImportOptions &options)
      : location(location), options(options) {}

  mlir::LogicalResult decode(llvm::StringRef bytes, onnx::ModelProto &model);

  mlir::Location location;
  ImportOptions options;
  std::string path;
  std::string folder;
  std::optional<MappedFile> file;
  /// Only the ranges are kept.
  Skeleton cutOut;
};

/// How diagnostics speak of a node: "node 'add_3' (Add)".
std::string describe(const onnx::NodeProto &node);

} // namespace gac

#endif // GAC_LIB_IMPORT_MODELSOURCE_H
