//===- TensorPlacer.h - where the data of a model's tensors go --*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_EXPORT_TENSORPLACER_H
#define GAC_LIB_EXPORT_TENSORPLACER_H

#include "MessageWalk.h"

#include "gac/Export/Exporter.h"
#include "gac/Export/WeightSource.h"
#include "gac/Support/WireFormat.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include "onnx/onnx_pb.h"

namespace gac {

class OutputFile;

/// Collects the tensors of a model that is being built, each with its data,
/// and decides for each whether the data are in the model file or beside it.
/// The TensorProtos must stay where they are until the end.
class TensorPlacer {
public:
  /// A tensor whose data are not in the message.
  struct Entry {
    onnx::TensorProto *tensor;
    /// What the data are of. Null for a tensor inside a serialised message.
    mlir::TypedAttr value;
    /// Null for data that are left out.
    std::unique_ptr<ByteSource> source;
    uint64_t size;
    bool external;
    /// May move out of a model file that becomes too large.
    bool movable;
    /// Entries with the same key, unless it is empty, share their bytes.
    std::string key;
    /// Where the data of a tensor inside a serialised message are now.
    std::string location = {};
    uint64_t offset = 0;

    bool isLeftOut() const { return !source; }
  };

  TensorPlacer(const ExportOptions &options) : options(options) {}

  /// Gives `tensor` the type and the data of `value`; its name stays.
  /// `wasExternal` says that data that the IR holds came from a data file.
  /// `movable` data may be put beside a model file that they stand in, or be
  /// left out.
  llvm::Error place(onnx::TensorProto &tensor, mlir::TypedAttr value,
                    bool wasExternal, bool movable);

  /// Takes over all tensors of a message that import serialised, as Residual.h
  /// describes them.
  template <typename MessageT> llvm::Error adopt(MessageT &message) {
    auto visitTensor = [this](onnx::TensorProto &tensor) {
      return adoptTensor(tensor);
    };
    return MessageWalk{visitTensor, [](onnx::GraphProto &) {}}.walk(message);
  }

  /// Settles what is inline and where in the data file, called `dataName` in
  /// the model, the others are. `model` is complete except for its data.
  llvm::Error layOut(const onnx::ModelProto &model, llvm::StringRef dataName);

  /// Whether some data are external, if only described.
  bool hasData() const {
    return llvm::any_of(entries,
                        [](const Entry &entry) { return entry.external; });
  }

  llvm::ArrayRef<Entry> getEntries() const { return entries; }
  const WeightReader &getReader() const { return reader; }

  /// Writes the data file.
  llvm::Error writeData(OutputFile &out) const;

  /// Writes the model file; `inflated` is the serialised model.
  llvm::Error writeModel(const Inflated &inflated, OutputFile &out) const;

private:
  llvm::Error adoptTensor(onnx::TensorProto &tensor);
  llvm::Error add(Entry entry);

  const ExportOptions &options;
  WeightReader reader;
  std::vector<Entry> entries;
  /// The entries whose data are written, and where they start in the data
  /// file; ascending.
  std::vector<std::pair<const Entry *, uint64_t>> written;
  uint64_t dataSize = 0;
};

/// Whether the bytes of `value` come from a data file beside the model, or
/// would if it were there.
bool isExternalWeight(mlir::TypedAttr value);

} // namespace gac

#endif // GAC_LIB_EXPORT_TENSORPLACER_H
