#===- make_corpus.py - Small models for a fuzzer to start from -------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""make_corpus.py TESTS CORPUS MUTANTS COUNT

Writes to CORPUS every model that the lit tests below TESTS state in ONNX's
textual syntax, and the smallest node test of each operator. Small files let a
fuzzer try many of them; between them they have all that the importer reads.
MUTANTS gets COUNT changed copies of each, the same ones each time, whatever
else there is.
"""

import pathlib
import re
import shutil
import sys
import warnings

import numpy as np
import onnx

from mutate import mutants

LARGEST = 2048  # bytes of a node test
SECTION = re.compile(r"^#--- .*\.txt\n(.*?)(?=^#---|\Z)", re.M | re.S)


def stated_models(tests):
    for path in sorted(tests.rglob("*.test")):
        for number, text in enumerate(SECTION.findall(path.read_text())):
            try:
                model = onnx.parser.parse_model(text)
            except onnx.parser.ParseError:
                continue  # the section is something else
            yield f"{path.parent.name}-{path.stem}-{number}", model


def node_models():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        cases = collect_testcases(None)
    smallest = {}
    for case in cases:
        model, size = case.model, case.model.ByteSize()
        nodes = model.graph.node
        key = (nodes[0].domain, nodes[0].op_type) if nodes else case.name
        if size <= LARGEST and size < smallest.get(key, (LARGEST + 1,))[0]:
            smallest[key] = size, f"node-{case.name}", model
    for _, name, model in smallest.values():
        yield name, model


def write(folder, files):
    """Nothing else is in the folder then."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    count = 0
    for name, data in files:
        (folder / f"{name}.onnx").write_bytes(data)
        count += 1
    print(f"{count} models in {folder}")
    return count


def main():
    tests, corpus, mutated, each = sys.argv[1:]
    np.random.seed(0)  # node tests draw the values of their constants
    # Tests come and go; node tests are what this version of ONNX has.
    fixed = list(node_models())
    models = [*stated_models(pathlib.Path(tests)), *fixed]
    count = write(pathlib.Path(corpus), ((name, model.SerializeToString())
                                         for name, model in models))
    write(pathlib.Path(mutated),
          mutants(models, [model for _, model in fixed], int(each)))
    # A change of the tests' form must not leave the fuzzer with nothing.
    return 0 if count > 100 else 1


if __name__ == "__main__":
    sys.exit(main())
