#!/usr/bin/env python3
#===- llama_gpu.py - What repair gains on a GPU, with PyTorch beside it ----===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Measures a compressed Llama with the geometry of Llama-3-8B in bf16: as
compressed, in eager PyTorch and in torch.compile (its defaults), as compressed
in GAC's runtime, and repaired in GAC's runtime. Weights are synthetic, the same
in all of them; no model file is needed.

    llama_gpu.py                           everything, where all tools are
    llama_gpu.py --prepare DIR             makes the packages: needs no GPU
    llama_gpu.py --packages DIR            measures them: needs no compiler
    llama_gpu.py --only decode-1 decode-8  some of the cases of --list

In each round every contender has its turn, so that a GPU that slows down slows
all of them. Figures are medians over all rounds; the spread is that of the
rounds' own medians. The exit status is 1 if a contender could not be measured.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import select
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

import llama_config

HERE = pathlib.Path(__file__).resolve().parent
RATIOS = (0.6, 0.7, 0.8, 0.9)
REPAIRS = ("minimal", "optimal")
PEERS = {"eager": "PyTorch, eager", "compile": "torch.compile",
         "graph": "PyTorch, CUDA graph",
         "compile-graph": "torch.compile, CUDA graph"}
PACKAGES = {"original": "GAC, as compressed",
            "minimal": "GAC, repaired (minimal)",
            "optimal": "GAC, repaired (optimal)"}
ENTRY = "main"
MINUTE = 60
# Seconds that compiling has to leave for measuring.
RESERVE = 100


@dataclasses.dataclass
class Case:
    """One model and one shape. `wanted`: how many times faster than a peer on
    the original the best repaired package of asvd shall be."""

    title: str
    layers: int
    batch: int = 1
    seq: int = 1
    context: int = 0
    wanted: dict = dataclasses.field(default_factory=dict)

    @property
    def dims(self):
        dims = {"batch": self.batch, "seq": self.seq}
        return dims | ({"past": self.context} if self.context else {})


# What takes longest comes last, where time may run out.
CASES = {
    "prefill-4": Case("prefill of 1024, 4 layers", 4, seq=1024,
                      wanted={"compile": 1.6, "compile-graph": 1.6}),
    "decode-1": Case("decode behind 1024, 8 layers, batch 1", 8, context=1024,
                     wanted={"compile": 1.25, "compile-graph": 1.25}),
    "decode-8": Case("decode behind 1024, 8 layers, batch 8", 8, batch=8,
                     context=1024, wanted={"compile": 2.0,
                                           "compile-graph": 2.0}),
    "prefill-32": Case("prefill of 1024, 32 layers", 32, seq=1024,
                       wanted={"eager": 4.0}),
}


class Failed(Exception):
    """Says in a sentence what could not be done."""


# -- Preparation, without a GPU -----------------------------------------------


def preparation(case, folder, options):
    """The commands that make a case's packages in its folder."""
    original = folder / "original.onnx"
    gac = options.bin / "gac"
    yield [sys.executable, HERE / "make_llama.py", original, "--weights",
           "none", "--body", "--dtype", "float32", "--variant",
           options.variant, "--ratios", *RATIOS, "--layers", case.layers,
           "--config", folder / "config.json",
           *["--past"] * bool(case.context)]
    dims = [f"{name}={size}" for name, size in case.dims.items()]
    for strategy in REPAIRS:
        yield [gac, "repair", "--graph-only", original, "--strategy", strategy,
               "--dtype", "bf16", *(part for dim in dims
                                    for part in ("--dim", dim)),
               "-o", folder / f"{strategy}.onnx"]
    for name in PACKAGES:
        yield [gac, "compile", folder / f"{name}.onnx", "--arch", options.arch,
               "--dtype", "bf16", "--graph-only", "--entry",
               f"{ENTRY}:{','.join(dims)}", "-o", folder / f"{name}.gacpkg"]


