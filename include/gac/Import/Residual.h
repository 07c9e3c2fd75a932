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

/// Attribute names of the contract, and of what import leaves on ops.
namespace names {
/// On the module: DenseResourceElementsAttr of i8, a ModelProto.
constexpr llvm::StringLiteral kResidual = "gac.residual";
/// On the module: dictionary of types, the ones that values had at import whose
/// declared types contradict them. Such a declaration goes back as it was, as
/// long as the value still has that type.
constexpr llvm::StringLiteral kDisputed = "gac.disputed";
/// On an op: i64, index of its node in the residual.
constexpr llvm::StringLiteral kNode = "gac.node";
/// On an initializer op or an argument: i64, index of its tensor there.
constexpr llvm::StringLiteral kTensor = "gac.tensor";
/// On an op: array of strings, the node's output names ("" for one that is left
/// out; results stand for the others, in order).
constexpr llvm::StringLiteral kOutputs = "gac.outputs";
/// On an opaque op: array of strings, the names by which its subgraphs read the
/// captured operands.
constexpr llvm::StringLiteral kCaptures = "gac.captures";
/// On a function argument or result: string, the name of the graph input or
/// output.
constexpr llvm::StringLiteral kName = "gac.name";
/// On a function argument: array of strings, symbols of its axes. On an op: one
/// such array per result.
constexpr llvm::StringLiteral kDims = "gac.dims";
/// On a function argument: the data that it has if the caller gives none.
constexpr llvm::StringLiteral kDefault = "gac.default";
/// On an initializer op: unit, the initializer is listed as a graph input too.
constexpr llvm::StringLiteral kListed = "gac.listed";
/// On the function: i64, opset of the default domain.
constexpr llvm::StringLiteral kOpset = "gac.opset";
/// Domain and operator of an opaque op that stands for a sparse initializer. It
/// is no node: the initializer is in the residual, the op gives its value.
constexpr llvm::StringLiteral kSparseDomain = "gac";
constexpr llvm::StringLiteral kSparseOpType = "SparseInitializer";
} // namespace names

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
