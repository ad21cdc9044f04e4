"""Random numbers that are the same in every language: the generator of the Rust SDK."""

from __future__ import annotations

import math
from typing import Any

MASK = 0xFFFF_FFFF
CONSTANTS = (0x61707865, 0x3320646E, 0x79622D32, 0x6B206574)
QUARTERS = (
    (0, 4, 8, 12),
    (1, 5, 9, 13),
    (2, 6, 10, 14),
    (3, 7, 11, 15),
    (0, 5, 10, 15),
    (1, 6, 11, 12),
    (2, 7, 8, 13),
    (3, 4, 9, 14),
)


class Rng:
    """ChaCha8 with the seed in the first eight bytes of its key, as `traj.rng()` of the Rust SDK.

    `random` of Python, which is seeded for each run as well, is faster; this one gives the numbers of the other languages.
    """

    def __init__(self, seed: int, stream: int = 0) -> None:
        self._key = (seed & MASK, seed >> 32 & MASK, 0, 0, 0, 0, 0, 0)
        self._nonce = (stream & MASK, stream >> 32 & MASK)
        self._counter = 0
        self._words: list[int] = []

    def bits(self) -> int:
        """64 random bits."""
        if not self._words:
            self._words = self._block()
        low = self._words.pop()
        return low | self._words.pop() << 32

    def uniform(self) -> float:
        """A number from 0 to 1, without 1."""
        return (self.bits() >> 11) * 2.0**-53

    def below(self, end: int) -> int:
        """An integer from 0 to `end`, without `end`, each as likely as the other."""
        if end <= 0:
            raise ValueError(f"there is no integer below {end} to draw")
        surplus = (2**64 - end) % end
        while True:
            product = self.bits() * end
            if product & 0xFFFF_FFFF_FFFF_FFFF >= surplus:
                return product >> 64

    def chance(self, probability: float) -> bool:
        """Whether an event of this probability happens."""
        return self.uniform() < probability

    def normal(self) -> float:
        """A normally distributed number of mean 0 and variance 1."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self.uniform()))
        return radius * math.cos(math.tau * self.uniform())

    def exponential(self) -> float:
        """An exponentially distributed number of mean 1."""
        return -math.log(1.0 - self.uniform())

    def shuffle(self, items: list[Any]) -> None:
        """Puts the items of a list into random order, each as likely as the other."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]

    def _block(self) -> list[int]:
        """The next sixteen words, the first one last."""
        start = (*CONSTANTS, *self._key, self._counter & MASK, self._counter >> 32 & MASK, *self._nonce)
        x = list(start)
        for _ in range(4):
            for a, b, c, d in QUARTERS:
                for other, by in ((b, 16), (d, 12), (b, 8), (d, 7)):
                    into, turned = (a, d) if other == b else (c, b)
                    x[into] = (x[into] + x[other]) & MASK
                    word = x[turned] ^ x[into]
                    x[turned] = (word << by | word >> (32 - by)) & MASK
        self._counter += 1
        return [(word + first) & MASK for word, first in zip(x, start, strict=True)][::-1]
