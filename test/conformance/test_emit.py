#===- test_emit.py - Generated kernels, run on the CPU --------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""What gac-translate prints for linalg.generic, against numpy. The kernels are
elementwise: with host_cuda/ in place of CUDA's headers a C++ compiler takes
them, and their threads run one after the other."""

import ctypes
import itertools
import math
import random
import shutil
import subprocess
import unittest

import numpy as np

import harness

COMPILER = next(filter(None, map(shutil.which, ("clang++-22", "clang++"))),
                None)
TYPES = {"f32": np.float32, "f16": np.float16, "bf16": np.uint16,
         "i64": np.int64, "i32": np.int32, "i1": np.bool_}
BLOCKS, THREADS = 3, 7


class Index(ctypes.Structure):
    _fields_ = [(axis, ctypes.c_uint) for axis in "xyz"]


def to_bf16(values):
    """Rounded to nearest, ties to even."""
    bits = np.asarray(values, np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7fff + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def store(values, dtype):
    return (to_bf16(values) if dtype == "bf16" else
            np.asarray(values).astype(TYPES[dtype]))


def memref(dtype, shape, strides):
    layout = f", strided<{list(strides)}>"
    return "memref<" + "".join(f"{size}x" for size in shape) + dtype + (
        layout if shape else "") + ">"


def aligned(count, dtype):
    """An array at a multiple of 64 bytes."""
    item = np.dtype(TYPES[dtype]).itemsize
    raw = np.zeros(count * item + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start:start + count * item].view(TYPES[dtype])


@unittest.skipIf(COMPILER is None, "there is no clang++")
class Emit(harness.ToolTest):
    def load(self, kernels):
        source = self.dir / "kernels.mlir"
        source.write_text("\n".join(kernels))
        cuda = self.dir / "kernels.cu"
        self.must_run("gac-translate", "--gac-to-cuda", source, "-o", cuda)
        library = self.dir / "kernels.so"
        done = subprocess.run(
            [COMPILER, "-x", "c++", "-std=c++17", "-O1", "-ffp-contract=off",
             "-D__CUDACC__", "-Wno-unknown-pragmas", "-Wno-pass-failed",
             "-I", str(harness.ROOT / "test" / "conformance" / "host_cuda"),
             "-shared", "-fPIC", str(cuda), "-o", str(library)],
            capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stderr[:4000])
        return ctypes.CDLL(str(library))

    def launch(self, library, name, arrays):
        index = {each: Index.in_dll(library, each)
                 for each in ("threadIdx", "blockIdx", "blockDim", "gridDim")}
        index["blockDim"].x, index["gridDim"].x = THREADS, BLOCKS
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in arrays]
        for block, thread in itertools.product(range(BLOCKS), range(THREADS)):
            index["blockIdx"].x, index["threadIdx"].x = block, thread
            getattr(library, name)(*pointers)

    def test_layouts(self):
        """Sums of operands of any rank, order, stride and broadcast, and the
        indices of the loops."""
        draw = random.Random(4)
        cases = [Layout(draw, f"k{i}") for i in range(80)]
        library = self.load([case.text for case in cases])
        for case in cases:
            with self.subTest(case.text):
                arrays = [copy_aligned(array, dtype) for array, dtype
                          in zip(case.arrays, case.dtypes)]
                self.launch(library, case.name, arrays)
                for got, want in zip(arrays, case.expected):
                    np.testing.assert_array_equal(got, want)

    def test_operations(self):
        """Each operation of a body, on values where it differs from others."""
        library = self.load([operation_text(i, *case[:4])
                             for i, case in enumerate(OPERATIONS)])
        for i, (op, sources, target, _, function) in enumerate(OPERATIONS):
            with self.subTest(op):
                inputs = list(itertools.product(*(VALUES[each]
                                                  for each in sources)))
                columns = [np.array(column, TYPES[each]) for column, each
                           in zip(zip(*inputs), sources)]
                arrays = []
                for column, each in zip(columns, sources):
                    array = aligned(COUNT, each)
                    array[:] = 1
                    array[:len(column)] = column
                    arrays.append(array)
                out = aligned(COUNT, target)
                self.launch(library, f"op{i}", arrays + [out])
                with np.errstate(all="ignore"):
                    want = np.array([function(*row) for row in zip(*columns)])
                    want = want.astype(TYPES[target])
                got = out[:len(columns[0])]
                if target == "f32":
                    np.testing.assert_allclose(
                        got, want, rtol=3e-6, atol=1e-37)
                    np.testing.assert_array_equal(
                        np.signbit(got[want == 0]), np.signbit(want[want == 0]))
                else:
                    np.testing.assert_array_equal(got, want)


def copy_aligned(array, dtype):
    result = aligned(array.size, dtype)
    result[:] = array
    return result


class Layout:
    """One kernel with its arguments and what they should become."""

    def __init__(self, draw, name):
        self.name = name
        rank = draw.randint(0, 4)
        sizes = [draw.choice((1, 2, 3, 5)) for _ in range(rank)]
        if rank and draw.random() < 0.8:
            sizes[-1] = draw.choice((1, 7, 8, 16, 24, 61))
        self.arrays, self.dtypes, self.expected = [], [], []
        types, maps, terms = [], [], []
        dims = [f"d{axis}" for axis in range(rank)]

        def layout(axes, order):
            """Strides of axes in the order of memory, with gaps."""
            strides, step = {}, 1
            for axis in reversed(order):
                strides[axis] = step
                step *= sizes[axis] if axis is not None else 1
                if draw.random() < 0.3:
                    step = step + draw.choice((1, 3, 8))
                    step = -(-step // 8) * 8 if draw.random() < 0.5 else step
            return [strides[axis] for axis in axes], max(step, 1)

        def offsets(axes, strides):
            """Where the element of each turn lies."""
            result = np.zeros(sizes, np.int64)
            for axis, stride in zip(axes, strides):
                shape = [1] * rank
                shape[axis] = sizes[axis]
                result = result + (np.arange(sizes[axis])
                                   * stride).reshape(shape)
            return result

        def add(dtype, axes, zeros):
            order = axes[:]
            if draw.random() < 0.4:
                draw.shuffle(order)
            strides, count = layout(axes, order)
            results = [(dims[axis], sizes[axis], stride)
                       for axis, stride in zip(axes, strides)]
            for _ in range(zeros):
                results.insert(draw.randint(0, len(results)), ("0", 1, 1))
            types.append(memref(dtype, [each[1] for each in results],
                                [each[2] for each in results]))
            maps.append(f"affine_map<({', '.join(dims)}) -> "
                        f"({', '.join(each[0] for each in results)})>")
            self.dtypes.append(dtype)
            return offsets(axes, strides), count

        for _ in range(draw.randint(1, 3)):
            dtype = draw.choice(("f32", "bf16", "f16", "i64", "i32"))
            axes = [axis for axis in range(rank) if draw.random() < 0.75]
            place, count = add(dtype, axes, draw.choice((0, 0, 1)))
            values = np.array([draw.randint(-60, 60) for _ in range(count)])
            self.arrays.append(store(values, dtype))
            self.expected.append(self.arrays[-1])
            terms.append((dtype, values[place]))
        inputs = len(terms)
        total = sum(term for _, term in terms).astype(np.float64)
        turns = np.zeros(sizes, np.int64)
        for axis in range(rank):
            shape = [1] * rank
            shape[axis] = sizes[axis]
            turns = turns * 100 + np.arange(sizes[axis]).reshape(shape)
        for dtype, result in (("bf16", total), ("i64", turns)):
            place, count = add(dtype, list(range(rank)), 0)
            poison = np.full(count, 77)
            self.arrays.append(store(poison, dtype))
            want = self.arrays[-1].copy()
            want[place.ravel()] = store(result, dtype).ravel()
            self.expected.append(want)
        self.text = self.print(types, maps, inputs, rank, draw)

    def print(self, types, maps, inputs, rank, draw):
        arguments = [f"%a{i}" for i in range(len(types))]
        lines = []
        for i, dtype in enumerate(self.dtypes[:inputs]):
            widen = {"f32": None, "i64": "sitofp", "i32": "sitofp"}.get(
                dtype, "extf")
            lines.append(f"%w{i} = arith.{widen} %x{i} : {dtype} to f32"
                         if widen else f"%w{i} = arith.addf %x{i}, %zero : f32")
        lines.append("%s0 = arith.addf %w0, %zero : f32")
        for i in range(1, inputs):
            lines.append(f"%s{i} = arith.addf %s{i - 1}, %w{i} : f32")
        lines.append(f"%b = arith.truncf %s{inputs - 1} : f32 to bf16")
        lines.append("%t0 = arith.constant 0 : index")
        for axis in range(rank):
            lines += [f"%i{axis} = linalg.index {axis} : index",
                      f"%h{axis} = arith.muli %t{axis}, %hundred : index",
                      f"%t{axis + 1} = arith.addi %h{axis}, %i{axis} : index"]
        lines.append(f"%i = arith.index_cast %t{rank} : index to i64")
        block = ", ".join(f"%x{i}: {dtype}"
                          for i, dtype in enumerate(self.dtypes))
        parallel = ", ".join(['"parallel"'] * rank)
        vector = draw.choice((1, 2, 4, 8))
        body = "\n    ".join(lines)
        return f"""
