//===- GACTraits.h - Op traits of the gac dialect ---------------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACTRAITS_H
#define GAC_DIALECT_GAC_IR_GACTRAITS_H

#include "mlir/IR/OpDefinition.h"

namespace gac::OpTrait {

/// An elementwise op with f(0, ..., 0) = 0: zero lanes stay zero lanes.
template <typename ConcreteType>
class ZeroPreserving
    : public mlir::OpTrait::TraitBase<ConcreteType, ZeroPreserving> {};

/// An op whose shape rule is the static method `inferShapes` on its adaptor.
/// ODS's GAC_InfersShapes makes the interfaces' methods from it.
template <typename ConcreteType>
class InfersShapes
    : public mlir::OpTrait::TraitBase<ConcreteType, InfersShapes> {};

} // namespace gac::OpTrait

#endif // GAC_DIALECT_GAC_IR_GACTRAITS_H
