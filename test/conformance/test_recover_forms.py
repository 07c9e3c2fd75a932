#===- test_recover_forms.py - gac-recover on forms of attention -----------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Small graphs, each one way in which exporters write a rotation or an
attention: what is recovered computes the same, in ONNX Runtime and in onnx's
own evaluator."""

import unittest

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

import harness
from harness import check_onnx

LOWEST = float(np.finfo(np.float32).min)

# x is batch x heads x rows x width; c and s have a number per pair.
ROTARY = "float[1,4,rows,6] x, float[1,rows,3] c, float[1,rows,3] s"
POSITIONS_FIRST = "float[1,rows,4,10] x, float[1,rows,3] c, float[1,rows,3] s"
SLICES = """
  zero = Constant<value_ints = [0]>()
  one = Constant<value_ints = [1]>()
  two = Constant<value_ints = [2]>()
  three = Constant<value_ints = [3]>()
  last = Constant<value_ints = [-1]>()
  end = Constant<value_ints = [1000]>()
"""
TABLES = """
  cos = Unsqueeze(c, one)
  sin = Unsqueeze(s, one)
"""
PRODUCTS = """
  ac = Mul(a, cos)
  bs = Mul(b, sin)
  first = Sub(ac, bs)
  bc = Mul(b, cos)
  as = Mul(a, sin)
  second = Add(bc, as)
"""
# Of x[..., :6], side by side, behind the positions, as GPT-J has it.
GPTJ = SLICES + """
  six = Constant<value_ints = [6]>()
  axes = Constant<value_ints = [2, 4]>()
  twice = Constant<value_ints = [1, 1, 1, 1, 2]>()
  shape = Constant<value_ints = [1, -1, 1, 6]>()
  cu = Unsqueeze(c, axes)
  ce = Expand(cu, twice)
  cos = Reshape(ce, shape)
  su = Unsqueeze(s, axes)
  se = Expand(su, twice)
  sin = Reshape(se, shape)
  head = Slice(x, zero, six, three, one)
  tail = Slice(x, six, end, three, one)
  a = Slice(head, zero, end, three, two)
  b = Slice(head, one, end, three, two)
  minus = Neg(b)
  mu = Unsqueeze(minus, last)
  au = Unsqueeze(a, last)
  stack = Concat<axis = -1>(mu, au)
  size = Shape(head)
  turned = Reshape(stack, size)
  hc = Mul(head, cos)
  ts = Mul(turned, sin)
  rotated = Add(hc, ts)
  whole = Concat<axis = -1>(rotated, tail)
  y = Transpose<perm = [0, 2, 1, 3]>(whole)
"""

# Of x with fixed sizes, by tables of whole rows that are numbers in the file.
FIXED = """
  cos = Constant<value = float {0}>()
  sin = Constant<value = float {0}>()
"""
TURNED = """
  xc = Mul(x, cos)
  a, b = Split<axis = -1, num_outputs = 2>(x)
  minus = Neg(b)
  turned = Concat<axis = -1>(minus, a)
  ts = Mul(turned, sin)
  y = Add(xc, ts)
"""
# As ChatGLM has it: the pairs are an axis, which stays.
KEPT = SLICES + """
  ends = Constant<value_ints = [3, 2]>()
  cos = Unsqueeze(c, last)
  sin = Unsqueeze(s, last)
  size = Shape(x)
  sizes = Slice(size, zero, three, zero)
  split = Concat<axis = 0>(sizes, ends)
  pairs = Reshape(x, split)
  a = Slice(pairs, zero, one, last, one)
  b = Slice(pairs, one, two, last, one)
""" + PRODUCTS + """
  stack = Concat<axis = -1>(first, second)
  y = Reshape(stack, size)
