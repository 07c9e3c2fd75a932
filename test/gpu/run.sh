#!/bin/sh
# Builds the tests of kernels/ with nvcc and runs them on the GPU of this
# machine, those of gac-run and gac-bench if these are in GAC_BIN_DIR
# (build/release/bin), and those of compiled models if GAC_PACKAGES is a folder
# that prepare.sh wrote. Prints a table last. Exit status: 0 if all passed, 77
# if they could not run for want of a GPU or of nvcc, else 1.
#
# usage: run.sh [--compile-only] [--emulate] [--sanitize] [--build DIR]
#               [--arch LIST] [--seed N] [TEST ...]
#
# --compile-only  only compiles, for sm_80 and sm_90a, which needs no GPU
# --emulate       runs on the processor, as emulation/ has CUDA there, with
#                 small sizes; that needs neither a GPU nor nvcc, but clang++
# --sanitize      runs under compute-sanitizer's memcheck and racecheck, with
#                 small sizes
# --build DIR     keeps programs there (default: build/gpu beside test/)
# --arch LIST     architectures such as "sm_80 sm_90a"; default: the GPU's own
# --seed N        draws the same inputs again
# TEST            names such as gemv; default: all
#
# NVCC names another nvcc, NVCCFLAGS adds flags; CXX names another clang++.

set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build/gpu
compile_only= emulate= sanitize= arch= seed= tests=

usage() {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
  --compile-only) compile_only=1 ;;
  --emulate) emulate=1 ;;
  --sanitize) sanitize=1 ;;
  --build | --arch | --seed)
    [ $# -gt 1 ] || usage
    case $1 in
    --build) build=$2 ;;
    --arch) arch=$2 ;;
    --seed) seed=$2 ;;
    esac
    shift
    ;;
  -*) usage ;;
  *) tests="$tests $1" ;;
  esac
  shift
done
skip() {
  echo "skipped: $1"
  exit 77
}

named=$tests
if [ -n "$emulate" ]; then
  cuda=none
else
  nvcc=${NVCC:-$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)}
  [ -x "$nvcc" ] || skip "there is no nvcc"
  cuda=$(dirname "$(dirname "$(readlink -f "$nvcc")")")
fi
if [ -z "$tests" ]; then
  for source in "$here"/*.cu; do
    tests="$tests $(basename "$source" .cu)"
  done
  if [ ! -f "$cuda/include/nvrtc.h" ]; then
    [ -n "$emulate" ] ||
      echo "no nvrtc.h in $cuda/include: nvrtc is left out"
    tests=$(printf '%s' "$tests" | sed 's/ nvrtc//')
  fi
fi
if [ -z "$compile_only$emulate" ]; then
  capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader \
    2>/dev/null | head -n 1 | tr -d .)
  case $capability in
  '' | *[!0-9]*) skip "there is no GPU that nvidia-smi sees" ;;
  esac
  [ "$capability" -ge 80 ] ||
    skip "the kernels need compute capability 8.0, this GPU has $capability"
  # What only an architecture itself offers has an a in its name.
  [ "$capability" -lt 90 ] || capability=${capability}a
  : "${arch:=sm_$capability}"
fi
targets=
for name in ${arch:-sm_80 sm_90a}; do
  targets="$targets -gencode=arch=compute_${name#sm_},code=$name"
done

# Programs, one compiler for each processor.
mkdir -p "$build" || exit 1
jobs=$(nproc 2>/dev/null || echo 1)
if [ -n "$emulate" ]; then
  compile='${CXX:-clang++} -O2 -Wall -Wextra -Werror -D__CUDACC__ -DGAC_EMULATED
    -I"$here/emulation" -include "$here/emulation/Ptx.h" -x c++'
else
  compile='"$nvcc" $targets -O3 --expt-relaxed-constexpr
    -Xcompiler -Wall,-Wextra -Werror all-warnings ${NVCCFLAGS:-}'
  export nvcc targets
fi
export compile here root build cuda
printf '%s\n' $tests | xargs -P "$jobs" -I TEST sh -c '
  libraries=
  [ TEST != nvrtc ] || libraries="-lnvrtc -Xlinker -rpath,$cuda/lib64"
  eval $compile "-std=c++17 -I\"\$root/kernels\" -I\"\$here\" \
    \"\$here/TEST.cu\" -o \"\$build/TEST\" $libraries" \
    >"$build/TEST.build" 2>&1 || {
    echo "FAILED to compile TEST"
    cat "$build/TEST.build"
    exit 1
  }' || exit 1

status=0
table=
# run_test NAME COMMAND ...: runs, and adds the result to the table.
run_test() {
  name=$1
  shift
  log=$build/$name.log
  "$@" ${seed:+--seed "$seed"} >"$log" 2>&1
  code=$?
  result=$(sed -n 's/^RESULT //p' "$log")
  if [ "$code" -eq 77 ]; then
    skip "$(sed -n 's/^skipped: //p' "$log")"
  elif [ "$code" -eq 0 ] && [ -n "$result" ]; then
    verdict=ok
  else
    verdict=FAILED
    status=1
    echo "=== $name: exit status $code"
    grep -v '^  ok ' "$log" | head -n 60
  fi
  table="$table$(printf '%-6s %s' "$verdict" "${result:-$name}")
"
}

for test in $tests; do
  if [ "$test" = nvrtc ]; then # Needs no GPU, and runs nothing on one.
    [ -n "$sanitize" ] ||
      run_test nvrtc "$build/nvrtc" "$root/kernels" "$cuda/include"
    continue
  fi
  [ -z "$compile_only" ] || continue
  if [ -n "$emulate" ]; then
    run_test "$test" "$build/$test" --small
    continue
  fi
  if [ -z "$sanitize" ]; then
    run_test "$test" "$build/$test"
    continue
  fi
  for tool in memcheck racecheck; do
    options="--error-exitcode 1"
    [ "$tool" = racecheck ] || options="$options --leak-check no"
    run_test "$test.$tool" compute-sanitizer --tool "$tool" $options \
      "$build/$test" --small
    table="$(printf '%s' "$table" | sed "\$s/\$/  $tool/")
"
  done
done
# run_python NAME SCRIPT ...: tests of packages, where gac-run was built.
tools=${GAC_BIN_DIR:-$root/build/release/bin}
run_python() {
  name=$1
  log=$build/$name.log
  shift
  if GAC_BIN_DIR=$tools python3 -B "$@" >"$log" 2>&1; then
    verdict=ok
  else
    verdict=FAILED
    status=1
    cat "$log"
  fi
  # With what the test notes, such as which way was faster.
  notes=$(sed -n 's/^NOTE /         /p' "$log")
  table="$table$(printf '%-6s %s' "$verdict" "$name")
${notes:+$notes
}"
}
if [ -z "$compile_only$emulate$sanitize$named" ] && [ -x "$tools/gac-run" ]; then
  run_python runtime "$here/runtime/test_runtime_gpu.py"
  run_python recipes "$here/runtime/test_recipes_gpu.py"
  run_python attention "$here/runtime/test_attention_gpu.py"
  [ ! -x "$tools/gac-bench" ] ||
    run_python bench "$here/runtime/test_bench_gpu.py"
  [ ! -d "${GAC_PACKAGES:-}" ] ||
    run_python models "$here/models/test_models_gpu.py" ${seed:+--seed "$seed"}
fi
printf '%s' "$table"
exit $status
