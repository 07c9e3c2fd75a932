#===- test_interrupt.py - gac compile, ended by a signal ------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""What Ctrl-C leaves of a package: nothing, and no compiler that runs on. A
program in nvcc's place, with a child as nvcc has them, waits to be ended."""

import os
import pathlib
import signal
import subprocess
import time
import unittest

import harness

COMPILER = """#!/bin/sh
# Ends without a file on SIGINT, as nvcc does.
trap 'exit 2' INT
sleep 100 &
echo $$ $! > "$STARTED.tmp"
mv "$STARTED.tmp" "$STARTED"
wait
"""


def runs(process):
    """Whether a process runs: one that nobody waited for does not."""
    try:
        status = pathlib.Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


class Interrupt(harness.ToolTest):
    def wait_for(self, condition, what):
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.02)

    def interrupt(self, number, ignored=()):
        """Ends a run of `gac compile` while its compiler works."""
        compiler, started = self.dir / "nvcc", self.dir / "started"
        compiler.write_text(COMPILER)
        compiler.chmod(0o755)
        started.unlink(missing_ok=True)
        work, scratch = self.dir / "work", self.dir / "scratch"
        for folder in (work, scratch):
            folder.mkdir(exist_ok=True)

        def ignore():
            for each in ignored:
                signal.signal(each, signal.SIG_IGN)

        process = subprocess.Popen(
            [harness.BIN / "gac", "compile",
             harness.ROOT / "test" / "models" / "llama_prune.onnx",
             "-o", work / "out.gacpkg", "--entry", "all:batch=1,seq=4"],
            env={**os.environ, "NVCC": str(compiler), "STARTED": str(started),
                 "TMPDIR": str(scratch)},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, preexec_fn=ignore)
        try:
            self.wait_for(started.exists, "the compiler never started")
            processes = [int(each) for each in started.read_text().split()]
            self.assertTrue(all(map(runs, processes)))
            self.assertTrue(list(work.glob("out.gacpkg.tmp-*/kernels.cu")))
            for each in ignored:
                process.send_signal(each)
            process.send_signal(number)
            _, error = process.communicate(timeout=60)
        finally:
            process.kill()
        self.assertEqual(process.returncode, -number, error)
        self.wait_for(lambda: not any(map(runs, processes)),
                      f"of {processes} some run on")
        return work, scratch

    def test_nothing_is_left(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                work, scratch = self.interrupt(number)
                self.assertEqual(list(work.iterdir()), [])
                self.assertEqual(list(scratch.iterdir()), [])

    def test_an_older_package_stays(self):
        package = self.dir / "work" / "out.gacpkg"
        package.mkdir(parents=True)
        (package / "manifest.json").write_text("{}")
        work, _ = self.interrupt(signal.SIGINT)
        self.assertEqual(list(work.iterdir()), [package])
        self.assertEqual((package / "manifest.json").read_text(), "{}")

    def test_ignored_signals_stay_ignored(self):
        """As under nohup."""
        work, _ = self.interrupt(signal.SIGTERM, ignored=[signal.SIGHUP])
        self.assertEqual(list(work.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
