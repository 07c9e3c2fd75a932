"""Prints the tensors of a file of safetensors, without a library for it."""

import json
import struct
import sys

import numpy as np

data = open(sys.argv[1], "rb").read()
length, = struct.unpack("<Q", data[:8])
print("data at", 8 + length)
header = json.loads(data[8:8 + length])
TYPES = {"BF16": np.uint16, "F16": np.float16, "F32": np.float32,
         "I64": np.int64, "I32": np.int32, "BOOL": np.uint8}
end = 0
for name, entry in sorted(header.items(),
                          key=lambda item: item[1]["data_offsets"]):
    first, last = entry["data_offsets"]
    assert first == end, "a gap"
    end = last
    values = np.frombuffer(data[8 + length + first:8 + length + last],
                           TYPES[entry["dtype"]])
    assert first % values.itemsize == 0, "not aligned"
    assert values.size == np.prod(entry["shape"], dtype=int)
    if entry["dtype"] == "BF16":
        values = (values.astype(np.uint32) << 16).view(np.float32)
    print(name, entry["dtype"], entry["shape"], f"{first}:", *values)
assert len(data) == 8 + length + end
