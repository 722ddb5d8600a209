"""Where the topics are kept: one file that is written once and then counts for good.

    <home>/lake/topics/<id>.json   the frozen topics as plain numbers, named by their content

Other topics would give old features another meaning, so a home never fits a second time; who
wants new topics removes the file and trains again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from ibis.expr.types import Table

from features import windows
from features.disk.atomic import replace_json
from features.errors import LakeError
from features.feeds import FEEDS
from features.home import Home
from features.settings import TopicSettings
from features.topics import Script, Topics, fit

SCHEMA_VERSION = 1


def topics_id(home: Path) -> str | None:
    """The id of the home's frozen topics, null while there are none."""
    path = _file(home)
    return path.stem if path else None


def read_topics(home: Path) -> Topics | None:
    """The home's frozen topics, null while there are none. Raises LakeError if damaged."""
    path = _file(home)
    if path is None:
        return None
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["schema"] != SCHEMA_VERSION or _id(content) != path.stem:
            raise ValueError("its content is not what its name says")
        return Topics(
            datetime.fromisoformat(content["fitted_at"]),
            _script(content["han"]),
            _script(content["other"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LakeError(
            f"{path} cannot be read ({error}). Restore it from a backup, or remove it: then "
            f"topics are found again, and the models that knew the old ones must be trained again."
        ) from error


def write_topics(home: Path, topics: Topics) -> Path:
    """Freeze the topics; the file that holds them."""
    content = json.loads(
        json.dumps(
            {"schema": SCHEMA_VERSION, "fitted_at": topics.fitted_at.isoformat()}
            | {"han": topics.han and asdict(topics.han)}
            | {"other": topics.other and asdict(topics.other)}
        )
    )
    path = Home(home).topics / f"{_id(content)}.json"
    replace_json(path, content)
    return path


def freeze_topics(home: Path, feeds: dict[str, Table], settings: TopicSettings) -> bool:
    """Fit and freeze the home's topics if it has none and may have; whether it did.

    Read are the texts that were known after the first `warmup_weeks` of use; there must be
    `min_texts`, and use must be known up to then: an early import holds only a part of them.
    """
    if topics_id(home) or "complaints" not in feeds or "text" not in feeds["complaints"].columns:
        return False
    usage = feeds["usage"]
    first, known_at = usage.day.min().execute(), usage.known_at.max().execute()
    if pd.isna(first):
        return False
    fitted_at = datetime.combine(first, time()) + timedelta(weeks=settings.warmup_weeks)
    if known_at < fitted_at:
        return False
    facts = feeds["complaints"]
    seen = windows.known(windows.versions(facts, FEEDS["complaints"].key), [fitted_at])
    seen = seen.filter(seen.event == "opened", seen.text.notnull())
    texts = seen.select("text").to_pyarrow()["text"].to_pylist()
    if len(texts) < settings.min_texts:
        return False
    topics = fit(texts, settings, fitted_at)
    if topics is not None:
        write_topics(home, topics)
    return topics is not None


def _file(home: Path) -> Path | None:
    found = sorted(Home(home).topics.glob("*.json"))
    if len(found) > 1:
        raise LakeError(
            f"{Home(home).topics} holds {len(found)} files; expected one. Keep the one that "
            f"the models were trained with."
        )
    return found[0] if found else None


def _id(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _script(value: dict[str, Any] | None) -> Script | None:
    if value is None:
        return None
    return Script(
        texts=value["texts"],
        vocabulary=tuple(value["vocabulary"]),
        idf=tuple(value["idf"]),
        components=tuple(map(tuple, value["components"])),
        top_terms=tuple(map(tuple, value["top_terms"])),
    )
