//===- GACDialect.td - the gac dialect -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACDIALECT_TD
#define GAC_DIALECT_GAC_IR_GACDIALECT_TD

include "mlir/IR/OpBase.td"

def GAC_Dialect : Dialect {
  let name = "gac";
  let cppNamespace = "::gac";
  let summary = "Tensor programs as ONNX models state them, for dimension repair";
  let description = [{
    The dialect holds an ONNX model as its file states it. Each named op mirrors
    one ONNX operator: operands and results in ONNX's order, attributes under
    ONNX's names, and an attribute that the file leaves out stays out. What the
    dialect has no op for is a `gac.opaque` and goes back to the file as it was.

    A model is one module with one `func.func`. Discardable attributes carry
    what ONNX knows by name:

    | attribute     | on            | meaning                                     |
    | ------------- | ------------- | ------------------------------------------- |
    | `gac.name`    | arg, result   | the name of a graph input or output         |
    | `gac.outputs` | op            | names of the node's outputs, `""` if absent |
    | `gac.captures` | opaque op    | names by which subgraphs read the captures  |
    | `gac.listed`  | initializer   | it is listed as a graph input too           |
    | `gac.dims`    | arg, op       | symbols per axis, `""` for a static axis    |
    | `gac.bound`   | module        | `NAME=SIZE` of symbols that were made static |
    | `gac.opset`   | func          | opset of the default domain                 |
    | `gac.default` | arg           | initializer of an overridable graph input   |
    | `gac.may_change` | arg, result | its static axes may grow; set by `gac-allow-interface` |
    | `gac.lanes`   | arg, result   | where its lanes were before the interface grew: per axis a `#gac.lanes`, `unit` for an axis as it was |
    | `gac.layer`   | op            | the module that the exporter made the node for |
    | `gac.copy_of` | op            | the weight of the model that was read which this is a copy of |
    | `gac.origin`  | initializer   | what the data were made of by an earlier repair: a recipe over a `#gac.original` |
    | `gac.plan`    | module        | the plan of a repair or a package, a `#gac.plan` |
    | `gac.recovered` | op          | made by recovery below its opset: export writes it out |
    | `gac.sees_keys` | Attention op | its mask hides all keys from no row         |
    | `gac.weight_bytes` | module   | bytes of the weights before the first repair under a budget |
    | `gac.disputed` | module       | types of values whose declared types contradict them |
    | `gac.residual`, `gac.node`, `gac.tensor` | module, op | what the dialect has no words for, kept for export |

    Node names are the ops' locations.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerAttributes();
    void registerTypes();
  }];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

#endif // GAC_DIALECT_GAC_IR_GACDIALECT_TD
