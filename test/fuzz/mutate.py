#===- mutate.py - Models with something wrong in them ---------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""Changes models at random, and always the same way: fields are dropped, given
twice, exchanged or set to what is seldom right, so that the file is still one
that Protocol Buffers reads; or bytes of the file are."""

import random

from google.protobuf.descriptor import FieldDescriptor

NUMBERS = (0, 1, -1, 2, 3, 7, 16, 64, 255, -2**31, 2**31 - 1, 2**31, 2**32,
           -2**63, 2**63 - 1)
FLOATS = (0.0, -1.0, 0.5, 1e-45, 3e38, float("inf"), float("nan"))
VARINTS = (b"\xff" * 9 + b"\x01", b"\x80" * 4 + b"\x08", b"\x80" * 9)


def within(message):
    """The message and all that it holds."""
    yield message
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            for each in value if is_repeated(message, field) else (value,):
                yield from within(each)


def is_repeated(message, field):
    """By the value: what a field's descriptor calls it depends on the version
    of Protocol Buffers."""
    value = getattr(message, field.name)
    return hasattr(value, "append") or hasattr(value, "add")


class Mutator:
    """Changes one model, with parts of its own and of `donors`."""

    def __init__(self, model, donors):
        self.model = model
        self.parts = {}
        for source in (model, *donors):
            for part in within(source):
                self.parts.setdefault(part.DESCRIPTOR.full_name,
                                      []).append(part)

    def value(self, field, texts, rng):
        """One of a scalar field, as Python holds it."""
        kinds = FieldDescriptor
        if field.type == kinds.TYPE_ENUM:
            return rng.choice(field.enum_type.values).number
        if field.type in (kinds.TYPE_FLOAT, kinds.TYPE_DOUBLE):
            return rng.choice(FLOATS)
        if field.type == kinds.TYPE_STRING:
            return rng.choice(texts)
        if field.type == kinds.TYPE_BYTES:
            return rng.randbytes(rng.choice((0, 1, 4, 8, 16)))
        bits = 32 if field.type == kinds.TYPE_INT32 else 64
        signed = field.type in (kinds.TYPE_INT32, kinds.TYPE_INT64)
        least = -2**(bits - 1) if signed else 0
        most = 2**(bits - signed) - 1
        fitting = [each for each in NUMBERS if least <= each <= most]
        return rng.choice((*fitting, rng.randrange(26)))

    def change_repeated(self, values, field, texts, rng):
        """Drops, doubles or moves an element, or puts in another one."""
        count = len(values)
        what = rng.choice(("drop", "double", "move", "add"))
        if what == "drop" and count:
            del values[rng.randrange(count)]
        elif what == "move" and count > 1:
            values.insert(rng.randrange(count), values.pop())
        elif what == "double" and count:
            values.append(values[rng.randrange(count)])
        elif field.type != FieldDescriptor.TYPE_MESSAGE:
            values.insert(rng.randrange(count + 1),
                          self.value(field, texts, rng))
        elif donors := self.parts.get(field.message_type.full_name):
            values.append(rng.choice(donors))

    def change_field(self, target, field, texts, rng):
        if is_repeated(target, field):
            self.change_repeated(getattr(target, field.name), field, texts, rng)
        elif rng.random() < 0.3:
            target.ClearField(field.name)
        elif field.type != FieldDescriptor.TYPE_MESSAGE:
            setattr(target, field.name, self.value(field, texts, rng))
        elif donors := self.parts.get(field.message_type.full_name):
            getattr(target, field.name).CopyFrom(rng.choice(donors))

    def change(self, model, rng):
        """Changes a field of any of the messages, mostly one that is there."""
        targets = list(within(model))
        texts = ["", "?", "x"]
        for part in targets:
            for field, value in part.ListFields():
                if field.type == FieldDescriptor.TYPE_STRING:
                    texts += [value] if isinstance(value, str) else value
        target = rng.choice(targets)
        there = [field for field, _ in target.ListFields()]
        fields = (there if there and rng.random() < 0.8
                  else target.DESCRIPTOR.fields)
        self.change_field(target, rng.choice(fields), texts, rng)

    def mutant(self, rng):
        """The bytes of a changed copy."""
        copy = type(self.model)()
        copy.CopyFrom(self.model)
        for _ in range(rng.choice((0, 1, 1, 2, 4))):
            self.change(copy, rng)
        data = bytearray(copy.SerializeToString())
        if data == self.model.SerializeToString():
            for _ in range(rng.choice((1, 1, 2, 4))):
                change_bytes(data, rng)
        return bytes(data)


def change_bytes(data, rng):
    begin = rng.randrange(len(data) + 1)
    end = min(begin + rng.choice((1, 2, 4, 16)), len(data))
    what = rng.choice(("flip", "set", "drop", "double", "varint"))
    if what == "flip" and begin < end:
        data[begin] ^= 1 << rng.randrange(8)
    elif what == "set" and begin < end:
        data[begin] = rng.choice((0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)))
    elif what == "drop":
        del data[begin:end]
    elif what == "double":
        data[begin:begin] = data[begin:end]
    else:
        data[begin:begin] = rng.choice(VARINTS)


def mutants(models, donors, count, first=0):
    """(name, bytes): so many of each of the (name, model), which depend on
    nothing but the model, its name, the donors and their numbers from `first`
    on."""
    for name, model in models:
        mutator = Mutator(model, donors)
        for number in range(first, first + count):
            which = f"{name}-{number}"
            yield which, mutator.mutant(random.Random(which))
