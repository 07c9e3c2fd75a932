#===- suite_report.py - A suite's figures as a table and a drawing ---------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Markdown and SVG of a summary that suite_results.py made."""

import html
import math

# Colours that all readers can tell apart (Okabe and Ito's), by who it is.
COLOURS = {"gac": "#0072B2", "torch": "#D55E00", "jax": "#009E73",
           "sdpa": "#E69F00"}
OURS_COLOUR = "#56B4E9"
LEFT, WIDTH, RIGHT, BAR, GAP, TOP = 360, 480, 190, 18, 34, 64


def seconds(value):
    return "" if value is None else f"{value:.1f} s"


def megahertz(contender):
    return f"{contender['sm_mhz']:.0f}" if "sm_mhz" in contender else ""


def percent(part, whole):
    return f"{100 * part / whole:.1f} %"


def table(case):
    """All contenders of one case, the fastest last."""
    lines = [f"### {case['title'][0].upper() + case['title'][1:]}", "",
             "| | median, us | spread | of ours | MHz | until the first "
             "result |",
             "|---|---|---|---|---|---|"]
    measured = [each for each in case["contenders"] if "median_us" in each]
    for each in sorted(measured, key=lambda each: -each["median_us"]):
        ratio = (f"{each['ratio']:.2f}" if "ratio" in each
                 else "another call's")
        lines.append(
            f"| {each['title']}{'' if each['complete'] else ' (partly)'} | "
            f"{each['median_us']:.1f} | "
            f"{percent(each['spread_us'], each['median_us'])} | {ratio} | "
            f"{megahertz(each)} | "
            f"{seconds(each.get('first_seconds'))} |")
    for each in case["contenders"]:
        if "failure" in each:
            lines += ["", f"Failed: {each['title']}: {each['failure']}"]
    missing = [each["title"] for each in case["contenders"]
               if "median_us" not in each and "failure" not in each]
    if missing:
        lines += ["", f"Not measured yet: {'; '.join(missing)}"]
    return lines + [""]


def wanted_table(summary):
    lines = ["| how many times as long as ours | wanted | measured |",
             "|---|---|---|"]
    for case in summary["cases"]:
        titles = {each["name"]: each["title"] for each in case["contenders"]}
        for each in case["wanted"]:
            reached = each["reached"]
            lines.append(
                f"| {case['title']}, {titles[each['contender']]} | "
                f"{each['ratio']:.2f} | "
                f"{'-' if reached is None else f'{reached:.2f}'} |")
    return lines + [""] if len(lines) > 2 else []


def first_rows(summary, case):
    """(who, what ahead of time, seconds of loading, until the first result)"""
    prepared = summary["prepared"].get(case["model"], {})
    for each in case["contenders"]:
        if "first_token" in each:
            package = each["name"].removeprefix("gac-")
            steps = prepared.get("seconds", {}).get(package, {})
            for when, what in (("cold", "first run on a machine"),
                               ("warm", "later runs")):
                ahead = {kind: sum(step[kind] for name, step in steps.items()
                                   if name != "model")
                         for kind in ("wall", "cpu")}
                yield (f"{each['title']}, {what}",
                       f"{seconds(ahead['wall'])}, {seconds(ahead['cpu'])} of "
                       "the processor" if steps and when == "cold" else "",
                       None, each["first_token"][when])
        elif each["name"] in ("torch-original-eager", "torch-original-compile",
                              "torch-original-max-autotune-graph",
                              "torch-original-best"):
            if "first_seconds" in each:
                yield (each["title"], "", each.get("load_seconds"),
                       each["first_seconds"])


def first_table(summary):
    """From a model's file to its first result."""
    lines = []
    for case in summary["cases"]:
        if not any("first_token" in each for each in case["contenders"]):
            continue
        lines += [f"### From the model to the first result: {case['title']}",
                  "", "| | repair and compile | load | first result |",
                  "|---|---|---|---|"]
        lines += [f"| {who} | {ahead} | {seconds(load)} | "
                  f"{seconds(first)} |"
                  for who, ahead, load, first in first_rows(summary, case)]
        lines.append("")
    return lines


