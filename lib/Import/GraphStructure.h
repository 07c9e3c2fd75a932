//===- GraphStructure.h - Who defines and who uses what ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_IMPORT_GRAPHSTRUCTURE_H
#define GAC_LIB_IMPORT_GRAPHSTRUCTURE_H

#include "ModelSource.h"

#include "llvm/ADT/StringMap.h"

namespace gac {

/// The names of a graph, checked: every one is defined once and every use has a
/// definition.
struct GraphStructure {
  /// Initializers, sparse ones too, by name: index in the list that they are
  /// in.
  llvm::StringMap<int> initializers;
  llvm::StringMap<int> sparseInitializers;
  /// Per node the outer values that its subgraphs read, in order of first use.
  std::vector<std::vector<std::string>> captures;
  /// The nodes in an order where definitions come first: the file's own if it
  /// is one, else the one that moves nodes back the least.
  std::vector<int> order;

  /// Reads `graph`. Diagnoses names that are defined twice or not at all, and
  /// cycles.
  static mlir::FailureOr<GraphStructure> analyse(const ModelSource &source,
                                                 const onnx::GraphProto &graph);
};

} // namespace gac

#endif // GAC_LIB_IMPORT_GRAPHSTRUCTURE_H
