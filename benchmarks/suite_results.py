#===- suite_results.py - What a suite has measured so far -----------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""A suite's folder of results: a file per case and contender, which later calls
add to, and the summary of all of them.

Ratios are taken within a call: a contender that another call has measured is
compared with what that call measured of ours, on the same machine within
minutes."""

import dataclasses
import json
import os
import statistics

import suite_cases
from serving import Failed

VERSION = 1
# What the name of a call ends with where contenders that come late are measured.
LATE = ", late"


def write(path, text):
    """As a whole or not at all."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text)
    os.replace(beside, path)


def write_json(path, document):
    write(path, json.dumps(document, indent=1) + "\n")


def read_json(path, what):
    """None where there is no such file."""
    try:
        document = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Failed(f"{path}: {error}") from None
    if document.get("format") != what or document.get("version") != VERSION:
        raise Failed(f"{path} has format {document.get('format')!r}, version "
                     f"{document.get('version')!r}, not {what!r}, {VERSION}")
    return document


@dataclasses.dataclass
class Results:
    """The folder. Files: suite.json, CASE/CONTENDER.json, and what suite.py
    reports."""

    folder: object
    suite: object
    tiny: bool = False

    def open(self, digests=None):
        """Makes the folder, or checks that it is of the same suite and of the
        same packages, of which `digests` tells by model. Packages that were
        measured there and are no longer beside the others stay contenders."""
        about = {"format": "gac-suite", "version": VERSION,
                 "suite": self.suite.name, "tiny": self.tiny}
        found = read_json(self.folder / "suite.json", "gac-suite")
        before = found.pop("packages", {}) if found else {}
        if found and found != about:
            raise Failed(f"{self.folder} has results of the suite "
                         f"{found['suite']}{' --tiny' * found['tiny']}, not of "
                         f"{self.suite.name}{' --tiny' * self.tiny}")
        for model, digest in (digests or {}).items():
            if before.get(model, digest) != digest:
                raise Failed(f"{self.folder} has results of other packages of "
                             f"{model} than these; give another --output")
        if not found and self.folder.exists() and any(self.folder.iterdir()):
            raise Failed(f"{self.folder} is not empty, and no folder of "
                         "results")
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.folder / "suite.json",
                   about | {"packages": before | (digests or {})})
        for case in self.suite.cases:
            known = {each.name for each in case.contenders}
            case.contenders += [
                suite_cases.package(path.stem.removeprefix("gac-"))
                for path in sorted((self.folder / case.name)
                                   .glob("gac-*.json"))
                if path.stem not in known]

    def path(self, case, contender):
        return self.folder / case.name / f"{contender.name}.json"

    def read(self, case, contender):
        return read_json(self.path(case, contender), "gac-suite-result") or {
            "format": "gac-suite-result", "version": VERSION,
            "case": case.name, "contender": contender.name, "failure": None,
            "calls": {}}

    def is_complete(self, case, contender):
        """Whether there is nothing left to do: measured, or failed by itself."""
        record = self.read(case, contender)
        return bool(record["failure"]) or any(
            call.get("complete") for call in record["calls"].values())

    def update(self, case, contender, call, **fields):
        record = self.read(case, contender)
        record["failure"] = None
        record["calls"].setdefault(call, {"rounds_us": []}).update(fields)
        self.write(case, contender, record)

    def add_round(self, case, contender, call, times, clocks=None):
        """`clocks`: as they were when it ended, where that is known."""
        record = self.read(case, contender)
        entry = record["calls"].setdefault(call, {"rounds_us": []})
        entry["rounds_us"].append(times)
        if clocks:
            entry.setdefault("clocks", []).append(clocks)
        self.write(case, contender, record)

    def count_rounds(self, case, contender, call):
        return len(self.read(case, contender)["calls"].get(call, {}).get(
            "rounds_us", ()))

    def fail(self, case, contender, why):
        """Keeps the last line, which says what went wrong."""
        record = self.read(case, contender)
        record["failure"] = why.strip().splitlines()[-1]
        self.write(case, contender, record)

    def write(self, case, contender, record):
        path = self.path(case, contender)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, record)


