#!/usr/bin/env python3
#===- suite.py - Compiled models beside their peers, on a GPU --------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Measures one suite: GAC's packages of compressed models, as compressed and
repaired, beside PyTorch and JAX, which take turns on one GPU. Models have the
geometry of Llama-3-8B and synthetic weights; no model file is needed.

    suite.py --list                       suites, cases and contenders
    suite.py prefill                      where compiler and GPU are together
    suite.py prefill --prepare DIR        makes the packages: needs no GPU
    suite.py prefill --packages DIR       measures them: needs no compiler
    suite.py prefill --report             table and plot from what is there

A call takes at most --limit seconds. What did not fit, or was interrupted, is
left for the next call with the same --output: whatever is complete there is not
measured again. The exit status is 1 if a contender failed, 2 if some are left.
"""

import argparse
import datetime
import pathlib
import shlex
import sys
import tempfile

import suite_cases
import suite_prepare
import suite_report
import suite_results
import suite_run
from serving import Failed

HERE = pathlib.Path(__file__).resolve().parent


def say(text):
    print(text, file=sys.stderr, flush=True)


def report(results, packages):
    """Writes summary.json, the table and the plot, and returns the table."""
    prepared = suite_prepare.read(packages, results.suite) if packages else {}
    known = suite_results.read_json(results.folder / "summary.json",
                                    "gac-suite-summary")
    summary = suite_results.summarize(
        results, prepared or (known or {}).get("prepared"))
    table = suite_report.markdown(summary)
    suite_results.write_json(results.folder / "summary.json", summary)
    suite_results.write(results.folder / "summary.md", table)
    suite_results.write(results.folder / "plot.svg", suite_report.plot(summary))
    return table


def status(results, cases, options):
    """(all of them, how many failed, how many are left)"""
    failed = left = count = 0
    for case in cases:
        for contender in suite_cases.choose(case, options):
            count += 1
            if results.read(case, contender)["failure"]:
                failed += 1
            elif not results.is_complete(case, contender):
                left += 1
    return count, failed, left


def check_contenders(cases, options):
    known = {each.name for case in cases for each in case.contenders}
    for name in options.contenders or []:
        if name not in known:
            raise Failed(f"no case has a contender '{name}', only "
                         f"{', '.join(sorted(known))}")


def list_suites(suites):
    for suite in suites:
        print(f"{suite.name}: {suite.title}")
        for case in suite.cases:
            print(f"  {case.name}: {case.title}; {case.model.describe()}")
            for contender in case.contenders:
                print(f"    {contender.name:30} {contender.title}"
                      f"{' (late)' * contender.late}")


def dry_run(suite, cases, folder, options):
    if not options.packages:
        for model in suite_prepare.models(cases):
            for *_, command, _ in model.commands(folder / model.name, options):
                print(shlex.join(map(str, command)))
    if options.prepare:
        return
    results = suite_results.Results(options.output, suite, options.tiny)
    for case in cases:
        pending = [each.name for each in suite_cases.choose(case, options)
                   if not (each.late and options.skip_late)
                   and not results.is_complete(case, each)]
        print(f"{case.name}: {options.rounds} rounds of "
              f"{', '.join(pending) or 'nothing, all is there'}; "
              f"{case.model.describe()}")


def parse():
    suites = suite_cases.make_suites()
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", nargs="?", choices=suites, metavar="SUITE",
                        help=f"one of {', '.join(suites)}")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--prepare", type=pathlib.Path, metavar="DIR",
                      help="only make models and packages, in DIR; what is "
                      "there already is kept")
    what.add_argument("--packages", type=pathlib.Path, metavar="DIR",
                      help="measure what --prepare made. Further folders "
                      "NAME.gacpkg beside a model's packages are measured, too")
    what.add_argument("--list", action="store_true",
                      help="list suites, cases and contenders")
    what.add_argument("--report", action="store_true",
                      help="measure nothing: make the summary of --output anew")
    parser.add_argument("--dry-run", action="store_true",
                        help="print what would be done")
    parser.add_argument("--output", type=pathlib.Path, metavar="DIR",
                        help="folder of results (default: suite-SUITE)")
    parser.add_argument("--only", nargs="+", metavar="CASE",
                        help="some of the cases")
    parser.add_argument("--providers", nargs="+", metavar="WHO",
                        choices=suite_run.PROVIDERS,
                        default=suite_run.PROVIDERS,
                        help="only contenders of "
                        f"{', '.join(suite_run.PROVIDERS)} (default: all)")
    parser.add_argument("--contenders", nargs="+", metavar="NAME",
                        help="only these, as --list names them, and beside "
                        "them ours")
    parser.add_argument("--skip-late", action="store_true",
                        help="leave out what comes late: what needs minutes of "
                        "tuning and is no bound of the suite")
    parser.add_argument("--tiny", action="store_true",
                        help="small models in place of the real ones, to try "
                        "the suites out: their times mean nothing")
    parser.add_argument("--arch", default="sm_90a", metavar="LIST",
                        help="to compile for (default: %(default)s)")
    parser.add_argument("--target", default="h200", metavar="NAME|FILE",
                        help="to repair, plan and predict for (default: "
                        "%(default)s)")
    parser.add_argument("--bin", type=pathlib.Path, metavar="DIR",
                        default=HERE.parent / "build" / "release" / "bin",
                        help="folder of the tools (default: %(default)s)")
    parser.add_argument("--torch-python", default=sys.executable,
                        metavar="FILE", help="the Python that has torch")
    parser.add_argument("--jax-python", default=sys.executable,
                        metavar="FILE", help="the Python that has JAX")
    for name, default, text in (
            ("rounds", 3, "in which each contender has its turn"),
            ("repeat", 30, "steps in a row; more of short ones, fewer of very "
             "long ones"),
            ("limit", 540, "seconds that a call takes at most")):
        parser.add_argument(f"--{name}", type=int, default=default,
                            metavar="N", help=f"{text} (default: {default})")
    options = parser.parse_args()
    for name in ("rounds", "repeat", "limit"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} {getattr(options, name)} is below 1")
    suites = suite_cases.make_suites(options.tiny)
    if options.list:
        list_suites([suites[options.suite]] if options.suite
                    else suites.values())
        sys.exit()
    if not options.suite:
        parser.error(f"which suite? One of {', '.join(suites)}")
    suite = suites[options.suite]
    names = [case.name for case in suite.cases]
    for name in options.only or []:
        if name not in names:
            parser.error(f"the suite {suite.name} has no case '{name}', only "
                         f"{', '.join(names)}")
    options.output = options.output or pathlib.Path(f"suite-{suite.name}")
    return options, suite


def main():
    options, suite = parse()
    cases = [case for case in suite.cases
             if not options.only or case.name in options.only]
    results = suite_results.Results(options.output, suite, options.tiny)
    with tempfile.TemporaryDirectory(prefix="suite-") as scratch:
        folder = (options.packages or options.prepare
                  or pathlib.Path(scratch))
        try:
            if options.dry_run:
                check_contenders(cases, options)
                dry_run(suite, cases, folder, options)
                return 0
            if options.report:
                if not (options.output / "suite.json").exists():
                    raise Failed(f"{options.output} has no results")
                results.open()
                print(report(results, None), end="")
                return 0
            if options.prepare or (not options.packages
                                   and "gac" in options.providers):
                suite_prepare.prepare(cases, folder, options, say)
            if options.prepare:
                return 0
            digests = {}
            if {"gac", "gac-run"} & set(options.providers):
                digests = suite_prepare.find_packages(cases, folder)
            check_contenders(cases, options)
            results.open(digests)
        except (Failed, OSError) as error:
            sys.exit(f"suite.py: error: {error}")
        now = datetime.datetime.now(datetime.timezone.utc)
        call = suite_run.Call(
            results, folder, options, say, now.strftime("%Y-%m-%dT%H:%M:%S.")
            + f"{now.microsecond // 1000:03}Z")
        try:
            call.run(cases)
        finally:
            call.close()
            print(report(results, folder), end="")
        count, failed, left = status(results, cases, options)
        if failed or left:
            say(f"of {count} contenders {failed} failed and {left} are left "
                "for another call")
        return 1 if failed else 2 if left else 0


if __name__ == "__main__":
    sys.exit(main())
