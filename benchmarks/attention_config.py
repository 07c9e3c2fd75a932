#===- attention_config.py - Sizes of one attention ------------------------===#
#
# Part of the GAC project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for licence information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===-----------------------------------------------------------------------===#
"""What make_attention.py and attention_torch.py must agree on."""

import dataclasses


@dataclasses.dataclass
class AttentionConfig:
    """Queries [batch, heads, seq, width] on keys and values of kv_heads: as
    many rows of them, or with a `past` so many before. `width` is what the
    model has, `stored` the width of its repaired layout, whose other lanes are
    zero. The scale is that of `width` in both."""

    batch: int = 1
    seq: int = 1
    past: int = 0
    heads: int = 32
    kv_heads: int = 8
    width: int = 128
    stored: int = 128
    causal: bool = True

    @property
    def scale(self):
        return self.width ** -0.5

    def dims(self):
        """By the names of the model's symbols."""
        return ({"batch": self.batch, "seq": self.seq}
                | ({"past": self.past} if self.past else {}))

    def arguments(self):
        """The command line of what belongs to the model itself."""
        return ["--heads", self.heads, "--kv-heads", self.kv_heads, "--width",
                self.width, *["--past"] * bool(self.past),
                *["--causal"] * self.causal]
