#===- test_compile.py - gac compile, without a GPU ------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Packages of whole models: what the runtime says of them, their weights
against the model's, and that an original and a repaired package are made of the
same numbers. Weights that become one are test_plans.py's: where they are
compared one by one here, they stay as they are."""

import json
import re
import shutil
import struct
import subprocess
import sys
import unittest

import numpy as np
import onnx
from onnx import numpy_helper

import harness

sys.path.insert(0, str(harness.ROOT / "scripts"))
import synthetic_weights  # noqa: E402

ENTRIES = ("--entry", "prefill:batch=1,seq=9", "--entry", "wide:batch=2,seq=5")
PAST_ENTRIES = ("--entry", "prefill:batch=1,seq=9,past=0",
                "--entry", "decode:batch=1,seq=1,past=20")
MODELS = {"llama_asvd": ENTRIES, "llama_asvd_op23": ENTRIES,
          "llama_prune": ENTRIES, "llama_prune_op23": ENTRIES,
          "llama_asvd_past": PAST_ENTRIES, "llama_asvd_past_op23": PAST_ENTRIES}
# What has operations that no kernel computes yet, repaired or not.
NOT_COMPILED = {"bert_asvd", "convnet", "gpt2_60", "mla", "moe", "recurrent",
                "t5", "vit"}
# Norms over grown lanes: lanes, and how many of them count.
COUNTS = {"llama_hidden61": (64, 61), "qwen3_head14": (16, 14)}
NVCC = shutil.which("nvcc") or shutil.which("/usr/local/cuda/bin/nvcc")


def read_manifest(package):
    return json.loads((package / "manifest.json").read_text())


def read_weights(package):
    """name -> the values, as float32 where they are floats."""
    data = (package / "weights.safetensors").read_bytes()
    length, = struct.unpack("<Q", data[:8])
    result = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        first, last = entry["data_offsets"]
        part = data[8 + length + first:8 + length + last]
        dtype = {"BF16": np.uint16, "F16": np.float16, "F32": np.float32,
                 "I64": np.int64, "I32": np.int32, "BOOL": np.bool_}
        values = np.frombuffer(part, dtype[entry["dtype"]])
        if entry["dtype"] == "BF16":
            values = (values.astype(np.uint32) << 16).view(np.float32)
        result[name] = values.reshape(entry["shape"])
    return result


def initializers(path):
    return {tensor.name: numpy_helper.to_array(tensor)
            for tensor in onnx.load(path).graph.initializer}


def transpose_weights(model):
    """Has all matrices of products [n, k], behind a Transpose each."""
    graph = model.graph
    matrices = {tensor.name: tensor for tensor in graph.initializer
                if len(tensor.dims) == 2}
    nodes = list(graph.node)
    del graph.node[:]
    done = set()
    for node in nodes:
        name = node.input[1] if node.op_type == "MatMul" else None
        if name in matrices:
            node.input[1] = f"{name}^T"
            if name not in done:
                done.add(name)
                values = numpy_helper.to_array(matrices[name]).T.copy()
                matrices[name].CopyFrom(numpy_helper.from_array(values, name))
                graph.node.append(onnx.helper.make_node(
                    "Transpose", [name], [f"{name}^T"], perm=[1, 0]))
        graph.node.append(node)
    del graph.value_info[:]
    return len(done)


class Compile(harness.ToolTest):
    def compile(self, model, *options, name="p.gacpkg", planned=False):
        package = self.dir / name
        done = self.must_run("gac", "compile", model, "-o", package,
                             "--no-cubin", *options,
                             *([] if planned else ["--no-plan"]))
        self.assertIn(f"Wrote {package}", done.out)
        return package

    def test_models(self):
        """The runtime takes each, and its weights are the model's, rounded."""
        for model, entries in MODELS.items():
            with self.subTest(model):
                path = harness.MODELS / f"{model}.onnx"
                package = self.compile(path, *entries)
                done = self.must_run("gac-run", package, "--list")
                for entry in entries[1::2]:
                    name = entry.split(":")[0]
                    self.assertIn(f"entry {name}: ", done.out)
                manifest = read_manifest(package)
                self.assertEqual(manifest["dtype"], "bf16")
                if "past" in model:
                    self.assertEqual(
                        sorted(each["input"] for each in manifest["caches"]),
                        ["past_0_0", "past_0_1", "past_1_0", "past_1_1"])
                    self.assertEqual({each["capacity"]
                                      for each in manifest["caches"]}, {21})
                names = {tensor["name"] for tensor in manifest["tensors"]
                         if tensor["kind"] in ("input", "output")}
                self.assertEqual(names, {"input_ids", "logits"})
                known, found = initializers(path), 0
                for name, values in read_weights(package).items():
                    if name not in known or (known[name].shape
                                             != values.shape):
                        continue
                    want = known[name]
                    if want.dtype == np.float32:
                        dtype = next(tensor["dtype"]
                                     for tensor in manifest["tensors"]
                                     if tensor["name"] == name)
                        want = synthetic_weights.round_to(want, dtype)
                    np.testing.assert_array_equal(values, want)
                    found += 1
                self.assertGreater(found, 10)

    def test_repaired_models(self):
        """What compiles does so repaired, too, with the counts of before."""
        compiled = 0
        for path in harness.models():
            family = path.stem.removesuffix("_op23")
            if family in NOT_COMPILED:
                continue
            entries = PAST_ENTRIES if "past" in family else ENTRIES[:2]
            with self.subTest(path.stem):
                fixed = self.dir / path.name
                self.must_run("gac", "repair", path, "-o", fixed)
                package = self.compile(fixed, *entries, planned=True,
                                       name=f"{path.stem}.gacpkg")
                compiled += 1
                # From opset 23 on a file has the count in epsilon and scale.
                if family in COUNTS and family == path.stem:
                    lanes, count = COUNTS[family]
                    kernels = (package / "kernels.cu").read_text()
                    # Norms by themselves, and those that products compute.
                    counts = re.findall(
                        rf"/\*width=\*/{lanes},\n +/\*count=\*/(\d+),|"
                        rf"/\*k=\*/{lanes},[^}}]*\}};\n"
                        r".*NormalizedInput<.*> input\{x, norm, (\d+),", kernels)
                    self.assertTrue(counts)
                    self.assertEqual({a or b for a, b in counts},
                                     {str(count)})
        self.assertGreater(compiled, 20)

    def test_transposed_weights(self):
        """A step has the same plan, operations and weights however these lie
        in the model."""
        model = onnx.load(harness.MODELS / "llama_asvd_past.onnx")
        models = []
        for layout in ("k_n", "n_k"):
            if layout == "n_k":
                self.assertGreater(transpose_weights(model), 20)
            (self.dir / layout).mkdir()
            onnx.save(model, self.dir / layout / "model.onnx")
            models.append(self.repair(self.dir / layout / "model.onnx",
                                      f"{layout}/fixed"))
        for batch in (1, 12):
            for planned in (False, True):
                with self.subTest(f"batch {batch}, planned {planned}"):
                    self.check_same_packages(*(self.compile(
                        path, "--entry", f"step:batch={batch},seq=1,past=20",
                        planned=planned, name=f"{path.parent.name}.gacpkg")
                        for path in models))

    def test_plans_of_transposed_weights(self):
        """Products are planned for where weights will lie. At full width, where
        the kernel of few rows takes 12 rows of some of them."""
        plans = []
        for options in ([], ["--transposed"]):
            path, fixed, plan = (self.dir / name for name in (
                "wide.onnx", "fixed.onnx", "plan.mlir"))
            subprocess.run(
                [sys.executable, harness.ROOT / "benchmarks" / "make_llama.py",
                 path, "--weights", "none", "--layers", "2", "--past",
                 *options], check=True, stdout=subprocess.DEVNULL)
            self.must_run("gac", "repair", "--graph-only", path, "--strategy",
                          "predefined", "-o", fixed)
            self.compile(fixed, "--graph-only", "--plan-out", plan, "--entry",
                         "step:batch=12,seq=1,past=1024", planned=True)
            plans.append(plan.read_text())
        self.assertEqual(*plans)

    def check_same_packages(self, first, second):
        self.assertEqual((first / "kernels.cu").read_text(),
                         (second / "kernels.cu").read_text())
        one, two = (read_manifest(package)["entries"][0]["ops"]
                    for package in (first, second))
        for ops in (one, two):
            for op in ops:
                op.pop("nodes", None)
        self.assertEqual(one, two)
        want, got = read_weights(first), read_weights(second)
        self.assertEqual(want.keys(), got.keys())
        for name, values in want.items():
            np.testing.assert_array_equal(values, got[name])

    def test_every_operation_is_told(self):
        """Nodes, family and prediction of all that an entry does."""
        package = self.compile(harness.MODELS / "llama_asvd.onnx", *ENTRIES)
        for entry in read_manifest(package)["entries"]:
            families = {op["family"] for op in entry["ops"]}
            self.assertLessEqual({"gemm", "attention", "elementwise"}, families)
            for op in entry["ops"]:
                self.assertGreater(op["predictedUs"], 0, op)
                self.assertGreater(op["bytes"], 0, op)

    @unittest.skipIf(NVCC is None, "there is no nvcc")
    def test_kernels_compile(self):
        for model in ("llama_asvd", "llama_asvd_past_op23"):
            package = self.dir / f"{model}.gacpkg"
            self.must_run("gac", "compile", harness.MODELS / f"{model}.onnx",
                          "-o", package, "--arch", "sm_90a,sm_80",
                          *MODELS[model])
            for arch in ("sm_90a", "sm_80"):
                self.assertTrue((package / f"kernels.{arch}.cubin").exists())
            self.assertEqual(sorted(read_manifest(package)["arch"]),
                             ["sm_80", "sm_90a"])

    def externalise(self, model):
        """The model with its larger weights beside it; returns the path."""
        path = self.dir / f"{model}.onnx"
        onnx.save_model(onnx.load(harness.MODELS / f"{model}.onnx"), path,
                        save_as_external_data=True,
                        location=f"{model}.bin", size_threshold=256)
        return path

    def test_graph_only(self):
        """The original without its data, and the repaired one made of a graph
        alone: the same numbers at the lanes' old places and new."""
        for model in ("llama_asvd", "llama_prune", "llama_asvd_past"):
            with self.subTest(model):
                path = self.externalise(model)
                fixed = self.dir / f"{model}.fixed.onnx"
                self.must_run("gac", "repair", "--graph-only", path, "-o",
                              fixed)
                (self.dir / f"{model}.bin").unlink()
                packages = [
                    self.compile(each, "--graph-only", *MODELS[model],
                                 name=f"{model}.{index}.gacpkg")
                    for index, each in enumerate((path, fixed))]
                self.check_same_originals(*packages)

    def repair(self, source, name, *options):
        path = self.dir / f"{name}.onnx"
        self.must_run("gac", "repair", source, "-o", path, *options)
        return path

    def test_repaired(self):
        """However a repaired model holds its weights, and however often it was
        repaired, its package is made of the original's numbers."""
        for model in ("llama_asvd", "llama_heads", "llama_hidden61_op23",
                      "llama_palu"):
            with self.subTest(model):
                path = harness.MODELS / f"{model}.onnx"
                inside = self.repair(path, f"{model}.inside")
                self.check_repairs(path, inside, self.repair(
                    inside, f"{model}.twice", "--strategy", "predefined"))
                self.check_repairs(path, self.repair(
                    path, f"{model}.none", "--graph-only"))
                outside = self.externalise(model)
                self.check_repairs(
                    outside, self.repair(outside, f"{model}.beside"),
                    self.repair(outside, f"{model}.left", "--graph-only"))

    def check_repairs(self, path, *repaired):
        entry = ("--entry", "p:batch=1,seq=9")
        original = self.compile(path, *entry, name=f"{path.stem}.gacpkg")
        for fixed in repaired:
            named = onnx.load(fixed, load_external_data=False)
            absent = any(tensor.external_data for tensor in
                         named.graph.initializer) and not (
                             fixed.with_name(f"{fixed.name}.data").exists())
            package = self.compile(
                fixed, *entry, *(["--graph-only"] if absent else []),
                name=f"{fixed.stem}.gacpkg")
            self.check_same_weights(original, package,
                                    None if absent else fixed)
            self.assertEqual(*(
                {name for name, tensor in self.weights(each).items()
                 if not tensor.get("recipe")}
                for each in (original, package)))

    def weights(self, package):
        return {tensor["name"]: tensor
                for tensor in read_manifest(package)["tensors"]
                if tensor["kind"] == "weight"}

    def make_weight(self, package, name):
        out = self.dir / "weight.npz"
        self.must_run("gac-run", package, "--recipe", name, "--output", out)
        with np.load(out) as made:
            return made[name]

    def check_same_weights(self, original, package, model):
        """Each weight of `package` has the bits of the original's at its lanes
        and zeros between them; the lanes are those of the data, too."""
        old, new = self.weights(original), self.weights(package)
        data = initializers(model) if model else {}
        moved = 0
        for name, tensor in new.items():
            if not tensor.get("recipe"):
                continue
            recipe, pads = self.take_apart(tensor["recipe"])
            origin, _ = self.take_apart(old[recipe["name"]]["recipe"])
            for field in ("shape", "fanIn"):
                self.assertEqual(recipe[field], origin[field], name)
            want = self.make_weight(original, recipe["name"])
            lanes = np.ones(want.shape, bool)
            for pad in pads:
                want, lanes = (self.pad(each, pad) for each in (want, lanes))
            got = self.make_weight(package, name)
            # Kernels differ in how exactly they take a norm's weight.
            if tensor["dtype"] != old[recipe["name"]]["dtype"]:
                got, want = (synthetic_weights.round_to(each, "bf16")
                             for each in (got, want))
            np.testing.assert_array_equal(got.view(np.uint8),
                                          want.view(np.uint8), name)
            if pads:
                moved += 1
                if name in data:
                    # Of the original's own numbers hardly any is zero.
                    self.assertFalse(data[name][~lanes].any(), name)
                    self.assertGreater(np.mean(data[name][lanes] != 0), 0.99)
        self.assertGreater(moved, 5)

    def pad(self, values, recipe):
        """What `values` are where the lanes of a pad lie."""
        padded = np.zeros(recipe["shape"], values.dtype)
        padded[np.ix_(*(
            np.concatenate([np.arange(to, to + count)
                            for to, _, count in runs])
            for runs in recipe["axes"]))] = values
        return padded

    def take_apart(self, recipe):
        """The original that a recipe begins with, and its pads from there."""
        pads = []
        while recipe["kind"] != "original":
            if recipe["kind"] == "pad":
                pads.insert(0, recipe)
            recipe = recipe["source"]
        return recipe, pads

    def check_same_originals(self, one, two):
        originals = [self.originals(package) for package in (one, two)]
        self.assertGreater(len(originals[0]), 10)
        self.assertEqual(*originals)
        padded = [tensor for tensor in read_manifest(two)["tensors"]
                  if "pad" in json.dumps(tensor.get("recipe"))]
        self.assertTrue(padded)
        for tensor in padded:
            whole = synthetic_weights.evaluate_tensor(tensor)
            recipe = tensor["recipe"]
            while recipe["kind"] != "original":
                recipe = recipe["source"]
            compact, _ = synthetic_weights.evaluate(recipe)
            np.testing.assert_array_equal(
                np.sort(np.abs(whole[whole != 0])),
                np.sort(np.abs(synthetic_weights.round_to(
                    compact, tensor["dtype"]).ravel())))

    def originals(self, package):
        found = {}

        def visit(recipe):
            if recipe["kind"] == "original":
                found[recipe["name"]] = recipe
            for part in ("source", "a", "b"):
                if part in recipe:
                    visit(recipe[part])
            for source in recipe.get("sources", ()):
                visit(source)

        for tensor in read_manifest(package)["tensors"]:
            if tensor.get("recipe"):
                visit(tensor["recipe"])
        return found

    def test_report(self):
        """The table and the JSON say the same, and the scheduled module gives
        the same package."""
        path = harness.MODELS / "llama_asvd.onnx"
        scheduled = self.dir / "s.mlir"
        package = self.compile(path, *ENTRIES, "--dump-scheduled", scheduled,
                               planned=True)
        done = self.must_run("gac", "compile", path, "-o", package,
                             "--no-cubin", *ENTRIES, "--json", "-")
        report = json.loads(done.out)
        self.assertEqual((report["format"], report["kind"]), (1, "package"))
        self.assertEqual([entry["name"] for entry in report["entries"]],
                         ["prefill", "wide"])
        for entry, other in zip(report["entries"],
                                read_manifest(package)["entries"]):
            self.assertEqual(entry["operations"], len(other["ops"]))
            self.assertEqual(entry["arenaBytes"], other["arenaBytes"])
            self.assertAlmostEqual(
                entry["predictedUs"],
                sum(op["predictedUs"] for op in other["ops"]), places=6)
        again = self.dir / "again.gacpkg"
        self.must_run("gac-translate", "--gac-to-package", scheduled, "-o",
                      again, "--arch", "sm_90a")
        for file in ("kernels.cu", "weights.safetensors"):
            self.assertEqual((package / file).read_bytes(),
                             (again / file).read_bytes(), file)

    def check_error(self, expected, *arguments):
        done = harness.run_tool("gac", "compile", *arguments)
        self.assertEqual(done.code, 1)
        self.assertIn(f"error: {expected}\n", done.err)
        self.assertEqual(len(done.err.splitlines()), 1, done.err)

    def test_errors(self):
        model = harness.MODELS / "llama_asvd.onnx"
        out = ("-o", self.dir / "p.gacpkg")
        entry = ("--entry", "p:batch=1,seq=8")
        self.check_error(
            "no --entry is given; the model's symbolic sizes are batch, seq: "
            "say --entry NAME:batch=SIZE,seq=SIZE", model, *out)
        self.check_error(
            "--entry needs NAME:SYMBOL=SIZE,..., with a name of letters, "
            "digits and underscores, got 'a b:batch=1'", model, *out,
            "--entry", "a b:batch=1")
        self.check_error("two entries are called 'p'", model, *out, *entry,
                         *entry)
        self.check_error(
            "no package can be for the architecture 'sm_75': say sm_80, "
            "sm_90a or a later one", model, *out, *entry, "--arch", "sm_75")
        self.check_error("--arch names 'sm_80' twice", model, *out, *entry,
                         "--arch", "sm_80,sm_80")
        self.check_error("--dtype is bf16 or f16, not 'f32'", model, *out,
                         *entry, "--dtype", "f32")
        self.check_error("--dtype is given without a value", model, *out,
                         *entry, "--dtype=")
        self.check_error("--cache needs IN=OUT, got 'past'", model, *out,
                         *entry, "--cache", "past")
        self.check_error(
            f"'{self.dir}/folder' exists and is no package: choose another "
            "output", model, "-o", self.folder(), *entry)
        self.assertEqual([each.name for each in self.dir.iterdir()],
                         ["folder"])

    def test_symbols(self):
        """Which sizes an entry has to give, by the names of the inputs' axes."""
        def build(*shapes):
            path = self.dir / "model.onnx"
            inputs = [onnx.helper.make_tensor_value_info(
                name, onnx.TensorProto.FLOAT, shape)
                for name, shape in zip("xz", shapes)]
            nodes = [onnx.helper.make_node("Relu", [each.name], [f"y{i}"],
                                           name=f"relu{i}")
                     for i, each in enumerate(inputs)]
            outputs = [onnx.helper.make_tensor_value_info(
                f"y{i}", onnx.TensorProto.FLOAT, shape)
                for i, shape in enumerate(shapes)]
            onnx.save(onnx.helper.make_model(
                onnx.helper.make_graph(nodes, "g", inputs, outputs),
                opset_imports=[onnx.helper.make_opsetid("", 23)],
                ir_version=10), path)
            return path
        out = ("-o", self.dir / "p.gacpkg", "--no-cubin")
        # Not what they are added up to.
        model = build(["b", "s", 64], ["b", "p + s", 64])
        self.check_error(
            "no --entry is given; the model's symbolic sizes are b, s, p: say "
            "--entry NAME:b=SIZE,s=SIZE,p=SIZE", model, *out)
        self.compile(model, "--entry", "r:b=1,s=2,p=3")
        self.check_error(
            "no --entry is given; the model's symbolic sizes are s: say "
            "--entry NAME:s=SIZE", build(["2*s", 64]), *out)
        self.check_error(
            "no --entry is given; the model has no symbolic sizes, so --entry "
            "NAME will do", build([8, 64]), *out)
        model = build([8, 64], ["b", None, 64])
        self.check_error(
            "no --entry is given; axis 1 of input 'z' has neither a size nor a "
            "name, so that no entry can give it one", model, *out)
        done = harness.run_tool("gac", "compile", model, *out, "--entry",
                                "r:b=1")
        self.assertEqual(done.code, 1)
        self.assertIn(
            "error: input 'z': axis 1 has neither a size nor a name, so that "
            "no entry can give it one\n", done.err)

    def test_outputs(self):
        """Each file that is written is one of its own, outside of the package,
        and appears with the package or not at all."""
        shutil.copy(harness.MODELS / "llama_asvd.onnx", self.dir / "m.onnx")
        (self.dir / "link").symlink_to(self.dir)
        target = self.dir / "t.json"
        shutil.copy(harness.ROOT / "targets" / "h200.json", target)
        files = sorted(each.name for each in self.dir.iterdir())
        package, model = self.dir / "p.gacpkg", self.dir / "m.onnx"
        base = (model, "-o", package, "--entry", "p:batch=1,seq=8")
        all_options = {"--plan-out": "the plan",
                       "--dump-scheduled": "the scheduled module",
                       "--json": "JSON"}
        for option, what in all_options.items():
            for file in (model, f"{model}.data"):
                self.check_error(
                    f"{what} cannot be written to '{file}': that is the file "
                    f"'{file}'", *base, option, file)
            self.check_error(
                f"{what} cannot be written to '{target}': that is the file "
                f"'{target}'", *base, option, target, "--target", target)
            for file in (package, package / "x", package / "y" / "x",
                         self.dir / "z" / ".." / "p.gacpkg" / "x"):
                self.check_error(
                    f"{what} cannot be written to '{file}': that is in the "
                    f"package '{package}'", *base, option, file)
        # By whichever way, and before it is there.
        file, same = self.dir / "out", self.dir / "link" / "out"
        options = list(all_options)
        for first, second in ((0, 1), (0, 2), (1, 2)):
            self.check_error(
                f"{all_options[options[second]]} cannot be written to "
                f"'{same}': that is the file '{file}'", *base, options[second],
                same, options[first], file)
        self.check_error("JSON cannot be written to '-': that is the file '-'",
                         *base, "--json", "-", "--dump-scheduled", "-")
        # Where there is no package there are no other files.
        done = harness.run_tool(
            "gac", "compile", *base, "--plan-out", self.dir / "plan",
            "--json", self.dir / "report", "--dump-scheduled",
            self.dir / "module", env={"NVCC": "/bin/false"})
        self.assertEqual(done.code, 1)
        self.assertEqual(sorted(each.name for each in self.dir.iterdir()),
                         sorted([*files, "p.gacpkg.failed.cu"]))

    def folder(self):
        path = self.dir / "folder"
        path.mkdir()
        return path


if __name__ == "__main__":
    unittest.main()
