//===- GACTypes.td - types of the gac dialect -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACTYPES_TD
#define GAC_DIALECT_GAC_IR_GACTYPES_TD

include "gac/Dialect/GAC/IR/GACDialect.td"
include "mlir/IR/AttrTypeBase.td"

class GAC_Type<string name, string typeMnemonic>
    : TypeDef<GAC_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def GAC_ValueType : GAC_Type<"Value", "value"> {
  let summary = "a value that is no dense tensor, or of unknown type";
  let description = [{
    Sequences, optionals, maps, sparse tensors, and values of which neither the
    file nor inference knows the type. Such a value travels through unharmed.
  }];
}

def GAC_StringType : GAC_Type<"String", "string"> {
  let summary = "element type of ONNX string tensors";
}

/// Any value that an ONNX edge can carry. Rules must cope with an unknown rank
/// and with an unknown type: what stands behind an opaque op may have either.
def GAC_AnyValue : AnyTypeOf<[AnyTensor, GAC_ValueType],
                             "tensor or value of unknown type">;

#endif // GAC_DIALECT_GAC_IR_GACTYPES_TD
