//===- WeightDescription.h - what weights were made of ----------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_EXPORT_WEIGHTDESCRIPTION_H
#define GAC_LIB_EXPORT_WEIGHTDESCRIPTION_H

#include "TensorPlacer.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/JSON.h"

namespace gac {

/// Collects what a model's metadata say of its weights (see Exporter.h). A
/// weight that an earlier entry describes keeps its first origin.
class WeightDescription {
public:
  /// `inputPath` is the model that was read; files in its folder are named
  /// relative to it, as ONNX does.
  explicit WeightDescription(llvm::StringRef inputPath)
      : inputPath(inputPath) {}

  /// Takes the earlier entry of `model`. Fails with one sentence when that is
  /// damaged.
  llvm::Error readEarlier(const onnx::ModelProto &model);

  /// Adds an initializer, which was called `name` when it was read. Returns the
  /// type of its original. Fails as `readEarlier` does.
  llvm::Expected<mlir::ShapedType> add(const onnx::TensorProto &tensor,
                                       llvm::StringRef name,
                                       mlir::TypedAttr value);

  /// Writes the entry, if there is something to say: of the weights that are
  /// not what the original has, and of those that `placer` has left out, where
  /// the bytes would be in a file `dataName`. `plan` may be null.
  void write(onnx::ModelProto &model, const TensorPlacer &placer,
             llvm::StringRef dataName, mlir::Attribute plan);

private:
  struct Weight {
    Weight() = default;
    /// Of data that are their own original.
    Weight(llvm::StringRef name, mlir::TypedAttr value);

    /// Of the original.
    std::string name;
    mlir::ShapedType type;
    /// What was done to the original, first things first.
    llvm::SmallVector<mlir::TypedAttr> steps;
    /// The data that there are, and how many of the steps they have behind
    /// them.
    mlir::TypedAttr data;
    int64_t done = 0;
    /// What an earlier entry says, if that fits.
    const llvm::json::Object *known = nullptr;
  };

  llvm::json::Object describe(const onnx::TensorProto &tensor,
                              const Weight &weight) const;
  void addSource(llvm::json::Object &described, const Weight &weight) const;
  llvm::json::Object describeAdopted(const TensorPlacer::Entry &entry) const;

  llvm::StringRef inputPath;
  llvm::StringMap<llvm::json::Object> earlier;
  llvm::MapVector<const onnx::TensorProto *, Weight> weights;
};

} // namespace gac

#endif // GAC_LIB_EXPORT_WEIGHTDESCRIPTION_H
