#===- test_suite.py - The suites of benchmarks, without a GPU --------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""benchmarks/suite.py with stand-ins for what needs a GPU: who is asked for
what, what is kept and resumed, what table and plot say. Real packages run on
the fake GPU of test/fake_cuda."""

import json
import sys
import unittest
from xml.etree import ElementTree

import harness
from suite_stand_ins import GAC, SuiteTest
from test_bench import FAKE_CUDA
from test_runtime import has_driver

sys.path.insert(0, str(harness.ROOT / "benchmarks"))
import suite_cases  # noqa: E402  (it lies in benchmarks/)


class Suites(SuiteTest):
    def test_list_and_dry_run(self):
        text = self.must_suite("--list").stdout
        for name, suite in suite_cases.make_suites(tiny=True).items():
            self.assertIn(f"{name}: {suite.title}\n", text)
            done = self.must_suite(name, "--dry-run")
            self.assertIn("gac compile", done.stdout)
            for case in suite.cases:
                self.assertIn(f"\n{case.name}: 3 rounds of "
                              f"{case.contenders[0].name}, ",
                              "\n" + done.stdout)
        self.assertFalse((self.dir / "suite-prefill").exists())

    def test_every_case_has_its_reference_and_its_bounds(self):
        for tiny in (False, True):
            for suite in suite_cases.make_suites(tiny).values():
                names = [case.name for case in suite.cases]
                self.assertEqual(len(set(names)), len(names))
                for case in suite.cases:
                    contenders = [each.name for each in case.contenders]
                    self.assertEqual(len(set(contenders)), len(contenders))
                    self.assertIn(case.ours, contenders)
                    self.assertLessEqual(case.wanted.keys(), set(contenders))
                    # What a bound is about is not what time is over for first.
                    self.assertFalse([each.name for each in case.contenders
                                      if each.late and each.name in case.wanted])
                    if case.group:  # one call of gac-bench measures them
                        self.assertEqual({each.provider for each in
                                          case.contenders}, {"gac"})

    def test_usage(self):
        for arguments, said in (
                ((), "which suite?"),
                (("prefill", "--only", "none"), "has no case 'none'"),
                (("prefill", "--rounds", "0"), "--rounds 0 is below 1")):
            done = self.suite(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(said, done.stderr)

    def test_prepare_keeps_what_is_there(self):
        self.must_suite("decode-1", "--prepare", "prepared")
        calls = self.log.read_text().splitlines()
        self.assertEqual([call.split()[0] for call in calls],
                         ["compile", "repair", "compile"])
        self.assertIn("--entry main:batch=1,seq=1,past=20", calls[0])
        self.assertIn("--strategy optimal", calls[1])
        record = json.loads((self.dir / "prepared" / "decode-1" /
                             "prepared.json").read_text())
        self.assertEqual(set(record["seconds"]), {"original", "optimal"})
        steps = record["seconds"]["optimal"]
        self.assertEqual(set(steps), {"repair", "compile"})
        self.assertGreater(steps["repair"]["wall"], 0)
        self.must_suite("decode-1", "--prepare", "prepared")
        self.assertEqual(self.log.read_text().splitlines(), calls)
        # Of another target, of what was another model, or by another compiler
        # they are others.
        self.log.unlink()
        self.must_suite("decode-1", "--prepare", "prepared", "--target", "h100")
        again = [call.replace("h200", "h100") for call in calls]
        self.assertEqual(self.log.read_text().splitlines(), again)
        self.log.unlink()
        path = self.dir / "prepared" / "decode-1" / "prepared.json"
        path.write_text(path.read_text().replace('"seed": 0', '"seed": 77'))
        self.must_suite("decode-1", "--prepare", "prepared", "--target", "h100")
        self.assertEqual(self.log.read_text().splitlines(), again)
        self.log.unlink()
        self.write("gac", GAC + "# newer\n")
        self.must_suite("decode-1", "--prepare", "prepared")
        self.assertEqual(self.log.read_text().splitlines(), calls)

    def test_prepare_fails(self):
        self.write("gac", "#!/bin/sh\necho gac: error: no such >&2\nexit 3\n")
        done = self.suite("decode-1", "--prepare", "prepared")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("suite.py: error: ", done.stderr)
        self.assertIn("exit code 3\ngac: error: no such\n", done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    def test_packages_are_missing(self):
        done = self.suite("decode-1", "--packages", "nowhere")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(
            done.stderr, "suite.py: error: nowhere/decode-1/original.gacpkg/"
            "manifest.json is missing; --prepare nowhere makes it\n")
        self.assertFalse((self.dir / "suite-decode-1").exists())

    def test_packages_are_of_another_model(self):
        packages = self.prepared("decode-1")
        path = self.dir / packages / "decode-1" / "prepared.json"
        record = json.loads(path.read_text())
        for group, name, said in (
                ("config", "layers", "config layers is 77, not 2"),
                ("entries", "main", "entries main is 77, not {'batch': 1, "
                 "'seq': 1, 'past': 20}")):
            other = json.loads(json.dumps(record))
            other["model"][group][name] = 77
            path.write_text(json.dumps(other))
            done = self.suite("decode-1", "--packages", packages)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertEqual(
                done.stderr, "suite.py: error: prepared/decode-1/prepared.json:"
                " the packages beside it are of another model than the suite's "
                f"decode-1: {said}\n")
        # A --prepare that was interrupted, and what no --prepare has made.
        record["seconds"]["optimal"].pop("compile")
        path.write_text(json.dumps(record))
        done = self.suite("decode-1", "--packages", packages)
        self.assertIn("prepared.json: optimal.gacpkg is of an earlier "
                      "--prepare; the same command goes on\n", done.stderr)
        path.unlink()
        done = self.suite("decode-1", "--packages", packages)
        self.assertIn("prepared.json does not say of which model", done.stderr)

    def test_pruned(self):
        """Models of another variant, beside the same peers."""
        self.must_suite("decode-1-pruned", "--packages",
                        self.prepared("decode-1-pruned"))
        folder = self.dir / "prepared" / "decode-1-pruned"
        self.assertTrue((folder / "optimal.gacpkg").exists())
        loads = [json.loads(line) for line in self.lines("peer")
                 if json.loads(line)["do"] == "load"]
        self.assertTrue(loads)
        for load in loads:
            self.assertEqual(load["config"]["variant"], "prune")
            low, high = suite_cases.TINY["widths"]
            for block in load["config"]["blocks"]:
                self.assertTrue(low <= block["mlp"] <= high)
                self.assertIsNone(block["gate_proj"])
        summary = self.summary("decode-1-pruned")
        self.assertEqual(summary["title"], "Decode, batch 1, pruned")

    def test_all_in_one(self):
        done = self.must_suite("prefill", "--packages",
                               self.prepared("prefill", "prefill-2"),
                               "--only", "prefill-2")
        for line in (
                "| PyTorch eager | 1000.0 | 0.0 % | 10.00 | 1500 | 2.5 s |",
                "| GAC, as compressed | 400.0 | 0.0 % | 4.00 | 1980 |  |",
                "| Inductor's best knobs, CUDA graph | 300.0 | 0.0 % | 3.00 | "
                "1500 | 2.5 s |",
                "| prefill of 24, 2 layers, torch.compile, CUDA graph | 2.20 |"
                " 5.00 |"):
            self.assertIn(line + "\n", done.stdout)
        self.assertIn("cuBLASLt 13.1, cuDNN 91900; PyTorch 2.11 with CUDA 13.0, cuBLAS "
                      "13.1, cuDNN 9.19, driver 580.\n", done.stdout)
        self.assertRegex(done.stdout, r"\| GAC, repaired, first run on a "
                         r"machine \| [0-9.]+ s, [0-9.]+ s of the processor "
                         r"\|  \| [0-9.]+ s \|")
        folder = self.dir / "suite-prefill"
        self.assertEqual((folder / "summary.md").read_text(), done.stdout)
        summary = self.summary("prefill")
        self.assertEqual((summary["format"], summary["version"]),
                         ("gac-suite-summary", 1))
        case = summary["cases"][0]
        by_name = {each["name"]: each for each in case["contenders"]}
        self.assertEqual(by_name["torch-merged-compile"]["ratio"], 1.5)
        self.assertEqual(by_name["torch-merged-compile"]["attention"], "cudnn")
        # Three rounds of thirty; those beside late ones are others.
        self.assertEqual(by_name["gac-original"]["count"], 90)
        self.assertEqual(by_name["gac-optimal"]["count"], 90)
        self.assertEqual(by_name["torch-padded-best-graph"]["ratio"], 1.2)
        self.assertEqual(len(summary["environments"]), 1)
        self.assertEqual(set(by_name["gac-optimal"]["first_token"]),
                         {"cold", "warm"})
        # A cold start has an empty cache, and both runs are of ours.
        self.assertEqual(len(self.lines("run")), 2)
        self.assertIn("optimal.gacpkg", self.lines("run")[0])
        text = (folder / "summary.json").read_text()
        self.assertIn('"A GPU"', text)
        self.assertNotIn("somebody's", text)
        plot = ElementTree.fromstring((folder / "plot.svg").read_text())
        self.assertTrue(plot.tag.endswith("svg"))
        self.assertIn("10.00 (1000 us)", (folder / "plot.svg").read_text())

    def test_turns(self):
        self.must_suite("decode-1", "--packages", self.prepared("decode-1"),
                        "--rounds", 2)
        asked = self.measured()
        # Each once to get ready, then two rounds, before those that are late.
        early = [("original", "eager"), ("original", "compile"),
                 ("original", "compile-graph"), ("padded", "compile-graph"),
                 ("merged", "compile-graph"), ("dense", "compile-graph"),
                 ("original", "max-autotune-graph"),
                 ("original", "best"), ("original", "best-graph")]
        late = [("padded", "best-graph"), ("merged", "best-graph")]
        self.assertEqual(asked, 3 * early + 3 * late)
        # Ours has its turns beside those that are late, too; the others not.
        benches = [[package["name"] for package in
                    json.loads(line)["packages"]]
                   for line in self.lines("bench")]
        self.assertEqual(benches, [["original", "optimal"],
                                   ["optimal", "original"]]
                         + 2 * [["optimal"]])
        case = json.loads(self.lines("bench")[0])["cases"][0]
        self.assertEqual(case["positions"], {"ALL": 20})
        self.assertEqual((case["repeat"], case["warmup"], case["rounds"]),
                         (30, 30, 1))
        requests = [json.loads(line) for line in self.lines("peer")]
        loads = [each for each in requests if each["do"] == "load"]
        self.assertEqual(loads[0]["config"]["layers"], 2)
        self.assertEqual((loads[0]["batch"], loads[0]["context"]), (1, 20))
        # A turn takes a fifth of a second after a warm-up of as much, of
        # very short steps less.
        counts = [(each["repeat"], each["warm_up"]) for each in requests
                  if each["do"] == "measure"]
        self.assertEqual(counts[:9], 9 * [(5, 5)])
        self.assertEqual(counts[9], (200, 200))
        self.assertEqual(counts[13], (1600, 1600))

    def test_resume_after_a_failure_and_a_slow_peer(self):
        packages = self.prepared("decode-1")
        # Tuning does not end in time, and a mode fails.
        done = self.must_suite(
            "decode-1", "--packages", packages, "--rounds", 1, "--limit", 60,
            code=1, SLOW="best", FAILING="eager")
        self.assertIn("llama_torch did not answer in time", done.stderr)
        self.assertIn("Failed: PyTorch eager: llama_torch: RuntimeError: no "
                      "such kernel\n", done.stdout)
        self.assertIn("Not measured yet: Inductor's best knobs; ", done.stdout)
        self.assertIn("1 failed", done.stderr)
        self.assertIn("| GAC, as compressed | 400.0 |", done.stdout)
        # What was tuned before is not lost with it.
        self.assertIn("| torch.compile's max-autotune, CUDA graph | 310.0 | "
                      "0.0 % | 3.10 |", done.stdout)
        tuned = {each["pid"] for each in map(json.loads, self.lines("peer"))
                 if each.get("mode") == "max-autotune-graph"}
        self.assertEqual(len(tuned), 1)
        folder = self.dir / "suite-decode-1"
        self.assertTrue((folder / "llama_torch-best-original.log").exists())
        before = len(self.measured())
        done = self.must_suite("decode-1", "--packages", packages, "--rounds",
                               1, code=1)
        asked = self.measured()[before:]
        # What was measured is not measured again, nor what failed.
        self.assertIn(("original", "best"), asked)
        self.assertNotIn(("original", "eager"), asked)
        self.assertNotIn(("original", "max-autotune-graph"), asked)
        case = self.summary("decode-1")["cases"][0]
        calls = {each["call"].removesuffix(", late")
                 for each in case["contenders"] if "call" in each}
        self.assertEqual(len(calls), 2)
        for each in case["contenders"]:
            if each["name"] == "torch-original-best":
                self.assertEqual(each["ratio"], 2.56)  # of ours by itself
        before = len(self.measured())
        benches = len(self.lines("bench"))
        self.must_suite("decode-1", "--packages", packages, code=1)
        self.assertEqual(len(self.measured()), before)
        self.assertEqual(len(self.lines("bench")), benches)

    def test_packages_go_first(self):
        """A peer that takes all of a round's time takes none of ours."""
        self.must_suite("decode-1", "--packages", self.prepared("decode-1"),
                        "--rounds", 1)
        rounds = []
        for line in self.log.read_text().splitlines():
            if line.startswith("bench "):
                rounds.append([])
            elif rounds and line.startswith("peer ") and json.loads(
                    line.removeprefix("peer "))["do"] == "measure":
                rounds[-1].append(line)
        # After the first, all that is not late, and what is late once to get
        # ready; after the second, what is late.
        self.assertEqual([len(each) for each in rounds], [9 + 2, 2])

    def test_what_is_tuned_comes_last(self):
        """Cases, too: the layer has JAX, and no time when tuning took it."""
        self.must_suite("prefill", "--packages", self.prepared("prefill"),
                        "--rounds", 1, "--skip-late", code=2)
        self.assertEqual([case["name"] for line in self.lines("bench")
                          for case in json.loads(line)["cases"]],
                         ["prefill-3", "layer", "prefill-2"])

    def test_skip_late(self):
        done = self.must_suite("decode-8", "--packages",
                               self.prepared("decode-8"), "--rounds", 1,
                               "--skip-late", code=2)
        self.assertIn("Not measured yet: torch.compile's max-autotune, CUDA "
                      "graph; Inductor's best knobs, CUDA graph, padded and "
                      "merged\n", done.stdout)
        self.assertIn("layers, batch 8, Inductor's best knobs, CUDA graph, "
                      "padded to 64 | 1.50 | 1.50 |", done.stdout)
        self.assertEqual(len(self.lines("bench")), 1)

    def test_contenders(self):
        """Ours is beside what was chosen, and others are left alone."""
        packages = self.prepared("decode-1")
        chosen = ("--packages", packages, "--rounds", 1, "--contenders")
        done = self.must_suite("decode-1", *chosen,
                               "torch-merged-compile-graph")
        self.assertIn("torch.compile, CUDA graph, padded and merged | 125.0 |",
                      done.stdout)
        self.assertEqual(set(self.measured()), {("merged", "compile-graph")})
        case = self.summary("decode-1")["cases"][0]
        self.assertEqual({each["name"] for each in case["contenders"]
                          if "call" in each},
                         {"gac-optimal", "torch-merged-compile-graph"})
        for options in ((), ("--dry-run",)):
            done = self.must_suite("decode-1", *chosen, "torch-merged",
                                   *options, code=1)
            self.assertIn("no case has a contender 'torch-merged', only gac-",
                          done.stderr)

    def test_a_provider_does_not_start(self):
        """Nothing is known about its contenders: another call asks again."""
        packages = self.prepared("decode-1")
        self.write("broken", "#!/bin/sh\necho no torch >&2\nexit 1\n")
        for python, said in ((self.bin / "broken", "llama_torch ended with "
                              "code 1: no torch"),
                             ("nowhere/python", "No such file or directory")):
            done = self.must_suite("decode-1", "--packages", packages,
                                   "--torch-python", python, code=2)
            self.assertIn(said, done.stderr)
            self.assertIn("Not measured yet: PyTorch eager; ", done.stdout)
            self.assertIn("| GAC, as compressed | 400.0 |", done.stdout)
        self.must_suite("decode-1", "--packages", packages)

    def test_a_second_worker_does_not_start(self):
        """Only what it would have tuned is left out."""
        done = self.must_suite(
            "decode-1", "--packages", self.prepared("decode-1"), code=2,
            ONLY_ONE=str(self.dir / "one"))
        self.assertIn("llama_torch ended with code 1: no memory", done.stderr)
        self.assertIn("| torch.compile, CUDA graph | 500.0 | 0.0 % | 5.00 |",
                      done.stdout)
        self.assertIn("Not measured yet: torch.compile's max-autotune, CUDA "
                      "graph; Inductor's best knobs; ", done.stdout)
        # And there are no rounds for what is not there.
        self.assertEqual(len(self.lines("bench")), 3)

    def test_nothing_but_peers(self):
        done = self.must_suite("prefill", "--providers", "torch", "--only",
                               "prefill-3")
        self.assertIn("| PyTorch eager | 1000.0 | 0.0 % | another call's | "
                      "1500 | 2.5 s |", done.stdout)

    def test_another_package_is_a_contender(self):
        packages = self.prepared("decode-1")
        merged = self.dir / packages / "decode-1" / "merged.gacpkg"
        merged.mkdir()
        (merged / "manifest.json").write_text('{"entries": []}')
        self.must_suite("decode-1", "--packages", packages, "--providers",
                        "gac")
        done = self.must_suite("decode-1", "--report")
        self.assertIn("| GAC, merged | 80.0 | 0.0 % | 0.80 | 1980 |",
                      done.stdout)
        (merged / "manifest.json").unlink()
        done = self.must_suite("decode-1", "--packages", packages, code=1)
        self.assertIn("merged.gacpkg has no manifest.json\n", done.stderr)
        merged.rmdir()
        done = self.must_suite("decode-1", "--packages", packages)
        self.assertIn("| GAC, merged | 80.0 | 0.0 % | 0.80 | 1980 |",
                      done.stdout)

    def test_gac_fails(self):
        packages = self.prepared("decode-1")
        done = self.must_suite("decode-1", "--packages", packages,
                               "--providers", "gac", code=1,
                               NO_BENCH="optimal")
        self.assertIn("Failed: GAC, repaired: gac-bench: error: out of memory"
                      "\n", done.stdout)
        # The other package may be well, and is asked by itself.
        self.assertIn("| GAC, as compressed (partly) | 400.0 |", done.stdout)

    def test_a_lost_device(self):
        """What fails after it in the same process has not failed by itself."""
        done = self.must_suite("decode-8", "--packages",
                               self.prepared("decode-8"), "--rounds", 1,
                               "--skip-late", code=1, SICK="compile")
        self.assertEqual(done.stdout.count("Failed: "), 1, done.stdout)
        self.assertIn("Failed: torch.compile: llama_torch: AcceleratorError: "
                      "illegal address\n", done.stdout)
        self.assertIn("| PyTorch eager | 1000.0 |", done.stdout)
        self.assertIn("| torch.compile, CUDA graph, dense | 375.0 |",
                      done.stdout)

    def test_ours_fails(self):
        """What has been measured without ours is measured again."""
        packages = self.prepared("decode-1")
        self.must_suite("decode-1", "--packages", packages, "--rounds", 1,
                        code=1, NO_BENCH="optimal")
        (self.dir / "suite-decode-1" / "decode-1" / "gac-optimal.json").unlink()
        done = self.must_suite("decode-1", "--packages", packages, "--rounds",
                               1)
        self.assertIn("| torch.compile | 600.0 | 0.0 % | 6.00 |", done.stdout)

    def test_other_packages_are_refused(self):
        packages = self.prepared("decode-1")
        self.must_suite("decode-1", "--packages", packages, "--providers",
                        "gac")
        manifest = (self.dir / packages / "decode-1" / "optimal.gacpkg"
                    / "manifest.json")
        manifest.write_text('{"entries": [], "model": "new"}')
        done = self.must_suite("decode-1", "--packages", packages,
                               "--providers", "gac", code=1)
        self.assertIn("suite-decode-1 has results of other packages of decode-1"
                      " than these; give another --output\n", done.stderr)

    def test_predictions(self):
        """Of packages, where the case's caches are full."""
        packages = self.prepared("llm-decode")
        for path in (self.dir / packages).glob("*/*.gacpkg/manifest.json"):
            path.write_text(json.dumps({"entries": [{"name": "main", "ops": [
                {"predictedUs": 30}, {}, {"predictedUs": 12.5}]}]}))
        self.must_suite("llm-decode", "--packages", packages)
        for case in self.summary("llm-decode")["cases"]:
            # Of 28 positions, those of most cases are fewer.
            is_full = case["name"].endswith("24-generate-4")
            for each in case["contenders"]:
                self.assertEqual(each.get("predicted_us"),
                                 42.5 if is_full else None, case["name"])

    def test_other_folders_are_refused(self):
        packages = self.prepared("decode-1")
        (self.dir / "mine").mkdir()
        (self.dir / "mine" / "thesis.txt").write_text("")
        done = self.suite("decode-1", "--packages", packages, "--output",
                          "mine")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "suite.py: error: mine is not empty, and "
                         "no folder of results\n")
        self.must_suite("decode-1", "--packages", packages, "--output", "out",
                        "--providers", "gac")
        done = self.suite("decode-8", "--output", "out", "--report")
        self.assertEqual(done.stderr, "suite.py: error: out has results of the "
                         "suite decode-1 --tiny, not of decode-8 --tiny\n")
        record = self.dir / "out" / "decode-1" / "gac-optimal.json"
        record.write_text(record.read_text().replace('"version": 1',
                                                     '"version": 7'))
        done = self.suite("decode-1", "--output", "out", "--report")
        self.assertIn("gac-suite-result', version 7, not", done.stderr)
        self.assertEqual(done.returncode, 1)

    def test_attention(self):
        name, step = "prefill-107-causal", "decode-107-1"
        done = self.must_suite("attention", "--packages",
                               self.prepared("attention", name, step),
                               "--only", name, step)
        self.assertIn("| GAC, repaired, its own kernel | 110.0 |", done.stdout)
        self.assertIn("| cuDNN at the stored width | 99.0 | 0.0 % | 0.99 |",
                      done.stdout)
        repair = [line for line in self.lines("repair") if name in line]
        self.assertIn("--allow-interface *", repair[0])
        # Only cuDNN's graphs of fixed lengths can be asked for by itself.
        self.assertFalse(any("decode" in line for line in self.lines("run")))

    def test_one_package_for_both_phases(self):
        """Beside a package with one entry, of the same repaired model."""
        packages = self.prepared("phases")
        compiled = {line.split("phases/")[-1]: line
                    for line in self.lines("compile")}
        self.assertEqual(set(compiled), {
            "optimal.gacpkg", "optimal-prefill.gacpkg",
            "optimal-decode.gacpkg"})
        prefill, decode = (f"--entry {entry}" for entry in (
            "prefill:batch=1,seq=20,past=0", "decode:batch=1,seq=1,past=20"))
        for name, wanted in (("optimal", (True, True)),
                             ("optimal-prefill", (True, False)),
                             ("optimal-decode", (False, True))):
            line = compiled[f"{name}.gacpkg"]
            self.assertIn("phases/optimal.onnx", line)
            self.assertEqual((prefill in line, decode in line), wanted)
        # A repair takes no size that may be zero.
        self.assertNotIn("past=0", self.lines("repair")[0])
        done = self.must_suite("phases", "--packages", packages)
        benches = [json.loads(line) for line in self.lines("bench")]
        self.assertEqual(
            {(each["cases"][0]["entry"],
              *sorted(package["name"] for package in each["packages"]))
             for each in benches},
            {("prefill", "optimal", "optimal-prefill"),
             ("decode", "optimal", "optimal-decode")})
        self.assertIn("| GAC, a package for both | 100.0 | 0.0 % | 1.25 |",
                      done.stdout)

    def test_groups(self):
        self.must_suite("llm-prefill", "--packages",
                        self.prepared("llm-prefill"))
        benches = [json.loads(line) for line in self.lines("bench")]
        self.assertEqual(
            [[case["entry"] for case in each["cases"]] for each in benches],
            [["b1s16", "b1s24"], ["b2s16", "b2s24"]])
        self.assertEqual(benches[0]["cases"][0]["rounds"], 3)
        cases = self.summary("llm-prefill")["cases"]
        self.assertEqual([len(each["contenders"]) for each in cases], [3] * 4)
        for each in cases[3]["contenders"]:
            self.assertTrue(each["complete"])


