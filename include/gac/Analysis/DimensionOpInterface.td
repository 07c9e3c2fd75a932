//===- DimensionOpInterface.td - rules of the dimension algebra ----------===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_ANALYSIS_DIMENSIONOPINTERFACE_TD
#define GAC_ANALYSIS_DIMENSIONOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def GAC_DimensionOpInterface : OpInterface<"DimensionOpInterface"> {
  let cppNamespace = "::gac";
  let description = [{
    The rule of an operation in the dimension algebra: how the axes of its
    operands and results relate, what becomes of padding lanes, in which roles
    it uses dimensions, and what must be rewritten when one of them grows.

    Rules are attached from outside the dialect. An operation without one, or
    with an operand of unknown rank, fixes every axis that it touches.
  }];
  let methods = [
    InterfaceMethod<[{
      Relates the axes of operands and results: unifies terms, fixes what may
      not grow, and gives the terms of each result. Where a result is given
      none, all that the operation touches is fixed; so is an operand that is
      never looked at.
    }], "void", "relateDimensions", (ins "::gac::DimensionRelations &":$r)>,
    InterfaceMethod<[{
      Says what the padding lanes of the results hold, given those of the
      operands, and refuses the growth of atoms where they would be harmful.
      An atom of whose padding nothing is said may not grow.
    }], "void", "transferLanes", (ins "::gac::LaneTransfer &":$t), [{}],
    [{ return; }]>,
    InterfaceMethod<[{
      Names the dimensions whose size the operation's speed depends on, and
      those whose growth has it written out.
    }], "void", "collectUses", (ins "::gac::UseCollector &":$uses), [{}],
    [{ return; }]>,
    InterfaceMethod<[{
      Rewrites operands and attributes after growth. Types and weights have
      been changed already. Emits an error where that is impossible.
    }], "::llvm::LogicalResult", "growDimensions",
    (ins "::gac::DimensionGrower &":$grower), [{}],
    [{ return ::mlir::success(); }]>,
  ];
}

#endif // GAC_ANALYSIS_DIMENSIONOPINTERFACE_TD
