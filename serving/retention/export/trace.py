"""Which export a file came from, by the mark in its numbers.

Each export's key says of each customer whether a score's last digit is odd. In a file that came
from it nearly all digits agree; in any other file half of them do, whatever it holds, since the
keys are random. The evidence is a likelihood ratio: of the file's agreements if some share from a
half to all of the digits is still the export's, each share as likely as another, against mere
chance. By chance a ratio of c comes up with probability 1/c at most, however many rows there are;
so with `FALSE` shared out among all that is compared (exports, columns read as scores, columns read
as ids), no file names an export falsely with more than that probability. 500 rows of one score are
evidence of 10^148. The files of two recipients mixed name both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import log, log10
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import betaincc, betaln

from serving.retention.export.received import Received, Score, read_received
from serving.retention.export.watermark import MARKED, keyed_bits

FALSE = 1e-6
ENOUGH_ROWS = 500


@dataclass(frozen=True)
class Found:
    """The mark of an export in a file: in which column, and how certain.

    `rows` were compared, `agree` of them have the export's digit; `log10_ratio`: the likelihood
    ratio's power of ten.
    """

    export: str
    column: str
    score: str
    rows: int
    agree: int
    log10_ratio: float


@dataclass(frozen=True)
class Trace:
    """What a file says of where it came from; `found` has the strongest evidence first.

    `because`: why nothing was found. `no_ids`: no column of customers' ids; `no_scores`: no column
    of numbers; `rounded`: the columns of `rounded` have fewer digits than they were written with,
    which removes the mark; `few_rows`: too few to be certain; `no_mark`: none of these exports, or
    other digits were written over the mark. `ids` were read as customers' ids, `needed` is the
    power of ten that names an export.
    """

    rows: int
    found: tuple[Found, ...]
    because: str | None
    ids: tuple[str, ...]
    rounded: tuple[str, ...]
    needed: float


def trace(file: Path, keys: Mapping[str, bytes], known: Collection[str] | None = None) -> Trace:
    """Which of these exports the file came from, by their keys; it may be several, or none.

    `known`: ids of customers, by which columns of ids are recognised. Raises FileRefused where the
    file cannot be read.
    """
    received = read_received(file, known)
    compared = len(keys) * len(received.ids) * len(received.scores) * len(MARKED)
    needed = log10(max(compared, 1) / FALSE)
    best = [_best(*own, received) for own in keys.items()] if received.scores else []
    found = [one for one in best if one is not None and one.log10_ratio >= needed]
    found.sort(key=lambda one: (-one.log10_ratio, one.export))
    rounded = tuple(score.name for score in received.scores if _is_rounded(score))
    because = None if found else _because(received, rounded)
    return Trace(
        received.rows,
        tuple(found),
        because,
        tuple(ids.name for ids in received.ids),
        rounded,
        needed,
    )


def log10_ratio(rows: Any, agree: Any) -> Any:
    """The evidence of so many agreements among so many rows, as a power of ten.

    >>> float(log10_ratio(500, 500).round()), float(log10_ratio(500, 250)) < 0
    (148.0, True)
    """
    others = np.subtract(rows, agree)
    with np.errstate(divide="ignore"):
        above = np.log(betaincc(np.add(agree, 1), others + 1, 0.5))
    found = above + betaln(np.add(agree, 1), others + 1) + np.add(rows, 1) * log(2)
    return found / log(10)


def _best(export: str, key: bytes, received: Received) -> Found | None:
    """The strongest sign of this export in the file; null where nothing can be compared."""
    found: list[Found] = []
    for ids in received.ids:
        bits = keyed_bits(key, ids.blocks)[:, None] >> np.arange(len(MARKED)) & 1
        signs = received.signs * ids.counts
        rows = np.abs(signs).sum(axis=1, keepdims=True)
        agree = (rows + signs @ (2.0 * bits - 1)) / 2
        ratios = log10_ratio(rows, agree)
        own, place = np.unravel_index(ratios.argmax(), ratios.shape)
        found.append(
            Found(
                export, received.scores[own].name, tuple(MARKED)[place],
                int(rows[own, 0]), int(agree[own, place]), float(ratios[own, place]),
            )
        )  # fmt: skip
    return max(found, key=lambda one: one.log10_ratio, default=None)


def _is_rounded(score: Score) -> bool:
    """Whether it looks like a score without its last digits; whole numbers look like nothing."""
    written = MARKED["churn_risk"] if score.is_share else min(MARKED.values())
    return 0 < score.digits < written


def _because(received: Received, rounded: tuple[str, ...]) -> str:
    if not received.ids:
        return "no_ids"
    if not received.scores:
        return "no_scores"
    if rounded:
        return "rounded"
    return "few_rows" if received.rows < ENOUGH_ROWS else "no_mark"
