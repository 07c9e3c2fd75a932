//===- AttributeWriter.h - attributes and types as ONNX has them -*- C++ -*-==//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_LIB_EXPORT_ATTRIBUTEWRITER_H
#define GAC_LIB_EXPORT_ATTRIBUTEWRITER_H

#include "TensorPlacer.h"

#include "gac/Support/DimBindings.h"

#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Types.h"

#include "onnx/onnx_pb.h"

namespace gac {

/// Fills `proto`, which has its name, with the kind and the value that stand
/// for `value`. Tensors go through `placer`. Fails with one sentence for an
/// attribute that ONNX has no kind for.
llvm::Error writeAttribute(onnx::AttributeProto &proto, mlir::Attribute value,
                           TensorPlacer &placer);

/// Fills `proto` with `type`; `symbols`, which may be null, names dynamic axes.
/// Types that ONNX cannot state leave `proto` empty.
void writeType(onnx::TypeProto &proto, mlir::Type type,
               mlir::ArrayAttr symbols);

/// Replaces those sizes in `proto` that `type` has otherwise; everything else
/// in it stays.
void updateSizes(onnx::TypeProto &proto, mlir::Type type);

/// Replaces those symbols in `proto` that `bindings` determine by their sizes.
void bindSymbols(onnx::TypeProto &proto, const DimBindings &bindings);

} // namespace gac

#endif // GAC_LIB_EXPORT_ATTRIBUTEWRITER_H
