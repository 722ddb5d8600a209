"""A customer's row as the lake gives it now, and as it gave it after each import until then."""

from __future__ import annotations

from collections.abc import Iterator
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
from serving.audit.replay.comparison import Difference
from serving.scores.latest import Rows, rows_of
from serving.scoring import LoadedChampion, check_features
from training.models.definitions import FeatureRows

TODAY = (
    "The features that the version reads are no longer what they were. Replay with the version of "
    "Liuke, the settings and the topics of that day."
)


@dataclass(frozen=True)
class Question:
    """Whose row: at which moment the facts end, and when the decision was made."""

    customer_id: str
    as_of: datetime
    decided_at: datetime


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
) -> Iterator[Rows | None]:
    """The customer's row, of the champion's features, as different lakes give it.

    First by the histories that are there: facts that were known later change nothing. Then by
    histories built from the parts that were there after each import since the row's moment, the
    newest first: an extract that came late may hold facts known before. Null where the customer
    is not in the network. Raises LakeError, FingerprintMismatch.
    """
    tried: list[Manifest] = []
    try:
        histories = open_histories(home)
        tried.append(read_manifest(home))
    except LakeError:
        tried.clear()  # they are older than the feeds, or gone
    else:
        yield _row(histories, champion, question)
    for own in _lakes(home, question):
        if own not in tried:
            tried.append(own)
            with _built(home, own, progress) as histories:
                yield _row(histories, champion, question)


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


def _row(histories: Histories, champion: LoadedChampion, question: Question) -> Rows | None:
    names = tuple(feature.name for feature in histories.features)
    given = FeatureRows(names, histories.fingerprint, histories.definitions)
    check_features(champion.bundle, given, "of the imported feeds", TODAY)
    found = matrix_rows(histories, question.as_of, [question.customer_id])
    if found.empty:
        return None
    return rows_of(found, histories.features).of(champion.bundle.features, names)
