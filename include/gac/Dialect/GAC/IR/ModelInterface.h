//===- ModelInterface.h - Inputs and outputs of a model ---------*- C++ -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_MODELINTERFACE_H
#define GAC_DIALECT_GAC_IR_MODELINTERFACE_H

#include "gac/Dialect/GAC/IR/GACAttributes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Error.h"

#include <string>

namespace gac {

/// A graph input or output: an argument or a result of the model's function.
class InterfaceValue {
public:
  InterfaceValue(mlir::func::FuncOp function, bool isInput, unsigned number)
      : function(function), input(isInput), number(number) {}

  bool isInput() const { return input; }
  unsigned getNumber() const { return number; }
  /// The argument, or what the function returns there.
  mlir::Value getValue() const;

  /// Empty if it has none.
  llvm::StringRef getName() const;
  /// "graph input x".
  std::string describe() const;

  /// Why it could not be allowed to change, empty if it could. An input with a
  /// default could not: whoever does not give it gets the default as it is. Nor
  /// could a weight that is an output, or what an inner graph reads by its
  /// name, as there is one name for all readers.
  llvm::StringRef getObstacle() const;
  bool canChange() const { return getObstacle().empty(); }
  /// Whether it can, and its static axes are allowed to grow
  /// (`gac.may_change`).
  bool mayChange() const;
  void allowChange() const;

  /// For each axis where the lanes of the first model are (`gac.lanes`), null
  /// for an axis that is as it was; empty if all are, or if the attribute does
  /// not fit to the type.
  llvm::SmallVector<LanesAttr> getLanes() const;
  /// Notes that axes have grown by `lanes`, one per axis or null, on top of
  /// what is known. To be called once the type has the new sizes.
  void addLanes(llvm::ArrayRef<LanesAttr> lanes) const;

private:
  mlir::Attribute getAttr(llvm::StringRef name) const;
  void setAttr(llvm::StringRef name, mlir::Attribute value) const;

  /// Only a handle, whose members are not const.
  mutable mlir::func::FuncOp function;
  bool input;
  unsigned number;
};

/// The inputs, then the outputs. The function has a body.
llvm::SmallVector<InterfaceValue> getInterface(mlir::func::FuncOp function);

/// Those of them whose names a pattern such as "past_*" matches. Fails on a
/// pattern that is none.
llvm::Expected<llvm::SmallVector<InterfaceValue>>
matchInterface(mlir::func::FuncOp function, llvm::StringRef pattern);

} // namespace gac

#endif // GAC_DIALECT_GAC_IR_MODELINTERFACE_H