gac_cuda.kernel @{self.name} threads 32 ({", ".join(
    f"{name}: {each}" for name, each in zip(arguments, types))}) {{
  linalg.generic {{indexing_maps = [{", ".join(maps)}], iterator_types = [{
      parallel}]}}
      ins({", ".join(arguments[:inputs])} : {", ".join(types[:inputs])})
      outs({", ".join(arguments[inputs:])} : {", ".join(types[inputs:])})
      attrs = {{gac_cuda.vector = {vector} : i32}} {{
  ^bb0({block}):
    %zero = arith.constant 0.0 : f32
    %hundred = arith.constant 100 : index
    {body}
    linalg.yield %b, %i : bf16, i64
  }}
}}"""


FLOATS = (0.0, -0.0, 0.3, -1.5, 2.5, 3.5, -7.25, 1e-3, 100.0)
VALUES = {"f32": FLOATS, "i64": (0, 1, -1, 7, -8, 3, 2**62, -2**63),
          "i32": (0, 1, -1, 7, -8, 3, 2**31 - 1), "i1": (False, True)}
COUNT = 192  # At least all combinations of three operands.
NAN = float("nan")


def wrap(value, bits=64):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def unary(op, function):
    return (op, ("f32",), "f32", f"{op} %x0 : f32",
            lambda x: function(np.float64(x)))


def binary(op, dtype, function):
    return (op, (dtype, dtype), dtype, f"{op} %x0, %x1 : {dtype}", function)


def compare(op, predicate, dtype, function):
    return (f"{op} {predicate}", (dtype, dtype), "i1",
            f"arith.{op} {predicate}, %x0, %x1 : {dtype}", function)


def convert(op, source, target, function):
    return (f"{op} {source} {target}", (source,), target,
            f"arith.{op} %x0 : {source} to {target}", function)


def larger(a, b):
    return NAN if a != a or b != b else np.copysign(
        max(a, b), 1 if a == b == 0 and (
            not np.signbit(a) or not np.signbit(b)) else max(a, b))


def smaller(a, b):
    return -larger(-a, -b)


def divide(a, b):
    """Towards zero."""
    return 0 if b == 0 else int(abs(int(a)) // abs(int(b))) * (
        1 if (a < 0) == (b < 0) else -1)


OPERATIONS = [
    unary("arith.negf", np.negative), unary("math.absf", np.abs),
    unary("math.exp", np.exp), unary("math.exp2", np.exp2),
    unary("math.expm1", np.expm1), unary("math.log", np.log),
    unary("math.log1p", np.log1p), unary("math.log2", np.log2),
    unary("math.log10", np.log10), unary("math.sqrt", np.sqrt),
    unary("math.rsqrt", lambda x: 1 / np.sqrt(x)),
    unary("math.cbrt", np.cbrt), unary("math.tanh", np.tanh),
    unary("math.erf", lambda x: np.copysign(math.erf(x), x)),
    unary("math.sin", np.sin), unary("math.cos", np.cos),
    unary("math.tan", np.tan), unary("math.sinh", np.sinh),
    unary("math.cosh", np.cosh), unary("math.atan", np.arctan),
    unary("math.asin", np.arcsin), unary("math.acos", np.arccos),
    unary("math.asinh", np.arcsinh), unary("math.floor", np.floor),
    unary("math.ceil", np.ceil), unary("math.trunc", np.trunc),
    unary("math.roundeven", np.rint),
    unary("math.round", lambda x: np.copysign(np.floor(abs(x) + 0.5), x)),
    binary("arith.addf", "f32", lambda a, b: a + b),
    binary("arith.subf", "f32", lambda a, b: a - b),
    binary("arith.mulf", "f32", lambda a, b: a * b),
    binary("arith.divf", "f32", lambda a, b: a / b),
    binary("arith.remf", "f32", np.fmod),
    binary("arith.maximumf", "f32", larger),
    binary("arith.minimumf", "f32", smaller),
    binary("math.copysign", "f32", np.copysign),
    binary("math.atan2", "f32", np.arctan2),
    binary("math.powf", "f32",
           lambda a, b: np.power(np.float64(a), np.float64(b))),
    binary("arith.addi", "i64", lambda a, b: wrap(int(a) + int(b))),
    binary("arith.subi", "i64", lambda a, b: wrap(int(a) - int(b))),
    binary("arith.muli", "i64", lambda a, b: wrap(int(a) * int(b))),
    binary("arith.addi", "i32", lambda a, b: wrap(int(a) + int(b), 32)),
    binary("arith.andi", "i64", lambda a, b: a & b),
    binary("arith.ori", "i64", lambda a, b: a | b),
    binary("arith.xori", "i64", lambda a, b: a ^ b),
    binary("arith.maxsi", "i64", max), binary("arith.minsi", "i64", min),
    binary("arith.maxui", "i64",
           lambda a, b: max(a, b, key=lambda x: int(x) % 2**64)),
    binary("arith.minui", "i32",
           lambda a, b: min(a, b, key=lambda x: int(x) % 2**64)),
    binary("arith.andi", "i1", lambda a, b: a and b),
    binary("arith.ori", "i1", lambda a, b: a or b),
    binary("arith.xori", "i1", lambda a, b: a != b),
    binary("arith.maxsi", "i1", lambda a, b: a and b),
    convert("sitofp", "i64", "f32", float),
    convert("sitofp", "i1", "f32", lambda x: -1.0 if x else 0.0),
    convert("uitofp", "i1", "f32", float),
    convert("uitofp", "i32", "f32", lambda x: float(int(x) % 2**32)),
    convert("fptosi", "f32", "i64", int),
    convert("extsi", "i32", "i64", int),
    convert("extui", "i32", "i64", lambda x: int(x) % 2**32),
    convert("extui", "i1", "i64", int),
    convert("extsi", "i1", "i64", lambda x: -int(x)),
    convert("trunci", "i64", "i32", lambda x: wrap(int(x), 32)),
    convert("trunci", "i64", "i1", lambda x: bool(x & 1)),
    ("select", ("i1", "f32", "f32"), "f32",
     "arith.select %x0, %x1, %x2 : f32", lambda c, a, b: a if c else b),
    ("fma", ("f32", "f32"), "f32", "math.fma %x0, %x1, %x0 : f32",
     lambda a, b: float(a) * float(b) + float(a)),
    ("division", ("i64",), "i64", "arith.divsi %x0, %c : i64",
     lambda a: divide(a, -3)),
    ("floor division", ("i64",), "i64", "arith.floordivsi %x0, %c : i64",
     lambda a: int(a) // -3),
    ("ceil division", ("i64",), "i64", "arith.ceildivsi %x0, %c : i64",
     lambda a: -(int(a) // 3)),
    ("remainder", ("i64",), "i64", "arith.remsi %x0, %c : i64",
     lambda a: int(a) + 3 * divide(a, -3)),
    ("unsigned division", ("i64",), "i64", "arith.divui %x0, %c : i64",
     lambda a: int(a) % 2**64 // (2**64 - 3)),
]
NANS = {"oeq": False, "one": False, "ueq": True, "une": True, "olt": False,
        "ult": True, "oge": False, "uge": True, "ogt": False, "ugt": True,
        "ole": False, "ule": True, "ord": False, "uno": True}
SIGNS = {"eq": lambda a, b: a == b, "ne": lambda a, b: a != b,
         "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
         "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b}
for name, on_nan in NANS.items():
    sign = {"ord": lambda a, b: True, "uno": lambda a, b: False}.get(
        name, SIGNS.get(name[1:]))
    # NaN for 2.5: cmpf knows no constant of it among the values.
    OPERATIONS.append(
        (f"cmpf {name}", ("f32", "f32"), "i1",
         f"arith.cmpf {name}, %n0, %n1 : f32",
         lambda a, b, sign=sign, on_nan=on_nan:
         on_nan if 2.5 in (a, b) else sign(a, b)))
for name, sign in SIGNS.items():
    if name in ("eq", "ne"):
        OPERATIONS.append(compare("cmpi", name, "i64", sign))
        continue
    OPERATIONS.append(compare("cmpi", "s" + name, "i64", sign))
    OPERATIONS.append(compare(
        "cmpi", "u" + name, "i64",
        lambda a, b, sign=sign: sign(int(a) % 2**64, int(b) % 2**64)))
    OPERATIONS.append(compare("cmpi", "s" + name, "i1",
                              lambda a, b, sign=sign: sign(-int(a), -int(b))))


def operation_text(number, op, sources, target, text):
    types = [f"memref<{COUNT}x{each}>" for each in (*sources, target)]
    block = ", ".join(f"%x{i}: {each}"
                      for i, each in enumerate((*sources, target)))
    nan = ""
    if "%n0" in text:
        nan = """%nan = arith.constant 0x7FC00000 : f32
    %half = arith.constant 2.5 : f32
    %e0 = arith.cmpf oeq, %x0, %half : f32
    %e1 = arith.cmpf oeq, %x1, %half : f32
    %n0 = arith.select %e0, %nan, %x0 : f32
    %n1 = arith.select %e1, %nan, %x1 : f32"""
    same = ", ".join(["affine_map<(i) -> (i)>"] * len(types))
    return f"""
gac_cuda.kernel @op{number} threads 32 ({", ".join(
    f"%a{i}: {each}" for i, each in enumerate(types))}) {{
  linalg.generic {{indexing_maps = [{same}], iterator_types = ["parallel"]}}
      ins({", ".join(f"%a{i}" for i in range(len(sources)))} : {
          ", ".join(types[:-1])})
      outs(%a{len(sources)} : {types[-1]})
      attrs = {{gac_cuda.vector = 4 : i32}} {{
  ^bb0({block}):
    %c = arith.constant -3 : i64
    {nan}
    %r = {text}
    linalg.yield %r : {target}
  }}
}}"""


if __name__ == "__main__":
    unittest.main()
