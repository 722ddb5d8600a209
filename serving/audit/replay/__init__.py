"""Replay: what a decision was made from and said, found again from the lake as known then."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, select

from features.errors import RequestRefused
from features.lake import read_manifest
from features.progress import Progress, silent
from features.words import say
from serving.audit.replay.comparison import (
    Difference,
    answer_differences,
    row_differences,
    row_of,
    without_words,
)
from serving.audit.replay.past import Past, Question, altered_parts, rows_then
from serving.audit.replay.posted import PostedFact, posted_facts
from serving.database.tables import decisions
from serving.scores.latest import Rows
from serving.scoring import LoadedChampion, load_version, score_rows
from serving.scoring.fingerprint import row_content, row_fingerprint
from serving.scoring.reasons import LEAVING

LIVE_KINDS = {"churn_risk": "risk", "value_tier": "tier", "reasons": "reasons"}
DECISION, SETTINGS, CUSTOMER = "decision", "settings", "customer"
FOR_EVERY_LAKE = (*LIVE_KINDS.values(), SETTINGS)  # another lake with the same row has it too


@dataclass(frozen=True)
class Decision:
    """A row of `decisions`, as far as its replay needs it. `answer` is what left.

    `posted`: the facts about the customer that had been posted by then. `role`: the caller's.
    """

    id: str
    customer_id: str
    at: datetime
    answered_by: str
    model_version: str | None
    row_sha256: str | None
    row_content: bytes | None
    request: Mapping[str, Any]
    answer: Mapping[str, Any]
    posted: Sequence[PostedFact] = ()
    role: str = ""

    @property
    def as_of(self) -> datetime:
        """The moment up to which its row counts facts."""
        return datetime.fromisoformat(self.answer["as_of"])


class Decide(Protocol):
    """What decides again: the fields of the answer that are then compared too, in that order."""

    def __call__(self, decision: Decision, past: Past) -> Mapping[str, Any]: ...

    def is_as_then(self, decision: Decision) -> bool:
        """Whether it decides by what was set on that day; true where that is not known."""


@dataclass(frozen=True)
class Replayed:
    """What a replay found: nothing else than was decided, or the first difference."""

    decision_id: str
    at: datetime
    as_of: datetime
    model_version: str
    difference: Difference | None

    @property
    def is_equal(self) -> bool:
        return self.difference is None


def no_decision(decision_id: str) -> RequestRefused:
    """The refusal of an id that no decision has."""
    return RequestRefused(
        "unknown_decision",
        f"there is no decision {decision_id!r}. Its id stands in the answer of /decide; the "
        "decisions about a person who was erased are gone.",
    )


def read_decision(engine: Engine, decision_id: str) -> Decision:
    """Raises RequestRefused (`unknown_decision`) where there is none by this id."""
    names = [name for name in Decision.__dataclass_fields__ if name != "posted"]
    query = select(*(decisions.c[name] for name in names)).where(decisions.c.id == decision_id)
    with engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        raise no_decision(decision_id)
    texts = {name: json.loads(row[name]) for name in ("request", "answer")}
    posted = posted_facts(engine, row["customer_id"], row["at"])
    return Decision(**(dict(row) | texts), posted=posted)


def replay(
    home: Path, decision: Decision, decide: Decide | None = None, progress: Progress = silent
) -> Replayed:
    """Build the row again, score it by the version of that day, and compare.

    In this order: the files of the lake, the row that was kept, the row, risk, tier, reasons,
    and what `decide` returns. Raises RequestRefused (`not_replayable`) where no model was used,
    LakeError, BundleError, FingerprintMismatch.
    """
    if decision.row_sha256 is None or decision.model_version is None:
        raise RequestRefused(
            "not_replayable",
            f"decision {decision.id} was answered by {decision.answered_by}: it used no row and no "
            "model, so there is nothing to build again.",
        )
    champion = load_version(home, decision.model_version)
    found = next(_differences(home, decision, champion, decide, progress), None)
    return Replayed(decision.id, decision.at, decision.as_of, champion.version, found)


def _differences(
    home: Path,
    decision: Decision,
    champion: LoadedChampion,
    decide: Decide | None,
    progress: Progress,
) -> Iterator[Difference]:
    yield from altered_parts(home, read_manifest(home), progress)
    kept = decision.row_content
    if kept is not None and sha256(kept).hexdigest() != decision.row_sha256:
        found = sha256(kept).hexdigest()
        yield Difference("kept", "row_content", decision.row_sha256, found)
    question = Question(decision.customer_id, decision.as_of, decision.at, decision.posted)
    others: list[tuple[int, int, list[Difference]]] = []
    for past in rows_then(home, champion, question, progress):
        own = list(_of_lake(decision, champion, past, decide))
        if not own:
            return
        others.append((_distance(own[0]), len(own), own))
        if own[0].kind in FOR_EVERY_LAKE:
            break
    # Of the lakes that were tried the one that comes nearest.
    yield from min(others, key=lambda other: other[:2])[2]


def _of_lake(
    decision: Decision, champion: LoadedChampion, past: Past, decide: Decide | None
) -> Iterator[Difference]:
    """Where one lake gives another row, or the same row another answer."""
    if past.seen is None:
        yield Difference("row", CUSTOMER, decision.customer_id, None)
    elif row_fingerprint(past.seen.row, 0) == decision.row_sha256:
        yield from _of_answer(decision, past, decide)
    else:
        yield from _of_row(decision, champion, past.seen.row)


def _distance(first: Difference) -> int:
    """How far a lake is from the decision's, by the first difference."""
    if first.kind not in ("row", "fingerprint"):
        return 0
    return 2 if first.name == CUSTOMER else 1


