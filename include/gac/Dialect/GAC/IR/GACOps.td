//===- GACOps.td - all ops of the gac dialect -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACOPS_TD
#define GAC_DIALECT_GAC_IR_GACOPS_TD

include "gac/Dialect/GAC/IR/GACContractionOps.td"
include "gac/Dialect/GAC/IR/GACContribOps.td"
include "gac/Dialect/GAC/IR/GACElementwiseOps.td"
include "gac/Dialect/GAC/IR/GACLayoutOps.td"
include "gac/Dialect/GAC/IR/GACNetworkOps.td"
include "gac/Dialect/GAC/IR/GACQuantizationOps.td"
include "gac/Dialect/GAC/IR/GACRecurrentOps.td"
include "gac/Dialect/GAC/IR/GACReductionOps.td"
include "gac/Dialect/GAC/IR/GACShapeOps.td"
include "gac/Dialect/GAC/IR/GACSpatialOps.td"
include "mlir/IR/OpAsmInterface.td"

def GAC_InitializerOp : GAC_Op<"initializer",
    [Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "an initializer of the graph: a named weight or constant";
  let description = [{
    The data is any typed attribute: `dense<...>` where it is small, a
    `#gac.file` where it stays in its file, or a recipe over either. Two
    consumers of one initializer share the op: tied weights stay tied.

    ```mlir
    %w = gac.initializer "w" = dense<1.0> : tensor<64x107xf32>
    ```
  }];
  let arguments = (ins StrAttr:$name, TypedAttrInterface:$value);
  let results = (outs AnyTensor:$result);
  let assemblyFormat = "$name `=` $value attr-dict";
}

def GAC_ConstantOp : GAC_Op<"constant",
    [Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "an ONNX Constant node";
  let description = [{
    `form` is the attribute of the node that holds the value (`value`,
    `value_float`, `value_ints` ...), kept for export.
  }];
  let arguments = (ins TypedAttrInterface:$value,
                       GAC_DefaultAttr<StrAttr, "\"value\"">:$form);
  let results = (outs AnyTensor:$result);
  let assemblyFormat = "$value attr-dict";
}

def GAC_OpaqueOp : GAC_Op<"opaque", [AttrSizedOperandSegments]> {
  let summary = "any other node, kept as it stands";
  let description = [{
    A node of an unknown or custom operator, a call of a model-local function,
    or control flow. `node_attributes` holds all attributes of the node under their
    names; those that no MLIR attribute can state (graphs, sparse tensors,
    references) are serialised AttributeProtos, in `protos`. `captures` are the
    values of the surrounding graph that subgraphs read by name. `absent` lists
    the positions of inputs that the node leaves out (ONNX's empty name).

    Nothing about such an op is known: all dimensions that it touches are fixed.

    ```mlir
    %y = gac.opaque "com.acme" "Frobnicate"(%x, %z) captures(%c)
        {node_attributes = {alpha = 1.0 : f32}}
        : (tensor<2x3xf32>, tensor<3xf32>, tensor<4xf32>) -> tensor<2x3xf32>
    ```
  }];
  let arguments = (ins StrAttr:$domain, StrAttr:$op_type,
                       Variadic<GAC_AnyValue>:$inputs,
                       Variadic<GAC_AnyValue>:$captures,
                       OptionalAttr<DictionaryAttr>:$node_attributes,
                       OptionalAttr<DictionaryAttr>:$protos,
                       OptionalAttr<DenseI64ArrayAttr>:$absent);
  let results = (outs Variadic<GAC_AnyValue>:$results);
  let assemblyFormat = [{
    $domain $op_type `(` $inputs `)` (`captures` `(` $captures^ `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
}

#endif // GAC_DIALECT_GAC_IR_GACOPS_TD
