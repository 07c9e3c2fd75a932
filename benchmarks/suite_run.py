#===- suite_run.py - One call of a suite ----------------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Lets the contenders of a suite take turns until all is measured or the time
is over. Each result is in its file as soon as it is there."""

import dataclasses
import json
import math
import os
import pathlib
import re
import statistics
import tempfile
import time

import suite_cases
import suite_prepare
import suite_results
from serving import Failed, Worker

HERE = pathlib.Path(__file__).resolve().parent
PROVIDERS = ("gac", "gac-run", "torch", "jax", "sdpa")
SCRIPTS = {"torch": "llama_torch.py", "jax": "llama_jax.py",
           "sdpa": "attention_torch.py"}
# Seconds without which nothing is begun.
LEAST = 15
# The steps of a turn, however short, and the seconds that they take at most:
# very long steps are measured fewer times.
MOST_STEPS, LONGEST = 2000, 2.0
TIMES = re.compile(r"median ([0-9.]+) us")


def round_seconds(case, contenders):
    """That a round of so many takes about: a turn with its warm-up, what a
    worker and events cost besides, and gac-bench's start."""
    return 4 + contenders * (2 * case.turn + 0.3)


class NotStarted(Failed):
    """A provider's worker did not: nothing is known about its contenders."""


def tuned_as(contender):
    """What is tuned for minutes: mode and form; empty where nothing is. A
    replayed graph shares what its mode has tuned."""
    mode = contender.request.get("mode", "").removesuffix("-graph")
    return (f"{mode}-{contender.request['form']}"
            if mode in ("max-autotune", "best") else "")


def count_steps(us, least, seconds):
    """How many steps a turn of so many seconds has of what takes `us`
    microseconds: at least so many, unless they are very long; 0 us: not
    known."""
    if not us:
        return least
    return min(max(least, math.ceil(seconds * 1e6 / us)),
               max(int(LONGEST * 1e6 / us), 1), MOST_STEPS)