def versions(summary):
    """A line per call: what the figures have to be quoted with."""
    lines = []
    for call, providers in summary["environments"].items():
        parts = []
        for provider, found in providers.items():
            if provider == "gac":
                parts.append(f"GAC {found.get('gac')} on "
                             f"{found.get('device', {}).get('name')}, driver "
                             f"{found.get('driver')}, CUDA {found.get('cuda')},"
                             f" cuBLASLt {found.get('cublasLt')}, cuDNN "
                             f"{found.get('cudnn')}")
            elif "torch" in found:
                parts.append(f"PyTorch {found['torch']} with CUDA "
                             f"{found['cuda']}, cuBLAS {found['cublas']}, "
                             f"cuDNN {found['cudnn']}, driver "
                             f"{found['driver']}")
            elif "jax" in found:
                parts.append(f"JAX {found['jax']}")
        lines.append(f"Call {call}: {'; '.join(dict.fromkeys(parts))}.")
    return lines + [""] if lines else []


def markdown(summary):
    lines = [f"## {summary['title']}", "", *versions(summary)]
    for case in summary["cases"]:
        if any(set(each) - {"name", "title"} for each in case["contenders"]):
            lines += table(case)
    lines += first_table(summary) + wanted_table(summary)
    return "\n".join(lines).rstrip() + "\n"


# -- The plot -----------------------------------------------------------------


def text(x, y, words, anchor="start", size=12):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" '
            f'text-anchor="{anchor}">{html.escape(words)}</text>')


def rectangle(x, y, width, height, colour):
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
            f'height="{height:.1f}" fill="{colour}"/>')


def line(x, top, bottom, colour="#DDDDDD"):
    return (f'<line x1="{x:.1f}" y1="{top:.1f}" x2="{x:.1f}" '
            f'y2="{bottom:.1f}" stroke="{colour}"/>')


def ticks(high):
    """Round numbers from 0 on, the last of them `high` or more."""
    step = 10 ** math.floor(math.log10(high / 5))
    step *= next(each for each in (1, 2, 5, 10) if high / 5 <= each * step)
    return [step * i for i in range(math.ceil(high / step - 1e-9) + 1)]


def colour(case, contender):
    if contender["name"] == case["ours"]:
        return OURS_COLOUR
    return COLOURS[contender["name"].split("-")[0]]


def plot(summary):
    """A group of bars per case: the contenders' medians over that of ours in
    the same call."""
    groups = []
    for case in summary["cases"]:
        bars = [each for each in case["contenders"] if "ratio" in each]
        if bars:
            groups.append((case, sorted(bars,
                                        key=lambda each: -each["ratio"])))
    longest = max((bar["ratio"] for _, bars in groups for bar in bars),
                  default=1)
    marks = ticks(longest)
    scale = WIDTH / marks[-1]
    bottom = TOP + sum(GAP + BAR * len(bars) for _, bars in groups)
    height, width = bottom + 50, LEFT + WIDTH + RIGHT
    body = [text(20, 30, f"{summary['title']}: time, in multiples of GAC's on "
                 "the repaired model", size=16)]
    for mark in marks:
        body += [line(LEFT + mark * scale, TOP, bottom),
                 text(LEFT + mark * scale, bottom + 18, f"{mark:g}", "middle")]
    y = TOP
    for case, bars in groups:
        body.append(text(20, y + GAP - 10, case["title"], size=13))
        y += GAP
        for bar in bars:
            body += [text(LEFT - 8, y + BAR - 5, bar["title"][:56], "end", 11),
                     rectangle(LEFT, y + 2, bar["ratio"] * scale, BAR - 4,
                               colour(case, bar)),
                     text(LEFT + bar["ratio"] * scale + 6, y + BAR - 5,
                          f"{bar['ratio']:.2f} ({bar['median_us']:.0f} us)",
                          size=11)]
            y += BAR
    body.append(line(LEFT + scale, TOP, bottom, "#222222"))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" fill="#222">\n'
            + "\n".join([rectangle(0, 0, width, height, "white"), *body])
            + "\n</svg>\n")
