#!/usr/bin/env python3
#===- check_exporters.py - Repairs what other exporters write --------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Exports ordinary models in many ways, repairs each file, and says what of it
stays misaligned, why, and whether the results are the same.

    pip install -r scripts/requirements.txt -r scripts/requirements-exporters.txt
    python3 scripts/check_exporters.py -o DIR                 # all: hours
    python3 scripts/check_exporters.py -o DIR --way ts17 bert t5
    python3 scripts/check_exporters.py -o DIR --table docs/Exporters.md
    python3 scripts/check_exporters.py -o DIR --files *.onnx  # no exporter
    python3 scripts/check_exporters.py --list

The models are those of exporter_zoo.py, the ways those of exporter_ways.py.
DIR keeps the files and, in results.json, a row for each of them; a run goes on
where the last one ended, and checks again what another gac has checked. Rows of
other environments (--way ts17 with an older transformers) stay.

A row has the `model`, the `way`, a `status` and its `detail`:

    no export   the exporter or the tool cannot; the detail is what it says
    refused     gac repair fails
    invalid     ONNX Runtime does not run the original: nothing is compared,
                and gac may refuse it
    differs     the repaired model computes something else, or does not run
    equal       the results are the same, up to `error`

and `left`: the dimensions that gac analyze finds in the repaired file, each
with its `id`, `size`, `roles`, `meaning`, `reasons`, and whether an input or an
output of the model is among them (`interface`). The exit code is 1 if a row of
this run is refused or differs.
"""

import argparse
import collections
import concurrent.futures
import concurrent.futures.process
import hashlib
import json
import multiprocessing
import os
import pathlib
import re
import subprocess
import sys
import time

import check_onnx

ROOT = pathlib.Path(__file__).resolve().parents[1]
JSON_VERSION = 1
RESULTS = "results.json"
TOOL_TIMEOUT = 600
FAILURES = ("refused", "differs")
# What files of unknown origin are held against.
FILE_TOLERANCE = 1e-5


# -- One file -----------------------------------------------------------------


def run_gac(gac, *arguments):
    """Standard output, or CalledProcessError with what went wrong."""
    done = subprocess.run([str(gac), *map(str, arguments)],
                          capture_output=True, text=True, errors="replace",
                          timeout=TOOL_TIMEOUT, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, "gac",
                                            stderr=done.stderr.strip())
    return done.stdout


def leftovers(report):
    """What a report of gac analyze says is misaligned."""
    return [{"id": finding["id"], "size": finding["size"],
             "roles": finding["roles"], "meaning": finding["meaning"],
             "interface": any(reason["text"].startswith("graph ")
                              for reason in finding["fixed_by"]),
             "reasons": [reason["text"] for reason in finding["fixed_by"]]}
            for finding in report["findings"]]


def compare(repaired, original, sizes, fallback, tolerance):
    """(status, detail, error) of the results of two files. Sizes may be of
    symbols that the exporter has not kept."""
    def errors(choice):
        known = check_onnx.symbols_of(check_onnx.load(original, False))
        chosen = {symbol: choice[symbol] for symbol in choice
                  if symbol in known}
        return [(error, f"{output} of {case}") for case, output, error
                in check_onnx.check_against(repaired, original, chosen, seed=1)
                if error is not None]

    try:
        try:
            found = errors(sizes)
        except check_onnx.CheckError as problem:
            if "runs on none" not in str(problem) or not fallback:
                raise
            found = errors(fallback)
    except check_onnx.CheckError as problem:
        text = str(problem)
        invalid = ("runs on none" in text or
                   f"does not load {original}" in text)
        return ("invalid" if invalid else "differs"), text, None
    error, where = max(found)
    if not error <= tolerance:
        return "differs", f"{error:.1e} in {where}", error
    return "equal", "", error


def check(gac, path, folder, sizes=None, fallback=None,
          tolerance=FILE_TOLERANCE):
    """The fields of a row that do not say what the file is."""
    fixed = folder / f"{path.stem}.fixed.onnx"
    began = time.monotonic()
    try:
        found = json.loads(run_gac(gac, "analyze", path, "--json", "-"))
        plan = json.loads(run_gac(gac, "repair", path, "-o", fixed,
                                  "--json", "-"))
        left = leftovers(json.loads(run_gac(gac, "analyze", fixed,
                                            "--json", "-")))
    except subprocess.CalledProcessError as problem:
        # Exporters write models that nothing runs.
        runs = compare(path, path, sizes or {}, fallback or {}, 0)
        return {"status": "refused" if runs[0] == "equal" else "invalid",
                "detail": problem.stderr}
    except subprocess.TimeoutExpired as problem:
        return {"status": "refused",
                "detail": f"gac ran for more than {problem.timeout} seconds"}
    seconds = time.monotonic() - began
    try:
        status, detail, error = compare(fixed, path, sizes or {},
                                        fallback or {}, tolerance)
    finally:
        fixed.unlink(missing_ok=True)
        fixed.with_name(fixed.name + ".data").unlink(missing_ok=True)
    return {"status": status, "detail": detail, "error": error,
            "tolerance": tolerance, "seconds": round(seconds, 2),
            "misaligned": found["totals"]["misaligned"],
            "growths": len(plan["growths"]), "left": left}


# -- All files ----------------------------------------------------------------


class Results:
    """The rows of a folder, on disk after each."""

    def __init__(self, folder):
        self.path = folder / RESULTS
        self.rows = {}
        if not self.path.exists():
            return
        known = json.loads(self.path.read_text())
        if known.get("version") != JSON_VERSION:
            sys.exit(f"error: {self.path} has version {known.get('version')}, "
                     f"not {JSON_VERSION}: remove it to start again")
        for row in known["rows"]:
            self.rows[row["model"], row["way"]] = row

    def is_known(self, model, way, gac_hash, export_again):
        row = self.rows.get((model, way))
        if row is None:
            return False
        if row["status"] == "no export":
            return not export_again
        return row["gac"] == gac_hash

    def add(self, row):
        self.rows[row["model"], row["way"]] = row
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps(
            {"version": JSON_VERSION, "rows": list(self.rows.values())},
            indent=1))
        os.replace(partial, self.path)


def hash_of(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()[:16]


def export(name, way, folder):
    """In a process of its own, which an exporter may take down with it."""
    import exporter_ways

    try:
        sizes = exporter_ways.write(name, way, folder)
    except exporter_ways.NotForThisModel:
        return {"status": "no export", "detail": "not for this model"}
    except BaseException as problem:  # Exporters have many classes.
        while problem.__cause__:
            problem = problem.__cause__
        lines = str(problem).strip().splitlines() or [""]
        return {"status": "no export",
                "detail": f"{type(problem).__name__}: {lines[0][:300]}"}
    return {"sizes": sizes, "example": exporter_ways.example_sizes(name),
            "tolerance": exporter_ways.WAYS[way].tolerance,
            "packages": exporter_ways.versions()}


def write_output_to(log):
    """Sends what a process and its libraries print to the end of a file."""
    with open(log, "ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)


class Exporter:
    """Exports one model after the other; what the exporters say of it goes to
    export.log."""

    def __init__(self, folder):
        self.log = folder / "export.log"
        self.pool = None

    def __call__(self, *job):
        if self.pool is None:
            self.pool = concurrent.futures.ProcessPoolExecutor(
                max_workers=1, initializer=write_output_to,
                initargs=(self.log,),
                mp_context=multiprocessing.get_context("spawn"))
        try:
            return self.pool.submit(export, *job).result()
        except concurrent.futures.process.BrokenProcessPool:
            self.pool.shutdown()
            self.pool = None
            return {"status": "no export", "detail": "the exporter crashed"}


def make_row(model, way, path, gac, gac_hash, folder, exporter):
    row = {"model": model, "way": way, "gac": gac_hash}
    made = exporter(model, way, folder) if exporter else {
        "sizes": {}, "example": {}, "tolerance": FILE_TOLERANCE}
    if "status" in made:
        return row | made
    if "packages" in made:
        row["packages"] = made["packages"]
    return row | check(gac, path, folder, made["sizes"], made["example"],
                       made["tolerance"])


def describe(row):
    if "left" not in row:
        return f"{row['status']}: {row['detail'][:150]}"
    inner = [entry for entry in row["left"] if not entry["interface"]]
    text = (f"{row['status']}, {row['misaligned']} misaligned, "
            f"{len(row['left'])} left, {len(inner)} of them inside")
    return text + (f": {row['detail'][:150]}" if row["detail"] else "")


def run(jobs, gac, folder, exporter, options):
    """Works through (model, way, path); returns this run's rows."""
    results, gac_hash = Results(folder), hash_of(gac)
    open_jobs = [job for job in jobs
                 if not results.is_known(job[0], job[1], gac_hash,
                                         options.export_again)]
    if len(open_jobs) < len(jobs):
        print(f"{len(jobs) - len(open_jobs)} of {len(jobs)} are known")
    began, rows = time.monotonic(), []
    for done, (model, way, path) in enumerate(open_jobs, 1):
        row = make_row(model, way, path, gac, gac_hash, folder, exporter)
        results.add(row)
        rows.append(row)
        spent = time.monotonic() - began
        rest = spent / done * (len(open_jobs) - done)
        print(f"[{done}/{len(open_jobs)}, {rest / 60:.0f} min left] "
              f"{model} {way}: {describe(row)}", flush=True)
    return rows


