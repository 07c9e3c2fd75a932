//===- GACOpBase.td - what all ops of the gac dialect share -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACOPBASE_TD
#define GAC_DIALECT_GAC_IR_GACOPBASE_TD

include "gac/Dialect/GAC/IR/GACAttributes.td"
include "gac/Dialect/GAC/IR/GACDialect.td"
include "gac/Dialect/GAC/IR/GACInterfaces.td"
include "gac/Dialect/GAC/IR/GACTypes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class GAC_Op<string mnemonic, list<Trait> traits = []>
    : Op<GAC_Dialect, mnemonic, traits>;

/// The methods that follow from an op's `inferShapes`.
def GAC_ShapeRule : NativeOpTrait<"InfersShapes", [], [{
  static ::llvm::LogicalResult inferShapes(Adaptor op,
                                           ::gac::ShapeInference &inference);
}], [{
  ::llvm::LogicalResult
  $cppClass::inferShapes(::gac::ShapeInference &inference) {
    return inferShapes(Adaptor(*this), inference);
  }
  ::llvm::LogicalResult $cppClass::inferReturnTypeComponents(
      ::mlir::MLIRContext *context,
      std::optional<::mlir::Location> location,
      ::mlir::ValueShapeRange operands, ::mlir::DictionaryAttr attributes,
      ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
      ::llvm::SmallVectorImpl<::mlir::ShapedTypeComponents> &components) {
    Adaptor adaptor(operands.getValues(), attributes, properties, regions);
    return ::gac::detail::inferComponents(
        ::mlir::OperationName(getOperationName(), context), location,
        operands,
        [&](::gac::ShapeInference &inference) {
          return inferShapes(adaptor, inference);
        },
        components);
  }
}]> {
  let cppNamespace = "::gac::OpTrait";
}

/// Shape inference by the op's static method `inferShapes`, for the dialect's
/// own interface (symbolic sizes, existing ops) and the upstream one (integers,
/// ops yet to be made).
def GAC_InfersShapes : TraitList<[
  DeclareOpInterfaceMethods<GAC_ShapeOpInterface>,
  DeclareOpInterfaceMethods<InferShapedTypeOpInterface,
                            ["inferReturnTypeComponents"]>,
  GAC_ShapeRule,
]>;

/// An attribute that may be absent and then means `value`. Unlike ODS's own, it
/// is printed when it is there with just that value: the file says so, and what
/// the file says comes back.
class GAC_DefaultAttr<Attr attr, string value> : OptionalAttr<attr> {
  let summary = attr.summary # ", " # value # " by default";
  let returnType = attr.returnType;
  let convertFromStorage = "$_self ? " # attr.returnType # "("
      # attr.convertFromStorage # ") : " # attr.returnType # "(" # value # ")";
}

/// How many of the values in a dag of operands or results are required, how
/// many are optional, and whether the last one is variadic.
class GAC_Count<dag values> {
  defvar all = !range(!size(values));
  int optional = !foldl(0, all, n, i, !add(n,
      !if(!initialized(!getdagarg<Optional>(values, i)), 1, 0)));
  int variadic = !foldl(0, all, n, i, !add(n,
      !if(!initialized(!getdagarg<Variadic>(values, i)), 1, 0)));
  int total = !foldl(0, all, n, i, !add(n,
      !if(!initialized(!getdagarg<TypeConstraint>(values, i)), 1, 0)));
  int required = !sub(total, !add(optional, variadic));
  string text = "{" # required # ", " # optional # ", " # variadic # "}";
}

