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
import random
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

# Takes its time to clean up.
SLOW_COMPILER = COMPILER.replace("'exit 2'", "'sleep 0.5; exit 2'")


def runs(process):
    """Whether a process runs: one that nobody waited for does not."""
    try:
        status = pathlib.Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


class Interrupt(harness.ToolTest):
    def wait_for(self, condition, what, pause=0.02):
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(pause)

    def interrupt(self, number, ignored=(), compiler=COMPILER, again=()):
        """Ends a run of `gac compile` while its compiler works."""
        nvcc, started = self.dir / "nvcc", self.dir / "started"
        nvcc.write_text(compiler)
        nvcc.chmod(0o755)
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
            env={**os.environ, "NVCC": str(nvcc), "STARTED": str(started),
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
                time.sleep(0.2)
                self.assertTrue(all(map(runs, processes)))
                self.assertIsNone(process.poll())
            process.send_signal(number)
            for each in again:
                time.sleep(0.05)
                process.send_signal(each)
            _, error = process.communicate(timeout=60)
        finally:
            process.kill()
        self.assertIn(-process.returncode, [number, *again], error)
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

    def test_signals_while_it_cleans_up(self):
        """Impatient users press Ctrl-C again."""
        work, scratch = self.interrupt(
            signal.SIGINT, compiler=SLOW_COMPILER,
            again=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
        self.assertEqual(list(work.iterdir()), [])
        self.assertEqual(list(scratch.iterdir()), [])

    def test_any_moment(self):
        """Whenever a signal comes, there is the old package or the new one,
        whole, and nothing else."""
        package = self.dir / "out.gacpkg"
        command = [harness.BIN / "gac", "compile",
                   harness.ROOT / "test" / "models" / "llama_prune.onnx",
                   "-o", package, "--entry", "all:batch=1,seq=4", "--no-cubin"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        files = {path.name for path in package.iterdir()}
        generator, ended = random.Random(7), 0
        signals = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
        # Half of them as soon as there is a folder.
        delays = [0, 0.03] * 12
        for number, delay in zip(8 * signals, delays, strict=True):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            self.wait_for(lambda: process.poll() is not None
                          or list(self.dir.glob("out.gacpkg.tmp-*")),
                          "no folder was made", pause=0)
            time.sleep(generator.uniform(0, delay))
            process.send_signal(number)
            ended += process.wait(timeout=60) == -number
            self.assertEqual(list(self.dir.iterdir()), [package])
            self.assertEqual({path.name for path in package.iterdir()}, files)
        self.assertGreater(ended, 0, "no signal came in time")

    def test_ignored_signals_stay_ignored(self):
        """As under nohup."""
        work, _ = self.interrupt(signal.SIGTERM, ignored=[signal.SIGHUP])
        self.assertEqual(list(work.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
