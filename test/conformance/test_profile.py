#===- test_profile.py - gac-profile and gac profile, without a GPU --------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""What gac-profile measures on the fake GPU of test/fake_cuda, whose times can
be calculated, how it goes on with a file, and the targets that gac profile makes
of its files."""

import json
import os
import re
import unittest
from xml.etree import ElementTree

import numpy as np
import onnx

import harness
from test_runtime import has_driver

FAKE_CUDA = os.environ.get(
    "GAC_FAKE_CUDA", str(harness.BIN.parent / "test/fake_cuda/lib"))
HINT = " (gac-profile --help lists the options)"
MODEL = harness.MODELS / "llama_asvd.onnx"


class Profile(harness.ToolTest):
    def setUp(self):
        super().setUp()
        self.env = {"LD_LIBRARY_PATH": FAKE_CUDA,
                    "GAC_CACHE_DIR": str(self.dir / "cache"),
                    "GAC_FAKE_MEMORY_MIB": "8192"}

    def run_on_fake(self, tool, *arguments, **env):
        return harness.run_tool(tool, *arguments, cwd=self.dir,
                                env={**self.env, **env})

    def must_profile(self, *arguments, **env):
        done = self.run_on_fake("gac-profile", *arguments, **env)
        # No progress where standard error is no terminal.
        self.assertEqual((done.code, done.err), (0, ""))
        return done.out

    def check_error(self, expected, *arguments, tool="gac-profile", **env):
        """One sentence; no file is made or changed."""
        def read():
            return {path: path.read_bytes() for path in self.dir.iterdir()
                    if path.is_file()}
        before = read()
        done = self.run_on_fake(tool, *arguments, **env)
        self.assertEqual(done.err, f"{tool}: error: {expected}\n")
        self.assertEqual((done.code, done.out), (1, ""))
        self.assertEqual(read(), before)

    def read(self, name="raw.json"):
        return json.loads((self.dir / name).read_text())

    def write(self, document, name="raw.json"):
        (self.dir / name).write_text(json.dumps(document))

    # -- Without any GPU ------------------------------------------------------

    def test_help_names_every_option(self):
        text = self.must_run("gac-profile", "--help").out
        source = harness.ROOT / "tools" / "gac-profile" / "Options.cpp"
        names = re.findall(r'\{"([a-z-]+)",\s+(?:no|required)_argument',
                           source.read_text())
        self.assertGreater(len(names), 10)
        for name in names:
            self.assertIn(f"--{name}", text)

    def test_lists(self):
        text = self.must_run("gac-profile", "--list").out
        for name in ("gemm-k", "stride", "attention-decode", "held-out-llama",
                     "S1", "S2", "G3", "G4", "P1", "HET1", "C21", "C23"):
            self.assertRegex(text, rf"(?m)^{name} ")

    def test_dry_run_needs_no_gpu(self):
        lines = self.must_run("gac-profile", "--dry-run").out.splitlines()
        quick = self.must_run("gac-profile", "--dry-run",
                              "--quick").out.splitlines()
        # Each measurement once, the quick ones first.
        self.assertEqual(len(set(lines)), len(lines))
        self.assertEqual(lines[-1], f"{len(lines) - 1} measurements")
        self.assertEqual(lines[:len(quick) - 1], quick[:-1])
        self.assertLess(len(quick) * 4, len(lines))
        one = self.must_run("gac-profile", "--dry-run", "--sweep",
                            "launch").out.splitlines()
        self.assertEqual(one[-1], "6 measurements")
        self.assertIn("launch 132 overlapping", one)

    def test_usage(self):
        for arguments, message in (
                (["--output"], "option '--output' needs a value"),
                ([], "where to? --output FILE is missing"),
                (["--output", "x", "y"], "'y' is no option"),
                (["--limit", "0", "--output", "x"],
                 "--limit needs an integer from 1 to 1048576, got '0'"),
                (["--plot", "x.svg", "--output", "x"],
                 "--plot needs --experiment"),
                (["--experiment", "S1", "--quick", "--output", "x"],
                 "--quick and --sweep are for profiles, not for experiments")):
            self.check_error(message + HINT, *arguments)
        done = self.run_on_fake("gac-profile", "--sweep", "gemm-q")
        self.assertRegex(done.err, "there is no sweep 'gemm-q', only launch, ")
        done = self.run_on_fake("gac-profile", "--experiment", "S3")
        self.assertRegex(done.err, "there is no experiment 'S3', only S1, S2, ")

    @unittest.skipIf(has_driver(), "there is a driver")
    def test_no_driver(self):
        self.check_error("there is no NVIDIA driver on this machine: "
                         "libcuda.so.1 was not found", "--output", "raw.json",
                         LD_LIBRARY_PATH="")

    # -- On the fake GPU ------------------------------------------------------

    def test_measures_and_goes_on(self):
        out = self.must_profile("--output", "raw.json", "--quick")
        count = int(re.match(r"(\d+) of \1 measurements in 'raw.json', 0 of "
                             "them from before, 0 refused; ", out).group(1))
        raw = self.read()
        self.assertEqual((raw["format"], raw["version"]), ("gac-profile", 1))
        self.assertEqual(raw["environment"]["gpu"], "Fake GPU")
        self.assertEqual(raw["environment"]["cublaslt"], "130100")
        samples = raw["samples"]
        self.assertEqual(len(samples), count)
        for sample in samples:
            if sample.get("ran") == "cublaslt":
                work = 2e-6 * sample["m"] * sample["n"] * sample["k"]
                self.assertAlmostEqual(sample["us"] / work, 1, places=4)
            if sample["op"] == "launch":
                self.assertAlmostEqual(sample["us"], sample["blocks"], places=3)
        # Few rows of aligned weights are a kernel's, others the library's.
        ran = {(s["m"], s["n"]): s["ran"] for s in samples
               if s["op"] == "product" and s["sweeps"] == ["gemm-n"]}
        self.assertEqual(ran[8, 1984], "gemv")
        self.assertEqual(ran[8, 2044], "cublaslt")
        self.assertEqual(ran[256, 1984], "cublaslt")

        # A whole profile begins where that ended.
        kept = samples[:100]
        self.write({**raw, "samples": kept})
        out = self.must_profile("--output", "raw.json")
        self.assertRegex(out, "100 of them from before")
        whole = self.read()
        self.assertGreater(len(whole["samples"]), 4 * count)
        strip = [{k: v for k, v in s.items() if k != "sweeps"} for s in kept]
        self.assertEqual([{k: v for k, v in s.items() if k != "sweeps"}
                          for s in whole["samples"][:100]], strip)
        self.assertEqual(whole["began"], raw["began"])
        again = self.must_profile("--output", "raw.json")
        self.assertRegex(again, rf"{len(whole['samples'])} of them from before")

    def test_again(self):
        """A sweep is measured anew in its place; the others stay."""
        self.must_profile("--output", "raw.json", "--sweep", "launch",
                          "--sweep", "memory")
        raw = self.read()
        old = {**raw, "samples": [{**sample, "us": 1e6, "q1": 1e6, "q3": 1e6}
                                  for sample in raw["samples"]]}
        self.write(old)
        out = self.must_profile("--output", "raw.json", "--sweep", "launch",
                                "--again")
        self.assertRegex(out, " 0 of them from before")
        self.assertEqual(
            self.read()["samples"],
            [new if "launch" in new["sweeps"] else before
             for new, before in zip(raw["samples"], old["samples"],
                                    strict=True)])
        self.check_error("--overwrite measures all anew, --again keeps the rest"
                         + HINT, "--output", "raw.json", "--again",
                         "--overwrite")

    def test_other_environments_are_not_mixed(self):
        self.must_profile("--output", "raw.json", "--sweep", "launch")
        raw = self.read()
        raw["environment"]["driver"] = "1.2"
        self.write(raw)
        self.check_error(
            "measurements 'raw.json' were made with something else than is "
            "here (driver 1.2 and 590.1): name another file, or replace it by "
            "--overwrite", "--output", "raw.json")
        self.must_profile("--output", "raw.json", "--sweep", "launch",
                          "--overwrite")
        self.assertEqual(self.read()["environment"]["driver"], "590.1")

    def test_damaged_files(self):
        self.must_profile("--output", "raw.json", "--sweep", "memory")
        raw = self.read()
        for change, message in (
                ({"format": "else"},
                 "format: expected 'gac-profile', got 'else'"),
                ({"version": 2}, "version: this GAC reads version 1 of the "
                 "file, and this is version 2"),
                ({"samples": [{**raw["samples"][0], "us": -1}]},
                 "samples[0].us: expected a time above 0"),
                ({"samples": [{**raw["samples"][0], "us": 1e308}]},
                 "samples[0].us: expected a time above 0 and up to 1e12"),
                ({"samples": [{**raw["samples"][0], "op": "sing"}]},
                 "samples[0].op: expected launch, read, copy, product, group "
                 "or attention, got 'sing'"),
                ({"samples": [{"op": "group", "dtype": "bf16", "m": 8,
                               "products": [{"n": 64, "k": 64}]}]},
                 "samples[0].products: expected two products or more, got 1"),
                ({"samples": [{"op": "attention", "dtype": "bf16", "batch": 1,
                               "heads": 8, "key_heads": 16, "queries": 1,
                               "keys": 64, "width": 128, "causal": False,
                               "backend": "kernel"}]},
                 "samples[0]: has 16 key heads for 8 heads, which they do not "
                 "divide"),
                *(({"samples": [{"op": "attention", "dtype": "bf16",
                                 "batch": 1, "heads": 8, "key_heads": 8,
                                 "queries": 1, "keys": 64, "width": 128,
                                 "causal": False, "backend": "kernel",
                                 **large}]},
                   "samples[0]: expected up to 2^30 queries and keys, and 2^24 "
                   "heads of all sequences, got ")
                  for large in ({"batch": 1 << 32}, {"keys": 1 << 32},
                                {"queries": 1 << 31},
                                {"heads": 1 << 32, "key_heads": 1 << 32})),
                ({"samples": [{"op": "group", "dtype": "bf16", "m": 8,
                               "products": [{"n": 1 << 40, "k": 1 << 40},
                                            {"n": 64, "k": 64}]}]},
                 "samples[0].products[0]: expected sizes of which the product "
                 "is at most 2^56")):
            self.write({**raw, **change}, "bad.json")
            done = self.run_on_fake("gac-profile", "--output", "bad.json")
            self.assertIn("measurements 'bad.json': ", done.err)
            self.assertIn(message, done.err)
            self.assertEqual(done.code, 1)
            self.assertEqual(self.read("bad.json"), {**raw, **change})

    def test_what_was_not_measured_is_the_bases(self):
        """A target of few sweeps can be read."""
        self.must_profile("--output", "raw.json", "--sweep", "memory",
                          "--sweep", "gemm-small")
        self.run_on_fake("gac", "profile", "raw.json", "-o", "t.json",
                         "--base", "h200")
        base = json.loads((harness.ROOT / "targets" / "h200.json").read_text())
        rules = {rule["id"]: rule for rule in self.read("t.json")["rules"]}
        for rule in base["rules"]:
            self.assertEqual(rules[rule["id"]].get("grid"), rule.get("grid"))

    def test_packages_have_the_same_price(self):
        """What a target says of a measured product is what gac compile says of
        one in a package."""
        rows, n, k = (1, 8, 300), 1000, 1024
        matrix = {"offset": 0}
        raw = json.loads((harness.ROOT / "benchmarks" /
                          "h200-profile.json").read_text())
        raw["samples"] = [
            sample for sample in raw["samples"]
            if not any("held-out" in sweep for sweep in sample["sweeps"])] + [
                {"op": "product", "sweeps": ["held-out-here"], "dtype": "bf16",
                 "m": m, "n": n, "k": k, "transposed": False,
                 "a": {"ld": k, **matrix}, "b": {"ld": n, **matrix},
                 "d": {"ld": n, **matrix}, "backend": "auto", "us": 1, "q1": 1,
                 "q3": 1, "replays": 5, "launches": 3, "ran": "cublaslt"}
                for m in rows]
        self.write(raw)
        done = self.run_on_fake("gac", "profile", "raw.json", "-o", "t.json",
                                "--report", "-")
        self.assertEqual((done.code, done.err), (0, ""))
        predictions = [each["predicted_us"]
                       for each in json.loads(done.out)["predictions"]]
        value = onnx.helper.make_tensor_value_info
        onnx.save(onnx.helper.make_model(onnx.helper.make_graph(
            [onnx.helper.make_node("MatMul", ["x", "w"], ["y"])], "product",
            [value("x", onnx.TensorProto.FLOAT, ["m", k])],
            [value("y", onnx.TensorProto.FLOAT, ["m", n])],
            [onnx.numpy_helper.from_array(np.ones((k, n), np.float32), "w")]),
            opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10),
            self.dir / "product.onnx")
        self.must_run("gac", "compile", self.dir / "product.onnx", "-o",
                      self.dir / "p.gacpkg", "--no-cubin", "--target",
                      self.dir / "t.json",
                      *[word for m in rows
                        for word in ("--entry", f"rows{m}:m={m}")])
        entries = self.read("p.gacpkg/manifest.json")["entries"]
        for entry, predicted in zip(entries, predictions, strict=True):
            ops = [op["predictedUs"] for op in entry["ops"]
                   if op["kind"] == "gemm" or "gemv" in json.dumps(op)]
            self.assertEqual(len(ops), 1, entry)
            self.assertAlmostEqual(ops[0], predicted, delta=2e-3 * predicted)

    def test_little_memory(self):
        self.check_error("a profile needs 768 MiB of free device memory and "
                         "Fake GPU has 512", "--output", "raw.json",
                         GAC_FAKE_MEMORY_MIB="512")
        out = self.must_profile("--output", "raw.json", "--sweep", "memory",
                                GAC_FAKE_MEMORY_MIB="1024")
        self.assertRegex(out, "2 refused")
        refused = [s for s in self.read()["samples"] if "refusal" in s]
        self.assertEqual({s["bytes"] for s in refused}, {1 << 30})
        self.assertRegex(refused[0]["refusal"], "its operands take 1024 MiB")

    def test_experiment(self):
        out = self.must_profile("--experiment", "P1", "--output", "P1.json",
                                "--plot", "P1.svg")
        self.assertRegex(out, "9 of 9 measurements in 'P1.json'")
        for sample in self.read("P1.json")["samples"]:
            self.assertEqual(sample["sweeps"], ["P1"])
        text = (self.dir / "P1.svg").read_text()
        root = ElementTree.fromstring(text)
        circles = [e for e in root.iter() if e.tag.endswith("circle")]
        self.assertEqual(len(circles), 9)
        self.assertIn("product, M = N = 4096, over K", text)

    # -- Targets --------------------------------------------------------------

    def test_fits_a_target(self):
        done = self.run_on_fake("gac", "profile", "raw.json", "--measure",
                                "-o", "fake.json", "--report", "report.json",
                                "--plot", "fit.svg")
        self.assertEqual((done.code, done.err), (0, ""))
        self.assertRegex(done.out, r"(?m)^held out of the fit .*rank")
        target = self.read("fake.json")
        self.assertEqual((target["format"], target["name"], target["title"],
                          target["multiprocessors"]),
                         (3, "fake", "Fake GPU", 4))
        # 1 us for each 1e6 FLOP of the library, while kernels take their
        # blocks, whatever their work: the fake GPU is best at attention.
        self.assertGreater(target["peak_tflops"]["bf16"], 1)
        rules = {rule["id"]: rule for rule in target["rules"]}
        self.assertIn("table", rules["gemm-k"]["tiers"][-1])
        self.assertEqual(rules["gemm-k"]["grid"]["other"], 4096)
        self.assertRegex(rules["gemm-k"]["source"], "gac profile, sweep gemm-k")
        self.assertIn("efficiency", rules["conv-channel"]["tiers"][0])
        report = self.read("report.json")
        self.assertEqual((report["format"], report["version"]),
                         ("gac-profile-report", 1))
        score = report["held_out"][0]
        self.assertEqual(score["name"], "all")
        self.assertEqual(score["count"], len(report["predictions"]))
        self.assertGreater(score["rank_correlation"], 0.9)
        low, high = score["interval"]
        self.assertLess(low, score["rank_correlation"])
        self.assertLessEqual(score["rank_correlation"], high)
        root = ElementTree.fromstring((self.dir / "fit.svg").read_text())
        circles = [e for e in root.iter() if e.tag.endswith("circle")]
        self.assertEqual(len(circles), score["count"])

        # Analysis and planner read it.
        self.must_run("gac", "analyze", MODEL, "--target",
                      self.dir / "fake.json", "--json",
                      self.dir / "findings.json")
        findings = self.read("findings.json")
        self.assertEqual(findings["target"], "fake")
        self.assertGreater(findings["totals"]["time_us"], 0)

    def test_shipped_target_is_the_fit_of_its_measurements(self):
        self.must_run("gac", "profile",
                      harness.ROOT / "benchmarks" / "h200-profile.json",
                      "-o", self.dir / "h200.json")
        self.assertEqual(
            self.read("h200.json"), json.loads(
                (harness.ROOT / "targets" / "h200.json").read_text()),
            "run gac profile benchmarks/h200-profile.json")

    def test_fit_errors(self):
        self.must_profile("--output", "raw.json", "--sweep", "launch")
        for arguments, message in (
                (["none.json"], "cannot open 'none.json': No such file or "
                 "directory"),
                (["raw.json"], "measurements 'raw.json': there is no "
                 "measurement of memory of 64 MiB or more, by which a target's "
                 "bandwidth is known"),
                (["raw.json", "-o", "raw.json"],
                 "-o would replace the measurements 'raw.json'"),
                (["raw.json", "-o", "./raw.json"],
                 "-o would replace the measurements 'raw.json'"),
                (["raw.json", "-o", "t.json", "--bench", "s.json", "--report",
                  "./s.json"], "--report would replace the summary 's.json'"),
                (["raw.json", "-o", "./t.json", "--base", "t.json"],
                 "-o would replace the base 't.json'"),
                (["raw.json", "-o", "-"],
                 "-o needs a file, and '-' is none"),
                (["raw.json", "-o", "t.json", "--plot", "t.json"],
                 "-o and --plot are one file, 't.json'"),
                (["raw.json", "--quick"],
                 "--quick is for --measure, which is not given"),
                (["raw.json", "--name="], "--name is given without a value"),
                (["raw.json", "--base", "b200"],
                 "unknown target 'b200': the built-in ones are a100, h100, "
                 "h200; any other is named by its .json file")):
            with self.subTest(arguments=arguments):
                self.check_error(message, "profile", *arguments, tool="gac")

    def test_judges_packages(self):
        self.must_profile("--output", "raw.json", "--quick")
        summary = {"format": "gac-bench-summary", "version": 1, "cases": [
            {"name": "decode", "packages": [
                {"name": name, "us": {"median": us}, "predictedUs": predicted,
                 "ops": [{"what": "gemm", "us": us / 2,
                          "predictedUs": predicted / 3}]}
                for name, us, predicted in (("a", 10, 5), ("b", 20, 30),
                                            ("c", 30, 20), ("d", 40, 50))]}]}
        self.write(summary, "summary.json")
        done = self.run_on_fake("gac", "profile", "raw.json", "--bench",
                                "summary.json", "--report", "-")
        self.assertEqual((done.code, done.err), (0, ""))
        report = json.loads(done.out)
        entries, ops = report["packages"]
        self.assertEqual((entries["name"], entries["count"]), ("entries", 4))
        self.assertAlmostEqual(entries["rank_correlation"], 0.8)
        self.assertEqual((ops["name"], ops["count"]), ("operations", 4))
        self.assertEqual(report["entries"][1]["what"], "decode, b")
        # A suite's, without those that have no prediction or no time.
        suite = {"format": "gac-suite-summary", "version": 1, "title": "Pruned",
                 "cases": [{"title": "prefill", "contenders": [
                {"title": "PyTorch", "median_us": 100},
                {"title": "GAC", "median_us": 50, "predicted_us": 60},
                {"title": "GAC, dense", "predicted_us": 70}]}]}
        self.write(suite, "suite.json")
        done = self.run_on_fake("gac", "profile", "raw.json", "--bench",
                                "summary.json", "--bench", "suite.json",
                                "--report", "-", "--plot", "plot.svg")
        self.assertEqual((done.code, done.err), (0, ""))
        entries = json.loads(done.out)["entries"]
        self.assertEqual(len(entries), 5)
        self.assertEqual(entries[4], {"what": "Pruned: prefill, GAC",
                                      "family": "other", "us": 50,
                                      "predicted_us": 60})
        self.assertTrue("Pruned: prefill, GAC: measured 50.00 us, predicted 60.00 us"
                        in (self.dir / "plot.svg").read_text())
        self.write({"format": "else"}, "bad.json")
        done = self.run_on_fake("gac", "profile", "raw.json", "--bench",
                                "bad.json")
        self.assertRegex(done.err, "results 'bad.json': format: expected "
                         "'gac-bench-summary' or 'gac-suite-summary'")
        self.assertEqual(done.code, 1)
        self.write(suite | {"version": 2}, "bad.json")
        done = self.run_on_fake("gac", "profile", "raw.json", "--bench",
                                "bad.json")
        self.assertRegex(done.err, "results 'bad.json': version: ")
        self.assertEqual(done.code, 1)


if __name__ == "__main__":
    unittest.main()
