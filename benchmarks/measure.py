#===- measure.py - Time and memory of a process ---------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""What the benchmarks measure with. Linux only."""

import dataclasses
import os
import pathlib
import platform
import resource
import subprocess
import tempfile
import threading
import time

SAMPLE_SECONDS = 0.005


@dataclasses.dataclass
class Cost:
    """Seconds and bytes. `peak_anonymous` is the largest of the samples;
    `peak_total` is the kernel's own peak, pages of mapped files included."""

    wall: float
    cpu: float
    peak_anonymous: int
    peak_total: int
    output: str


class Failed(Exception):
    """A measured process ended with another code than 0."""


def anonymous_bytes(pid):
    """Anonymous memory of a running process, swapped-out pages included."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:  # it has just ended
        return 0
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return sum(int(fields[name].split()[0]) * 1024
               for name in ("RssAnon", "VmSwap") if name in fields)


def run(command, data_limit=None):
    """Runs a command to its end. With `data_limit` the kernel denies it more
    writable private memory than so many bytes."""
    def limit():
        resource.setrlimit(resource.RLIMIT_DATA, (data_limit, data_limit))

    peak, ended = 0, threading.Event()

    def sample(pid):
        nonlocal peak
        while not ended.wait(SAMPLE_SECONDS):
            peak = max(peak, anonymous_bytes(pid))

    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, text=True,
            preexec_fn=limit if data_limit else None)
        sampler = threading.Thread(target=sample, args=(process.pid,))
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        sampler.join()
        output.seek(0)
        text = output.read()
    if process.returncode:
        raise Failed(f"{' '.join(map(str, command))}: exit code "
                     f"{process.returncode}\n{text}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak,
                usage.ru_maxrss * 1024, text)


def flush(*paths):
    """Writes the files to the disk and drops them from the page cache, so that
    what is measured next neither waits for them nor profits from them."""
    for path in paths:
        file = os.open(path, os.O_RDONLY)
        try:
            os.fsync(file)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(file)


def copy(source, destination, block=1 << 23):
    """A plain copy through the page cache: no reflink, no holes kept."""
    with open(source, "rb", buffering=0) as old, \
            open(destination, "wb", buffering=0) as new:
        buffer = memoryview(bytearray(block))
        while count := old.readinto(buffer):
            new.write(buffer[:count])


def machine():
    """What a reader has to know about where a figure comes from."""
    model = next((line.split(":", 1)[1].strip() for line in
                  pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cpu": model, "cores": os.cpu_count(), "memory_bytes": memory,
            "kernel": platform.release()}
