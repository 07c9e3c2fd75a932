#!/usr/bin/env bash
# Takes one exported model through GAC, with the tools that were built: finds
# its misaligned dimensions, repairs them, and compares the two models in ONNX
# Runtime. "make demo" builds the tools first.
#
# Usage: scripts/demo.sh [TOOLS [MODEL.onnx]]
set -euo pipefail
cd "$(dirname "$0")/.."

tools=${1:-build/release/bin}
model=${2:-examples/llama_asvd.onnx}
fixed=build/demo/$(basename "${model%.onnx}")_fixed.onnx
python=build/venv/bin/python

step() { printf '\n\033[1m%s\033[0m\n' "$1"; }
# Shows a command, as one would type it, and runs it.
run() {
  printf '$ %s\n' "$*"
  "$@"
}

if [ ! -t 1 ]; then step() { printf '\n%s\n' "$1"; }; fi
mkdir -p "$(dirname "$fixed")"

step "1. What is slow in $model, and why"
run "$tools/gac" analyze "$model"

step "2. Repair it: grow the dimensions over the whole model, pad the weights"
run "$tools/gac" repair "$model" -o "$fixed"

step "3. What is left"
run "$tools/gac" analyze "$fixed"

step "4. Both models give the same results in ONNX Runtime, on random inputs"
run "$python" scripts/check_onnx.py "$fixed" --against "$model"

printf '\nThe repaired model is %s (%s bytes; the original has %s).\n' \
  "$fixed" "$(stat -c %s "$fixed")" "$(stat -c %s "$model")"
