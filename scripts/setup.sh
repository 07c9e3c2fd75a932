#!/usr/bin/env bash
# Installs what GAC's build and tests need on Debian 12, and only what is
# missing: Debian packages (as root or through sudo), a Python environment in
# build/venv and ONNX's sources in build/deps. Does nothing, in a fraction of
# a second, where all is there.
#
# Usage: scripts/setup.sh [--print-packages]
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  # To compile: LLVM and MLIR, clang, linker, build tools.
  llvm-22-dev libmlir-22-dev mlir-22-tools llvm-22-tools libzstd-dev zlib1g-dev
  clang-22 lld-22 libclang-rt-22-dev cmake ninja-build make ccache
  # To compile: what ONNX's schema and the unit tests need.
  libprotobuf-dev protobuf-compiler libgtest-dev
  # To compile: what the runtime reads its packages with.
  nlohmann-json3-dev
  # To check: formatting, static analysis, Python.
  clang-format-22 clang-tidy-22 python3 python3-venv git
)

if [ "${1:-}" = --print-packages ]; then
  printf '%s\n' "${packages[@]}"
  exit 0
fi

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: error: %s\n' "$*" >&2; exit 1; }

# Runs a command as root.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "not root and no sudo; as root, run: $*"
  fi
}

install_packages() {
  command -v dpkg-query >/dev/null ||
    die "this is no Debian; install the like of: ${packages[*]}"
  local installed missing=() package
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' \
    "${packages[@]}" 2>/dev/null | sed -n 's/^ii *//p') || true
  for package in "${packages[@]}"; do
    grep -qx "$package" <<<"$installed" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing Debian packages: ${missing[*]}"
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}" ||
    die "apt-get could not install: ${missing[*]}"
}

# Moves a folder that was made beside its final place there: an interrupted
# set-up leaves nothing that looks finished.
make_venv() {
  local venv=build/venv stamp=build/venv/requirements.txt
  cmp -s scripts/requirements.txt "$stamp" && "$venv/bin/python" -c '' &&
    return
  say "installing Python packages into $venv"
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-deps -r scripts/requirements.txt
  cp scripts/requirements.txt "$stamp"
}

unpack_onnx() {
  local deps=build/deps pin=scripts/requirements-source.txt
  local name sum archive
  name=$(sed -n 's/^\(onnx\)==\([^ ]*\).*/\1-\2/p' "$pin")
  sum=$(sed -n 's/.*--hash=sha256://p' "$pin")
  [ -e "$deps/$name/.complete" ] && return
  archive=$deps/$name.tar.gz
  mkdir -p "$deps"
  if ! sha256sum --status -c <<<"$sum  $archive" 2>/dev/null; then
    say "downloading the sources of $name"
    build/venv/bin/python -m pip download --quiet \
      --disable-pip-version-check --no-deps --no-binary onnx \
      --require-hashes -r "$pin" -d "$deps"
    sha256sum --status -c <<<"$sum  $archive" ||
      die "$archive does not have the SHA-256 that $pin names"
  fi
  rm -rf "${deps:?}/$name"
  tar -xzf "$archive" -C "$deps"
  touch "$deps/$name/.complete"
}

install_packages
mkdir -p build
make_venv
unpack_onnx
