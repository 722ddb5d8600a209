"""A customer's row as the lake gives it now, and as it gave it after each import until then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory

from features.builder.parts import matrix_rows
from features.engine.store import Histories, histories_of, open_histories
from features.errors import LakeError
from features.home import Home
from features.imports.past import lakes_until
from features.lake import Manifest, read_manifest
from features.progress import Progress, silent
from features.topics.files import read_topics
from serving.audit.replay.comparison import Difference
from serving.audit.replay.posted import PostedFact, with_posted
from serving.scores.latest import Night, rows_of
from serving.scoring import LoadedChampion, Seen, check_features, seen_by
from training.models.definitions import FeatureRows

TODAY = (
    "The features that the version reads are no longer what they were. Replay with the version of "
    "Liuke, the settings and the topics of that day."
)


@dataclass(frozen=True)
class Question:
    """Whose row: at which moment the facts end, when the decision was made, what was posted."""

    customer_id: str
    as_of: datetime
    decided_at: datetime
    posted: Sequence[PostedFact] = ()


@dataclass(frozen=True)
class Past:
    """The customer as one lake gives them; not seen where they were not in the network."""

    manifest: Manifest
    seen: Seen | None


def altered_parts(home: Path, manifest: Manifest, progress: Progress = silent) -> list[Difference]:
    """The files of the lake that are not as they were imported, the first one alone."""
    parts = [part for feed in manifest.values() for part in feed.parts]
    for number, part in enumerate(parts):
        progress("lake", number, len(parts))
        try:
            with (Home(home).feeds / part.file).open("rb") as file:
                found = file_digest(file, "sha256").hexdigest()
        except OSError as error:
            found = error.strerror or str(error)
        if found != part.sha256:
            return [Difference("lake", part.file, part.sha256, found)]
    progress("lake", len(parts), len(parts))
    return []


def rows_then(
    home: Path, champion: LoadedChampion, question: Question, progress: Progress = silent
) -> Iterator[Past]:
    """The customer's row as different lakes give it.

    First by the histories that are there: facts that were known later change nothing. Then by
    histories built from the parts that were there after each import since the row's moment, the
    newest first: an extract that came late may hold facts known before. Raises LakeError,
    FingerprintMismatch.
    """
    tried: list[Manifest] = []
    try:
        histories, manifest = open_histories(home), read_manifest(home)
        tried.append(manifest)
    except LakeError:
        tried.clear()  # they are older than the feeds, or gone
    else:
        for seen in _seen(home, histories, champion, question):
            yield Past(manifest, seen)
    for own in _lakes(home, question):
        if own not in tried:
            tried.append(own)
            with _built(home, own, progress) as histories:
                for seen in _seen(home, histories, champion, question):
                    yield Past(own, seen)


def _lakes(home: Path, question: Question) -> list[Manifest]:
    """The lakes that the night may have read: those after the row's moment, and the one at it."""
    lakes = lakes_until(home, question.decided_at)
    since = [own for at, own in lakes if at > question.as_of]
    before = [own for at, own in lakes if at <= question.as_of]
    return [*since, *before[:1]] or [read_manifest(home)]


@contextmanager
def _built(home: Path, manifest: Manifest, progress: Progress) -> Iterator[Histories]:
    spill = Home(home).spill
    with TemporaryDirectory(dir=spill if spill.is_dir() else None) as folder:
        yield histories_of(home, manifest, Path(folder), progress)


def _seen(
    home: Path, histories: Histories, champion: LoadedChampion, question: Question
) -> Iterator[Seen | None]:
    """The row of the night; before it, where facts were posted that it lacks, the one with them."""
    names = tuple(feature.name for feature in histories.features)
    given = FeatureRows(names, histories.fingerprint, histories.definitions)
    check_features(champion.bundle, given, "of the imported feeds", TODAY)
    night = matrix_rows(histories, question.as_of, [question.customer_id])
    if night.empty:
        yield None
        return
    found = [night]
    if question.posted:
        topics, moment = read_topics(home), question.decided_at
        fresh = with_posted(histories, night, question.posted, moment, topics)
        found = found if fresh is None else [fresh, night]
    about = Night(question.as_of.isoformat(), names, histories.fingerprint, scores="")
    for own in found:
        yield seen_by(champion, about, rows_of(own, histories.features))