# -- The table ----------------------------------------------------------------


def mask_numbers(text):
    """A reason without what sets it apart in one model."""
    text = re.sub(r" \([^()]*\)$", "", text)
    return re.sub(r"\d+", "N", text)


def cell(row):
    if row is None or row["status"] == "no export":
        return ""
    if row["status"] == "differs" or "left" not in row:
        return row["status"]
    inner = sum(not entry["interface"] for entry in row["left"])
    mark = "" if row["status"] == "equal" else "?"
    return f"{inner}{mark}"


def write_table(path, rows, purposes):
    """Writes a page of Markdown about the rows."""
    ways = [way for way in purposes if any(row["way"] == way for row in rows)]
    known = {(row["model"], row["way"]): row for row in rows}
    models = list(dict.fromkeys(row["model"] for row in rows))
    packages = collections.defaultdict(set)
    for row in rows:
        for package, version in row.get("packages", {}).items():
            packages[package].add(version)
    counts = collections.Counter(row["status"] for row in rows)
    lines = [
        "# Models of other exporters", "",
        "Written from ordinary models with random weights of odd sizes by", "",
        "```sh",
        "python3 scripts/check_exporters.py -o DIR --table docs/Exporters.md "
        "\\",
        "  " + " ".join(f"--way {way}" for way in ways),
        "```", "",
        "A number counts the misaligned dimensions that `gac repair` leaves "
        "and that no",
        "input or output of the model fixes; an empty cell is a file that the "
        "exporter does",
        "not write; `invalid`, or a `?` behind a number, stands where ONNX "
        "Runtime does not run",
        "the original. Where a number stands alone the results are the same.", "",
        f"Of {counts.total() - counts['no export']} files "
        f"{counts['equal']} are repaired with equal results, "
        f"{counts['refused']} refused, {counts['differs']} repaired with other "
        "results, and",
        f"{counts['invalid']} ONNX Runtime does not run as they were written; "
        f"{counts['no export']} more were not exported.", "",
        "Versions: " + "; ".join(
            f"{package} {', '.join(sorted(found))}"
            for package, found in packages.items()) + ".", "",
        "| column | way |", "| --- | --- |",
        *(f"| {way} | {purposes[way]} |" for way in ways), "",
        "| model | " + " | ".join(ways) + " |",
        "| --- |" + " --- |" * len(ways),
        *(f"| {model} | " + " | ".join(
            cell(known.get((model, way))) for way in ways) + " |"
          for model in models), ""]
    reasons = collections.defaultdict(set)
    for row in rows:
        for entry in row.get("left", ()):
            if not entry["interface"]:
                for reason in entry["reasons"]:
                    reasons[mask_numbers(reason)].add(row["model"])
    lines += ["## What is left inside, and why", ""]
    if reasons:
        lines += ["| reason | models |", "| --- | --- |"]
        lines += [f"| {reason.replace('|', '&#124;')} | "
                  f"{', '.join(sorted(found))} |"
                  for reason, found in sorted(
                      reasons.items(), key=lambda item: (-len(item[1]),
                                                         item[0]))]
    else:
        lines.append("Nothing.")
    lines.append("")
    for status, title in (("refused", "What is refused"),
                          ("differs", "What differs"),
                          ("invalid", "What ONNX Runtime does not run")):
        found = [row for row in rows if row["status"] == status]
        if found:
            lines += [f"## {title}", ""]
            lines += [f"- {row['model']}, {row['way']}: "
                      f"{shorten(row['detail'])}" for row in found] + [""]
    partial = path.with_name(path.name + ".partial")
    partial.write_text("\n".join(lines).rstrip("\n") + "\n")
    os.replace(partial, path)


