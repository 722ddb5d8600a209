"""A training made again from the record of its run, and held against what it gave then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from features.engine.store import histories_of
from features.errors import LakeError
from features.home import Home
from features.lake import Manifest, manifest_of, part_paths
from features.progress import Progress, silent
from features.settings import FeatureSettings
from features.settings.typed import build
from features.topics.files import topics_id
from training.fit_settings import TrainingSettings
from training.models.origin import ORIGIN, Origin, file_hashes, packages, program
from training.models.registry.tracking import read_origin
from training.pipeline import unjudged


@dataclass(frozen=True)
class Again:
    """What came out: the files of the version that `differ`, all `files` of it, and what is other
    now than it was then: the program, and packages with their versions then and now."""

    as_of: str
    files: tuple[str, ...]
    differ: tuple[str, ...]
    other_program: bool
    other_packages: dict[str, tuple[str, str]]

    @property
    def equal(self) -> bool:
        return not self.differ


def train_like(home: Path, run: str, progress: Progress = silent) -> Again:
    """Make a version again, of a run or of its own number; nothing is registered.

    The lake as it was then, by its parts; the settings of then; the program of now. Raises
    UnknownVersion, LakeError where parts or topics of then are no longer there, OutputError.
    """
    origin = read_origin(home, run)
    manifest = manifest_of(dict(origin.feeds))
    _check_there(home, origin, manifest)
    where = f"{ORIGIN} of {run}"
    settings = build(origin.settings["training"], TrainingSettings, where)
    of_features = build(origin.settings["features"], FeatureSettings, where)
    as_of = datetime.fromisoformat(origin.as_of)
    spill = Home(home).spill
    with TemporaryDirectory(dir=spill if spill.is_dir() else None) as folder:
        histories = histories_of(home, manifest, Path(folder), progress, of_features)
        *_, draft = unjudged(histories, as_of, settings, progress)
    found, now = file_hashes(draft), packages()
    names = sorted({*found, *origin.files})
    return Again(
        f"{as_of:%F}",
        tuple(names),
        tuple(name for name in names if found.get(name) != origin.files.get(name)),
        origin.program != program(),
        {
            name: (then, now[name])
            for name, then in origin.packages.items()
            if name in now and now[name] != then
        },
    )


def _check_there(home: Path, origin: Origin, manifest: Manifest) -> None:
    for name, stored in manifest.items():
        try:
            part_paths(home, stored)
        except LakeError as error:
            raise LakeError(
                f"the data of then are no longer there ({name}: {error}) Where a person was erased "
                f"since, no version of before can be made again."
            ) from error
    if origin.topics != topics_id(home):
        raise LakeError(
            f"it was trained with topics {origin.topics or 'none'}, and {home} has "
            f"{topics_id(home) or 'none'} now. Restore the file in {Home(home).topics}."
        )
