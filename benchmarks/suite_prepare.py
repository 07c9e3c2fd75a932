#===- suite_prepare.py - The packages that a suite measures ----------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Makes a suite's models and packages, without a GPU, and notes what each step
took, by the clock and of the processor, which counts where others were busy on
it: a folder per model, with prepared.json beside the packages."""

import hashlib
import os
import pathlib
import shlex
import subprocess

import measure
import suite_cases
import suite_results
from serving import Failed


def run(command, **options):
    """Its standard output."""
    command = list(map(str, command))
    name = pathlib.Path(command[0]).name
    try:
        done = subprocess.run(command, capture_output=True, text=True,
                              check=False, **options)
    except subprocess.TimeoutExpired:
        raise Failed(f"{name} did not end in time") from None
    except OSError as error:
        raise Failed(f"{command[0]}: {error.strerror}") from None
    if done.returncode:
        text = (done.stderr or done.stdout).strip()
        raise Failed(f"{name} ended with code {done.returncode}: {text}")
    return done.stdout


def models(cases):
    return list({case.model.name: case.model for case in cases}.values())


def read_model(folder):
    return suite_results.read_json(folder / "prepared.json",
                                   "gac-suite-prepared")


def read(folder, suite):
    """What --prepare took, by model, where that is known."""
    found = {}
    for model in models(suite.cases):
        record = read_model(folder / model.name)
        if record:
            found[model.name] = {"machine": record["machine"],
                                 "seconds": record["seconds"]}
    return found


def prepare(cases, folder, options, say):
    for model in models(cases):
        prepare_model(model, folder / model.name, options, say)


def prepare_model(model, folder, options, say):
    """A step whose command, model and tools are those of before is not
    repeated."""
    folder.mkdir(parents=True, exist_ok=True)
    compiler = os.stat(options.bin / "gac").st_mtime_ns
    before = read_model(folder) or {}
    record = {"format": "gac-suite-prepared", "version": suite_results.VERSION,
              "model": model.facts(), "machine": measure.machine(),
              "tool": compiler, "steps": {}, "seconds": {}}
    is_same = all(before.get(what) == record[what] for what in ("tool", "model"))
    done = before.get("steps", {}) if is_same else {}
    changed = False
    for package, step, command, target in model.commands(folder, options):
        text = shlex.join(map(str, command))
        # Whatever is made of a new model is new.
        changed = changed and step != "model"
        took = done.get(text)
        if took is None or changed or not target.exists():
            say(f"{model.name}: {package}, {step}")
            try:
                cost = measure.run(command)
            except (measure.Failed, OSError) as error:
                raise Failed(str(error).strip()) from None
            took, changed = {"wall": cost.wall, "cpu": cost.cpu}, True
        record["steps"][text] = took
        record["seconds"].setdefault(package, {})[step] = took
        suite_results.write_json(folder / "prepared.json", record)


def flat(facts):
    """By the field within its group: a sentence has no room for groups."""
    return {f"{group} {name}": value for group, fields in facts.items()
            for name, value in fields.items()}


def check_model(model, path):
    """Peers are made from the model of the case, packages were from another one
    if the suite has changed since, or was a --tiny one, and are not made yet
    where --prepare was interrupted."""
    record = read_model(path.parent)
    if record is None or "model" not in record:
        raise Failed(f"{path} does not say of which model the packages beside "
                     "it are; --prepare does")
    ours, theirs = flat(model.facts()), flat(record["model"])
    for what in ours:
        if ours[what] != theirs.get(what):
            raise Failed(f"{path}: the packages beside it are of another model "
                         f"than the suite's {model.name}: {what} is "
                         f"{theirs.get(what)}, not {ours[what]}")
    for name in model.made():
        if "compile" not in record["seconds"].get(name, {}):
            raise Failed(f"{path}: {name}.gacpkg is of an earlier --prepare; "
                         "the same command goes on")


def find_manifest(folder, package):
    return folder / f"{package}.gacpkg" / "manifest.json"


def find_packages(cases, folder):
    """Checks that each case's packages are there and of its model, and adds
    contenders for those that somebody put beside them. Returns what tells the
    models' own packages from others of the same model."""
    digests = {}
    for case in cases:
        beside = folder / case.model.name
        digest = hashlib.sha256()
        known = case.model.made()
        for name in known:
            manifest = find_manifest(beside, name)
            if not manifest.exists():
                raise Failed(f"{manifest} is missing; --prepare {folder} "
                             "makes it")
            digest.update(manifest.read_bytes())
        check_model(case.model, beside / "prepared.json")
        digests[case.model.name] = digest.hexdigest()
        extra = [path.name.removesuffix(".gacpkg")
                 for path in sorted(beside.glob("*.gacpkg"))
                 if path.name.removesuffix(".gacpkg") not in known]
        for name in extra:
            if not find_manifest(beside, name).exists():
                raise Failed(f"{beside / name}.gacpkg has no manifest.json")
        case.contenders += map(suite_cases.package, extra)
    return digests
