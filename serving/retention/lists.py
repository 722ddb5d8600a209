"""A retention list: the customers with the most to lose whom the rules let us contact.

Takes the last night's scores, excludes the customers whom a rule protects, ranks by what is
expected to be lost, and writes a CSV or XLSX file with a receipt beside it: both, or neither. Where
the champion predicts value, the order is expected_loss: the value at stake
(`training.value.at_stake`) as if the customer were certain to stay this month, less the value at
stake, which holds the month's survival already and so is not weighted by the risk again. Else it is
churn_risk x revenue; the receipt says which, and what each column means (`legend`). Columns:

    rank, customer_id, churn_risk
    value_tier            today's, empty where the champion knows no bills
    revenue_<currency>    mean closed bill, a month
    value_at_stake_<currency>  of twelve months, empty where it is not predicted
    expected_loss_<currency>   of it by this month's risk, empty where it is not predicted
    last_contact, last_channel  of the last commercial contact, empty without one
    sign_1 to sign_3      the strongest signs that go with leaving, as sentences, one a fact
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection

from features import catalogue
from features.catalogue.families import Feature
from features.disk.atomic import json_text, replacing_together
from features.disk.outputs import check_out
from features.errors import LakeError, SettingsError
from features.home import Home
from features.settings import FeatureSettings, home_settings
from features.words import check_language, say, say_known
from serving.database import empty_engine, opened
from serving.retention.export.cells import SheetColumn
from serving.retention.export.receipt import receipt_path
from serving.retention.export.sheets import ENDINGS, Sheet, write_sheet
from serving.retention.legend import (
    AMOUNTS,
    channels_in_words,
    column_name,
    legend,
    loss_formula,
    order_words,
)
from serving.retention.retention_settings import RetentionSettings, retention_settings
from serving.retention.rules import broken, free
from serving.retention.rules.facts import Flags
from serving.retention.rules.gathering import gather
from serving.retention.rules.last import LAST, last_contacts
from serving.scores import SIGNS, last_scores
from serving.scoring.reasons import sign
from serving.service_settings import serving_settings
from training.models.bundle import value_terms
from training.value.at_stake import Terms


@dataclass(frozen=True)
class Receipt:
    """What was written: where, how many of how many requested, from what, how many excluded.

    `excluded` counts the customers that each rule protects; one may be protected by several.
    `remaining` is how many no rule protects, on the list or not. `legend` says what each column
    means, in the list's language; `expected_loss` how that column is computed from the others,
    null where the model predicts no value.
    """

    file: str
    count: int
    requested: int
    sha256: str
    as_of: str
    model_version: str
    made_at: str
    order: str
    excluded: dict[str, int]
    remaining: int
    expected_loss: str | None
    legend: dict[str, str]


def write_list(
    home: Path,
    size: int,
    out: Path,
    language: str,
    now: datetime,
    listed: Callable[[Sequence[str]], None] = lambda _: None,
    *,
    force: bool = False,
) -> Receipt:
    """Write the list of at most `size` customers to `out` (CSV or XLSX) and its receipt beside it.

    `listed` gets the ids of those on it before the files are in their places.
    Raises SettingsError for a bad size or language, LakeError without scores or bills,
    OutputError for another ending, where one of the two files is there already and not `force`,
    or where the disk refuses; then nothing is written.
    """
    if size < 1:
        raise SettingsError(f"--size is {size}; expected at least 1")
    check_language(language, "--language")
    check_out(out, ENDINGS, force=force, beside=[receipt_path(out)])
    scores = last_scores(home)
    settings = retention_settings(home)
    protected, chosen = _chosen(home, scores, size, settings, language, now)
    currency = home_settings(home, "features", FeatureSettings).currency
    version = str(scores["model_version"].iloc[0])
    terms = value_terms(Home(home).models / version)
    order = "expected_loss" if by_value(scores) else "churn_risk x revenue"
    facts = {
        "as_of": f"{scores['as_of'].iloc[0]:%F}",
        "model_version": version,
        "made_at": now.isoformat(timespec="seconds"),
        "order": order,
    }
    meanings = legend(language, currency, order, terms)
    sheet = _sheet(chosen, currency, language, meanings, facts)
    with replacing_together(receipt_path(out), out) as (temporary_receipt, temporary):
        write_sheet(temporary, out.suffix, sheet, language, now)
        receipt = Receipt(
            file=out.name,
            count=len(chosen),
            requested=size,
            sha256=hashlib.sha256(temporary.read_bytes()).hexdigest(),
            **facts,
            excluded={rule: int(rows.sum()) for rule, rows in protected.items()},
            remaining=int(free(protected).sum()),
            expected_loss=_loss(currency, terms),
            legend=meanings,
        )
        temporary_receipt.write_text(json_text(vars(receipt)), "utf-8")
        listed([str(own) for own in chosen["customer_id"]])
    return receipt


def _chosen(
    home: Path,
    scores: pd.DataFrame,
    size: int,
    settings: RetentionSettings,
    language: str,
    now: datetime,
) -> tuple[dict[str, Flags], pd.DataFrame]:
    """By rule whom it protects, and the first of the others with their last contact in words."""
    rules, as_of = settings.rules, scores["as_of"].iloc[0].to_pydatetime()
    with _recorded(home) as connection:
        protected = broken(gather(home, connection, scores, rules, now), rules)
        if protected["no_closed_bill"].all():
            raise LakeError(
                "no customer has a closed bill, so revenue cannot be ranked. Import the bills feed."
            )
        chosen = ranked(scores[free(protected)]).head(size)
        last = last_contacts(home, connection, chosen["customer_id"].tolist(), rules, as_of, now)
    channels = channels_in_words(last["last_channel"], settings.channels, language)
    last["last_channel"] = pd.Series(channels, dtype=object)  # whose nulls stay nulls
    return protected, chosen.join(last)


@contextmanager
def _recorded(home: Path) -> Iterator[Connection]:
    """The operational database; where there is none yet, nothing was recorded and none is made."""
    url = serving_settings(home).database_url
    if not url and not Home(home).operational.exists():
        with empty_engine().connect() as connection:
            yield connection
        return
    with opened(home, url, looking=True) as engine, engine.connect() as connection:
        yield connection


def _loss(currency: str, terms: Terms) -> str | None:
    return None if terms.annual_discount is None else loss_formula(currency, terms)


def by_value(scores: pd.DataFrame) -> bool:
    """Whether the night predicted any customer's value, so that it ranks rather than revenue."""
    return bool(scores["expected_loss"].notna().any())


