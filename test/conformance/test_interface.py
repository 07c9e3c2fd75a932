#===- test_interface.py - inputs and outputs that a repair changes -------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Caches as inputs and outputs: by default a repair leaves them, where the user
allows it they grow and the model says where their lanes are."""

import json
import os
import unittest

import numpy as np
import onnx

import harness
from harness import check_onnx

FAKE_CUDA = os.environ.get(
    "GAC_FAKE_CUDA", str(harness.BIN.parent / "test/fake_cuda/lib"))
MODELS = [f"{name}{form}" for name in ("llama_head14_past", "llama_asvd_past")
          for form in ("", "_op23")]
HEAD14 = ("llama_head14_past", "llama_head14_past_op23")
ALLOW = ("--allow-interface", "past_*", "--allow-interface", "present_*")
CACHES = [f"{kind}_{layer}_{part}" for kind in ("past", "present")
          for layer in (0, 1) for part in (0, 1)]


def metadata(path):
    model = onnx.load(path, load_external_data=False)
    return {entry.key: entry.value for entry in model.metadata_props}


def widths(path):
    """Name -> size of the last axis of each cache."""
    graph = onnx.load(path, load_external_data=False).graph
    return {value.name: value.type.tensor_type.shape.dim[3].dim_value
            for value in (*graph.input, *graph.output)
            if value.name in CACHES}


def worst_error(path, original):
    errors = [error for _, _, error in check_onnx.check_against(
        path, original, seed=0) if error is not None]
    return float("inf") if np.isnan(errors).any() else max(errors)


class Interface(harness.ToolTest):
    def repair(self, path, *options, name="fixed.onnx"):
        out = self.dir / name
        done = self.must_run("gac", "repair", path, "-o", out, *options)
        return out, done

    def test_interface_stays(self):
        for name in MODELS:
            with self.subTest(name):
                path = harness.MODELS / f"{name}.onnx"
                out, done = self.repair(path)
                for before, after in zip(harness.load(path).graph.input,
                                         harness.load(out).graph.input):
                    self.assertEqual(before, after)
                for before, after in zip(harness.load(path).graph.output,
                                         harness.load(out).graph.output):
                    self.assertEqual(before, after)
                self.assertNotIn("gac.interface", metadata(out))
                self.assertNotIn("\n  input", done.out)
                self.assertNotIn("\n  output", done.out)
                self.assert_same_results(out, path)

    def test_findings_name_the_option(self):
        """What is blocked says what would free it, and that is so."""
        for name in HEAD14:
            path = harness.MODELS / f"{name}.onnx"
            done = self.must_run("gac", "analyze", path, "--json", "-")
            findings = {finding["id"]: finding
                        for finding in json.loads(done.out)["findings"]}
            blocked = {key: finding["interface"]
                       for key, finding in findings.items()
                       if finding["repaired_size"] is None}
            self.assertTrue(blocked)
            for key, remedy in blocked.items():
                with self.subTest(name, finding=key):
                    self.assertIsNotNone(remedy)
                    self.assertGreater(remedy["copied_bytes"], 0)
                    self.assertGreater(remedy["copies_us"], 0)
                    options = [part for pattern in remedy["allow"]
                               for part in ("--allow-interface", pattern)]
                    allowed = json.loads(self.must_run(
                        "gac", "analyze", path, "--json", "-",
                        *options).out)["findings"]
                    now = {each["id"]: each["repaired_size"]
                           for each in allowed}
                    self.assertIsNotNone(now[key])
            text = self.must_run("gac", "analyze", path).out
            self.assertIn("--allow-interface 'past_*_0' --allow-interface "
                          "'present_*_0' lets it grow; to keep the interface, "
                          "copies of 4 inputs and outputs would move", text)

    def test_caches_grow(self):
        for name in HEAD14:
            with self.subTest(name):
                path = harness.MODELS / f"{name}.onnx"
                plan = self.dir / "plan.json"
                out, done = self.repair(path, *ALLOW, "--json", plan)
                self.assertEqual(widths(out), dict.fromkeys(CACHES, 16))
                onnx.checker.check_model(str(out), full_check=True)
                # The keys' halves grow each, the values at their end.
                keys, values = [[0, 0, 7], [7, 8, 7]], [[0, 0, 14]]
                said = json.loads(metadata(out)["gac.interface"])
                self.assertEqual(said["version"], 1)
                for kind, prefix in (("inputs", "past"),
                                     ("outputs", "present")):
                    self.assertEqual(said[kind], [
                        {"name": f"{prefix}_{layer}_{part}", "axes": [
                            {"axis": 3, "from": 14, "to": 16,
                             "lanes": values if part else keys}]}
                        for layer in (0, 1) for part in (0, 1)])
                self.assertIn("  input past_0_0 axis 3: 14 -> 16\n", done.out)
                self.assertIn("  output present_1_1 axis 3: 14 -> 16\n",
                              done.out)
                self.assertEqual(
                    json.loads(plan.read_text())["interface"],
                    [{"kind": "input" if cache.startswith("past") else "output",
                      "name": cache,
                      "axes": [{"axis": 3, "from": 14, "to": 16}]}
                     for cache in CACHES])
                self.assert_same_results(out, path)
                # The passes do the same.
                piped = self.dir / "piped.onnx"
                self.must_run("gac-opt", path, "-o", piped, "--gac-repair="
                              "allow-interface=past_*,present_*")
                self.assertEqual(out.read_bytes(), piped.read_bytes())
                # The logits stay misaligned, which nobody allowed.
                again, _ = self.repair(out, *ALLOW, name="again.onnx")
                self.assertEqual(out.read_bytes(), again.read_bytes())
                again, _ = self.repair(out, name="again.onnx")
                self.assertEqual(out.read_bytes(), again.read_bytes())

    def test_nothing_to_grow(self):
        """Caches of 16 are aligned: allowed to change, they do not."""
        for name in ("llama_asvd_past", "llama_asvd_past_op23"):
            path = harness.MODELS / f"{name}.onnx"
            out, _ = self.repair(path, *ALLOW)
            self.assertEqual(widths(out), dict.fromkeys(CACHES, 16))
            self.assertNotIn("gac.interface", metadata(out))
            self.assert_same_results(out, path)

    def test_a_present_is_a_past(self):
        """The padding of what comes out is zero, so that it can go in again as
        it is: two steps of the repaired model are two of the original."""
        for name in HEAD14:
            with self.subTest(name):
                path = harness.MODELS / f"{name}.onnx"
                out, _ = self.repair(path, *ALLOW)
                lanes = check_onnx.Lanes(out)
                sessions = {model: check_onnx.open_session(model)
                            for model in (path, out)}
                rng = np.random.default_rng(3)
                ids = [rng.integers(0, 97, (1, length)) for length in (5, 3)]
                results = {}
                for model, width in ((path, 14), (out, 16)):
                    pasts = [np.zeros((1, 2, 0, width), np.float32)] * 4
                    for step in ids:
                        logits, *pasts = sessions[model].run(None, {
                            "input_ids": step,
                            **dict(zip(CACHES[:4], pasts))})
                    results[model] = [logits, *pasts]
                for cache, array in zip(CACHES[4:], results[out][1:]):
                    wide = lanes.widen(cache, lanes.narrow(cache, array))
                    self.assertTrue(np.array_equal(wide, array), cache)
                self.assertLess(check_onnx.relative_error(
                    results[out][0], results[path][0]), check_onnx.TOLERANCE)

    def test_a_wrong_map_shows(self):
        """Padding at the end of a key, where the halves say otherwise."""
        for name in HEAD14:
            path = harness.MODELS / f"{name}.onnx"
            out, _ = self.repair(path, *ALLOW)
            self.assertLess(worst_error(out, path), check_onnx.TOLERANCE)
            model = harness.load(out)
            for entry in model.metadata_props:
                if entry.key == "gac.interface":
                    entry.value = entry.value.replace("[[0,0,7],[7,8,7]]",
                                                      "[[0,0,14]]")
            onnx.save(model, out)
            self.assertGreater(worst_error(out, path), 0.01, name)

    def test_a_wider_target_goes_on(self):
        """8, then 64: the map is from the first model's lanes."""
        target = self.dir / "wide.json"
        shown = json.loads((harness.ROOT / "targets" / "h200.json").read_text())
        for rule in shown["rules"]:
            if rule["on"] == "size":
                fast, *slow = rule["tiers"]
                rule["tiers"] = [{**fast, "multiple": 64},
                                 *(tier for tier in slow
                                   if not tier.get("full_speed"))]
        target.write_text(json.dumps(shown))
        for name in HEAD14:
            with self.subTest(name):
                path = harness.MODELS / f"{name}.onnx"
                first, _ = self.repair(path, *ALLOW)
                out, done = self.repair(first, *ALLOW, "--target", target,
                                        name="second.onnx")
                self.assertIn("  input past_0_0 axis 3: 16 -> 64\n", done.out)
                said = json.loads(metadata(out)["gac.interface"])
                self.assertEqual(said["inputs"][0]["axes"], [
                    {"axis": 3, "from": 14, "to": 64,
                     "lanes": [[0, 0, 7], [7, 32, 7]]}])
                self.assert_same_results(out, path)
                self.assert_same_results(out, first)

    def test_everything(self):
        """Whatever the family: with all of the interface allowed to change,
        nothing is left."""
        for path in harness.models():
            with self.subTest(path.stem):
                out, _ = self.repair(path, "--allow-interface", "*")
                self.assert_same_results(out, path)
                again = self.must_run("gac", "analyze", out, "--json", "-",
                                      "--allow-interface", "*")
                self.assertEqual(json.loads(again.out)["findings"], [])

    def test_static_sizes(self):
        """Rows and batches of a model whose sizes are all numbers."""
        sizes = ("--static", "--dim", "batch=1", "--dim", "seq=7",
                 "--dim", "past=5")
        for name in HEAD14:
            path = harness.MODELS / f"{name}.onnx"
            fixed, _ = self.repair(path, *sizes, name="static.onnx")
            out, _ = self.repair(path, *sizes, "--allow-interface", "*")
            self.assertEqual(widths(out), dict.fromkeys(CACHES, 16))
            self.assert_same_results(out, fixed)

    def test_some_of_it(self):
        """Layer 1 may change alone; its key shares its width with layer 0."""
        path = harness.MODELS / "llama_head14_past.onnx"
        out, _ = self.repair(path, "--allow-interface", "p*_1_?")
        self.assertEqual(widths(out), {
            cache: 16 if cache.endswith("1_1") else 14 for cache in CACHES})
        self.assert_same_results(out, path)
        # An output alone: the vocabulary.
        out, _ = self.repair(path, "--allow-interface", "logits")
        said = json.loads(metadata(out)["gac.interface"])
        self.assertEqual(said["inputs"], [])
        self.assertEqual(said["outputs"], [{"name": "logits", "axes": [
            {"axis": 2, "from": 97, "to": 104, "lanes": [[0, 0, 97]]}]}])
        self.assert_same_results(out, path)

    def test_what_stays_is_said(self):
        """The plan lists what it leaves below full speed as gac analyze does
        of the repaired model."""
        path = harness.MODELS / "llama_head14_past.onnx"
        plan = self.dir / "plan.json"
        out, done = self.repair(path, "--json", plan)
        left = json.loads(plan.read_text())["left"]
        again = self.must_run("gac", "analyze", out, "--json", "-")
        self.assertEqual(
            sorted((each["size"], each["roles"]) for each in left),
            sorted((each["size"], each["roles"])
                   for each in json.loads(again.out)["findings"]))
        self.assertTrue(left)
        for each in left:
            self.assertIn("graph input past_", each["fixed_by"][0]["text"])
            self.assertTrue(each["interface"]["allow"])
        self.assertRegex(done.out, r"\n7 dimensions stay below full speed:\n"
                         r"  val_\S+ .*query-key width, 14\): graph input")
        # With all of the interface nothing stays, and nothing is said.
        _, done = self.repair(path, "--allow-interface", "*", "--json", plan)
        self.assertEqual(json.loads(plan.read_text())["left"], [])
        self.assertNotIn("below full speed", done.out)

    def test_what_a_strategy_leaves(self):
        """A budget of nothing: minimal would, tradeoff does not."""
        path = harness.MODELS / "llama_prune.onnx"
        plan = self.dir / "plan.json"
        _, done = self.repair(path, "--strategy", "tradeoff", "--budget", "0",
                              "--json", plan)
        texts = {reason["text"]
                 for each in json.loads(plan.read_text())["left"]
                 for reason in each["fixed_by"]}
        reason = "strategy minimal would repair it, tradeoff does not"
        self.assertIn(reason, texts)
        self.assertIn(reason, done.out)

    def test_what_has_no_effect(self):
        path = harness.MODELS / "llama_head14_past.onnx"
        warning = ("gac: warning: --allow-interface '{}' has no effect: the "
                   "repair changes no size of {}\n")
        for pattern, values in {
                "input_ids": "graph input input_ids",
                # Without the outputs that go with them.
                "past_*": "graph input past_0_0 and 3 more"}.items():
            options = ("--allow-interface", pattern, "--allow-interface",
                       "logits")
            _, done = self.repair(path, *options)
            self.assertEqual(done.err, warning.format(pattern, values))
            done = self.must_run("gac", "analyze", path, *options)
            self.assertEqual(done.err, warning.format(pattern, values))
        _, done = self.repair(path, *ALLOW)
        self.assertEqual(done.err, "")

    def test_what_an_inner_graph_reads(self):
        """It knows the output by its name, which is that of a cut then."""
        model = onnx.parser.parse_model("""<ir_version: 8, opset_import:
            ["": 17]> inner (float[b,16] x, bool c) => (float[b,10] h,
            float[b,10] y) <float[16,10] w = {0}> {
              h = MatMul(x, w)
              y = If (c) <
                then_branch = one () => (float[b,10] p) { p = Relu(h) },
                else_branch = two () => (float[b,10] n) { n = Neg(h) }>
            }""")
        model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(
            np.arange(160, dtype=np.float32).reshape(16, 10) / 100, "w"))
        path = self.dir / "inner.onnx"
        onnx.save(model, str(path))
        out, done = self.repair(path, "--allow-interface", "h")
        self.assertEqual(
            done.err, "gac: warning: --allow-interface 'h' has no effect: "
            "graph output h cannot change, as it is read by its name in a "
            "graph within a node\n")
        made = {node.output[0]: node.op_type
                for node in harness.load(out).graph.node}
        self.assertEqual(made["h"], "Slice")
        self.assert_same_results(out, path)

    def test_refusals(self):
        path = harness.MODELS / "llama_head14_past.onnx"
        out = self.dir / "fixed.onnx"
        names = ("the model has inputs 'input_ids', 'past_0_0', 'past_0_1', "
                 "'past_1_0', 'past_1_1', and outputs 'logits', 'present_0_0', "
                 "'present_0_1', 'present_1_0', 'present_1_1'")
        for pattern, message in {
                "cache_*": "the interface cannot be allowed to change by "
                           "'cache_*': no input or output has such a name; "
                           + names,
                "past_[": "the interface cannot be allowed to change by "
                          "'past_[': invalid glob pattern, unmatched '['; "
                          + names,
                "": "--allow-interface is given without a value"}.items():
            for command in (["repair", path, "-o", out], ["analyze", path]):
                done = harness.run_tool("gac", *command, "--allow-interface",
                                        pattern)
                self.assertEqual(done.code, 1)
                self.assertIn(message, done.err)
                self.assertFalse(out.exists())

    def test_running(self):
        """gac-run takes the caches of the unrepaired model and gives such."""
        out, _ = self.repair(harness.MODELS / "llama_head14_past.onnx", *ALLOW)
        package = self.dir / "p.gacpkg"
        self.must_run("gac", "compile", out, "-o", package, "--no-cubin",
                      "--entry", "decode:batch=1,seq=1,past=20")
        given, taken = self.dir / "in.npz", self.dir / "out.npz"
        run = ("gac-run", package, "--inputs", given, "--output", taken)
        env = {"LD_LIBRARY_PATH": FAKE_CUDA, "GAC_CACHE_DIR": str(self.dir)}
        for width in (14, 16):
            np.savez(given, **{name: np.zeros((1, 2, 12, width), np.float32)
                               for name in CACHES[:4]})
            self.must_run(*run, env=env)
            with np.load(taken) as results:
                self.assertEqual({name: results[name].shape
                                  for name in results}, {
                    "logits": (1, 1, 97),
                    **{name: (1, 2, 13, 14) for name in CACHES[4:]}})
        np.savez(given, past_0_0=np.ones((1, 2, 12, 16), np.float32))
        done = harness.run_tool(*run, env=env)
        self.assertEqual(done.code, 1)
        self.assertIn("cache 'past_0_0' of shape [1, 2, 12, 16] has padding "
                      "lanes, which must be zero, and at [0, 0, 0, 7] is not: "
                      "give the shape [1, 2, 12, 14], or move the lanes as the "
                      "package says", done.err)
        np.savez(given, past_0_0=np.ones((1, 2, 12, 15), np.float32))
        done = harness.run_tool(*run, env=env)
        self.assertEqual(done.code, 1)
        self.assertIn("cache 'past_0_0' has shape [1, 2, 21, 14] ([1, 2, 21, "
                      "16] with padding) with up to 21 positions on axis 2, "
                      "got [1, 2, 12, 15]", done.err)

    def test_packages(self):
        """The caches of a package say where the lanes are; callers see what
        they know."""
        for name in MODELS:
            with self.subTest(name):
                out, _ = self.repair(harness.MODELS / f"{name}.onnx", *ALLOW)
                package = self.dir / f"{name}.gacpkg"
                self.must_run("gac", "compile", out, "-o", package,
                              "--no-cubin",
                              "--entry", "prefill:batch=1,seq=9,past=0",
                              "--entry", "decode:batch=1,seq=1,past=20")
                manifest = json.loads((package / "manifest.json").read_text())
                caches = {tensor["name"]: tensor
                          for tensor in manifest["tensors"]
                          if tensor["kind"] == "cache" and "past" in
                          tensor["name"]}
                self.assertEqual(sorted(caches), CACHES[:4])
                listed = self.must_run("gac-run", package, "--list").out
                for cache, tensor in caches.items():
                    self.assertEqual(tensor["shape"], [1, 2, 21, 16])
                    if name not in HEAD14:
                        self.assertNotIn("lanes", tensor)
                        continue
                    runs = ([[0, 0, 14]] if cache.endswith("1") else
                            [[0, 0, 7], [8, 7, 7]])
                    self.assertEqual(tensor["lanes"], {
                        "shape": [1, 2, 21, 14],
                        "axes": [[[0, 0, 1]], [[0, 0, 2]], [[0, 0, 21]],
                                 runs]})
                    self.assertIn(f"cache {cache}: bf16 [1, 2, 21, 14], padded "
                                  "to [1, 2, 21, 16]", listed)


if __name__ == "__main__":
    unittest.main()
