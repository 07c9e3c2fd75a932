#===- test_docs.py - What the documentation shows is so -------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Runs the commands of README.md and docs/Tutorial.md as somebody who follows
them, in order, and compares what they print with what is shown.

The word behind a block's language says what becomes of it:

    ```sh             commands that must succeed
    ```sh gpu         the same, run on the fake GPU
    ```sh by-hand     not run: what it makes is too large or takes too long
    ```mlir FILE      (or another language) an excerpt of a file made before

A block without a language whose lines begin with "$ " shows commands with their
output. "..." stands for any lines, or for anything within a line; numbers such
as 1.0e-07, which random inputs change, for any of their kind.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import harness

FAKE_CUDA = os.environ.get(
    "GAC_FAKE_CUDA", str(harness.BIN.parent / "test/fake_cuda/lib"))
PAGES = [harness.ROOT / "README.md", harness.ROOT / "CONTRIBUTING.md",
         harness.ROOT / "kernels" / "README.md",
         *sorted((harness.ROOT / "docs").glob("*.md"))]


def blocks(path):
    """Language, words behind it, text and line of each fenced block."""
    found, lines = [], path.read_text().splitlines()
    begin = None
    for number, line in enumerate(lines, 1):
        if not line.startswith("```"):
            continue
        if begin is None:
            begin, words = number, line[3:].split()
            continue
        found.append((words[0] if words else "", words[1:],
                      "\n".join(lines[begin:number - 1]), begin))
        begin = None
    assert begin is None, f"{path}:{begin}: the block has no end"
    return found


def commands(text):
    """Pairs of a command and the output that is shown for it."""
    pairs = []
    for line in text.splitlines():
        if line.startswith("$ "):
            pairs.append((line[2:], []))
        else:
            pairs[-1][1].append(line)
    return pairs


def output_pattern(lines):
    """What an output must look like as a whole."""
    pattern = ""
    for line in lines:
        if line == "...":
            pattern += r"(?:[^\n]*\n)*?"
            continue
        line = re.escape(line).replace(r"\.\.\.", r"[^\n]*")
        pattern += re.sub(r"\d\\\.\de[+\\-]+\d\d", r"\\d\\.\\de[+-]\\d\\d",
                          line) + r"[ ]*\n"
    return re.compile(pattern)


def excerpt_pattern(text):
    """The text at any place of a file, however lines are broken."""
    pattern = ""
    for line in text.splitlines():
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?\s*"
            continue
        pieces = [r"\s+".join(map(re.escape, piece.split()))
                  for piece in line.split("...")]
        pattern += r"[^\n]*?".join(pieces) + r"\s*"
    return re.compile(pattern)


