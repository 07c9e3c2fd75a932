#!/bin/sh
# Stands for nvcc: makes what it is told to, or refuses one architecture.
for argument; do
  case $argument in
  -arch=sm_100a) echo "kernels.cu(7): error: no" >&2; exit 2 ;;
  *.cubin) echo "code" > "$argument" ;;
  esac
done
