"""What a home's models and data are now, for those who answer for them: no customer is in it.

Read from plain files: the bundles' figures, the moves of the champion, the records of imports, the
nights that are kept. No model is loaded and MLflow is not called.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from features.errors import NoChampion
from features.home import Home
from features.imports.records import read_records
from features.lake import read_manifest
from features.words import LANGUAGES
from serving.monitoring.watch import last_watch
from serving.monitoring.watch_words import Wording
from serving.scores import scores_of_last_night
from training.evaluation.figures import Evaluation
from training.indicators import HEADLINES
from training.indicators.evaluation import AUC, CALIBRATION_SLOPE, CHURNERS, ROWS
from training.indicators.evaluation import OBSERVED_OVER_EXPECTED as LEVEL
from training.models.promotion import read_champion, versions
from training.models.registry.tracking import registry_settings

LAST = 20  # imports and nights
PARTS = ("by_payment_mode", "by_tier", "by_city")
PERIODS = ("fit", "calibration", "test")


def overview(home: Path, zone: ZoneInfo, tracking: str = "") -> dict[str, Any]:
    """Models and data as plain values for JSON.

    `champion` and `challenger` (the newest version behind the champion) are versions or null;
    `moves` the champion's, the newest first. `versions`, the newest first, have their figures with
    interval, those of parts of the rows, the churn rate by date, and `link` into MLflow where
    `tracking` is the address of a server. `feeds` have rows, and rows in quarantine over all
    imports; `imports` and `nights` are the last, the newest first. `watch` has what moved between
    the reference and the last night, the first the farthest, or why they are not compared.

    `zone`: the operator's. Raises LakeError, BundleError where a file is damaged.
    """
    try:
        champion, moves = (own := read_champion(home)).version, own.moves
    except NoChampion:
        champion, moves = None, ()
    there = versions(home)
    newer = [own for own in there if champion is not None and int(own) > int(champion)]
    folder = Home(home).models
    model = registry_settings(home).model
    return {
        "champion": champion,
        "challenger": newer[-1] if newer else None,
        "moves": [_move(own) for own in reversed(moves)],
        "versions": [
            {
                "version": own,
                **_figures(folder / own),
                "link": _link(tracking, model, own),
            }
            for own in reversed(there)
        ],
        "tracking": tracking if tracking.startswith("http") else None,
        **_imports(home),
        "nights": list(_nights(home, zone)),
        "watch": _watch(home),
    }


def _move(move: Mapping[str, Any]) -> dict[str, Any]:
    findings = move.get("findings", ())
    return {
        "at": move["at"],
        "move": move["move"],
        "version": move["version"],
        "forced": bool(move.get("forced")),
        "failed": [own["rule"] for own in findings if not own["passed"]],
    }


def _figures(folder: Path) -> dict[str, Any]:
    """The figures of a version; empty ones where its file cannot be read."""
    try:
        own = Evaluation.read(folder / "evaluation.json")
        bundle = json.loads((folder / "bundle.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {"is_damaged": True, "features": 0, "rows": None, "churners": None,
                "first": None, "last": None, "figures": {}, "parts": [], "rates": []}  # fmt: skip
    test = own.get("periods", {}).get("test", {})
    return {
        "is_damaged": False,
        "features": len(bundle.get("features", ())),
        "rows": own.part("counts").estimate(ROWS).value,
        "churners": own.part("counts").estimate(CHURNERS).value,
        "first": test.get("first"),
        "last": test.get("last"),
        "figures": {
            one.name: {"value": found.value, "low": found.low, "high": found.high}
            for one in HEADLINES
            if (found := own.estimate(one)).value is not None
        },
        "parts": list(_parts(own)),
        "rates": [
            {name: one.get(name) for name in ("date", "period", "churn_rate", "rows")}
            for one in own.get("base_rate", ())
        ],
    }


def _parts(own: Evaluation) -> Iterator[dict[str, Any]]:
    for by in PARTS:
        for name in own.get(by, ()):
            part = own.part(by, name)
            level = part.estimate(LEVEL)
            yield {
                "by": by.removeprefix("by_"),
                "name": name,
                "rows": part.estimate(ROWS).value,
                AUC.name: part.estimate(AUC).value,
                CALIBRATION_SLOPE.name: part.estimate(CALIBRATION_SLOPE).value,
                LEVEL.name: level.value,
                "low": level.low,
                "high": level.high,
            }


def _watch(home: Path) -> dict[str, Any]:
    found = last_watch(home)
    if isinstance(found, str):
        problem = found.replace(f"{home}/", "")
        return {"problem": problem, "as_of": None, "reference": None, "moved": []}
    said = {language: Wording(home, language) for language in LANGUAGES} if found.alarms else {}
    return {
        "problem": None,
        "as_of": found.as_of,
        "reference": found.reference,
        "moved": [
            {
                "about": own.about, "kind": own.moved.kind, "name": own.moved.name,
                "places": list(own.moved.places), "psi": own.moved.size, "since": own.since,
                "owner": own.owner,
                "said": {
                    language: asdict(wording.of(own)) for language, wording in said.items()
                },
            }
            for own in found.alarms
        ],
    }  # fmt: skip


def _link(tracking: str, model: str, version: str) -> str | None:
    if not tracking.startswith("http"):
        return None
    return f"{tracking.rstrip('/')}/#/models/{model}/versions/{version}"


def _imports(home: Path) -> dict[str, Any]:
    records = read_records(home)
    bad: dict[str, int] = {}
    for record in records:
        for own in record.feeds:
            bad[own.feed] = bad.get(own.feed, 0) + own.bad
    stored = read_manifest(home)
    return {
        "feeds": [
            {
                "feed": name,
                "rows": sum(part.rows for part in feed.parts),
                "clock": feed.clock,
                "quarantined": bad.get(name, 0),
            }
            for name, feed in stored.items()
        ],
        "imports": [
            {
                "at": record.at,
                "accepted": record.accepted,
                "feeds": len(record.feeds),
                "read": sum(own.read for own in record.feeds),
                "new": sum(own.new + own.versions for own in record.feeds),
                "bad": sum(own.bad for own in record.feeds),
            }
            for record in reversed(records[-LAST:])
        ],
    }


def _nights(home: Path, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """The nights whose scores are kept, and which of them answers."""
    current = scores_of_last_night(home)
    kept = sorted(Home(home).scores.glob("*.parquet"), reverse=True)[:LAST]
    for path in kept:
        try:
            rows, written = pq.read_metadata(path).num_rows, path.stat().st_mtime
        except OSError:  # a night that ends meanwhile removes the one that it replaces
            continue
        yield {
            "as_of": path.name[:10],
            "written_at": f"{datetime.fromtimestamp(written, zone):%FT%T}",
            "customers": rows,
            "answers": current is not None and path.name == current.name,
        }
