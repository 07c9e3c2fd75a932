//===- GACInterfaces.td - op interfaces of the gac dialect -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACINTERFACES_TD
#define GAC_DIALECT_GAC_IR_GACINTERFACES_TD

include "mlir/IR/OpBase.td"

def GAC_ElementwiseOpInterface : OpInterface<"ElementwiseOpInterface"> {
  let cppNamespace = "::gac";
  let description = [{
    An op that applies one function to the elements of its operands, which
    broadcast as ONNX (and numpy) has it. The function is known on real scalars
    where that matters: padding lanes that hold one constant are followed
    through it.
  }];
  let methods = [
    InterfaceMethod<[{
      The function's value on one scalar per operand, or nothing where it is
      not known or not a finite real number. Absent optional operands are NaN.
    }], "std::optional<double>", "evaluateScalar",
    (ins "::llvm::ArrayRef<double>":$operands), [{}],
    [{ return std::nullopt; }]>,
  ];
}

#endif // GAC_DIALECT_GAC_IR_GACINTERFACES_TD