"""
# K is merged and split again with the copies of its heads.
REPEATED = """
  axis = Constant<value_ints = [2]>()
  five = Constant<value_ints = [2, 2, 2, 5, 16]>()
  four = Constant<value_ints = [2, 4, 16, 5]>()
  three = Constant<value_ints = [8, 5, 16]>()
  whole = Constant<value_ints = [2, 4, 5, 16]>()
  k5 = Unsqueeze(k, axis)
  kr = Expand(k5, five)
  v5 = Unsqueeze(values, axis)
  vr = Expand(v5, five)
  k3 = Reshape(kr, three)
  v = Reshape(vr, whole)
  kt3 = Transpose<perm = [0, 2, 1]>(k3)
  kt = Reshape(kt3, four)
  product = MatMul(q, kt)
  triangle = Constant<value = float {0}>()
  scores = Add(product, triangle)
"""
# Numbers for constants of these names: the text has none for infinity, and
# none that is long.
ANGLES = np.outer(np.arange(64), [1, 0.25, 0.0625])
HIDDEN = np.where(np.tri(5, dtype=bool), 0, -np.inf)
NUMBERS = {
    "infinity": np.array(-np.inf, np.float32),
    "cos": np.tile(np.cos(ANGLES[None, None, :5]), 2).astype(np.float32),
    "sin": np.tile(np.sin(ANGLES[None, None, :5]), 2).astype(np.float32),
    "all_cos": np.tile(np.cos(ANGLES), 2).astype(np.float32),
    "all_sin": np.tile(np.sin(ANGLES), 2).astype(np.float32),
    "triangle": np.tile(HIDDEN, (2, 1, 1, 1)).astype(np.float32),
    # Of the last two only, so that no column is seen by all rows.
    "window": np.where(np.tri(5) - np.tri(5, k=-2) > 0, 0,
                       -np.inf).astype(np.float32),
    # The same of lowest numbers, with a row that sees nothing.
    "holed": np.where((np.tri(5) - np.tri(5, k=-2) > 0)
                      & (np.arange(5) != 3)[:, None], 0,
                      LOWEST).astype(np.float32),
    "slopes": (2.0 ** -np.arange(2, 10, 2))[:, None, None].astype(np.float32),
}

QKV = ("float[2,4,rows,16] q, float[2,4,keys,16] k, float[2,4,keys,8] v")
PRODUCT = """
  kt = Transpose<perm = [0, 1, 3, 2]>(k)
  product = MatMul(q, kt)
  quarter = Constant<value_float = 0.25>()
"""
PROBABILITIES = """
  p = Softmax<axis = -1>(scores)
  y = MatMul(p, v)
"""
GUARDED = """
  p = Softmax<axis = -1>(scores)
  nan = IsNaN(p)
  zero = Constant<value_float = 0.0>()
  guarded = Where(nan, zero, p)
  y = MatMul(guarded, v)
