#===- nvml.py - Clocks of the GPU ------------------------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""The clock that a turn has left the GPU at, as gac-bench notes it: where the
device's power is the limit it is not the highest one."""

import ctypes
import functools

SM_CLOCK = 1  # NVML_CLOCK_SM


@functools.cache
def first_device():
    """The library and the first GPU that it knows; None where it is not
    there."""
    try:
        library = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return None
    device = ctypes.c_void_p()
    if library.nvmlInit_v2() or library.nvmlDeviceGetHandleByIndex_v2(
            0, ctypes.byref(device)):
        return None
    return library, device


def read():
    """{"smMHz", "watts"}, or None. The watts are the driver's average of the
    last second."""
    found = first_device()
    if not found:
        return None
    library, device = found
    clock, power = ctypes.c_uint(), ctypes.c_uint()
    if library.nvmlDeviceGetClockInfo(device, SM_CLOCK, ctypes.byref(clock)):
        return None
    if library.nvmlDeviceGetPowerUsage(device, ctypes.byref(power)):
        return None
    return {"smMHz": clock.value, "watts": power.value / 1000}
