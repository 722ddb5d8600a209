"""The features, declared: one line a family, expanded over aggregates and windows.

    data = usage.measure("data_mb", en, zh, unit="MB", column="data_kb", scale=1024)
    data.declare(total, trend, weeks=(4, 12))
    data.declare(change, weeks=(4,))

becomes `data_mb_4w`, `data_mb_12w`, `data_mb_4w_trend`, ... The measure names its inputs,
the unit, the group it is explained under, its meaning in English and Chinese, and whether
staff may hear it. Documentation (docs/features.md) comes from it, and plain sentences about a value
("The figure for dropped calls in the last 4 weeks is 22"). Better ones, and the fact that they are
about, may stand in `features/catalogue/sentences.toml` under the family's name.

The lines stand in one file a subject (`usage`, `billing`, ...); each `Declarations` there names the
stream that its features are computed from (`features.engine.streams`). A family whose feed or
column the operator does not deliver does not exist: its features are missing from `available` and
so from the fingerprint, and are never filled in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from features.catalogue import billing, complaints, contract, people, usage, value
from features.catalogue.families import Declarations, Feature

GROUPS = {
    "usage": {"en": "usage", "zh": "使用"},
    "billing": {"en": "billing", "zh": "账单"},
    "complaints": {"en": "complaints", "zh": "投诉"},
    "contract": {"en": "contract", "zh": "合约"},
    "network": {"en": "network", "zh": "网络"},
    "people": {"en": "people", "zh": "客户"},
}
SUBJECTS = (usage, billing, value, complaints, contract, people)
HISTORIES = tuple(
    found
    for subject in SUBJECTS
    for found in vars(subject).values()
    if isinstance(found, Declarations)
)


def features(currency: str) -> tuple[Feature, ...]:
    """Every declared feature, in order, with amounts in `currency`. Names are unique."""
    return tuple(
        feature
        for history in HISTORIES
        for family in history.families
        for feature in family(currency)
    )


def available(currency: str, columns: frozenset[str]) -> tuple[Feature, ...]:
    """The features that feeds with these columns (`usage.data_kb`, ...) can give."""
    return tuple(feature for feature in features(currency) if feature.needs <= columns)


def fingerprint(chosen: Sequence[Feature]) -> str:
    """A hash of the features' definitions: two matrices with one fingerprint mean the same."""
    text = json.dumps([feature.definition() for feature in chosen])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def definition_hash(feature: Feature) -> str:
    """A hash of one feature's definition, 12 hexadecimal digits."""
    return hashlib.sha256(json.dumps(feature.definition()).encode()).hexdigest()[:12]


def declared(fingerprint: str) -> str:
    """Of a fingerprint of histories (`<definitions>.<inputs>`) the part about definitions.

    >>> declared("0123456789abcdef.01234567")
    '0123456789abcdef'
    """
    return fingerprint.partition(".")[0]


def document(currency: str = "CNY") -> str:
    """docs/features.md: every feature with its words, unit, group and inputs."""
    lines = [
        "# Features",
        "",
        "Generated from the declarations in `features/catalogue/` by `make docs`; `make check`",
        "compares. Amounts are named in the operator's currency, here " + currency + ". A feature",
        "whose feed or column is not delivered does not exist. `w` counts closed weeks, or weeks",
        "of seven days before `as_of` for bills, payments and complaints; `7d` the last seven",
        "days.",
        "",
        "`fact` is what a sign is about: of the features of one fact at most one is shown as a",
        "reason, in the words of `features/catalogue/sentences.toml`. `silent`: no sentence that",
        "people could say to a customer (a name of the operator's systems, a raw ratio); `hidden`:",
        "staff may not hear it. Both count in the model and are never a reason; nor is a missing",
        "value.",
        "",
        "| feature | meaning | 含义 | unit | group | inputs | fact |",
        "|---|---|---|---|---|---|---|",
    ]
    for feature in features(currency):
        inputs = ", ".join(f"`{needed}`" for needed in sorted(feature.needs))
        silent = "silent" if feature.staff_may_hear else "hidden"
        fact = feature.saying.fact if feature.saying else silent
        lines.append(
            f"| `{feature.name}` | {feature.en} | {feature.zh} | {feature.unit} "
            f"| {feature.group} | {inputs} | {fact} |"
        )
    return "\n".join(lines) + "\n"