def _of_row(decision: Decision, champion: LoadedChampion, rows: Rows) -> Iterator[Difference]:
    """Where the row that was decided on and the one found now differ."""
    features = champion.bundle.features
    now = row_of(row_content(rows, 0), features)
    if decision.row_content is not None:
        yield from row_differences(row_of(decision.row_content, features), now)
    for reason in decision.answer.get("reasons", ()):
        value = now.values.get(reason.get("feature"))
        if isinstance(value, float) and float(f"{value:.7g}") != reason.get("value"):
            yield Difference("row", reason["feature"], reason.get("value"), value)
    yield Difference("fingerprint", "row_sha256", decision.row_sha256, row_fingerprint(rows, 0))


def _of_answer(decision: Decision, past: Past, decide: Decide | None) -> Iterator[Difference]:
    """Where the answer differs though the row is the same."""
    seen = past.seen
    assert seen is not None
    scored = score_rows(seen.champion, seen.row)
    now = {
        "churn_risk": float(scored.risk[0]),
        "reasons": without_words(seen.champion.in_words(scored.reasons[0], "en", LEAVING)),
    }
    if seen.tier is not None:
        now["value_tier"] = seen.tier
    then = {name: decision.answer[name] for name in now if name in decision.answer}
    if "reasons" in then:
        then["reasons"] = without_words(then["reasons"])
    yield from answer_differences(then, now, LIVE_KINDS)
    if decide is not None:
        again = decide(decision, past)
        kind = DECISION if decide.is_as_then(decision) else SETTINGS
        kinds = {name: kind for name in again if name not in LIVE_KINDS}
        yield from answer_differences(decision.answer, again, kinds)


def in_words(found: Replayed, language: str) -> str:
    """Equal, or what differs first: then and now."""
    about = {
        "id": found.decision_id, "at": f"{found.at:%F %T}", "as_of": f"{found.as_of:%F %T}",
        "version": found.model_version,
    }  # fmt: skip
    if found.difference is None:
        return say("audit", "replay_equal", language, **about)
    own = found.difference
    what = say("audit", f"replay_{own.kind}", language, name=own.name)
    then, now = (json.dumps(value, ensure_ascii=False) for value in (own.then, own.now))
    return say("audit", "replay_differs", language, **about, what=what, then=then, now=now)
