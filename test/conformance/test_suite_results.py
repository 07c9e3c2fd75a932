#===- test_suite_results.py - What suites keep and report -----------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""benchmarks/suite_results.py and suite_report.py, without a call of a
suite."""

import pathlib
import sys
import tempfile
import unittest

import harness

sys.path.insert(0, str(harness.ROOT / "benchmarks"))
import suite_cases  # noqa: E402  (they lie in benchmarks/)
import suite_report  # noqa: E402
import suite_results  # noqa: E402


class Results(unittest.TestCase):
    def test_ticks(self):
        for high in (0.3, 1, 4.9, 5, 17, 1000):
            marks = suite_report.ticks(high)
            self.assertEqual(marks[0], 0)
            self.assertGreaterEqual(marks[-1], high * (1 - 1e-9))
            self.assertLessEqual(len(marks), 7)

    def test_records(self):
        """What a call has completed stays so when it measures ours once more,
        and the time until a first result is of the first call."""
        with tempfile.TemporaryDirectory() as folder:
            suite = suite_cases.make_suites(tiny=True)["decode-1"]
            results = suite_results.Results(pathlib.Path(folder) / "r", suite)
            results.open()
            case = suite.cases[0]
            ours = next(each for each in case.contenders
                        if each.name == case.ours)
            for call, seconds, rounds in (("1", 90.0, (False,)),
                                          ("2", 5.0, (False, True, False))):
                results.update(case, ours, call, first_seconds=seconds)
                for complete in rounds:
                    results.add_round(case, ours, call, [100.0], complete)
                self.assertEqual(results.is_complete(case, ours), call == "2")
            found = suite_results.summarize_contender(
                ours, results.read(case, ours), results.read(case, ours))
            self.assertEqual((found["call"], found["complete"],
                              found["count"], found["first_seconds"]),
                             ("2", True, 3, 90.0))

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
