#!/usr/bin/env python3
#===- scale.py - Time and memory on models of full size -------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Measures analyze and repair where size matters, and the same padding done
with onnx and numpy in Python.

    build/venv/bin/python benchmarks/scale.py --json scale.json

Needs 36 GB of free disk in --work and, for the Python peer, 16 GB of memory.
All times of a line are from the same run on the same disk: the files are on
the disk and out of the page cache before each measurement, and "on disk" is
when fsync of the output has returned.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import onnx

import measure

HERE = pathlib.Path(__file__).resolve().parent
MIB, GB = 1 << 20, 10**9
# What the project promises, by what is measured.
LIMITS = {"analyze CPU s": 2.0, "repair / copy": 1.5,
          "repair on disk / copy on disk": 1.5,
          "external anonymous bytes": GB, "inline anonymous bytes": 300 * MIB,
          "never": 0}
ANALYZE_RUNS = 5


class Scale:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.gac = options.bin / "gac"
        self.lines = []

    def say(self, what, value, unit, limit=None):
        """Notes one figure; `limit` names what it is held against."""
        bound = LIMITS[limit] if limit else None
        line = {"what": what, "value": value, "unit": unit, "limit": bound}
        self.lines.append(line)
        shown = value / MIB if unit == "bytes" else value
        bound = bound / MIB if bound and unit == "bytes" else bound
        unit = "MiB" if unit == "bytes" else unit
        held = "" if bound is None else (
            f"limit {bound:g}" + ("" if shown <= bound else "   EXCEEDED"))
        print(f"{what:<48}{shown:>10.2f} {unit:<6}{held}", flush=True)

    def make(self, name, *arguments):
        path = self.folder / name
        subprocess.run([sys.executable, HERE / "make_llama.py", path,
                        *map(str, arguments)], check=True)
        return path

    def analyze(self, path, kind):
        measure.run([self.gac, "analyze", path])  # loads the tool itself
        costs = [measure.run([self.gac, "analyze", path])
                 for _ in range(ANALYZE_RUNS)]
        self.say(f"analyze, {kind}: CPU time",
                 min(cost.cpu for cost in costs), "s", "analyze CPU s")
        self.say(f"analyze, {kind}: wall time",
                 min(cost.wall for cost in costs), "s")
        self.say(f"analyze, {kind}: anonymous memory",
                 max(cost.peak_anonymous for cost in costs), "bytes",
                 f"{kind} anonymous bytes")

    def timed_to_disk(self, *outputs):
        start = time.perf_counter()
        measure.flush(*outputs)
        return time.perf_counter() - start

    @contextlib.contextmanager
    def outputs(self, name, with_data=True):
        """OUT and its data file, removed afterwards."""
        out = self.folder / name
        data = self.folder / f"{name}.data"
        try:
            yield out, [out, data] if with_data else [out]
        finally:
            for path in (out, data):
                path.unlink(missing_ok=True)

    def copies(self, path):
        """(until written, until on disk) of a plain copy."""
        copy = self.folder / "copy"
        measure.flush(path)
        start = time.perf_counter()
        measure.copy(path, copy)
        wall = time.perf_counter() - start
        total = wall + self.timed_to_disk(copy)
        copy.unlink()
        return wall, total

    def tool(self, command, sources, written):
        measure.flush(*sources)
        cost = measure.run(command)
        return cost, cost.wall + self.timed_to_disk(*written)

    def repair(self, path, kind, sources):
        """Copy and repair by turns, so that both meet the same disk."""
        heaviest = max(sources, key=lambda source: source.stat().st_size)
        external = kind == "external"
        copies, repairs = [], []
        for _ in range(self.options.repeats):
            copies.append(self.copies(heaviest))
            with self.outputs("fixed.onnx", external) as (out, written):
                repairs.append(self.tool([self.gac, "repair", path, "-o", out],
                                         sources, written))
        copy, copy_total = (min(times) for times in zip(*copies))
        wall = min(cost.wall for cost, _ in repairs)
        total = min(total for _, total in repairs)
        size = heaviest.stat().st_size
        self.say(f"copy of the {size / GB:.2f} GB file", copy, "s")
        self.say(f"copy of the {size / GB:.2f} GB file, on disk", copy_total,
                 "s")
        self.say(f"repair, {kind}: wall time", wall, "s")
        self.say(f"repair, {kind}: on disk", total, "s")
        self.say(f"repair, {kind}: wall time / copy", wall / copy, "times",
                 "repair / copy" if external else None)
        self.say(f"repair, {kind}: on disk / copy on disk", total / copy_total,
                 "times",
                 "repair on disk / copy on disk" if external else None)
        self.say(f"repair, {kind}: CPU time",
                 min(cost.cpu for cost, _ in repairs), "s")
        self.say(f"repair, {kind}: anonymous memory",
                 max(cost.peak_anonymous for cost, _ in repairs), "bytes",
                 f"{kind} anonymous bytes")
        self.limited(path, kind, external)
        return wall

    def limited(self, path, kind, external):
        """Whether it also works where the kernel denies it more than that."""
        limit = LIMITS[f"{kind} anonymous bytes"]
        with self.outputs("limited.onnx", external) as (out, _):
            try:
                measure.run([self.gac, "repair", path, "-o", out], limit)
                failed = 0
            except measure.Failed as failure:
                print(failure)
                failed = 1
        self.say(f"repair, {kind}: fails under RLIMIT_DATA {limit // MIB} MiB",
                 failed, "", "never")

    def peer(self, path, kind, sources, gac_wall):
        external = kind == "external"
        with self.outputs("peer.onnx", external) as (out, written):
            cost, total = self.tool(
                [sys.executable, HERE / "pad_in_python.py", path, out],
                sources, written)
            shapes = self.shapes(out)
        self.say(f"onnx + numpy, {kind}: wall time", cost.wall, "s")
        self.say(f"onnx + numpy, {kind}: on disk", total, "s")
        self.say(f"onnx + numpy, {kind}: CPU time", cost.cpu, "s")
        self.say(f"onnx + numpy, {kind}: anonymous memory",
                 cost.peak_anonymous, "bytes")
        self.say(f"onnx + numpy, {kind}: wall time / repair",
                 cost.wall / gac_wall, "times")
        with self.outputs("fixed.onnx", external) as (out, _):
            measure.run([self.gac, "repair", path, "-o", out])
            differing = sum(shapes.get(name) != shape
                            for name, shape in self.shapes(out).items())
        self.say(f"onnx + numpy, {kind}: weights of another shape", differing,
                 "", "never")

    @staticmethod
    def shapes(path):
        model = onnx.load(str(path), load_external_data=False)
        return {tensor.name: tuple(tensor.dims)
                for tensor in model.graph.initializer}

    def run(self):
        options = self.options
        path = self.make("external.onnx", "--weights", "random", "--layers",
                         options.layers)
        sources = [path, path.with_name("external.onnx.data")]
        self.analyze(path, "external")
        wall = self.repair(path, "external", sources)
        if options.peer:
            self.peer(path, "external", sources, wall)
        for source in sources:
            source.unlink()

        path = self.make("inline.onnx", "--weights", "random", "--inline",
                         "--vocabulary", 36000, "--layers",
                         options.inline_layers)
        self.analyze(path, "inline")
        wall = self.repair(path, "inline", [path])
        if options.peer:
            self.peer(path, "inline", [path], wall)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, metavar="DIR",
                        default=HERE.parent / "build" / "release" / "bin",
                        help="folder of the tools (default: %(default)s)")
    parser.add_argument("--work", type=pathlib.Path, metavar="DIR",
                        default=HERE.parent / "build",
                        help="folder for the models (default: %(default)s)")
    parser.add_argument("--layers", type=int, default=32)
    parser.add_argument("--inline-layers", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=2,
                        help="of copy and repair (default: %(default)s)")
    parser.add_argument("--no-peer", dest="peer", action="store_false",
                        help="leave out onnx and numpy in Python")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    options = parser.parse_args()
    if not os.access(options.bin / "gac", os.X_OK):
        parser.error(f"no gac in {options.bin}; run make build, or give --bin")
    free = shutil.disk_usage(options.work).free
    needed = 3.2 * 0.35 * GB * (options.layers + 6)
    if free < needed:
        parser.error(f"{options.work} has {free / GB:.0f} GB of free disk and "
                     f"this needs {needed / GB:.0f}; give --work or --layers")

    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        scale = Scale(options, pathlib.Path(folder))
        scale.run()
    if options.json:
        options.json.write_text(json.dumps(
            {"machine": measure.machine(), "layers": options.layers,
             "figures": scale.lines}, indent=2) + "\n")
    sys.exit(any(line["limit"] is not None and line["value"] > line["limit"]
                 for line in scale.lines))


if __name__ == "__main__":
    main()
