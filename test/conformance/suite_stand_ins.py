#===- suite_stand_ins.py - Tools and peers that need no GPU ---------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""What test_suite.py runs benchmarks/suite.py with: programs that take the
place of GAC's tools and of PyTorch, and log what they are asked for."""

import json
import os
import subprocess
import sys

import harness

SCRIPT = harness.ROOT / "benchmarks" / "suite.py"

# Writes what it was asked for; a package's time is told by its name, and
# by itself ours is slower.
GAC = """#!{python}
import pathlib, sys
target = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
if sys.argv[1] == "compile":
    target.mkdir(exist_ok=True)
    target = target / "manifest.json"
target.write_text('{{"entries": []}}')
with open("{log}", "a") as log:
    log.write(" ".join(sys.argv[1:]) + chr(10))
"""
GAC_BENCH = """#!{python}
import json, os, pathlib, sys
arguments = sys.argv[1:]
experiment = json.loads(pathlib.Path(
    arguments[arguments.index("--experiment") + 1]).read_text())
if os.environ.get("NO_BENCH") in [each["name"] for each in
                                  experiment["packages"]]:
    sys.exit("gac-bench: about to load" + chr(10)
             + "gac-bench: error: out of memory")
folder = pathlib.Path(arguments[arguments.index("--output") + 1])
folder.mkdir(exist_ok=True)
times = {{"original": 400.0, "optimal": 100.0, "dense": 200.0, "merged": 80.0,
         "optimal-prefill": 80.0, "optimal-decode": 80.0}}
if len(experiment["packages"]) == 1:
    times["optimal"] = 125.0
(folder / "raw.json").write_text(json.dumps(dict(cases=[dict(
    name=case["name"], packages=[
        dict(name=each["name"],
             rounds=[[times[each["name"]]] * case["repeat"]] * case["rounds"],
             clocks=[dict(smMHz=1980, watts=512.5)] * case["rounds"])
        for each in experiment["packages"]]) for case in experiment["cases"]])))
(folder / "env.json").write_text(json.dumps(dict(
    gac="0.1", device=dict(name="A GPU"), driver="580", cuda="13.0",
    cublasLt="13.1", cudnn="91900", host=dict(name="somebody's"))))
with open("{log}", "a") as log:
    log.write("bench " + json.dumps(experiment) + chr(10))
"""
GAC_RUN = """#!{python}
import os, pathlib, sys
with open("{log}", "a") as log:
    log.write("run " + " ".join(sys.argv[1:]) + chr(10))
if "--repeat" in sys.argv:
    print("main on A GPU: median", dict(never=110, always=105)[
        sys.argv[sys.argv.index("--cudnn") + 1]], "us, fastest 1 of 9")
"""
# A peer. What fails, and what takes too long, is named by the environment.
WORKER = """#!{python}
import json, os, sys, time
what = dict(original=1.0, padded=0.5, merged=0.25, dense=0.75)
how = {{"eager": 1000.0, "compile": 600.0, "compile-graph": 500.0,
       "max-autotune-graph": 310.0, "best": 320.0, "best-graph": 300.0}}
sick = False
kinds = {{"cudnn": 99.0, "auto": 240.0, "auto-stored": 104.0}}
if os.environ.get("ONLY_ONE"):
    try:
        open(os.environ["ONLY_ONE"], "x").close()
    except FileExistsError:
        sys.exit("no memory")
for line in sys.stdin:
    request = json.loads(line)
    with open("{log}", "a") as log:
        log.write("peer " + json.dumps(dict(request, pid=os.getpid())) + chr(10))
    answer = dict()
    sick = sick or (os.environ.get("SICK")
                    and request.get("mode") == os.environ["SICK"])
    if sick:
        print(json.dumps(dict(error="AcceleratorError: illegal address")),
              flush=True)
        continue
    if request["do"] == "environment":
        answer = dict(torch="2.11", cuda="13.0", cublas="13.1", cudnn="9.19",
                      driver="580", gpu="A GPU")
    if request["do"] == "load":
        answer = dict(bytes=1, attention="cudnn")
    if request["do"] == "measure":
        model, mode = json.loads(request["name"]), request.get("mode")
        if mode and mode == os.environ.get("FAILING"):
            answer = dict(error="RuntimeError: no such kernel")
        else:
            if mode and mode == os.environ.get("SLOW"):
                time.sleep(60)
            time_us = (kinds[model["kind"]] if "kind" in model else
                       what[model["form"]] * how.get(mode, 700.0))
            answer = dict(us=[time_us] * request["repeat"], first_seconds=2.5,
                          clocks=dict(smMHz=1500, watts=700.0))
    print(json.dumps(answer), flush=True)
"""


class SuiteTest(harness.ToolTest):
    def setUp(self):
        super().setUp()
        self.log = self.dir / "log"
        self.bin = self.dir / "bin"
        self.bin.mkdir()
        for name, text in (("gac", GAC), ("gac-bench", GAC_BENCH),
                           ("gac-run", GAC_RUN), ("worker", WORKER)):
            self.write(name, text)

    def write(self, name, text):
        path = self.bin / name
        path.write_text(text.format(python=sys.executable, log=self.log))
        path.chmod(0o755)

    def suite(self, *arguments, **env):
        return subprocess.run(
            [sys.executable, SCRIPT, "--tiny", "--bin", self.bin,
             "--torch-python", self.bin / "worker", "--jax-python",
             self.bin / "worker", *map(str, arguments)],
            capture_output=True, text=True, cwd=self.dir, timeout=240,
            env={**os.environ, "TMPDIR": str(self.dir), **env})

    def must_suite(self, *arguments, code=0, **env):
        done = self.suite(*arguments, **env)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def lines(self, first):
        """What a stand-in was asked for, since the last look."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.removeprefix(first + " ") for line in lines
                if line.startswith(first + " ")]

    def measured(self):
        """(form or kind, mode) of each request, in order."""
        found = []
        for line in self.lines("peer"):
            request = json.loads(line)
            if request["do"] == "measure":
                model = json.loads(request["name"])
                found.append((model.get("form") or model["kind"],
                              request.get("mode")))
        return found

    def prepared(self, suite, *cases):
        self.must_suite(suite, "--prepare", "prepared",
                        *(["--only", *cases] if cases else []))
        return "prepared"

    def summary(self, suite):
        return json.loads((self.dir / f"suite-{suite}" / "summary.json")
                          .read_text())
