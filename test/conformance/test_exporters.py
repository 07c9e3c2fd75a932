#===- test_exporters.py - The script that goes through other exporters ----===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""scripts/check_exporters.py on given files, which needs no exporter: what it
says of a file that is repaired, of one that is refused and of one that nothing
runs; that it goes on where it ended; and its table."""

import json
import pathlib
import shutil
import subprocess
import sys
import unittest

import onnx
from onnx import helper

import handmade
import harness
import check_exporters

SCRIPT = harness.ROOT / "scripts" / "check_exporters.py"


class Exporters(harness.ToolTest):
    def run_script(self, *arguments, gac=harness.BIN / "gac"):
        done = subprocess.run(
            [sys.executable, str(SCRIPT), "-o", str(self.dir / "out"),
             "--gac", str(gac), "--files", *map(str, arguments)],
            capture_output=True, text=True, timeout=harness.TOOL_TIMEOUT,
            stdin=subprocess.DEVNULL)
        return done

    def rows(self):
        text = (self.dir / "out" / "results.json").read_text()
        known = json.loads(text)
        self.assertEqual(known["version"], 1)
        return {row["model"]: row for row in known["rows"]}

    def save(self, model, name):
        path = self.dir / f"{name}.onnx"
        onnx.save(model, str(path))
        return path

    def broken(self, name):
        """One whose shapes do not fit."""
        return self.save(handmade.model(
            [helper.make_node("MatMul", ["x", "w"], ["y"])],
            [handmade.value("x", ["batch", 7])],
            [handmade.value("y", ["batch", 5])],
            [handmade.weight("w", 9, 5)]), name)

    def test_rows(self):
        done = self.run_script(self.save(handmade.low_rank(61), "odd"),
                               self.broken("broken"))
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = self.rows()
        self.assertEqual(rows["odd"]["status"], "equal")
        self.assertGreater(rows["odd"]["misaligned"], 0)
        self.assertLessEqual(rows["odd"]["error"], 1e-5)
        self.assertEqual([(each["size"], each["interface"], each["reasons"])
                          for each in rows["odd"]["left"]],
                         [(61, True, ["graph input x axis 1"])])
        self.assertEqual(rows["broken"]["status"], "invalid")
        self.assertIn("matmul", rows["broken"]["detail"])
        self.assertNotIn("left", rows["broken"])
        # Nothing is left behind but the results.
        self.assertEqual([path.name for path in (self.dir / "out").iterdir()],
                         ["results.json"])

    def test_a_refusal_of_what_runs_fails(self):
        """A gac that fails, on a model that runs."""
        path = self.save(handmade.low_rank(61), "odd")
        fake = self.dir / "fake"
        fake.write_text("#!/bin/sh\necho 'gac: error: no' >&2\nexit 1\n")
        fake.chmod(0o755)
        done = self.run_script(path, gac=fake)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.rows()["odd"]["status"], "refused")
        self.assertEqual(self.rows()["odd"]["detail"], "gac: error: no")

    def test_other_results_fail(self):
        """A gac that repairs another model."""
        path = self.save(handmade.low_rank(61), "odd")
        other = handmade.low_rank(61)
        tensor = other.graph.initializer[0]
        array = onnx.numpy_helper.to_array(tensor) * 2
        tensor.CopyFrom(onnx.numpy_helper.from_array(array, tensor.name))
        other = self.save(other, "other")
        fake = self.dir / "fake"
        fake.write_text(
            "#!/bin/sh\n"
            f'[ "$1" = repair ] && {{ shift 2; exec {harness.BIN}/gac repair '
            f'{other} "$@"; }}\nexec {harness.BIN}/gac "$@"\n')
        fake.chmod(0o755)
        done = self.run_script(path, gac=fake)
        self.assertEqual(done.returncode, 1)
        row = self.rows()["odd"]
        self.assertEqual(row["status"], "differs")
        self.assertGreater(row["error"], row["tolerance"])

    def test_it_goes_on(self):
        one = self.save(handmade.low_rank(61), "one")
        two = self.save(handmade.low_rank(59), "two")
        self.run_script(one)
        done = self.run_script(one, two)
        self.assertIn("1 of 2 are known\n[1/1, ", done.stdout)
        self.assertEqual(set(self.rows()), {"one", "two"})
        # Another gac checks again: its bytes differ.
        gac = self.dir / "gac"
        shutil.copy(harness.BIN / "gac", gac)
        with open(gac, "ab") as file:
            file.write(b"\0")
        done = self.run_script(one, two, gac=gac)
        self.assertIn("[2/2, ", done.stdout)

    def test_results_of_another_version_are_refused(self):
        path = self.save(handmade.low_rank(61), "odd")
        self.run_script(path)
        results = self.dir / "out" / "results.json"
        results.write_text('{"version": 7, "rows": []}')
        done = self.run_script(path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("has version 7, not 1", done.stderr)
        self.assertEqual(results.read_text(), '{"version": 7, "rows": []}')

    def test_table(self):
        table = self.dir / "table.md"
        path = harness.MODELS / "llama_head14_past.onnx"
        done = self.run_script(path, self.broken("broken"), "--table", table)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = table.read_text()
        self.assertIn("Of 2 files 1 are repaired with equal results, 0 refused",
                      text)
        # All that stays is the caches'.
        self.assertIn("| llama_head14_past | 0 |\n| broken | invalid |", text)
        self.assertIn("Nothing.", text)
        self.assertIn("- broken, file: ", text)
        self.assertNotIn(str(self.dir), text)

    def test_reasons_without_places(self):
        """Reasons that differ in numbers and nodes only are one."""
        mask = check_exporters.mask_numbers
        self.assertEqual(mask("Conv slides over 17 lanes (/a/b.3/Conv)"),
                         mask("Conv slides over 9 lanes (/c/Conv_1)"))
        row = {"model": "a", "way": "file", "status": "equal", "left": [
            {"id": "w:1", "size": 17, "roles": ["N"], "meaning": "width",
             "interface": False, "reasons": ["Conv slides|it 17 (/a/Conv)"]},
            {"id": "v:0", "size": 3, "roles": ["K"], "meaning": "width",
             "interface": True, "reasons": ["graph input v axis 0"]}]}
        table = pathlib.Path(self.dir) / "table.md"
        check_exporters.write_table(table, [row], {"file": "given"})
        self.assertIn("| a | 1 |", table.read_text())
        self.assertIn("| Conv slides&#124;it N | a |", table.read_text())
        self.assertNotIn("graph input", table.read_text())


if __name__ == "__main__":
    unittest.main()