def run(command, **options):
    command = list(map(str, command))
    try:
        done = subprocess.run(command, capture_output=True, text=True,
                              check=False, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(f"{shlex.join(command)}: {error}") from None
    if done.returncode:
        text = (done.stderr or done.stdout).strip()
        raise Failed(f"{shlex.join(command)}: exit code {done.returncode}: "
                     f"{text}")
    return done.stdout


def prepare(cases, folder, options):
    for name, case in cases.items():
        say(f"{name}: making the packages")
        (folder / name).mkdir(parents=True, exist_ok=True)
        for command in preparation(case, folder / name, options):
            run(command)


# -- PyTorch ------------------------------------------------------------------


class Worker:
    """llama_torch.py --serve in a process of its own, which keeps its model on
    the GPU between requests."""

    def __init__(self, python):
        self.process = subprocess.Popen(
            [python, HERE / "llama_torch.py", "--serve"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.buffer = b""

    def ask(self, request, seconds):
        """The answer, within so many seconds; the worker is gone otherwise."""
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
            answer = json.loads(self.read_line(time.monotonic() + seconds))
        except OSError as error:
            raise Failed(f"llama_torch.py ended: {error}") from None
        if "error" in answer:
            raise Failed(f"PyTorch: {answer['error']}")
        return answer

    def read_line(self, deadline):
        output = self.process.stdout.fileno()
        while b"\n" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([output], [], [], left)[0]:
                self.close()
                raise Failed("PyTorch did not answer in time")
            part = os.read(output, 1 << 16)
            if not part:
                raise Failed("llama_torch.py ended with code "
                             f"{self.process.wait()}")
            self.buffer += part
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


# -- GAC ----------------------------------------------------------------------


def measure_packages(packages, output, case, options, seconds, op_repeat):
    """Microseconds of each replay by package, and what it ran on. gac-bench
    lets the packages take turns; its own results stay in `output`."""
    command = [options.bin / "gac-bench", *packages, "--entry", ENTRY,
               "--rounds", options.turns, "--repeat", options.repeat,
               "--op-repeat", op_repeat, "--output", output, "--overwrite"]
    if case.context:
        command += ["--position", f"ALL={case.context}"]
    run(command, timeout=max(seconds, 1))
    raw = json.loads((output / "raw.json").read_text())
    times = {package["name"]: [time for turn in package["rounds"]
                               for time in turn]
             for package in raw["cases"][0]["packages"]}
    return times, json.loads((output / "env.json").read_text())


# -- Measuring ----------------------------------------------------------------


class Bench:
    def __init__(self, cases, folder, options):
        self.cases, self.folder, self.options = cases, folder, options
        self.end = time.monotonic() + options.limit
        self.worker, self.results, self.failures = None, {}, []
        self.environment = {}

    def left(self):
        return self.end - time.monotonic()

    def failed(self, where, error):
        self.failures.append(f"{where}: {error}")
        say(self.failures[-1])

    def torch(self, request, reserve=0):
        """The answer, with so many seconds left then."""
        if not self.worker:
            self.worker = Worker(self.options.torch_python)
            self.environment["torch"] = self.worker.ask(
                {"environment": True}, MINUTE)
        try:
            return self.worker.ask(request, max(self.left() - reserve, 1))
        except Failed:
            if self.worker.process.poll() is not None:
                self.worker = None
            raise

    def load(self, name, case):
        config = llama_config.load(self.folder / name / "config.json")
        self.torch({"load": dataclasses.asdict(config), "dtype": "bf16",
                    "batch": case.batch, "seq": case.seq,
                    "context": case.context})

    def load_peers(self, name, case):
        """Loads the twin and runs each mode once, which compiles. Returns the
        modes that work."""
        working = []
        for mode in self.options.modes:
            begin = time.monotonic()
            try:
                if not self.worker or mode == self.options.modes[0]:
                    self.load(name, case)
                self.torch({"measure": mode, "repeat": 2}, RESERVE)
                working.append(mode)
                say(f"{name}: {PEERS[mode]} is ready after "
                    f"{time.monotonic() - begin:.0f} s")
            except Failed as error:
                self.failed(f"{name}, {PEERS[mode]}", error)
        if working and not self.worker:
            self.load(name, case)  # gone with the mode that failed
        return working

    def measure_case(self, name, case):
        folder, rounds = self.folder / name, self.options.rounds
        times = {}
        modes = self.load_peers(name, case) if self.options.modes else []
        packages = [folder / f"{package}.gacpkg" for package in PACKAGES]
        for turn in range(rounds):
            for mode in modes:
                try:
                    answer = self.torch({"measure": mode,
                                         "repeat": self.options.repeat
                                         * self.options.turns})
                    times.setdefault(mode, []).append(answer["us"])
                except Failed as error:
                    self.failed(f"{name}, {PEERS[mode]}", error)
            last = turn == rounds - 1
            try:
                ours, self.environment["gac"] = measure_packages(
                    packages, self.options.output / f"{name}-{turn}", case,
                    self.options, self.left(),
                    self.options.op_repeat if last else 0)
                for package, each in ours.items():
                    times.setdefault(package, []).append(each)
            except Failed as error:
                self.failed(f"{name}, GAC", error)
            say(f"{name}: round {turn + 1} of {rounds}, "
                f"{self.left():.0f} s left")
        if self.worker:
            self.torch({"drop": True})
        self.results[name] = {
            contender: summarize(each) for contender, each in times.items()}

    def run(self):
        try:
            for name, case in self.cases.items():
                if self.left() <= 0:
                    self.failed(name, "no time is left")
                    continue
                try:
                    self.measure_case(name, case)
                except Failed as error:
                    self.failed(name, error)
        finally:
            if self.worker:
                self.worker.close()


def summarize(rounds):
    medians = [statistics.median(times) for times in rounds]
    return {"median_us": statistics.median([time for times in rounds
                                            for time in times]),
            "spread_us": max(medians) - min(medians),
            "round_medians_us": medians,
            "fastest_us": min(map(min, rounds)), "rounds_us": rounds}


# -- Reporting ----------------------------------------------------------------


def say(text):
    print(text, file=sys.stderr, flush=True)


def table(case, result):
    """Markdown: medians, and how many times faster each is than the model as
    compressed in each other way."""
    baselines = [name for name in (*PEERS, "original") if name in result]
    names = PEERS | PACKAGES
    head = ["contender", "median, us", "spread",
            *(f"{names[name]} / this" for name in baselines)]
    lines = [f"### {case.title[0].upper() + case.title[1:]}", "",
             "| " + " | ".join(head) + " |", "| --- " * len(head) + "|"]
    for name, title in names.items():
        if name not in result:
            continue
        median = result[name]["median_us"]
        cells = [title, f"{median:.0f}",
                 f"{100 * result[name]['spread_us'] / median:.1f} %"]
        cells += ["" if baseline == name else
                  f"{result[baseline]['median_us'] / median:.2f}"
                  for baseline in baselines]
        lines.append("| " + " | ".join(cells) + " |")
    return lines + [""]


def verdicts(cases, results):
    """Which of the wanted ratios the faster repair reaches."""
    for name, case in cases.items():
        result = results.get(name, {})
        repaired = [result[repair]["median_us"] for repair in REPAIRS
                    if repair in result]
        for peer, wanted in case.wanted.items():
            reached = None
            if repaired and peer in result:
                reached = result[peer]["median_us"] / min(repaired)
            yield {"case": name, "peer": peer, "wanted": wanted,
                   "reached": reached}


def report(bench):
    torch, gac = (bench.environment.get(name, {}) for name in ("torch", "gac"))
    device = gac.get("device", {}).get("name") or torch.get("gpu", "?")
    lines = [f"{device}, driver {torch.get('driver') or gac.get('driver')}. "
             f"PyTorch {torch.get('torch', '-')} with CUDA "
             f"{torch.get('cuda', '-')}, cuBLAS {torch.get('cublas', '-')}, "
             f"cuDNN {torch.get('cudnn', '-')}; GAC with CUDA "
             f"{gac.get('cuda', '-')}, cuBLASLt {gac.get('cublasLt', '-')}.",
             ""]
    for name, result in bench.results.items():
        lines += table(bench.cases[name], result)
    judged = []
    if bench.options.variant == "asvd":
        judged += verdicts(bench.cases, bench.results)
        lines += ["| wanted of the repaired | at least | reached |",
                  "| --- | --- | --- |"]
    for each in judged:
        reached = "-" if each["reached"] is None else f"{each['reached']:.2f}"
        lines.append(f"| {bench.cases[each['case']].title}, against "
                     f"{PEERS[each['peer']]} | {each['wanted']} | {reached} |")
    lines += [""] + [f"Failed: {failure}" for failure in bench.failures]
    text = "\n".join(lines).rstrip() + "\n"
    output = bench.options.output
    (output / "llama_gpu.md").write_text(text)
    (output / "llama_gpu.json").write_text(json.dumps({
        "environment": bench.environment, "variant": bench.options.variant,
        "cases": {name: dataclasses.asdict(case) | {
            "results": bench.results.get(name)}
            for name, case in bench.cases.items()},
        "wanted": judged, "failures": bench.failures}, indent=1) + "\n")
    print(text, end="")


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--prepare", type=pathlib.Path, metavar="DIR",
                       help="only make models and packages, in DIR")
    where.add_argument("--packages", type=pathlib.Path, metavar="DIR",
                       help="measure what --prepare made")
    where.add_argument("--list", action="store_true", help="list the cases")
    parser.add_argument("--dry-run", action="store_true",
                        help="print what would be done")
    parser.add_argument("--only", nargs="+", choices=CASES, metavar="CASE",
                        default=list(CASES))
    parser.add_argument("--variant", choices=llama_config.VARIANTS,
                        default="asvd", help="(default: %(default)s)")
    parser.add_argument("--modes", nargs="*", choices=PEERS,
                        default=["eager", "compile", "compile-graph"],
                        help="of PyTorch (default: all but graph)")
    parser.add_argument("--arch", default="sm_90a", metavar="LIST",
                        help="to compile for (default: %(default)s)")
    parser.add_argument("--bin", type=pathlib.Path, metavar="DIR",
                        default=HERE.parent / "build" / "release" / "bin",
                        help="folder of the tools (default: %(default)s)")
    parser.add_argument("--torch-python", default=sys.executable,
                        metavar="FILE", help="the Python that has torch")
    parser.add_argument("--output", type=pathlib.Path, metavar="DIR",
                        default=pathlib.Path("llama_gpu"),
                        help="folder for results (default: %(default)s)")
    for name, default, what in (
            ("rounds", 3, "in which each contender has its turn"),
            ("turns", 3, "that packages take within a round"),
            ("repeat", 10, "steps in a row"),
            ("op-repeat", 5, "runs of single operations in the last round"),
            ("limit", 540, "seconds for all of the measuring")):
        parser.add_argument(f"--{name}", type=int, default=default,
                            metavar="N", help=f"{what} (default: {default})")
    return parser.parse_args()


def dry_run(cases, folder, options):
    if not options.packages:
        for name, case in cases.items():
            for command in preparation(case, folder / name, options):
                print(shlex.join(map(str, command)))
    if options.prepare:
        return
    for name, case in cases.items():
        weights = 0
        for shape in llama_config.Config(
                variant=options.variant, ratios=RATIOS, layers=case.layers,
                body=True).weights().values():
            weights += 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        print(f"{name}: {options.rounds} rounds of {', '.join(options.modes)}"
              f"{', ' * bool(options.modes)}{', '.join(PACKAGES)}; "
              f"{weights / 1e9:.1f} GB of weights in each")


def main():
    options = parse()
    if options.list:
        for name, case in CASES.items():
            print(f"{name:12}{case.title}")
        return
    cases = {name: case for name, case in CASES.items() if name in options.only}
    folder = options.packages or options.prepare
    with tempfile.TemporaryDirectory(prefix="llama_gpu-") as scratch:
        folder = folder or pathlib.Path(scratch)
        if options.dry_run:
            dry_run(cases, folder, options)
            return
        try:
            if not options.packages:
                prepare(cases, folder, options)
            if options.prepare:
                return
            for file in (folder / name / file for name in cases for file in
                         ("config.json", *(f"{package}.gacpkg/manifest.json"
                                           for package in PACKAGES))):
                if not file.exists():
                    raise Failed(f"{file} is missing; --prepare {folder} "
                                 "makes it")
            options.output.mkdir(parents=True, exist_ok=True)
        except (Failed, OSError) as error:
            sys.exit(f"llama_gpu.py: error: {error}")
        bench = Bench(cases, folder, options)
        bench.run()
        report(bench)
        sys.exit(bool(bench.failures))


if __name__ == "__main__":
    main()
