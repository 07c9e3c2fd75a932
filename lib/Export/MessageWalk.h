//===- MessageWalk.h - all tensors and graphs in a message ------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_EXPORT_MESSAGEWALK_H
#define GAC_LIB_EXPORT_MESSAGEWALK_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include "onnx/onnx_pb.h"

namespace gac {

/// Visits what messages hold, however deep. ONNX's schema is built for
/// protobuf's lite runtime, which has no reflection to do so.
struct MessageWalk {
  /// Called for each tensor; the walk ends at the first error.
  llvm::function_ref<llvm::Error(onnx::TensorProto &)> visitTensor;
  /// Called for each graph, before what is in it.
  llvm::function_ref<void(onnx::GraphProto &)> visitGraph;

  llvm::Error walk(onnx::ModelProto &model) const;
  llvm::Error walk(onnx::GraphProto &graph) const;
  llvm::Error walk(onnx::FunctionProto &function) const;
  llvm::Error walk(onnx::NodeProto &node) const;
  llvm::Error walk(onnx::AttributeProto &attribute) const;
  llvm::Error walk(onnx::SparseTensorProto &tensor) const;
  llvm::Error walk(onnx::TrainingInfoProto &training) const;
  llvm::Error walk(onnx::TensorProto &tensor) const {
    return visitTensor(tensor);
  }

private:
  template <typename RangeT> llvm::Error walkAll(RangeT *messages) const {
    for (auto &message : *messages)
      if (llvm::Error error = walk(message))
        return error;
    return llvm::Error::success();
  }
};

} // namespace gac

#endif // GAC_LIB_EXPORT_MESSAGEWALK_H
