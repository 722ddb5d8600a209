"""A campaign's list as a sheet to export: the treated, in order, in words and the currency's unit.

The control group is never on it: a customer who is not to be contacted must not lie on the desk of
those who contact.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features import catalogue
from features.errors import LakeError
from features.words import words
from serving.retention.campaign.store import MEMBERS, SUMMARY
from serving.retention.drawing.arms import TREATED
from serving.retention.export.cells import SheetColumn
from serving.retention.export.sheets import Sheet
from serving.retention.legend import channels_in_words
from serving.retention.lists import signs
from serving.retention.retention_settings import RetentionSettings
from serving.retention.rules.last import LAST
from serving.scores import SIGNS

ROWS_AT_ONCE = 20_000
AMOUNTS = ("value_at_stake", "expected_gain", "cost")
# Each column of the sheet, in order: its digits, null of a text.
COLUMNS: Mapping[str, int | None] = {
    "rank": 0, "customer_id": None, "phone": None, "churn_risk": 4, "value_tier": None,
    "value_at_stake": 2, "offer": None, "channel": None, "expected_gain": 2, "cost": 2,
    "call_by": None, "city": None, "store_id": None, "manager_id": None, "plan": None,
    "contract_end": None, "last_contact": None, "last_channel": None,
}  # fmt: skip


def sheet_of(
    folder: Path,
    allowed: frozenset[str],
    settings: RetentionSettings,
    currency: str,
    language: str,
    about: Mapping[str, str],
    *,
    with_phones: bool,
) -> Sheet:
    """The sheet of the list in this folder, of those of its treated who are allowed.

    Raises LakeError where its files are gone.
    """
    path = folder / MEMBERS
    if not path.is_file():
        raise LakeError(f"{path} is not there; the list was removed from the home")
    texts = words(language, "campaign")
    names = [name for name in COLUMNS if with_phones or name != "phone"]
    sign_names = [f"sign_{place}" for place in range(1, SIGNS + 1)]
    columns = [
        SheetColumn(_shown(name, texts, currency, language), COLUMNS[name]) for name in names
    ]
    columns += [
        SheetColumn(texts["column_sign"].format(place=place), None, is_sentence=True)
        for place in range(1, SIGNS + 1)
    ]
    risk = _risk_words(folder, texts)
    legend = {
        column.name: risk if name == "churn_risk" else texts[f"means_{name}"]
        for column, name in zip(columns, [*names, *(["sign"] * SIGNS)], strict=True)
    }
    parts = _parts(path, allowed, settings, currency, language, [*names, *sign_names])
    return Sheet(columns, parts, len(allowed), legend, about)


def _risk_words(folder: Path, texts: Mapping[str, str]) -> str:
    """Of which days the risk is; a list of an earlier version does not say it."""
    own = json.loads((folder / SUMMARY).read_text("utf-8"))
    if "risk" not in own:
        return texts["means_churn_risk_before"]
    return texts["means_churn_risk"].format(**own["risk"])


def _shown(name: str, texts: Mapping[str, str], currency: str, language: str) -> str:
    unit = currency.lower() if language == "en" else currency
    return texts[f"column_{name}"].format(currency=unit)


def _parts(
    path: Path,
    allowed: frozenset[str],
    settings: RetentionSettings,
    currency: str,
    language: str,
    names: list[str],
) -> Iterator[pa.RecordBatch]:
    """The rows of the treated, without `phone`, which is joined to them later."""
    features = {own.name: own for own in catalogue.features(currency)}
    own_names = [name for name in names if name != "phone"]
    file = pq.ParquetFile(path)
    for batch in file.iter_batches(ROWS_AT_ONCE):
        rows = batch.to_pandas()
        rows = rows[(rows["arm"] == TREATED) & rows["customer_id"].isin(allowed)]
        if not len(rows):
            continue
        made = rows.assign(
            expected_gain=rows["expected_gain_fen"] / 100,
            cost=rows["cost_fen"] / 100,
            offer=rows["offer"].map(lambda own: getattr(settings.offers[own], language)),
            channel=rows["channel"].map(lambda own: getattr(settings.channels[own], language)),
            call_by=rows["call_by"].map(str),
            contract_end=_contract_end(rows),
            **_last_contact(rows, settings, language),
        )
        said = [signs(str(own), features, language) for own in rows["reasons"]]
        for place in range(SIGNS):
            made[f"sign_{place + 1}"] = [own[place] if place < len(own) else None for own in said]
        yield pa.RecordBatch.from_pandas(made[own_names], preserve_index=False)


def _last_contact(
    rows: pd.DataFrame, settings: RetentionSettings, language: str
) -> dict[str, list[str | None]]:
    """When and how they were last contacted; null in a list of an earlier version."""
    if LAST[0] not in rows:
        return {name: [None] * len(rows) for name in LAST}
    day, channel = (rows[name].astype(object).where(rows[name].notna(), None) for name in LAST)
    found = (day.tolist(), channels_in_words(channel, settings.channels, language))
    return dict(zip(LAST, found, strict=True))


def _contract_end(rows: pd.DataFrame) -> list[Any]:
    """The contract's end as a date, from the days until it; null without a contract."""
    ends = pd.to_datetime(rows["as_of"]) + pd.to_timedelta(rows["days_to_contract_end"], unit="D")
    return [None if pd.isna(own) else f"{own:%F}" for own in ends]
