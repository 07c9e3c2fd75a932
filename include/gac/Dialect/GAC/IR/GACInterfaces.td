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
      not known or not a finite real number. Absent optional operands are left
      out.
    }], "std::optional<double>", "evaluateScalar",
    (ins "::llvm::ArrayRef<double>":$operands), [{}],
    [{ return std::nullopt; }]>,
  ];
}

def GAC_ShapeOpInterface : OpInterface<"ShapeOpInterface"> {
  let cppNamespace = "::gac";
  let description = [{
    An op that states how the shapes of its results follow from its operands.
    Results may say less than that, never something else:

    * `result_c1`: the elements of each result have the inferred type.
    * `result_c2`: each result of known rank has the inferred rank.
    * `result_c3`: each static size of a result is the inferred one.
  }];
  let methods = [
    InterfaceMethod<[{
      States in `inference` what follows for the results, over symbolic sizes.
      Fails only if the op provably cannot run.
    }], "::llvm::LogicalResult", "inferShapes",
    (ins "::gac::ShapeInference &":$inference)>,
  ];
  let verify = [{ return ::gac::detail::verifyInferredShapes($_op); }];
}

#endif // GAC_DIALECT_GAC_IR_GACINTERFACES_TD
