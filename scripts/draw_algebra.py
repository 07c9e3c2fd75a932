#!/usr/bin/env python3
#===- draw_algebra.py - The figures of docs/Algebra.md --------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Draws the figures of docs/Algebra.md from what gac says of real models.

    draw_algebra.py [--bin DIR] [-o DIR]

An axis is drawn as it is and, below it, as a repair makes it: lanes of the
model in colour, padding hatched. The same model gives the same bytes.
"""

import argparse
import itertools
import pathlib
from xml.sax.saxutils import escape

import lane_map

ROOT = pathlib.Path(__file__).resolve().parents[1]
MODELS = ROOT / "test" / "models"
COLORS = ("#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#76b7b2", "#edc948",
          "#9c755f", "#e15759")
BAR, GAP = 16, 18  # Heights of an axis and of what is between old and new.
MARGIN, LABEL = 16, 210


class Canvas:
    def __init__(self):
        self.parts, self.width, self.height = [], 0, 0

    def add(self, text, right=0, bottom=0):
        self.parts.append(text)
        self.width = max(self.width, right)
        self.height = max(self.height, bottom)

    def rectangle(self, x, y, width, height, fill, stroke="#444"):
        self.add(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" '
                 f'height="{height:g}" fill="{fill}" stroke="{stroke}" '
                 'stroke-width="0.7"/>', x + width, y + height)

    def text(self, x, y, text, anchor="start", size=12, color="#222"):
        width = 0.62 * size * len(text)
        right = x + {"start": width, "middle": width / 2, "end": 0}[anchor]
        self.add(f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" '
                 f'font-size="{size}" fill="{color}">{escape(text)}</text>',
                 right, y + 4)

    def polygon(self, points, fill):
        where = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.add(f'<polygon points="{where}" fill="{fill}" '
                 'fill-opacity="0.25"/>')

    def line(self, x1, y1, x2, y2):
        self.add(f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" '
                 'stroke="#444"/>')

    def __str__(self):
        width, height = self.width + MARGIN, self.height + MARGIN
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} '
            f'{height:g}" width="{width:g}" height="{height:g}" '
            'font-family="DejaVu Sans, Verdana, sans-serif">',
            '<defs><pattern id="padding" width="5" height="5" '
            'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            '<rect width="5" height="5" fill="#fff"/>'
            '<line x1="0" y1="0" x2="0" y2="5" stroke="#999" '
            'stroke-width="2"/></pattern></defs>',
            '<rect width="100%" height="100%" fill="#fff"/>',
            *self.parts, "</svg>", ""])


class Model:
    def __init__(self, tools, name):
        lanes = lane_map.read_lanes(tools, MODELS / f"{name}.onnx")
        self.values = {value["name"]: value for value in lanes["values"]}
        self.weights = {weight["name"]: weight for weight in lanes["weights"]}

    def axis(self, name, axis):
        return (self.weights.get(name) or self.values[name])["axes"][axis]


def segments(term):
    """(old begin, new begin, length, padding after it) of each run of lanes."""
    runs = []
    for place, (old, _) in enumerate(
            lane_map.new_lanes(term, lane_map.static_size(term))):
        if old is None:
            runs[-1][3] += 1
        elif runs and runs[-1][3] == 0 and old == runs[-1][0] + runs[-1][2]:
            runs[-1][2] += 1
        else:
            runs.append([old, place, 1, 0])
    return runs


def draw_axis(canvas, y, label, detail, term, lane, first=0):
    """One axis, old above new, `lane` units wide for each lane; its first run
    has the color of that number."""
    canvas.text(MARGIN, y + BAR - 3, label)
    canvas.text(MARGIN, y + 2 * BAR, detail, size=11, color="#666")
    top, bottom = y, y + BAR + GAP
    runs = segments(term)
    for color, (old, new, length, padding) in zip(
            itertools.islice(itertools.cycle(COLORS), first, None), runs):
        a, b = LABEL + old * lane, LABEL + new * lane
        width = length * lane
        canvas.polygon([(a, top + BAR), (a + width, top + BAR),
                        (b + width, bottom), (b, bottom)], color)
        canvas.rectangle(a, top, width, BAR, color)
        canvas.rectangle(b, bottom, width, BAR, color)
        if padding:
            canvas.rectangle(b + width, bottom, padding * lane, BAR,
                             "url(#padding)")
        for x, row in ((a, top), (b, bottom)):
            canvas.text(x + width / 2, row + BAR - 4, str(length), "middle", 10,
                        "#fff")
    sizes = [lane_map.static_size(term),
             len(lane_map.new_lanes(term, lane_map.static_size(term)))]
    for size, row in zip(sizes, (top, bottom)):
        canvas.text(LABEL + size * lane + 6, row + BAR - 3, str(size), size=11)
    return bottom + BAR + 22


def draw_axes(model, rows, lane):
    canvas, y = Canvas(), MARGIN
    for name, axis, label, detail, *first in rows:
        y = draw_axis(canvas, y, label, detail, model.axis(name, axis), lane,
                      *first)
    return canvas


def draw_matrices(model, dimension, rows, scale):
    """Weights as rectangles with what one dimension's growth adds to them."""
    canvas, y = Canvas(), MARGIN + 14
    for title, weights in rows:
        canvas.text(MARGIN, y, title)
        x, tallest = MARGIN, 0
        for name, label in weights:
            axes = model.weights[name]["axes"]
            sizes = [lane_map.static_size(axis) for axis in axes]
            grown = [axis["new"] if axis.get("dimension") == dimension
                     else size for axis, size in zip(axes, sizes)]
            if len(sizes) == 1:
                sizes, grown = [4, *sizes], [4, *grown]
            (height, width), (tall, wide) = sizes, grown
            canvas.rectangle(x, y + 10, wide * scale, tall * scale,
                             "url(#padding)")
            canvas.rectangle(x, y + 10, width * scale, height * scale,
                             COLORS[0])
            canvas.text(x, y + 10 + tall * scale + 14, label, size=11)
            text = "x".join(map(str, grown[2 - len(axes):]))
            canvas.text(x, y + 10 + tall * scale + 28, text, size=11,
                        color="#666")
            x += max(wide * scale, 7 * max(len(label), len(text))) + 18
            tallest = max(tallest, tall * scale)
        y += tallest + 70
    return canvas