/// An op that mirrors the operator `onnxName` in opsets `since` to `until` of
/// its `domain`, ONNX's default one unless said otherwise. Operands, results
/// and attributes are ONNX's own, in its order and under its names, so that
/// import and export need no code per op. Where opsets moved an attribute to an
/// operand the op has both.
///
/// `runtimeSince` is earlier than `since` where ONNX Runtime takes the
/// operator, and writes it, in opsets that do not have it.
///
/// `ownAttribute` is an attribute that ONNX does not have: import takes none of
/// that name from a file, and `gac-lower-to-onnx` writes out what it says.
class GAC_OnnxOp<string mnemonic, string onnxName, list<Trait> traits = [],
                 int since = 7, int until = 28>
    : GAC_Op<mnemonic, !listconcat(traits, [Pure, GAC_InfersShapes])> {
  string onnxOpType = onnxName;
  string domain = "";
  int runtimeSince = since;
  int lastOpset = until;
  string ownAttribute = "";
  string moreClassDeclaration = "";
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let results = (outs GAC_AnyValue:$result);

  let extraClassDeclaration = [{
    static ::gac::OnnxOpInfo getOnnxOpInfo() {
      return {getOperationName(), "}] # domain # [{", "}] # onnxName # [{", }]
      # since # ", " # lastOpset # ", " # runtimeSince # ", "
      # GAC_Count<arguments>.text # ", " # GAC_Count<results>.text
      # ", \"" # ownAttribute # "\"};\n}\n"
      # moreClassDeclaration;
}

/// f(0) = 0 (for all operands zero): zero lanes stay zero.
def GAC_ZeroPreserving : NativeOpTrait<"ZeroPreserving"> {
  let cppNamespace = "::gac::OpTrait";
}

/// The type of an elementwise result's elements: that of the first operand's,
/// or i1.
defvar GAC_FirstElementType =
    "::gac::detail::getFirstElementType(op.getOperands())";
defvar GAC_BooleanElementType =
    "::mlir::IntegerType::get(inference.getContext(), 1)";

/// An elementwise op. `function` is a C++ expression for the value of the
/// function on the scalars `x`, `y`, `z` (the first operands), a
/// `std::optional<double>`; empty where padding lanes need not be followed.
/// `elementType` is one for the type of the result's elements.
class GAC_ElementwiseOp<string mnemonic, string onnxName, string function = "",
                        list<Trait> traits = [], int since = 7,
                        string elementType = GAC_FirstElementType>
    : GAC_OnnxOp<mnemonic, onnxName, !listconcat(traits,
        !if(!empty(function),
            [DeclareOpInterfaceMethods<GAC_ElementwiseOpInterface>],
            [DeclareOpInterfaceMethods<GAC_ElementwiseOpInterface,
                                       ["evaluateScalar"]>])), since> {
  let description = [{
    Operands broadcast to the result:

    * `elementwise_c1`: on each axis, counted from the last, the operands'
      sizes other than 1 are equal.
  }];
  let extraClassDefinition = !if(!empty(function), "", [{
    std::optional<double>
    $cppClass::evaluateScalar(::llvm::ArrayRef<double> operands) {
      [[maybe_unused]] double x = operands.size() > 0 ? operands[0] : 0.0;
      [[maybe_unused]] double y = operands.size() > 1 ? operands[1] : 0.0;
      [[maybe_unused]] double z = operands.size() > 2 ? operands[2] : 0.0;
      return ::gac::detail::finite(}] # function # [{);
    }
  }]) # [{
    ::llvm::LogicalResult
    $cppClass::inferShapes(Adaptor op, ::gac::ShapeInference &inference) {
      return ::gac::detail::inferElementwise(
          op.getOperands(), }] # elementType # [{, inference);
    }
  }];
}

class GAC_UnaryOp<string mnemonic, string onnxName, string function = "",
                  list<Trait> traits = [], int since = 7,
                  string elementType = GAC_FirstElementType>
    : GAC_ElementwiseOp<mnemonic, onnxName, function, traits, since,
                        elementType> {
  let summary = "ONNX " # onnxName # ", elementwise";
  let arguments = (ins GAC_AnyValue:$input);
}

class GAC_BinaryOp<string mnemonic, string onnxName, string function = "",
                   list<Trait> traits = [], int since = 7,
                   string elementType = GAC_FirstElementType>
    : GAC_ElementwiseOp<mnemonic, onnxName, function, traits, since,
                        elementType> {
  let summary = "ONNX " # onnxName # ", elementwise with broadcast";
  let arguments = (ins GAC_AnyValue:$lhs, GAC_AnyValue:$rhs);
}

#endif // GAC_DIALECT_GAC_IR_GACOPBASE_TD
