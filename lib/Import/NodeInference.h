//===- NodeInference.h - ONNX's own inference, node by node ----*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_IMPORT_NODEINFERENCE_H
#define GAC_LIB_IMPORT_NODEINFERENCE_H

#include "onnx/onnx_pb.h"

#include <memory>
#include <string>
#include <vector>

namespace gac {

/// Runs the shape inference functions of ONNX's operators, one node at a time
/// and in topological order. Unlike ONNX's inference of a whole model it tells
/// what was inferred from what was declared, and one node that it cannot cope
/// with does not end it.
class NodeInference {
public:
  /// `model` provides opsets and functions, and must outlive this object.
  explicit NodeInference(const onnx::ModelProto &model);
  ~NodeInference();

  /// States the type of a value. It must come before the nodes that use it.
  void setType(const std::string &name, const onnx::TypeProto &type);
  /// The stated type, null if there is none.
  const onnx::TypeProto *getType(const std::string &name) const;

  /// States the data of a value, whose tensor must be in the message and must
  /// outlive this object.
  void setConstant(const std::string &name, const onnx::TensorProto &tensor);

  struct Result {
    /// One type per output, unset where nothing is known.
    std::vector<onnx::TypeProto> types;
    /// Why inference failed, "" if it did not.
    std::string problem;
    /// Inputs that the operator wants to be of one type and that are not, as
    /// "inputs 0 and 1 are of types FLOAT and INT64, which must be one"; "" if
    /// there are none.
    std::string conflict;
  };
  /// Infers the types of a node's outputs; does not state them.
  Result infer(const onnx::NodeProto &node);

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace gac

#endif // GAC_LIB_IMPORT_NODEINFERENCE_H