def describe(rounds):
    """Figures of the rounds of one call."""
    times = [time for each in rounds for time in each]
    medians = [statistics.median(each) for each in rounds]
    q1, median, q3 = (statistics.quantiles(times, n=4, method="inclusive")
                      if len(times) > 1 else times * 3)
    return {"median_us": median, "q1_us": q1, "q3_us": q3,
            "fastest_us": min(times), "round_medians_us": medians,
            "spread_us": max(medians) - min(medians), "count": len(times)}


def best_call(record):
    """The call that counts: the last complete one, else the last with a round,
    of ours not beside those that come late; its name, or None."""
    return max((name for name, each in record["calls"].items()
                if each["rounds_us"]),
               key=lambda name: (
                   record["calls"][name].get("complete", False),
                   name.removesuffix(LATE), not name.endswith(LATE)),
               default=None)


def summarize_contender(contender, record, ours):
    """`ours`: the record of what all are compared with."""
    result = {"name": contender.name, "title": contender.title}
    if record["failure"]:
        return result | {"failure": record["failure"]}
    name = best_call(record)
    if name is None:
        return result
    call = record["calls"][name]
    result |= describe(call["rounds_us"]) | {
        "call": name, "complete": call.get("complete", False)}
    if "predicted_us" in call:  # of the packages of that call
        result["predicted_us"] = call["predicted_us"]
    if "clocks" in call:
        for field, what in (("sm_mhz", "smMHz"), ("watts", "watts")):
            result[field] = statistics.mean(each[what]
                                            for each in call["clocks"])
    if "attention" in call:  # chosen anew in each
        result["attention"] = call["attention"]
    # Of the first call that has it: later ones find what it left in caches.
    for field in ("first_seconds", "load_seconds", "first_token"):
        for each in record["calls"].values():
            if field in each:
                result.setdefault(field, each[field])
    reference = ours["calls"].get(name, {}).get("rounds_us")
    if reference:
        result["ours_us"] = describe(reference)["median_us"]
        result["ratio"] = result["median_us"] / result["ours_us"]
    return result


def summarize_case(results, case):
    ours = next(each for each in case.contenders if each.name == case.ours)
    ours = results.read(case, ours)
    contenders = [summarize_contender(each, results.read(case, each), ours)
                  for each in case.contenders]
    by_name = {each["name"]: each for each in contenders}
    return {"name": case.name, "title": case.title, "ours": case.ours,
            "model": case.model.name, "contenders": contenders,
            "wanted": [{"contender": name, "ratio": wanted,
                        "reached": by_name[name].get("ratio")}
                       for name, wanted in case.wanted.items()]}


def without_names(facts):
    """What a machine is, without whose it is: summaries are handed around."""
    return {key: without_names(value) if isinstance(value, dict) else value
            for key, value in facts.items()
            if key not in ("host", "kernel", "bus")}


def environments(results):
    """What each call ran on, by call and provider."""
    found = {}
    for case in results.suite.cases:
        for contender in case.contenders:
            for name, call in results.read(case, contender)["calls"].items():
                if "environment" in call:
                    found.setdefault(name.removesuffix(LATE), {})[
                        contender.provider] = without_names(
                            call["environment"])
    return found


def summarize(results, prepared=None):
    """`prepared`: what --prepare took, by model."""
    return {"format": "gac-suite-summary", "version": VERSION,
            "suite": results.suite.name, "title": results.suite.title,
            "unit": "us", "environments": environments(results),
            "prepared": {
                name: facts | {"machine": without_names(facts["machine"])}
                for name, facts in (prepared or {}).items()},
            "cases": [summarize_case(results, case)
                      for case in results.suite.cases]}
