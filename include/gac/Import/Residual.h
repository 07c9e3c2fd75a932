//===- Residual.h - What a model holds beyond the dialect -------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The contract between import and export about everything that an ONNX file
// says and the gac dialect has no word for. Import puts it aside, export adds
// it again; nobody else looks at it.
//
// 1. The module attribute `gac.residual` is a serialised ModelProto, the file's
//    own less what the IR holds:
//    - model fields (ir_version, opset_import, metadata_props, functions,
//      training_info, unknown fields ...) are whole;
//    - graph.input, output, value_info, sparse_initializer,
//      quantization_annotation, metadata_props, name, doc_string are whole and
//      in the file's order;
//    - graph.node has one entry per op with leftovers, whose index is the op's
//      `gac.node`. Of the node, input, output, op_type, domain and name are
//      cleared, but for what the op does not say: the domain "ai.onnx" of a
//      named op, an empty domain or name that is there all the same, and
//      the empty names at the end of a named op's inputs. Its attributes are
//      those with leftovers (doc_string, the name of a tensor, unknown fields),
//      each with its name and without its value;
//    - graph.initializer has one entry per initializer with leftovers, whose
//      index is `gac.tensor` on the op, or on the function argument that it is
//      the default of. Name, type, dims and data are cleared. data_location is
//      EXTERNAL if the data was external and was read into the IR all the same
//      (small integers).
//    To restore a message, build it from the IR and merge its leftovers.
//
// 2. Serialised messages (the residual, and the attributes of an opaque op that
//    are kept as protos) hold no large data and no relative paths: a tensor
//    whose data is elsewhere is an external tensor whose entries are
//    `location` (an absolute path), `offset`, `length` and the keys below.
//
//===----------------------------------------------------------------------===//

#ifndef GAC_IMPORT_RESIDUAL_H
#define GAC_IMPORT_RESIDUAL_H

#include "llvm/ADT/StringRef.h"

namespace gac {

/// Domain and operator of an opaque op that stands for a sparse initializer. It
/// is no node: the initializer is in the residual, the op gives its value.
inline constexpr llvm::StringLiteral kSparseDomain = "gac";
inline constexpr llvm::StringLiteral kSparseOpType = "SparseInitializer";

/// Keys of external_data entries in serialised messages.
namespace entries {
/// Bytes of the file at import.
constexpr llvm::StringLiteral kFileSize = "gac.file_size";
/// Its time of last modification, in nanoseconds since the epoch.
constexpr llvm::StringLiteral kModificationTime = "gac.mtime";
/// "1" if the data is inline in the model file, which `location` names then.
constexpr llvm::StringLiteral kInline = "gac.inline";
/// "1" if the file was missing at import; `location` is as the model states it.
constexpr llvm::StringLiteral kAbsent = "gac.absent";
} // namespace entries

} // namespace gac

#endif // GAC_IMPORT_RESIDUAL_H