class Call:
    """`name` tells it from the calls before it."""

    def __init__(self, results, folder, options, say, name):
        self.results, self.folder, self.options = results, folder, options
        self.say, self.name = say, name
        self.end = time.monotonic() + options.limit
        self.workers, self.loaded, self.environments = {}, {}, {}
        self.absent = {}  # why a provider, or a worker of one, did not start
        self.paces = {}  # microseconds of a step, by case and peer

    def left(self):
        return self.end - time.monotonic()

    def close(self):
        for worker in self.workers.values():
            worker.close()
        self.workers.clear()

    # -- What is to be done ---------------------------------------------------

    def pending(self, case, late):
        return [each for each in suite_cases.choose(case, self.options)
                if each.late <= late and self.is_there(case, each)
                and not self.results.is_complete(case, each)]

    def is_there(self, case, contender):
        """What somebody put beside the packages may be gone."""
        return contender.provider != "gac" or suite_prepare.find_manifest(
            self.folder / case.model.name, contender.request["package"]
        ).exists()

    def run(self, cases):
        """Cases in which something is tuned come last: if that takes too long,
        the others are measured. Those that are late come when all others are
        through, and are compared with ours as it is then."""
        name = self.name
        cases = sorted(cases, key=lambda case: any(
            map(tuned_as, suite_cases.choose(case, self.options))))
        for late in (False, True)[:1 if self.options.skip_late else 2]:
            self.name = name + suite_results.LATE * late
            groups = {}
            for case in cases:
                if self.pending(case, late):
                    key = (case.model.name, case.group or case.name)
                    groups.setdefault(key, []).append(case)
            for group in groups.values():
                if self.left() < LEAST:
                    self.say(f"{group[0].name}: no time is left")
                    return
                if group[0].group:
                    self.measure_group(group)
                else:
                    self.measure_case(group[0], self.pending(group[0], late))

    # -- Peers ----------------------------------------------------------------

    def worker(self, contender, seconds):
        """One for each provider, and one for each thing that is tuned: if
        tuning takes too long, only that is lost."""
        provider = contender.provider
        key = provider, tuned_as(contender)
        for absent in (provider, key):
            if absent in self.absent:
                raise NotStarted(self.absent[absent])
        if key not in self.workers or not self.workers[key].alive:
            try:
                self.start(key, seconds)
            except (Failed, OSError) as error:
                # Where one has started before, the framework is there.
                self.absent[key if provider in self.environments
                            else provider] = str(error)
                raise NotStarted(str(error)) from None
        return self.workers[key], self.loaded[key]

    def start(self, key, seconds):
        provider, tuned = key
        script = SCRIPTS[provider]
        python = (self.options.jax_python if provider == "jax"
                  else self.options.torch_python)
        log = "-".join(filter(None, (pathlib.Path(script).stem, tuned)))
        worker = Worker([python, HERE / script, "--serve"],
                        self.results.folder / f"{log}.log")
        try:
            self.environments[provider] = worker.ask("environment", seconds)
        except Failed:
            worker.close()
            raise
        self.workers[key], self.loaded[key] = worker, {}

    def fail(self, case, contender, error, reserve):
        """Says it, and notes it if it is the contender's own failure: to be
        out of time, or without its framework, is none. Others go on in a new
        process where this one cannot."""
        self.say(f"{case.name}, {contender.title}: {error}")
        if self.left() > reserve and not isinstance(error, NotStarted):
            self.results.fail(case, contender, str(error))
        worker = self.workers.get((contender.provider, tuned_as(contender)))
        if worker:
            worker.close_if_sick(LEAST)

    def drop(self):
        """Gives the GPU's memory back."""
        for key, worker in self.workers.items():
            self.loaded[key] = {}
            if self.left() < LEAST:  # nothing is begun any more
                worker.close()
            elif worker.alive:
                try:
                    worker.ask("drop", LEAST)
                except Failed as error:  # it is gone, with its memory
                    self.say(str(error))

    def load(self, case, contender, seconds):
        """What its worker calls the loaded model."""
        worker, loaded = self.worker(contender, seconds)
        request = {key: value for key, value in contender.request.items()
                   if key != "mode"}
        model = json.dumps(request, sort_keys=True)
        if model not in loaded:
            begin = time.monotonic()
            answer = worker.ask(
                "load", seconds, name=model, **request, **case.load,
                config=dataclasses.asdict(case.model.config))
            loaded[model] = {"load_seconds": time.monotonic() - begin,
                             "attention": answer.get("attention")}
        return worker, model, loaded[model]

    def ask_times(self, case, contender, seconds, repeat):
        """Of so many steps, before which there are as many."""
        worker, model, facts = self.load(case, contender, seconds)
        mode = {key: contender.request[key] for key in ("mode",)
                if key in contender.request}
        return worker.ask("measure", seconds, name=model, repeat=repeat,
                          warm_up=repeat, **mode), facts

    def get_ready(self, case, peers, reserve):
        """Loads, compiles, and runs each once, as long as `reserve` seconds are
        left. Returns those that work."""
        ready = []
        for contender in peers:
            seconds = self.left() - reserve
            if seconds < LEAST:
                self.say(f"{case.name}: no time for {contender.title}")
                continue
            begin = time.monotonic()
            try:
                answer, facts = self.ask_times(case, contender, seconds, 5)
            except Failed as error:
                self.fail(case, contender, error, reserve)
                continue
            self.paces[case.name, contender.name] = statistics.median(
                answer["us"])
            self.results.update(
                case, contender, self.name,
                environment=self.environments[contender.provider],
                **({"first_seconds": answer["first_seconds"]}
                   if "first_seconds" in answer else {}),
                **{key: value for key, value in facts.items() if value})
            ready.append(contender)
            self.say(f"{case.name}: {contender.title} is ready after "
                     f"{time.monotonic() - begin:.0f} s")
        return ready

    # -- Cases ----------------------------------------------------------------

    def measure_case(self, case, pending):
        peers = [each for each in pending
                 if each.provider in SCRIPTS]
        # Ours runs in each call, as what the others are compared with.
        packages = [each for each in case.contenders
                    if each.provider == "gac"
                    and (each in pending or each.name == case.ours)]
        others = [each for each in pending if each.provider == "gac-run"]
        if peers:
            peers = self.get_ready(
                case, peers, LEAST + self.options.rounds * round_seconds(
                    case, len(peers) + len(packages) + len(others)))
        if peers or any(each.provider not in SCRIPTS for each in pending):
            self.run_rounds(case, peers, packages, others)
        if case.first and "gac-run" in self.options.providers:
            self.run_first(case)
        self.drop()

    def run_rounds(self, case, peers, packages, others):
        rounds = self.options.rounds
        for turn in range(rounds):
            needed = round_seconds(case,
                                   len(peers) + len(packages) + len(others))
            if self.left() < max(needed, LEAST):
                self.say(f"{case.name}: no time for round {turn + 1}")
                break
            # Packages first: they need no tuning, and all are compared with
            # ours. Each round begins with another one.
            if "gac" in self.options.providers:
                first = turn % len(packages)
                self.run_packages(
                    [case], packages[first:] + packages[:first],
                    self.results.folder / case.name / "gac-bench")
            for contender in others:
                self.run_alone(case, contender)
            for contender in list(peers):
                self.take_turn(case, contender, peers)
            self.say(f"{case.name}: round {turn + 1} of {rounds}, "
                     f"{self.left():.0f} s left")

    def settle(self, case, contender):
        """Without a round of ours beside each there is nothing to compare
        with, and without all rounds something is left to do."""
        ours = next(each for each in case.contenders if each.name == case.ours)
        beside = [contender] + [ours] * ("gac" in self.options.providers)
        if min(self.results.count_rounds(case, each, self.name)
               for each in beside) >= self.options.rounds:
            self.results.update(case, contender, self.name, complete=True)

    def take_turn(self, case, contender, peers):
        try:
            answer, _ = self.ask_times(
                case, contender, max(self.left(), 1),
                count_steps(self.paces[case.name, contender.name],
                            self.options.repeat, case.turn))
        except Failed as error:
            self.fail(case, contender, error, LEAST)
            peers.remove(contender)
            return
        self.results.add_round(case, contender, self.name, answer["us"],
                               answer.get("clocks"))
        self.settle(case, contender)

    def measure_group(self, cases):
        """Cases without peers: the packages take turns within gac-bench."""
        packages = [each for each in suite_cases.choose(cases[0], self.options)
                    if each.provider == "gac"]
        self.run_packages(
            cases, packages, self.results.folder / cases[0].group
            / "gac-bench", rounds=self.options.rounds)

    # -- GAC ------------------------------------------------------------------

    @staticmethod
    def predict(case, folder, contender):
        """Microseconds that a package's target gives its operations; 0 where
        it has none."""
        manifest = json.loads(suite_prepare.find_manifest(
            folder, contender.request["package"]).read_text())
        return sum(op.get("predictedUs", 0)
                   for entry in manifest.get("entries", ())
                   if entry["name"] == case.entry for op in entry["ops"])

    def count_replays(self, case, folder, packages):
        """That each package has in a turn: by what the fastest is predicted to
        take, as none is to run shorter than the peers."""
        return count_steps(min((self.predict(case, folder, each)
                                for each in packages), default=0),
                           self.options.repeat, case.turn)

    def run_packages(self, cases, packages, output, rounds=1):
        """One call of gac-bench, in which the packages take turns. If it fails,
        one for each of them, as the others may be well."""
        folder = self.folder / cases[0].model.name
        names = [each.request["package"] for each in packages]
        experiment = {"format": "gac-experiment", "version": 1, "packages": [
            {"name": name, "path": str((folder / f"{name}.gacpkg").resolve())}
            for name in names], "cases": []}
        for case in cases:
            repeat = self.count_replays(case, folder, packages)
            experiment["cases"].append({
                "name": case.name, "entry": case.entry, "opRepeat": 0,
                "positions": case.positions, "repeat": repeat,
                "warmup": repeat, "rounds": rounds})
        try:
            with tempfile.TemporaryDirectory() as scratch:
                file = pathlib.Path(scratch) / "experiment.json"
                file.write_text(json.dumps(experiment))
                output.parent.mkdir(parents=True, exist_ok=True)
                suite_prepare.run(
                    [self.options.bin / "gac-bench", "--experiment", file,
                     "--output", output, "--overwrite"],
                    timeout=max(self.left(), 1))
                raw = json.loads((output / "raw.json").read_text())
                found = json.loads((output / "env.json").read_text())
        except (Failed, OSError, ValueError) as error:
            if self.left() > LEAST and len(packages) > 1:
                for each in packages:
                    self.run_packages(cases, [each], output, rounds)
                return
            for case in cases:
                for each in packages:
                    self.fail(case, each, error, LEAST)
            return
        for case, measured in zip(cases, raw["cases"]):
            found_of = {each["name"]: each for each in measured["packages"]}
            for each in packages:
                predicted = self.predict(case, folder, each)
                self.results.update(
                    case, each, self.name, environment=found,
                    **({"predicted_us": predicted}
                       if predicted and case.fills_caches() else {}))
                of_package = found_of[each.request["package"]]
                for times, clocks in zip(of_package["rounds"],
                                         of_package["clocks"]):
                    self.results.add_round(case, each, self.name, times, clocks)
            for each in packages:
                self.settle(case, each)

    def gac_run(self, case, package, *options, **more):
        return suite_prepare.run(
            [self.options.bin / "gac-run", self.folder / case.model.name
             / f"{package}.gacpkg", "--entry", case.entry, *options],
            timeout=max(self.left(), 1), **more)

    def run_alone(self, case, contender):
        """A package in a way that only gac-run offers, which tells the median
        of its replays."""
        ours = next(each for each in case.contenders if each.name == case.ours)
        steps = self.count_replays(case, self.folder / case.model.name, [ours])
        try:
            said = self.gac_run(case, contender.request["package"],
                                *contender.request["options"], "--warmup",
                                steps, "--repeat", steps)
            median = float(TIMES.search(said)[1])
        except (Failed, TypeError) as error:
            self.fail(case, contender, error, LEAST)
            return
        self.results.add_round(case, contender, self.name, [median])
        self.settle(case, contender)

    def run_first(self, case):
        """From a package to its first result: with no kernel and no choice of
        algorithms kept from before, and with both."""
        ours = next(each for each in case.contenders if each.name == case.ours)
        if any("first_token" in call for call in
               self.results.read(case, ours)["calls"].values()):
            return
        package, took = ours.request["package"], {}
        try:
            with tempfile.TemporaryDirectory() as cache:
                for when in ("cold", "warm"):
                    begin = time.monotonic()
                    self.gac_run(case, package, env={
                        **os.environ, "GAC_CACHE_DIR": cache})
                    took[when] = time.monotonic() - begin
        except Failed as error:
            self.say(f"{case.name}, first result: {error}")
            return
        self.results.update(case, ours, self.name, first_token=took)