def ranked(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores by what is expected to be lost, the most first; ties by id."""
    loss = scores["expected_loss"] if by_value(scores) else scores["churn_risk"] * scores["revenue"]
    order = scores.assign(loss=loss).sort_values(
        ["loss", "customer_id"], ascending=[False, True], ignore_index=True
    )
    return order.drop(columns="loss")


def signs(
    reasons: str, features: Mapping[str, Feature], language: str, most: int = SIGNS
) -> list[str]:
    """The strongest signs that go with leaving, as sentences, from a score's stored reasons.

    One a fact, and none that staff may not say, whatever an earlier version of the program stored.
    """
    stored: list[dict[str, Any]] = json.loads(reasons)
    found: dict[str, str] = {}
    for reason in stored:
        feature = features[reason["feature"]]
        sentence = sign(reason, feature, language)
        if reason["effect"] > 0 and feature.saying is not None and sentence is not None:
            found.setdefault(feature.saying.fact, sentence)
    return list(found.values())[:most]


def _sheet(
    chosen: pd.DataFrame,
    currency: str,
    language: str,
    meanings: Mapping[str, str],
    facts: Mapping[str, str],
) -> Sheet:
    digits = {"rank": 0, "churn_risk": 4} | dict.fromkeys(AMOUNTS, 2)
    signs = [f"sign_{place}" for place in range(1, SIGNS + 1)]
    names = ["rank", "customer_id", "churn_risk", "value_tier", *AMOUNTS, *LAST, *signs]
    shown = {name: column_name(name, currency, language) for name in names}
    columns = [
        SheetColumn(shown[name], digits.get(name), is_sentence=name in signs) for name in names
    ]
    by_english = {column_name(name, currency, "en"): shown[name] for name in names}
    return Sheet(
        columns,
        [_part(columns, _rows(chosen, currency, language))],
        len(chosen),
        {by_english[name]: meaning for name, meaning in meanings.items()},
        {
            say("list", f"about_{name}", language): order_words(fact, language)
            if name == "order"
            else fact
            for name, fact in facts.items()
        },
    )


def _part(columns: Sequence[SheetColumn], rows: Iterable[list[Any]]) -> pa.RecordBatch:
    schema = pa.schema(
        [(own.name, pa.string() if own.digits is None else pa.float64()) for own in columns]
    )
    named = [dict(zip(schema.names, row, strict=True)) for row in rows]
    return pa.RecordBatch.from_pylist(named, schema)


def _rows(chosen: pd.DataFrame, currency: str, language: str) -> Iterator[list[Any]]:
    features = {feature.name: feature for feature in catalogue.features(currency)}
    chosen = chosen.assign(value_tier=chosen["value_tier"].fillna(""))
    for rank, row in enumerate(chosen.to_dict("records"), start=1):
        found = signs(row["reasons"], features, language)
        tier = say_known("terms", row["value_tier"], language)
        about = [row["customer_id"], row["churn_risk"], tier]
        about += [row[name] for name in (*AMOUNTS, *LAST)]
        yield [rank, *about, *found, *[None] * (SIGNS - len(found))]