def figures(tools):
    palu = Model(tools, "llama_palu_op23")
    yield "palu", draw_axes(palu, [
        ("val_159", 1, "k_proj.VT, columns", "two latents of one product"),
        ("slice_8", 2, "first Slice, last axis", "the first latent, 13 wide"),
        ("val_171", 0, "k_proj.U.0, rows", "expands the first"),
        ("slice_9", 2, "second Slice, last axis", "the second latent, 11 wide",
         1),
        ("val_183", 0, "k_proj.U.1, rows", "expands the second", 1),
    ], lane=11)
    head = Model(tools, "llama_head14")
    yield "rope", draw_axes(head, [
        ("decoder.model.rotary_emb.inv_freq", 0, "inv_freq",
         "one frequency for two lanes"),
        ("cat_1", 2, "Concat(angles, angles)", "f and f again: [f|f]"),
        ("val_152", 1, "q_proj, columns", "4 heads of [f|f]"),
        ("transpose", 3, "a query's head", "[f|f], rotated half by half"),
    ], lane=7)
    hidden = Model(tools, "llama_hidden61_op23")
    stream = hidden.axis("decoder.model.norm.weight", 0)["dimension"]
    yield "residual", draw_matrices(
        hidden, stream, residual_rows(hidden, stream), scale=1.1)


def residual_rows(model, dimension):
    """The weights that the dimension stands on, but those of further layers
    like the first, in rows of what is outside of layers and in the first."""
    rows = {"ends of the model": [], "layer 0": []}
    for name, weight in model.weights.items():
        layer = weight.get("layer", "").split(".")
        if not any(axis.get("dimension") == dimension
                   for axis in weight["axes"]):
            continue
        if "layers" not in layer:
            rows["ends of the model"].append((name, layer[-1]))
        elif layer[layer.index("layers") + 1] == "0":
            rows["layer 0"].append((name, layer[-1]))
    return list(rows.items())


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, metavar="DIR",
                        default=ROOT / "build" / "release" / "bin",
                        help="the folder of gac-opt (default: "
                             "build/release/bin)")
    parser.add_argument("-o", "--output", type=pathlib.Path, metavar="DIR",
                        default=ROOT / "docs" / "figures",
                        help="folder to write to (default: docs/figures)")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for name, canvas in figures(options.bin):
        (options.output / f"{name}.svg").write_text(str(canvas))


if __name__ == "__main__":
    main()