"""

# Inputs, the result's shape, the body, the op and what its attributes are.
FORMS = {
    "neighbours by slices": (
        ROTARY, "1,4,rows,6", SLICES + TABLES + """
  a = Slice(x, zero, end, three, two)
  b = Slice(x, one, end, three, two)""" + PRODUCTS + """
  fu = Unsqueeze(first, last)
  su = Unsqueeze(second, last)
  stack = Concat<axis = -1>(fu, su)
  size = Shape(x)
  y = Reshape(stack, size)""", "RotaryEmbedding", {"interleaved": 1}),
    "halves by parts": (
        ROTARY, "1,4,rows,6", SLICES + TABLES + """
  a, b = Split<axis = -1, num_outputs = 2>(x)""" + PRODUCTS + """
  y = Concat<axis = -1>(first, second)""",
        "RotaryEmbedding", {"interleaved": 0}),
    "neighbours to halves": (
        ROTARY, "1,4,rows,6", SLICES + TABLES + """
  a = Slice(x, zero, end, three, two)
  b = Slice(x, one, end, three, two)""" + PRODUCTS + """
  y = Concat<axis = -1>(first, second)""",
        "RotaryEmbedding", {"interleaved": 0}),
    "a part of the head, of neighbours": (
        POSITIONS_FIRST, "1,4,rows,10", GPTJ, "RotaryEmbedding",
        {"interleaved": 1, "rotary_embedding_dim": 6}),
    "one head": (
        "float[1,rows,6] x, float[1,rows,3] cos, float[1,rows,3] sin",
        "1,rows,6", "  a, b = Split<axis = -1, num_outputs = 2>(x)" + PRODUCTS +
        "  y = Concat<axis = -1>(first, second)",
        "RotaryEmbedding", {"num_heads": 1}),
    "tables of numbers": (
        "float[1,4,5,6] x", "1,4,5,6", FIXED + TURNED, "RotaryEmbedding",
        {"interleaved": 0}),
    "first rows of tables of numbers": (
        "float[1,4,rows,6] x", "1,4,rows,6", SLICES + """
  all_cos = Constant<value = float {0}>()
  all_sin = Constant<value = float {0}>()
  size = Shape(x)
  rows = Gather(size, two)
  cos = Slice(all_cos, zero, rows, zero)
  sin = Slice(all_sin, zero, rows, zero)""" + TURNED, "RotaryEmbedding",
        {"interleaved": 0}),
    "rows of tables of numbers, by position": (
        "float[1,4,rows,6] x, int64[1,rows] position", "1,4,rows,6",
        SLICES + """
  all_cos = Constant<value = float {0}>()
  all_sin = Constant<value = float {0}>()
  near_cos = Gather(all_cos, position)
  near_sin = Gather(all_sin, position)
  cos = Unsqueeze(near_cos, one)
  sin = Unsqueeze(near_sin, one)""" + TURNED, "RotaryEmbedding",
        {"interleaved": 0}),
    "one row of tables for two batches": (
        "float[2,4,rows,6] x, float[1,rows,3] c, float[1,rows,3] s",
        "2,4,rows,6", KEPT, "RotaryEmbedding", {"interleaved": 1}),
    "neighbours on an axis that stays": (
        ROTARY, "1,4,rows,6", KEPT, "RotaryEmbedding", {"interleaved": 1}),
    "a triangle of numbers, repeated heads merged": (
        "float[2,4,5,16] q, float[2,2,5,16] k, float[2,2,5,16] values",
        "2,4,5,16",
        REPEATED + GUARDED, "Attention", {"is_causal": 1}),
    "a window of numbers": (
        "float[2,4,5,16] q, float[2,4,5,16] k, float[2,4,5,8] v", "2,4,5,8",
        PRODUCT + """
  window = Constant<value = float {0}>()
  scores = Add(product, window)""" + PROBABILITIES, "Attention",
        {"is_causal": 0}),
    "a window of numbers that hides rows": (
        "float[2,4,5,16] q, float[2,4,5,16] k, float[2,4,5,8] v", "2,4,5,8",
        PRODUCT + """
  holed = Constant<value = float {0}>()
  scores = Add(product, holed)""" + PROBABILITIES, "Attention",
        {"is_causal": 0}),
    "as many columns of a bias as there are keys": (
        QKV, "2,4,rows,8", SLICES + PRODUCT + """
  slopes = Constant<value = float {0}>()
  tens = Constant<value_floats = [1.0,2.0,3.0,4.0,5.0,6.0,7.0,8.0,9.0,10.0]>()
  table = Mul(slopes, tens)
  size = Shape(k)
  keys = Gather(size, two)
  alibi = Slice(table, zero, keys, two)
  scores = Add(product, alibi)""" + PROBABILITIES, "Attention",
        {"scale": 1.0}),
    "a mask that hides rows": (
        QKV + ", bool[2,1,rows,keys] seen", "2,4,rows,8", PRODUCT + f"""
  lowest = Constant<value_float = {LOWEST}>()
  nothing = Constant<value_float = 0.0>()
  mask = Where(seen, nothing, lowest)
  scores = Add(product, mask)""" + PROBABILITIES, "Attention",
        {"scale": 1.0}),
    "a mask of numbers, guarded": (
        QKV + ", bool[2,1,rows,keys] seen, bool[2,1,rows,keys] near",
        "2,4,rows,8", PRODUCT + f"""
  lowest = Constant<value_float = {LOWEST}>()
  infinity = Constant<value = float {{-1.0}}>()
  nothing = Constant<value_float = 0.0>()
  low = Where(seen, nothing, lowest)
  mask = Where(near, low, infinity)
  scores = Add(product, mask)""" + GUARDED, "Attention", {"scale": 1.0}),
    "keys hidden by the lowest number": (
        QKV + ", int64[2,1,1,keys] seen", "2,4,rows,8", PRODUCT + f"""
  one = Constant<value_float = 1.0>()
  low = Constant<value_float = {LOWEST}>()
  number = Cast<to = 1>(seen)
  rest = Sub(one, number)
  mask = Mul(rest, low)
  scores = Add(product, mask)""" + PROBABILITIES, "Attention",
        {"scale": 1.0}),
    "replaced by the lowest number": (
        QKV + ", bool[2,1,rows,keys] hidden", "2,4,rows,8", PRODUCT + f"""
  slopes = Constant<value = float {{0}}>()
  zero = Constant<value_int = 0>()
  one = Constant<value_int = 1>()
  third = Constant<value_int = 2>()
  lowest = Constant<value_float = {LOWEST}>()
  size = Shape(k)
  keys = Gather(size, third)
  range = Range(zero, keys, one)
  number = Cast<to = 1>(range)
  alibi = Mul(slopes, number)
  biased = Add(product, alibi)
  scores = Where(hidden, lowest, biased)""" + PROBABILITIES, "Attention",
        {"scale": 1.0}),
    "a bias that is tiled, sizes of the product are read": (
        "float[batch,4,rows,8] q, float[batch,4,rows,8] k, "
        "float[batch,4,rows,8] v", "batch,rows,32", SLICES + """
  slopes = Constant<value = float {0}>()
  alpha = Constant<value_float = 0.25>()
  first = Constant<value_int = 0>()
  step = Constant<value_int = 1>()
  second = Constant<value_int = 2>()
  four = Constant<value_ints = [4]>()
  eight = Constant<value_ints = [8]>()
  all = Constant<value_ints = [32]>()
  size = Shape(q)
  batch = Gather(size, zero)
  count = Gather(size, second)
  range = Range(first, count, step)
  number = Cast<to = 1>(range)
  row = Mul(slopes, number)
  copies = Concat<axis = 0>(batch, one, one)
  alibi = Tile(row, copies)
  merged = Mul(batch, four)
  flat = Concat<axis = 0>(merged, last, eight)
  q3 = Reshape(q, flat)
  k3 = Reshape(k, flat)
  v3 = Reshape(v, flat)
  kt = Transpose<perm = [0, 2, 1]>(k3)
  product = MatMul(q3, kt)
  scaled = Mul(product, alpha)
  biased = Add(scaled, alibi)
  p = Softmax<axis = -1>(biased)
  y3 = MatMul(p, v3)
  made = Shape(y3)
  heads = Gather(made, zero)
  rows = Gather(made, one)
  batches = Div(heads, four)
  split = Concat<axis = 0>(batches, four, rows, eight)
  y4 = Reshape(y3, split)
  y5 = Transpose<perm = [0, 2, 1, 3]>(y4)
  joined = Concat<axis = 0>(batches, rows, all)
  y = Reshape(y5, joined)""", "Attention", {"scale": 0.25}),
    "no mask, rows of K first": (
        "float[2,4,rows,16] q, float[2,keys,4,16] k, float[2,4,keys,8] v",
        "2,4,rows,8", """
  kt = Transpose<perm = [0, 2, 3, 1]>(k)
  scores = MatMul(q, kt)""" + PROBABILITIES, "Attention", {"scale": 1.0}),
    "scale of a shape": (
        QKV, "2,4,rows,8", """
  kt = Transpose<perm = [0, 1, 3, 2]>(k)
  size = Shape<start = 3>(q)
  width = Cast<to = 1>(size)
  root = Sqrt(width)
  product = MatMul(q, kt)
  scores = Div(product, root)""" + PROBABILITIES, "Attention",
        {"scale": 0.25}),
    "soft-capping and a mask": (
        QKV + ", bool[2,1,rows,keys] seen", "2,4,rows,8", PRODUCT + f"""
  cap = Constant<value_float = 2.0>()
  lowest = Constant<value_float = {LOWEST}>()
  nothing = Constant<value_float = 0.0>()
  scaled = Mul(product, quarter)
  divided = Div(scaled, cap)
  tanh = Tanh(divided)
  capped = Mul(tanh, cap)
  mask = Where(seen, nothing, lowest)
  scores = Add(capped, mask)""" + PROBABILITIES, "Attention",
        {"scale": 0.25, "softcap": 2.0}),
    "a condition, guarded": (
        QKV + ", bool[2,1,rows,keys] hidden", "2,4,rows,8", PRODUCT + """
  infinity = Constant<value = float {-1.0}>()
  scaled = Mul(product, quarter)
  scores = Where(hidden, infinity, scaled)""" + GUARDED, "Attention",
        {"scale": 0.25}),
    "keys hidden for all rows": (
        QKV + ", int64[2,1,1,keys] seen", "2,4,rows,8", PRODUCT + """
  one = Constant<value_float = 1.0>()
  low = Constant<value_float = -10000.0>()
  number = Cast<to = 1>(seen)
  rest = Sub(one, number)
  mask = Mul(rest, low)
  scores = Add(product, mask)""" + PROBABILITIES, "Attention",
        {"scale": 1.0}),
    "a bias and a mask, batch and heads merged": (
        "float[2,4,rows,16] q, float[2,4,keys,16] k, float[2,4,keys,8] v, "
        "int64[8,1,keys] position, bool[2,1,rows,keys] seen", "2,4,rows,8",
        f"""
  quarter = Constant<value_float = 0.25>()
  lowest = Constant<value_float = {LOWEST}>()
  nothing = Constant<value_float = 0.0>()
  wide = Constant<value_ints = [8, -1, 16]>()
  narrow = Constant<value_ints = [8, -1, 8]>()
  q3 = Reshape(q, wide)
  k3 = Reshape(k, wide)
  v3 = Reshape(v, narrow)
  kt = Transpose<perm = [0, 2, 1]>(k3)
  product = MatMul(q3, kt)
  scaled = Mul(product, quarter)
  number = Cast<to = 1>(position)
  alibi = Mul(number, quarter)
  biased = Add(scaled, alibi)
  rows = Shape<start = 2, end = 3>(q)
  keys = Shape<start = 2, end = 3>(k)
  outer = Constant<value_ints = [2, 4]>()
  merged = Constant<value_ints = [8]>()
  eight = Constant<value_ints = [8]>()
  four = Concat<axis = 0>(outer, rows, keys)
  three = Concat<axis = 0>(merged, rows, keys)
  split = Reshape(biased, four)
  mask = Where(seen, nothing, lowest)
  scores = Add(split, mask)
  p = Softmax<axis = -1>(scores)
  p3 = Reshape(p, three)
  y3 = MatMul(p3, v3)
  result = Concat<axis = 0>(outer, rows, eight)
  y = Reshape(y3, result)""", "Attention", {"scale": 0.25}),
}
SIZES = {"batch": 3, "rows": 5, "keys": 7}
MNEMONICS = {"Attention": "gac.attention",
             "RotaryEmbedding": "gac.rotary_embedding"}
# Shape got its ends with opset 15, Trilu is of 14, axes are operands from 13.
OLD_OPSETS = (13, 14, 17)


class RecoverForms(harness.ToolTest):
    def make(self, inputs, shape, body, opset=20):
        model = onnx.parser.parse_model(
            f'<ir_version: 8, opset_import: ["": {opset}]>\n'
            f"form ({inputs}) => (float[{shape}] y) {{\n{body}\n}}")
        for node in model.graph.node:
            if node.op_type == "Constant" and node.output[0] in NUMBERS:
                node.attribute[0].t.CopyFrom(onnx.numpy_helper.from_array(
                    NUMBERS[node.output[0]]))
        onnx.checker.check_model(model, full_check=True)
        path = self.dir / "form.onnx"
        onnx.save(model, str(path))
        return path

    def feed(self, model):
        rng, feed, first = np.random.default_rng(7), {}, True
        for value in model.graph.input:
            tensor = value.type.tensor_type
            shape = [SIZES.get(d.dim_param, d.dim_value)
                     for d in tensor.shape.dim]
            data = rng.standard_normal(shape)
            if tensor.elem_type == onnx.TensorProto.BOOL:
                # All of one row, none of another, and some of the others.
                feed[value.name] = data > -0.5
                feed[value.name][0, 0, :2] = [[first], [not first]]
                first = not first
            elif tensor.elem_type == onnx.TensorProto.INT64:
                feed[value.name] = (data > -0.5).astype(np.int64)
                if value.name == "seen":
                    feed[value.name][0] = 0
            else:
                feed[value.name] = data.astype(np.float32)
        return feed

    def test_each_form(self):
        for name, (inputs, shape, body, op, attributes) in FORMS.items():
            with self.subTest(name):
                self.check(self.make(inputs, shape, body), op, attributes)

    def test_each_form_in_an_old_opset(self):
        """There it is written out again, in ops which that opset has."""
        recovered = self.dir / "recovered.onnx"
        for opset in OLD_OPSETS:
            for name, (inputs, shape, body, op, _) in FORMS.items():
                # Some are written with what later opsets have.
                body = body.replace(", num_outputs = 2", "")
                if opset < 15 and "Shape<" in body:
                    continue
                with self.subTest(name, opset=opset):
                    path = self.make(inputs, shape, body, opset)
                    named = self.must_run("gac-opt", path, "--gac-recover").out
                    self.assertIn(MNEMONICS[op], named)
                    self.must_run("gac-opt", path, "--gac-recover", "-o",
                                  recovered)
                    model = harness.load(recovered)
                    onnx.checker.check_model(model, full_check=True)
                    self.assertNotIn(op, harness.op_types(model))
                    self.compare(path, recovered)

    def check(self, path, op, attributes):
        recovered = self.dir / "recovered.onnx"
        self.must_run("gac-opt", path, "--gac-recover", "-o", recovered)
        model = harness.load(recovered)
        onnx.checker.check_model(model, full_check=True)
        found = [node for node in model.graph.node if node.op_type == op]
        self.assertEqual(len(found), 1)
        self.assertEqual(
            {"Softmax", "Neg", "Sub", "Tanh"}
            & {node.op_type for node in model.graph.node}
            - ({"Sub"} if "rest" in str(harness.load(path)) else set()), set())
        values = {a.name: onnx.helper.get_attribute_value(a)
                  for a in found[0].attribute}
        for name, value in attributes.items():
            self.assertEqual(values.get(name), value, name)
        self.compare(path, recovered)

    def compare(self, path, recovered):
        feed = self.feed(harness.load(path))
        want, = check_onnx.open_session(path).run(None, feed)
        for got in (check_onnx.open_session(recovered).run(None, feed),
                    ReferenceEvaluator(str(recovered)).run(None, feed)):
            self.assertLessEqual(check_onnx.relative_error(got[0], want),
                                 check_onnx.TOLERANCE)


if __name__ == "__main__":
    unittest.main()
