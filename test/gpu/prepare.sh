#!/bin/sh
# Compiles the models of test/gpu/models into packages, as compressed and
# repaired. Needs gac (in GAC_BIN_DIR, else build/release/bin) and a Python with
# onnx (PYTHON, else python3), no GPU.
#
# usage: prepare.sh DIR
#
# DIR/MODEL/DTYPE/STRATEGY.gacpkg are written, STRATEGY one of original, minimal
# and optimal; what was there is replaced. The first has the model's own products,
# the second what gac compile plans, the third merges alone, of pairs' first
# factors. ARCH names the architectures (sm_90a).

set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
[ $# -eq 1 ] || {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
  exit 2
}
mkdir -p "$1"
target=$(cd "$1" && pwd)
gac=${GAC_BIN_DIR:-$root/build/release/bin}/gac
python=${PYTHON:-python3}

# compile MODEL DTYPE OPTIONS ENTRY ...: packages of MODEL/*.onnx.
compile() {
  folder=$target/$1 dtype=$2 options=$3
  shift 3
  mkdir -p "$folder/$dtype"
  for strategy in original minimal optimal; do
    package=$folder/$dtype/$strategy.gacpkg
    case $strategy in
    original) plan=--no-plan ;;
    minimal) plan= ;;
    optimal) plan=--no-multiply ;;
    esac
    rm -rf "$package"
    "$gac" compile "$folder/$strategy.onnx" -o "$package" --dtype "$dtype" \
      --arch "${ARCH:-sm_90a}" $plan $options $(printf -- '--entry %s ' "$@")
  done
}

# repair MODEL OPTIONS: MODEL/original.onnx by each strategy.
repair() {
  for strategy in minimal optimal; do
    "$gac" repair "$target/$1/original.onnx" --strategy "$strategy" \
      -o "$target/$1/$strategy.onnx" $2 >/dev/null
  done
}

# Small models with their weights. Both entries of a model with caches share
# them, so that they have one batch.
for model in llama_asvd llama_prune llama_palu llama_heads llama_head14 \
  qwen3_asvd llama_asvd_past; do
  mkdir -p "$target/$model"
  cp "$root/test/models/$model.onnx" "$target/$model/original.onnx"
  repair "$model" ""
done
prefill='long:batch=2,seq=33 single:batch=1,seq=1'
decode='step:batch=2,seq=1,past=40 chunk:batch=2,seq=5,past=36'
# Heads of 14, whose caches become wider: who gives and takes them sees the same.
mkdir -p "$target/llama_head14_past"
cp "$root/test/models/llama_head14_past.onnx" \
  "$target/llama_head14_past/original.onnx"
repair llama_head14_past \
  '--allow-interface=past_* --allow-interface=present_*'
compile llama_asvd bf16 "" $prefill
for model in llama_prune llama_palu llama_heads llama_head14 qwen3_asvd; do
  compile "$model" bf16 "" $prefill
done
compile llama_asvd_past bf16 "" $decode
compile llama_asvd_past f16 "" $decode
compile llama_head14_past bf16 "" $decode

# Two layers of full width, without weights.
make_wide() {
  mkdir -p "$target/$1"
  "$python" "$root/benchmarks/make_llama.py" "$target/$1/original.onnx" \
    --weights none --body --dtype float32 --layers 2 \
    --ratios 0.6 0.7 0.8 0.9 --config "$target/$1/config.json" $2 >/dev/null
  repair "$1" --graph-only
}
make_wide wide ""
compile wide bf16 --graph-only prefill:batch=1,seq=128
make_wide wide_transposed "--past --transposed"
compile wide_transposed bf16 --graph-only step:batch=1,seq=1,past=64
make_wide wide_past --past
compile wide_past bf16 --graph-only step:batch=8,seq=1,past=64
make_wide wide_pruned "--past --variant prune"
compile wide_pruned bf16 --graph-only step:batch=2,seq=1,past=64
