#===- test_suite_results.py - What suites keep and report -----------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Parts of benchmarks/suite_*.py by themselves, without a call of a suite."""

import pathlib
import sys
import tempfile
import unittest

import harness

sys.path.insert(0, str(harness.ROOT / "benchmarks"))
import suite_cases  # noqa: E402  (they lie in benchmarks/)
import suite_report  # noqa: E402
import suite_results  # noqa: E402
import suite_run  # noqa: E402


class Results(unittest.TestCase):
    def test_ticks(self):
        for high in (0.3, 1, 4.9, 5, 17, 1000):
            marks = suite_report.ticks(high)
            self.assertEqual(marks[0], 0)
            self.assertGreaterEqual(marks[-1], high * (1 - 1e-9))
            self.assertLessEqual(len(marks), 7)

    def test_steps(self):
        """Enough for a turn that is long enough, and no turn that is too
        long."""
        for us, steps in ((0, 30), (1000, 200), (5000, 40), (20e3, 30),
                          (95e3, 21), (5e6, 1), (3, 2000)):
            self.assertEqual(suite_run.count_steps(us, 30, 0.2), steps)
        self.assertEqual(suite_run.count_steps(5000, 30, 1.0), 200)

    def test_records(self):
        """The last complete call counts, of ours not beside what comes late;
        the time until a first result is of the first call."""
        with tempfile.TemporaryDirectory() as folder:
            suite = suite_cases.make_suites(tiny=True)["decode-1"]
            results = suite_results.Results(pathlib.Path(folder) / "r", suite)
            results.open()
            case = suite.cases[0]
            ours = next(each for each in case.contenders
                        if each.name == case.ours)
            for call, seconds, us, rounds, complete, counts in (
                    ("1", 90.0, 100.0, 1, False, "1"),
                    ("1, late", 80.0, 110.0, 2, False, "1"),
                    ("2", 5.0, 120.0, 2, True, "2"),
                    ("2, late", 4.0, 130.0, 3, True, "2"),
                    ("3", 3.0, 140.0, 1, False, "2"),
                    ("4, late", 3.0, 150.0, 1, True, "4, late")):
                results.update(case, ours, call, first_seconds=seconds,
                               attention=call)
                for _ in range(rounds):
                    results.add_round(case, ours, call, [us])
                results.update(case, ours, call, complete=complete)
                record = results.read(case, ours)
                found = suite_results.summarize_contender(ours, record, record)
                self.assertEqual((found["call"], found["attention"],
                                  found["ratio"], found["first_seconds"]),
                                 (counts, counts, 1, 90.0))
                self.assertEqual(found["ours_us"], found["median_us"])
                self.assertEqual(results.is_complete(case, ours),
                                 counts != "1")

    def test_recorded_results(self):
        """A summary with gaps is drawn and told."""
        summary = {
            "title": "A <suite>", "prepared": {}, "environments": {},
            "cases": [{"name": "c", "title": "case", "model": "c",
                       "ours": "gac-optimal",
                       "wanted": [{"contender": "torch-a", "ratio": 2.0,
                                   "reached": None}],
                       "contenders": [
                           {"name": "gac-optimal", "title": "Ours"},
                           {"name": "torch-a", "title": "Theirs",
                            "failure": "out of memory"}]}]}
        text = suite_report.markdown(summary)
        self.assertIn("Failed: Theirs: out of memory\n", text)
        self.assertIn("Not measured yet: Ours\n", text)
        self.assertIn("| case, Theirs | 2.00 | - |", text)
        self.assertIn("A &lt;suite&gt;", suite_report.plot(summary))


if __name__ == "__main__":
    unittest.main()
