//===- TensorImporter.h - Tensors and where their data is -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_IMPORT_TENSORIMPORTER_H
#define GAC_LIB_IMPORT_TENSORIMPORTER_H

#include "ModelSource.h"

#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringMap.h"

namespace gac {

/// Turns TensorProtos into attributes. What tensors say of themselves is fact:
/// sizes that disagree are errors. `what` names the tensor in them, such as
/// "initializer 'w'".
class TensorImporter {
public:
  explicit TensorImporter(const ModelSource &source) : source(source) {}

  /// The type, from data_type and dims.
  mlir::FailureOr<mlir::RankedTensorType>
  importType(const onnx::TensorProto &tensor, llvm::StringRef what);

  /// The data: elements, `#gac.file` or `#gac.absent`. Its size has been
  /// checked.
  mlir::FailureOr<mlir::TypedAttr> importValue(const onnx::TensorProto &tensor,
                                               llvm::StringRef what);

  /// Rewrites a tensor whose data is elsewhere as Residual.h says, so that the
  /// message around it can be serialised.
  mlir::LogicalResult makeSelfContained(onnx::TensorProto &tensor,
                                        llvm::StringRef what);

  /// The same for every tensor within these messages. `what` names the message.
  mlir::LogicalResult makeSelfContained(onnx::AttributeProto &attribute,
                                        llvm::StringRef what);
  mlir::LogicalResult makeSelfContained(onnx::GraphProto &graph,
                                        llvm::StringRef what);
  mlir::LogicalResult makeSelfContained(onnx::SparseTensorProto &tensor,
                                        llvm::StringRef what);
  mlir::LogicalResult makeSelfContained(onnx::NodeProto &node,
                                        llvm::StringRef what);

private:
  /// A file with external data.
  struct ExternalFile {
    std::string path;
    FileStamp stamp;
    /// Missing, which the options allow.
    bool absent = false;
    /// Mapped when it is first read.
    std::optional<MappedFile> mapping;
  };

  /// Where the data of a tensor is.
  struct Place {
    /// The model itself if null.
    ExternalFile *file = nullptr;
    /// As the model states it.
    std::string location;
    ByteRange range;
  };

  /// Finds the data of an external tensor. `size` is the number of bytes that
  /// it must have, if known.
  mlir::FailureOr<Place> locate(const onnx::TensorProto &tensor,
                                std::optional<uint64_t> size,
                                llvm::StringRef what);

  /// Looks a location up, once.
  mlir::FailureOr<ExternalFile *> openExternal(llvm::StringRef location,
                                               llvm::StringRef what);

  /// Whether a location names a file in the model's folder; diagnoses it if
  /// not.
  mlir::LogicalResult checkLocation(llvm::StringRef location,
                                    llvm::StringRef what);

  mlir::FailureOr<mlir::TypedAttr>
  importExternal(const onnx::TensorProto &tensor, mlir::RankedTensorType type,
                 llvm::StringRef what);
  mlir::FailureOr<mlir::TypedAttr> importTyped(const onnx::TensorProto &tensor,
                                               mlir::RankedTensorType type,
                                               llvm::StringRef what);
  mlir::FailureOr<mlir::TypedAttr>
  importStrings(const onnx::TensorProto &tensor, mlir::RankedTensorType type,
                llvm::StringRef what);

  const ModelSource &source;
  llvm::StringMap<ExternalFile> files;
};

} // namespace gac

#endif // GAC_LIB_IMPORT_TENSORIMPORTER_H
