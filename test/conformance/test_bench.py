#===- test_bench.py - gac-bench, without a GPU ----------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""What gac-bench checks and says without a GPU, and what it measures on the
fake one of test/fake_cuda, whose times can be calculated."""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest
from xml.etree import ElementTree

import harness
from test_runtime import has_driver

sys.path.insert(0, str(harness.ROOT / "test" / "gpu" / "runtime"))
from package_writer import PackageWriter  # noqa: E402

FAKE_CUDA = os.environ.get(
    "GAC_FAKE_CUDA", str(harness.BIN.parent / "test/fake_cuda/lib"))
HINT = " (gac-bench --help lists the options)"
# Of the fake GPU, beyond the work itself, where an operation is not in a graph.
LAUNCH_US = 2


def make_package(folder, blocks, width=512, arena=64):
    """A product, a kernel of so many blocks, a copy and an append to the cache
    "past" of 16 positions."""
    p = PackageWriter("bf16", ["sm_90a"])
    p.weight("w", [width, 64])
    p.tensor("x", "input", [32, width])
    p.tensor("t", "arena", [32, 64])
    p.tensor("room", "arena", [arena])
    p.tensor("y", "output", [32, 64])
    p.tensor("k", "cache", [16, 64])
    p.caches.append({"input": "past", "output": "present",
                     "tensor": p.id("k"), "axis": 0, "capacity": 16})
    ops = [p.gemm(p.operand("x", width), p.operand("w", 64),
                  p.operand("t", 64), 32, 64, width),
           p.launch("norm", blocks, 64, ["t", "y"]),
           p.copy("t", "y"),
           p.launch("append", 4, 64, ["y", "k", {"position": "past"}])]
    for op, predicted, moved in zip(ops, (2, blocks, 1, 3),
                                    (102400, 8192, 8192, 1024)):
        op.update(predictedUs=predicted, bytes=moved)
    p.entry("decode", ["x"], ["y"], ops, arena=["t", "room"],
            appends=[("past", 4)])
    p.entry("norm", [], ["y"], [p.launch("norm", blocks, 64, ["t", "y"])],
            arena=["t"])
    p.write(folder, cubins={"sm_90a": "kernels.cubin"})


def op_times(blocks, width=512):
    """What the fake GPU takes for each operation inside of a graph."""
    return [2e-6 * 32 * 64 * width, blocks, 2e-6 * 32 * 64 * 2, 4]


class Bench(harness.ToolTest):
    def setUp(self):
        super().setUp()
        make_package(self.dir / "a.gacpkg", 20)
        make_package(self.dir / "b.gacpkg", 10)
        self.log = self.dir / "log"
        self.env = {"LD_LIBRARY_PATH": FAKE_CUDA, "GAC_CACHE_DIR":
                    str(self.dir / "cache"), "GAC_FAKE_LOG": str(self.log)}

    def bench(self, *arguments, **env):
        """Runs on the fake GPU."""
        return harness.run_tool("gac-bench", *arguments, cwd=self.dir,
                                env={**self.env, **env})

    def must_bench(self, *arguments, **env):
        done = self.bench(*arguments, **env)
        # No progress where standard error is no terminal.
        self.assertEqual((done.code, done.err), (0, ""))
        return done.out

    def check_error(self, expected, *arguments, **env):
        """One sentence, and nothing measured or written."""
        before = sorted(self.dir.iterdir())
        done = self.bench(*arguments, **env)
        self.assertEqual(done.err, f"gac-bench: error: {expected}\n")
        self.assertEqual((done.code, done.out), (1, ""))
        self.assertEqual(sorted(self.dir.iterdir()), before)

    def write_experiment(self, **changes):
        experiment = {
            "format": "gac-experiment", "version": 1,
            "packages": [{"name": "old", "path": "a.gacpkg"},
                         {"name": "new", "path": "b.gacpkg"}],
            "cases": [{"entry": "decode", "rounds": 2, "repeat": 3,
                       "warmup": 1, "positions": {"past": 5}}], **changes}
        (self.dir / "e.json").write_text(json.dumps(experiment))

    # -- Without any GPU ------------------------------------------------------

    def test_help_names_every_option(self):
        text = self.must_run("gac-bench", "--help").out
        source = harness.ROOT / "tools" / "gac-bench" / "Options.cpp"
        names = [line.split('{"')[1].split('"')[0]
                 for line in source.read_text().splitlines()
                 if "_argument, nullptr, 0}" in line]
        self.assertGreater(len(names), 15)
        for name in names:
            self.assertIn(f"--{name}", text)

    def test_version(self):
        self.assertRegex(self.must_run("gac-bench", "--version").out,
                         r"^gac-bench \d+\.\d+\.\d+\n$")

    def test_dry_run(self):
        done = self.must_run("gac-bench", "a.gacpkg", "b.gacpkg", "--entry",
                             "decode", "--dry-run", "--position", "ALL",
                             "--repeat", 9, "--output", "out", cwd=self.dir,
                             env={"GAC_CACHE_DIR": str(self.dir / "cache")})
        self.assertEqual(done.out.splitlines()[4:], [
            "case decode: entry decode, 10 rounds of 9 replays after 10 to "
            "warm up, packages by turns",
            "  package  operations  predicted       FLOPs   bytes  positions",
            "  a                 4   26.00 us  2.10 MFLOP  120 kB  past 12",
            "  b                 4   16.00 us  2.10 MFLOP  120 kB  past 12",
            # 10 + 10 * (9 + 1) + 20 replays of 42 us.
            "  device memory together: 64.2 MiB; predicted time of all: "
            "5460.0 us"])
        self.assertRegex(done.out, r"\na +bf16 +sm_90a +32\.1 MiB +0\.1 MiB ")
        self.assertFalse((self.dir / "out").exists())

    def test_dry_run_gives_the_experiment(self):
        (self.dir / "elsewhere").mkdir()
        text = self.must_run("gac-bench", "a.gacpkg", "b.gacpkg", "--entry",
                             "decode", "--entry", "norm", "--rounds", 3,
                             "--position", "past=7", "--dry-run", "--json",
                             "elsewhere/e.json", cwd=self.dir).out
        again = self.must_run("gac-bench", "--experiment",
                              self.dir / "elsewhere" / "e.json", "--dry-run")
        self.assertEqual(again.out, text)
        self.assertIn("case norm: entry norm, 3 rounds", text)

    def test_usage_errors(self):
        self.check_error("which packages?" + HINT)
        self.check_error("option '--none' is unknown" + HINT, "a", "--none")
        self.check_error("package 'none': there is no such folder", "none",
                         "--entry", "decode")
        self.check_error("which --entry of 'decode', 'norm'?", "a.gacpkg")
        self.check_error("case 'x': package 'a' has no entry 'x', only "
                         "'decode', 'norm'", "a.gacpkg", "--entry", "x")
        self.check_error(
            "case 'decode': package 'a' has only the caches 'past', and a "
            "position is given for 'future'", "a.gacpkg", "--entry", "decode",
            "--position", "future=1")
        self.check_error(
            "case 'decode': package 'a': cache 'past' has 16 positions, and 13 "
            "filled with 4 appended by the entry do not fit", "a.gacpkg",
            "--entry", "decode", "--position", "ALL=13", "--dry-run")
        p = PackageWriter("f32", ["sm_90a"])
        p.tensor("x", "input", [4])
        p.tensor("y", "output", [4])
        p.entry("main", ["x"], ["y"], [p.copy("x", "y")])
        p.entry("empty", ["x"], [], [])
        p.write(self.dir / "c")
        self.check_error(
            "case 'main': package 'c' has no cache, and a position is given "
            "for 'ALL'", "c", "--entry", "main", "--position", "ALL")
        self.check_error("case 'empty': package 'c': entry 'empty' has no "
                         "operation to measure", "c", "--entry", "empty")

    def test_output_is_checked_first(self):
        for option, path in (("--json", "none/s.json"), ("--output", "none/r")):
            expected = (f"cannot write '{path}': No such file or directory"
                        if option == "--json" else
                        f"results cannot go to '{path}': 'none' is no folder")
            self.check_error(expected, "a.gacpkg", "--entry", "norm", option,
                             path)
        self.assertFalse(self.log.exists())

    def test_full_standard_output(self):
        command = [harness.BIN / "gac-bench", self.dir / "a.gacpkg", "--entry",
                   "norm", "--dry-run", "--json", "-"]
        with open("/dev/full", "wb") as full:
            done = subprocess.run(command, stdout=full, check=False,
                                  stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stderr), (
            1, b"gac-bench: error: cannot write to standard output: No space "
            b"left on device\n"))

    def test_positions_that_do_not_fit(self):
        """Of an entry that fills caches, and of one that counts all by one."""
        p = PackageWriter("f32", ["sm_90a"])
        for name in "ab":
            p.tensor(name, "cache", [16, 4])
            p.caches.append({"input": name, "output": "new_" + name, "axis": 0,
                             "tensor": p.id(name), "capacity": 16})
        for entry, count, told in (("prefill", 8, []),
                                   ("decode", 1, [{"position": "a"}])):
            p.entry(entry, [], [], [p.launch("append", 1, 32, [name, *told])
                                    for name in "ab"],
                    appends=[("a", count), ("b", count)])
        p.write(self.dir / "c", cubins={"sm_90a": "kernels.cubin"})
        both = ("c", "--entry", "prefill", "--entry", "decode")
        out = self.must_bench(*both, "--position", "ALL", "--dry-run")
        self.assertEqual(re.findall(r"all caches (\d+)", out), ["0", "15"])
        self.must_bench(*both, "--position", "ALL", "--rounds", 1)
        self.check_error(
            "case 'prefill': package 'c': entry 'prefill' fills the cache 'a' "
            "from its first position on, and 5 of 16 are filled", *both,
            "--position", "ALL=5", "--dry-run")
        self.check_error(
            "case 'decode': package 'c': entry 'decode' counts the positions "
            "of the cache 'b' by those of 'a', and 0 and 7 are filled", "c",
            "--entry", "decode", "--position", "a=7", "--dry-run")

    def test_bad_experiments(self):
        def check(expected, **changes):
            with self.subTest(expected):
                self.write_experiment(**changes)
                self.check_error("experiment 'e.json': " + expected,
                                 "--experiment", "e.json", "--dry-run")

        check("cases: expected at least one case", cases=[])
        check("packages: expected at least one package", packages=[])
        check("'case' is no field here, only cases, device, format, packages, "
              "seed, sequential, synthetic, version", case={})
        check("this experiment is newer than gac-bench: it has version 2 and "
              "gac-bench reads version 1", version=2)
        check("cases[0].packages[1]: there is no package 'newer'",
              cases=[{"entry": "decode", "packages": ["new", "newer"]}])
        check("cases[0].rounds: expected an integer from 1 to 100000, got 0",
              cases=[{"entry": "decode", "rounds": 0}])
        check("cases[1]: there is a case 'decode' already",
              cases=[{"entry": "decode"}, {"entry": "decode"}])
        self.write_experiment(packages=[{"name": "old", "path": "a"}])
        self.check_error("package 'a': there is no such folder",
                         "--experiment", "e.json", "--dry-run")
        self.write_experiment(cases=[{"name": "c", "entry": "decode",
                                      "packages": ["new"],
                                      "positions": {"past": 99}}])
        self.check_error(
            "case 'c': package 'new': cache 'past' has 16 positions, and 99 "
            "filled with 4 appended by the entry do not fit",
            "--experiment", "e.json", "--dry-run")
        (self.dir / "e.json").write_text("{")
        self.check_error("experiment 'e.json': this is no JSON",
                         "--experiment", "e.json")

    @unittest.skipIf(has_driver(), "there is a driver")
    def test_no_driver(self):
        self.check_error("there is no NVIDIA driver on this machine: "
                         "libcuda.so.1 was not found", "a.gacpkg", "--entry",
                         "decode", "--output", "out", LD_LIBRARY_PATH="")

    # -- On the fake GPU ------------------------------------------------------

    def test_no_device(self):
        one = ("a.gacpkg", "--entry", "norm")
        self.check_error("the NVIDIA driver sees no device", *one,
                         GAC_FAKE_DEVICES="0")
        self.check_error("there is no device 3 among the 1 that the NVIDIA "
                         "driver sees", *one, "--device", "3")

    def test_device_of_the_command_line(self):
        self.write_experiment(device=1)
        text = self.must_bench("--experiment", "e.json", "--device", 0,
                               "--dry-run", "--json", "-")
        self.assertEqual(json.loads(text)["device"], 0)
        self.must_bench("--experiment", "e.json", "--device", 0)
        self.log.unlink()
        self.check_error("there is no device 1 among the 1 that the NVIDIA "
                         "driver sees", "--experiment", "e.json")

    def test_folder(self):
        self.write_experiment()
        self.must_bench("--experiment", "e.json", "--output", "out")
        out = self.dir / "out"
        self.assertEqual(
            sorted(str(path.relative_to(out)) for path in out.rglob("*.*")),
            ["config.json", "env.json", "plots/decode-families.svg",
             "plots/decode-predictions.svg", "plots/decode-times.svg",
             "raw.json", "summary.json"])
        for plot in (out / "plots").iterdir():
            ElementTree.parse(plot)
        env = json.loads((out / "env.json").read_text())
        self.assertEqual(env["device"]["name"], "Fake GPU")
        self.assertEqual(
            (env["driver"], env["cuda"], env["nvrtc"], env["cublasLt"]),
            ("590.1", "13.1", "13.1", "130100"))
        self.assertRegex(env["cudnn"] or "90000", r"^\d{4,6}$")
        self.assertEqual(env["clocks"][0]["after"]["smMHz"], 1980)
        raw = json.loads((out / "raw.json").read_text())["cases"][0]
        self.assertEqual(raw["order"], [[0, 1], [1, 0]])
        self.assertEqual([len(times) for times in raw["packages"][0]["rounds"]],
                         [3, 3])
        self.assertEqual([each["smMHz"] for each in
                          raw["packages"][0]["clocks"]], [1980, 1980])
        # The folder says how to make it again.
        config = json.loads((out / "config.json").read_text())
        self.assertEqual(config["packages"][1],
                         {"name": "new", "path": str(self.dir / "b.gacpkg")})
        self.must_bench("--experiment", "out/config.json", "--output", "again")
        self.assertEqual((self.dir / "again" / "raw.json").read_text(),
                         (out / "raw.json").read_text())

    def test_results_through_a_link(self):
        """The link stays, beside the folder of all results."""
        (self.dir / "s.json").symlink_to("summary.json")
        self.must_bench("a.gacpkg", "--entry", "norm", "--output", "out",
                        "--json", "s.json")
        self.assertTrue((self.dir / "s.json").is_symlink())
        self.assertEqual((self.dir / "summary.json").read_text(),
                         (self.dir / "out" / "summary.json").read_text())

    def test_figures(self):
        self.write_experiment()
        summary = json.loads(
            self.must_bench("--experiment", "e.json", "--json", "-"))
        ceilings = summary["ceilings"][0]
        self.assertAlmostEqual(ceilings["readBytesPerSecond"] / 2e12, 1, 3)
        self.assertAlmostEqual(ceilings["flopsPerSecond"] / 1e12, 1, 3)
        self.assertLess(ceilings["copyBytesPerSecond"], 1e12)
        case = summary["cases"][0]
        self.assertEqual((case["baseline"], case["interleaved"]),
                         ("old", True))
        totals = []
        for package, blocks in zip(case["packages"], (20, 10)):
            ops = op_times(blocks)
            totals.append(sum(ops))
            self.assertAlmostEqual(package["us"]["median"], sum(ops), 3)
            self.assertEqual(package["us"]["count"], 6)
            self.assertEqual(package["positions"], {"past": 5})
            families = package["families"]
            self.assertAlmostEqual(families["gemm"], ops[0] + LAUNCH_US, 3)
            self.assertAlmostEqual(families["elementwise"],
                                   ops[1] + ops[3] + 2 * LAUNCH_US, 3)
            self.assertAlmostEqual(families["movement"], ops[2] + LAUNCH_US, 3)
            self.assertAlmostEqual(families["launchGaps"], -4 * LAUNCH_US, 3)
            memory = package["memory"]
            self.assertEqual(memory["usedBytes"], memory["plannedBytes"])
            self.assertEqual([op["index"] for op in package["ops"]],
                             [0, 1, 2, 3])
            # Bound by the FLOPs, 1e6 of which take a microsecond.
            product = package["ops"][0]
            self.assertAlmostEqual(product["limitShare"],
                                   ops[0] / (ops[0] + LAUNCH_US), 3)
        self.assertAlmostEqual(case["packages"][1]["speedup"],
                               totals[0] / totals[1], 3)
        # Predicted 2, 20, 1, 3; measured 4.1, 22, 2.0, 6.
        prediction = case["packages"][0]["prediction"]
        self.assertAlmostEqual(prediction["rankCorrelation"], 1)
        self.assertAlmostEqual(prediction["whole"], 26 / totals[0], 3)

    def launches(self, *arguments, **env):
        """Which package the graphs were of, one letter each."""
        self.must_bench(*arguments, **env)
        times = [float(line) for line in self.log.read_text().split()]
        slow, fast = max(times), min(times)
        self.assertEqual({*times}, {slow, fast})
        return "".join("a" if time == slow else "b" for time in times)

    def test_packages_take_turns(self):
        self.write_experiment()
        # One to warm up; four per round, of which three count.
        self.assertEqual(self.launches("--experiment", "e.json"),
                         "ab" + "aaaabbbb" + "bbbbaaaa")

    def test_sequential(self):
        self.write_experiment()
        self.assertEqual(
            self.launches("--experiment", "e.json", "--sequential", "--json",
                          "s.json"), "a" + 8 * "a" + "b" + 8 * "b")
        case = json.loads((self.dir / "s.json").read_text())["cases"][0]
        self.assertIs(case["interleaved"], False)

    def test_memory(self):
        for name in ("c", "d"):
            make_package(self.dir / f"{name}.gacpkg", 10, arena=50 << 20)
        both = ("c.gacpkg", "d.gacpkg", "--entry", "decode")
        self.check_error(
            "case 'decode' needs 264.2 MiB of device memory for all packages "
            "together (c 132.1 MiB, d 132.1 MiB) and Fake GPU has 256.0 MiB "
            "free; --sequential measures one package after another", *both,
            GAC_FAKE_MEMORY_MIB="256")
        out = self.must_bench(*both, "--sequential", GAC_FAKE_MEMORY_MIB="256")
        self.assertIn("10 rounds of 20 replays, one package after another", out)
        self.log.unlink()
        self.check_error(
            "case 'decode' needs 132.1 MiB of device memory (c 132.1 MiB, d "
            "132.1 MiB) and Fake GPU has 130.0 MiB free", *both, "--sequential",
            GAC_FAKE_MEMORY_MIB="130")

    def test_launches_that_block(self):
        """The stream cannot be held back then, and nothing hangs."""
        self.write_experiment()
        free = self.must_bench("--experiment", "e.json", "--json", "-")
        self.assertEqual(self.must_bench("--experiment", "e.json", "--json",
                                         "-", GAC_FAKE_BLOCKING="1"), free)

    def test_cases_share_packages(self):
        """Each case has what it needs on the device, and no more."""
        self.write_experiment(cases=[
            {"entry": "norm", "rounds": 1, "repeat": 1, "warmup": 0},
            {"name": "one", "entry": "norm", "packages": ["new"], "rounds": 1,
             "repeat": 1, "warmup": 0, "opRepeat": 0},
            {"entry": "decode", "rounds": 1, "repeat": 1, "warmup": 0}])
        text = self.must_bench("--experiment", "e.json", "--json", "s.json")
        self.assertEqual(text.count("\n  slowest operations of "), 4)
        cases = json.loads((self.dir / "s.json").read_text())["cases"]
        self.assertEqual([len(case["packages"]) for case in cases], [2, 1, 2])
        self.assertNotIn("ops", cases[1]["packages"][0])
        self.assertEqual(cases[1]["packages"][0]["speedup"], 1)

    def test_memory_is_of_the_case(self):
        """Not of entries that other cases captured."""
        quick = {"rounds": 1, "repeat": 1, "warmup": 0, "opRepeat": 0}
        self.write_experiment(cases=[
            {"entry": "norm", **quick}, {"entry": "decode", **quick},
            {"name": "again", "entry": "norm", **quick}])
        for option in ([], ["--sequential"]):
            self.must_bench("--experiment", "e.json", "--json", "s.json",
                            *option, GAC_FAKE_GRAPH_MIB="3")
            cases = json.loads((self.dir / "s.json").read_text())["cases"]
            for case in cases:
                for package in case["packages"]:
                    memory = package["memory"]
                    self.assertEqual(memory["usedBytes"],
                                     memory["plannedBytes"] + (3 << 20))

    def test_gac_run_prints_times(self):
        def run(*arguments):
            return self.must_run("gac-run", "a.gacpkg", "--entry", "norm",
                                 *arguments, cwd=self.dir, env=self.env).out

        self.assertEqual(run(), "")
        for count in 1, 3:
            self.assertEqual(run("--repeat", count),
                             "norm on Fake GPU: median 20.0 us, fastest 20.0, "
                             f"slowest 20.0 of {count}\n")

    def test_results_are_not_overwritten(self):
        (self.dir / "out").mkdir()
        (self.dir / "out" / "mine").touch()
        one = ("a.gacpkg", "--entry", "norm", "--output", "out")
        self.check_error("'out' exists already (--overwrite replaces it)", *one)
        self.check_error("'out' is no folder of results, so --overwrite does "
                         "not replace it", *one, "--overwrite")
        (self.dir / "out" / "mine").unlink()
        (self.dir / "out").rmdir()
        self.must_bench(*one)
        self.must_bench(*one, "--overwrite", "--op-repeat", 0)
        self.assertEqual([path.name for path in
                          (self.dir / "out" / "plots").iterdir()],
                         ["norm-times.svg"])


if __name__ == "__main__":
    unittest.main()
