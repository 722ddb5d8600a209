"""A retention list: the customers with the most to lose whom the rules let us contact.

Takes the last night's scores, leaves out whoever a rule protects, ranks by what is expected to
be lost, and writes a CSV with a receipt beside it. The receipt takes its place first, when the
list lies ready: a list without a receipt cannot exist. Where the champion foretells value, the
order is expected_loss: the value at stake (`training.stake`) as if nobody left this month, less
the value at stake, which holds the month's survival already and so is not weighted by the risk
again. Else it is churn_risk x revenue; the receipt says which. Columns:

    rank, customer_id, churn_risk
    value_tier            today's, empty where the champion knows no bills
    revenue_<currency>    mean closed bill, a month
    value_at_stake_<currency>  of twelve months, empty where it is not foretold
    expected_loss_<currency>   of it by this month's risk, empty where it is not foretold
    sign_1 to sign_3      the strongest signs that go with leaving, in words
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd

from features import catalogue
from features.atomic import replace_json, replacing
from features.errors import LakeError, OutputError, SettingsError
from features.languages import check_language
from features.settings import FeatureSettings, home_settings
from serving.nightly import SIGNS
from serving.reasons import sign
from serving.scores import last_scores

Rule = Callable[[pd.DataFrame], "pd.Series[bool]"]
RULES: dict[str, Rule] = {
    "no_consent": lambda scores: ~scores["consent"],
    "universal_holdout": lambda scores: scores["universal_holdout"],
    "open_complaint": lambda scores: scores["open_complaint"],
    "not_eligible": lambda scores: ~scores["eligible"],
    "no_closed_bill": lambda scores: scores["revenue"].isna(),
}


@dataclass(frozen=True)
class Receipt:
    """What was written: where, how many of how many asked, from what, and who was left out.

    `left_out` counts the customers that each rule protects; one may be protected by several.
    `remaining` is how many no rule protects, on the list or not.
    """

    file: str
    count: int
    asked: int
    sha256: str
    as_of: str
    model_version: str
    made_at: str
    order: str
    left_out: dict[str, int]
    remaining: int


def write_list(home: Path, size: int, out: Path, language: str, now: datetime) -> Receipt:
    """Write the list of at most `size` customers to `out` (CSV) and its receipt beside it.

    Raises SettingsError for a bad size or language, LakeError without scores or bills,
    OutputError where the disk refuses; then nothing is written.
    """
    if size < 1:
        raise SettingsError(f"--size is {size}; expected 1 up")
    check_language(language, "--language")
    if out.is_dir():
        raise OutputError(f"{out} is a folder; name a file, such as {out / 'list.csv'}")
    scores = last_scores(home)
    protected = {rule: applies(scores) for rule, applies in RULES.items()}
    if protected["no_closed_bill"].all():
        raise LakeError(
            "no customer has a closed bill, so revenue cannot be ranked. Import the bills feed."
        )
    free = scores[~pd.concat(protected, axis=1).any(axis=1)]
    chosen = ranked(free).head(size)
    currency = home_settings(home, "features", FeatureSettings).currency
    content = _csv(chosen, currency, language)
    receipt = Receipt(
        file=out.name,
        count=len(chosen),
        asked=size,
        sha256=hashlib.sha256(content).hexdigest(),
        as_of=f"{scores['as_of'].iloc[0]:%F}",
        model_version=str(scores["model_version"].iloc[0]),
        made_at=now.isoformat(timespec="seconds"),
        order="expected_loss" if by_value(scores) else "churn_risk x revenue",
        left_out={rule: int(rows.sum()) for rule, rows in protected.items()},
        remaining=len(free),
    )
    with replacing(out) as aside:
        aside.write_bytes(content)
        replace_json(receipt_path(out), vars(receipt))
    return receipt


def by_value(scores: pd.DataFrame) -> bool:
    """Whether the night foretold anybody's value, so that it ranks rather than revenue."""
    return bool(scores["expected_loss"].notna().any())


def ranked(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores by what is expected to be lost, the most first; ties by id."""
    loss = scores["expected_loss"] if by_value(scores) else scores["churn_risk"] * scores["revenue"]
    order = scores.assign(loss=loss).sort_values(
        ["loss", "customer_id"], ascending=[False, True], ignore_index=True
    )
    return order.drop(columns="loss")


def receipt_path(out: Path) -> Path:
    return out.with_name(f"{out.name}.receipt.json")


def signs(reasons: str, currency: str, language: str, most: int = SIGNS) -> list[str]:
    """The strongest signs that go with leaving, in words, from a score's stored reasons."""
    features = {feature.name: feature for feature in catalogue.features(currency)}
    told: list[dict[str, Any]] = json.loads(reasons)
    leaving = [reason for reason in told if reason["effect"] > 0][:most]
    return [sign(reason, features[reason["feature"]], language) for reason in leaving]


def _csv(chosen: pd.DataFrame, currency: str, language: str) -> bytes:
    """The list as CSV in UTF-8 with a byte order mark, which spreadsheets need for Chinese."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    names = [f"sign_{place}" for place in range(1, SIGNS + 1)]
    amounts = ("revenue", "value_at_stake", "expected_loss")
    heads = [f"{amount}_{currency.lower()}" for amount in amounts]
    writer.writerow(["rank", "customer_id", "churn_risk", "value_tier", *heads, *names])
    chosen = chosen.assign(
        value_tier=chosen["value_tier"].fillna(""),
        **{amount: [_amount(own) for own in chosen[amount]] for amount in amounts},
    )
    for rank, row in enumerate(chosen.itertuples(), start=1):
        told = signs(str(row.reasons), currency, language)
        told += [""] * (SIGNS - len(told))
        writer.writerow(
            [
                rank,
                row.customer_id,
                f"{row.churn_risk:.4f}",
                row.value_tier,
                *(getattr(row, amount) for amount in amounts),
                *told,
            ]
        )
    return buffer.getvalue().encode("utf-8-sig")


def _amount(amount: float) -> str:
    return f"{amount:.2f}" if isfinite(amount) else ""
