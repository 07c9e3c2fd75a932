//===- GACRecurrentOps.td - layers that step along a sequence -*- tablegen -*-===//
//
// Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GAC_DIALECT_GAC_IR_GACRECURRENTOPS_TD
#define GAC_DIALECT_GAC_IR_GACRECURRENTOPS_TD

include "gac/Dialect/GAC/IR/GACOpBase.td"

/// `weights` are the operands of every recurrent op, `attributes` those that
/// only some have.
class GAC_RecurrentOp<string mnemonic, string onnxName, dag weights,
                      dag attributes, dag states>
    : GAC_OnnxOp<mnemonic, onnxName,
                 [AttrSizedOperandSegments, AttrSizedResultSegments]> {
  let summary = "ONNX " # onnxName # ", one or both ways along a sequence";
  let description = [{
    The weights of a direction's gates are stacked in W, R and B; the hidden
    width is the last axis of R.

    * `recurrent_c1`: X, W and R have rank 3.
    * `recurrent_c2`: the last axes of X and W are equally long.
    * `recurrent_c3`: axis 1 of W and R is as long as all gates together.
    * `recurrent_c4`: `hidden_size` is the hidden width.
  }];
  let arguments = !con(weights, (ins
      OptionalAttr<DenseF32ArrayAttr>:$activation_alpha,
      OptionalAttr<DenseF32ArrayAttr>:$activation_beta,
      OptionalAttr<StrArrayAttr>:$activations, OptionalAttr<F32Attr>:$clip,
      GAC_DefaultAttr<StrAttr, "\"forward\"">:$direction,
      OptionalAttr<I64Attr>:$hidden_size,
      GAC_DefaultAttr<I64Attr, "0">:$layout), attributes);
  let results = states;
}

defvar GAC_RecurrentWeights =
    (ins GAC_AnyValue:$x, GAC_AnyValue:$w, GAC_AnyValue:$r,
         Optional<GAC_AnyValue>:$b, Optional<GAC_AnyValue>:$sequence_lens,
         Optional<GAC_AnyValue>:$initial_h);
defvar GAC_RecurrentStates =
    (outs Optional<GAC_AnyValue>:$y, Optional<GAC_AnyValue>:$y_h);

def GAC_RNNOp : GAC_RecurrentOp<"rnn", "RNN", GAC_RecurrentWeights, (ins),
                                GAC_RecurrentStates>;

def GAC_GRUOp : GAC_RecurrentOp<"gru", "GRU", GAC_RecurrentWeights,
    (ins GAC_DefaultAttr<I64Attr, "0">:$linear_before_reset),
    GAC_RecurrentStates>;

def GAC_LSTMOp : GAC_RecurrentOp<"lstm", "LSTM",
    !con(GAC_RecurrentWeights, (ins Optional<GAC_AnyValue>:$initial_c,
                                    Optional<GAC_AnyValue>:$p)),
    (ins GAC_DefaultAttr<I64Attr, "0">:$input_forget),
    !con(GAC_RecurrentStates, (outs Optional<GAC_AnyValue>:$y_c))>;

#endif // GAC_DIALECT_GAC_IR_GACRECURRENTOPS_TD