class Documentation(harness.ToolTest):
    def setUp(self):
        super().setUp()
        for name in ("examples", "test", "benchmarks", "scripts"):
            (self.dir / name).symlink_to(harness.ROOT / name)
        (self.dir / "build" / "release").mkdir(parents=True)
        (self.dir / "build" / "release" / "bin").symlink_to(harness.BIN)
        (self.dir / "build" / "venv").symlink_to(sys.prefix)
        self.env = {**os.environ, "GAC_CACHE_DIR": str(self.dir / "cache"),
                    "PATH": f"{harness.BIN}:{os.environ['PATH']}"}

    def run_shell(self, text, gpu=False):
        env = self.env
        if gpu:
            env = {**env, "LD_LIBRARY_PATH": FAKE_CUDA}
        done = subprocess.run(
            ["bash", "-e", "-c", text], cwd=self.dir, env=env,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            stdin=subprocess.DEVNULL, timeout=harness.TOOL_TIMEOUT)
        # Not everybody has one.
        done.stdout = re.sub(r"[^\n]*no nvcc was found[^\n]*\n", "", done.stdout)
        return done

    def check_outputs(self, text):
        for command, shown in commands(text):
            done = self.run_shell(command)
            # Where an error is shown, there has to be one.
            fails = any(": error: " in line for line in shown)
            self.assertEqual(done.returncode != 0, fails,
                             f"{command}\n{done.stdout}")
            self.assertTrue(
                output_pattern(shown).fullmatch(done.stdout),
                f"'{command}' prints\n{done.stdout}\nand not what is shown")

    def follow(self, path):
        """Returns how many blocks were checked."""
        count = 0
        for language, words, text, line in blocks(path):
            with self.subTest(f"{path.name}:{line}"):
                if language == "sh" and words != ["by-hand"]:
                    self.assertIn(words, ([], ["gpu"]))
                    done = self.run_shell(text, gpu=words == ["gpu"])
                    self.assertEqual(done.returncode, 0, done.stdout)
                elif not language and text.startswith("$ "):
                    self.check_outputs(text)
                elif language != "sh" and words:
                    content = (self.dir / words[0]).read_text()
                    self.assertTrue(excerpt_pattern(text).search(content),
                                    f"'{words[0]}' has no such lines")
                else:
                    continue
                count += 1
        return count

    def test_tutorial(self):
        self.assertEqual(self.follow(harness.ROOT / "docs" / "Tutorial.md"), 29)

    def test_families(self):
        self.assertEqual(self.follow(harness.ROOT / "docs" / "Families.md"),
                         16)

    def test_readme(self):
        shutil.copy(harness.ROOT / "examples" / "llama_asvd.onnx",
                    self.dir / "model.onnx")
        self.assertEqual(self.follow(harness.ROOT / "README.md"), 3)

    def test_comparison_has_teeth(self):
        self.assertTrue(output_pattern(["a 1", "...", "z"])
                        .fullmatch("a 1\nb\nz\n"))
        for output in ("a 2\nz\n", "a 1\nb\n", "a 1\nz\nmore\n"):
            self.assertFalse(output_pattern(["a 1", "...", "z"])
                             .fullmatch(output))
        self.assertTrue(output_pattern(["error 0.0e+00"])
                        .fullmatch("error 1.2e-07\n"))
        text = "f(1,\n  ...\n    x ...)"
        self.assertTrue(excerpt_pattern(text).search("f(1,\n 2,\n x = 3)"))
        self.assertFalse(excerpt_pattern(text).search("f(1,\n 2,\n y = 3)"))


class Figures(harness.ToolTest):
    def test_figures_are_of_today(self):
        """docs/Algebra.md shows what gac says of the models now."""
        subprocess.run([sys.executable, harness.ROOT / "scripts" /
                        "draw_algebra.py", "--bin", harness.BIN, "-o",
                        self.dir], check=True)
        kept = harness.ROOT / "docs" / "figures"
        drawn = {path.name: path.read_text() for path in self.dir.iterdir()}
        self.assertGreater(len(drawn), 2)
        for name, text in drawn.items():
            self.assertEqual(text, (kept / name).read_text(),
                             f"run scripts/draw_algebra.py for {name}")
        shown = (harness.ROOT / "docs" / "Algebra.md").read_text()
        for name in drawn:
            self.assertIn(f"(figures/{name})", shown)


class Coverage(harness.ToolTest):
    def test_tables_are_of_today(self):
        """docs/Coverage.md has what gac does now."""
        out = self.dir / "Coverage.md"
        subprocess.run([sys.executable, harness.ROOT / "scripts" /
                        "write_coverage.py", "--bin", harness.BIN, "-o", out,
                        "--cache", os.environ.get(
                            "GAC_CACHE_DIR",
                            harness.ROOT / "build" / "conformance")],
                       check=True)
        kept = harness.ROOT / "docs" / "Coverage.md"
        self.assertEqual(out.read_text(), kept.read_text(),
                         "run scripts/write_coverage.py")


class Links(unittest.TestCase):
    def anchors(self, path):
        headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
                for heading in headings}

    def test_links_lead_somewhere(self):
        for page in PAGES:
            for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
                if "://" in link:
                    continue
                with self.subTest(f"{page.name}: {link}"):
                    file, _, anchor = link.partition("#")
                    target = page.parent / file if file else page
                    self.assertTrue(target.exists())
                    if anchor:
                        self.assertIn(anchor, self.anchors(target))


if __name__ == "__main__":
    unittest.main()