class RealPackages(SuiteTest):
    """What gac makes of the tiny models, on the fake GPU. Without code of the
    kernels, which that GPU would not run."""

    def setUp(self):
        super().setUp()
        for name in ("gac-bench", "gac-run"):
            (self.bin / name).unlink()
            (self.bin / name).symlink_to(harness.BIN / name)
        gac = self.bin / "gac"
        gac.write_text(f'#!/bin/sh\ncommand=$1\nshift\n[ "$command" = compile '
                       '] && set -- --no-cubin "$@"\nexec '
                       f'"{harness.BIN / "gac"}" "$command" "$@"\n')
        self.env = {"LD_LIBRARY_PATH": FAKE_CUDA,
                    "GAC_CACHE_DIR": str(self.dir / "cache")}

    @unittest.skipIf(has_driver(), "there is a real driver")
    def test_on_the_fake_gpu(self):
        for suite, only in (("decode-8", "decode-8"),
                            ("attention", "prefill-107-none"),
                            ("attention", "decode-125-1"),
                            ("llm-decode", "batch-1-context-16-generate-2")):
            with self.subTest(only):
                done = self.must_suite(
                    suite, "--only", only, "--providers", "gac", "--rounds",
                    1, "--output", only, **self.env)
                self.assertIn("| GAC, repaired | ", done.stdout)
                self.assertIn("| GAC, as compressed | ", done.stdout)
        done = self.must_suite("phases", "--providers", "gac", "--rounds", 1,
                               **self.env)
        for entry in ("Prefill, 20 positions", "Decode, batch 1 behind 20"):
            self.assertIn(f"### {entry}\n", done.stdout)
        self.assertEqual(done.stdout.count("| GAC, a package for both | "), 2)

    def test_a_repaired_attention(self):
        """Heads of 107 become 112, whose interface keeps its shape."""
        for only, inputs in (("prefill-107-causal", 3), ("decode-107-8", 3)):
            self.must_suite("attention", "--only", only, "--prepare", "p")
            package = self.dir / "p" / only / "optimal.gacpkg"
            manifest = json.loads((package / "manifest.json").read_text())
            entry = manifest["entries"][0]
            self.assertEqual(len(entry["inputs"]), inputs)
            tensors = manifest["tensors"]
            for number in entry["inputs"] + entry["outputs"]:
                self.assertEqual(tensors[number]["shape"][-1], 112)
                self.assertEqual(tensors[number]["lanes"]["shape"][-1], 107)


if __name__ == "__main__":
    unittest.main()