def shorten(detail):
    """A message without the folders of the machine that it was seen on."""
    return re.sub(r"[^\s':]*/", "", " ".join(detail.split()))[:240]


# -- Command line -------------------------------------------------------------


def choose_jobs(options, parser):
    """((model, way, path) of each file, the exporter, purposes by way)."""
    if options.files:
        missing = [name for name in options.names
                   if not pathlib.Path(name).is_file()]
        if missing:
            parser.error(f"there is no file {missing[0]}")
        return ([(pathlib.Path(name).stem, "file", pathlib.Path(name))
                 for name in options.names], None, {"file": "given"})
    import exporter_ways
    import exporter_zoo

    for kind, wanted, known in (("model", options.names, exporter_zoo.ZOO),
                                ("way", options.way, exporter_ways.WAYS)):
        unknown = [name for name in wanted if name not in known]
        if unknown:
            parser.error(f"no {kind} is called {unknown[0]}; see --list")
    purposes = {name: way.purpose for name, way in exporter_ways.WAYS.items()}
    return ([(name, way, options.output / f"{name}.{way}.onnx")
             for name in options.names or exporter_zoo.ZOO
             for way in options.way or exporter_ways.WAYS],
            Exporter(options.output), purposes)


def print_list():
    import exporter_ways
    import exporter_zoo

    print("models:", *exporter_zoo.ZOO)
    for name, way in exporter_ways.WAYS.items():
        print(f"{name:16}{way.purpose}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="models (default: all), or files with --files")
    parser.add_argument("-o", "--output", type=pathlib.Path, metavar="DIR",
                        help="folder of the files and their results")
    parser.add_argument("--way", action="append", default=[], metavar="WAY",
                        help="of export; may be repeated (default: all)")
    parser.add_argument("--gac", type=pathlib.Path, metavar="FILE",
                        default=ROOT / "build/release/bin/gac",
                        help="the tool (default: build/release/bin/gac)")
    parser.add_argument("--files", action="store_true",
                        help="names are those of ONNX files to check")
    parser.add_argument("--export-again", action="store_true",
                        help="try what could not be exported before")
    parser.add_argument("--table", type=pathlib.Path, metavar="FILE.md",
                        help="write a page about these models and ways")
    parser.add_argument("--list", action="store_true",
                        help="print the models and the ways")
    options = parser.parse_args()
    if options.list:
        print_list()
        return
    if options.output is None:
        parser.error("-o says where the files and results are to be")
    if not options.gac.is_file():
        parser.error(f"there is no {options.gac}; --gac names the tool")
    options.output.mkdir(parents=True, exist_ok=True)
    jobs, exporter, purposes = choose_jobs(options, parser)
    rows = run(jobs, options.gac, options.output, exporter, options)
    if options.table:
        order = {job[:2]: i for i, job in enumerate(jobs)}
        known = [row for key, row in Results(options.output).rows.items()
                 if key in order]
        known.sort(key=lambda row: order[row["model"], row["way"]])
        write_table(options.table, known, purposes)
    sys.exit(any(row["status"] in FAILURES for row in rows))


if __name__ == "__main__":
    main()
