#===- serving.py - Peers in processes of their own ------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""A peer keeps its models on the GPU while others have their turns: it is a
process that takes requests on standard input and answers each by a line on
standard output, all of them JSON. Here are both ends. No framework is needed
to import this."""

import json
import os
import pathlib
import select
import subprocess
import sys
import time


# Seconds for what has closed its pipes to end.
GRACE = 10


class Failed(Exception):
    """Says in a sentence what could not be done."""


def describe(error):
    """One line of what an exception says: frameworks add pages to it."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0] if text else 'no message'}"


def serve(handlers):
    """Answers {"do": NAME, ...} by what handlers[NAME] returns for the other
    fields, a dictionary, until the input ends. What goes wrong is answered as
    {"error": text}."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        try:
            request = json.loads(line)
            answer = handlers[request.pop("do")](**request) or {}
        except Exception as error:  # whatever a framework raises is the answer
            answer = {"error": describe(error)}
        print(json.dumps(answer), file=answers, flush=True)


class Worker:
    """A script's `--serve` in a process of its own, which writes what it says
    besides to `log`. An error ends it only if it does not answer in time."""

    def __init__(self, command, log=None):
        self.name = pathlib.Path(command[-2]).stem
        self.buffer = b""
        self.log = open(log, "a+b") if log else None
        self.begin = self.log.seek(0, os.SEEK_END) if log else 0
        try:
            self.process = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=self.log)
        except OSError:
            if self.log:
                self.log.close()
            raise

    @property
    def alive(self):
        return self.process.poll() is None

    def ask(self, do, seconds, **request):
        """The answer, within so many seconds; the worker is gone otherwise."""
        line = json.dumps({"do": do, **request}).encode() + b"\n"
        try:
            self.process.stdin.write(line)
            self.process.stdin.flush()
        except (OSError, ValueError):  # ValueError: closed before
            raise self.ended() from None
        answer = json.loads(self.read_line(time.monotonic() + seconds))
        if "error" in answer:
            raise Failed(f"{self.name}: {answer['error']}")
        return answer

    def close_if_sick(self, seconds):
        """After an error: where the GPU's context is lost, all that follows
        fails, and only another process is of use."""
        if self.alive:
            try:
                self.ask("check", seconds)
            except Failed:
                self.close()

    def read_line(self, deadline):
        output = self.process.stdout.fileno()
        while b"\n" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([output], [], [], left)[0]:
                self.close()
                raise Failed(f"{self.name} did not answer in time")
            part = os.read(output, 1 << 16)
            if not part:
                raise self.ended()
            self.buffer += part
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line

    def ended(self):
        """The error of one that has closed a pipe: its end may be to come."""
        try:
            code = self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        words = self.last_words()
        return Failed(f"{self.name} ended with code {code}"
                      f"{': ' * bool(words)}{words}")

    def last_words(self):
        """The last line that it wrote to its log."""
        if not self.log or self.log.closed:
            return ""
        self.log.seek(self.begin)
        lines = self.log.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines)
                     if line.strip()), "")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        try:
            self.process.stdin.close()
        except OSError:  # what it did not read is lost with it
            pass
        if self.log:
            self.log.close()
