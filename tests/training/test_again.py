"""A version is made again from its run's record: the same to the last bit, or why not."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features import lake
from features.errors import LakeError, UnknownVersion
from serving.command.tree import app
from tests.conftest import SmallHome, set_home
from training.again import Again, train_like
from training.models import origin
from training.models.registry import tracking

pytestmark = pytest.mark.slow(minutes=1)


@pytest.fixture
def home(small_home: SmallHome, tmp_path: Path) -> Path:
    return small_home.copied_to(tmp_path / "home")


def test_a_version_made_again_is_the_same_whatever_came_since(
    home: Path, small_home: SmallHome
) -> None:
    set_home(home, "training", "[fit]\ntrials = 1\nmax_trees = 7\n")
    models, manifest = sorted((home / "models").iterdir()), lake.read_manifest(home)
    bills = manifest["bills"]
    later = replace(bills, parts=(*bills.parts, _copied(home, bills.parts[0])))
    lake.write_manifest(home, {**manifest, "bills": later})
    found = train_like(home, "1")
    assert found.equal
    assert found.files == (
        "bundle.json", "calibration.json", "churn.txt", "margin.txt", "tier.txt",
    )  # fmt: skip
    assert (found.as_of, found.other_program) == (f"{small_home.as_of:%F}", False)
    assert found.other_packages == {}
    assert sorted((home / "models").iterdir()) == models, "nothing is registered"


def _copied(home: Path, part: lake.FeedPart) -> lake.FeedPart:
    """Another part of the same rows: as if the extract had come again under another name."""
    feeds = home / "lake" / "feeds"
    file = "bills/again.parquet"
    shutil.copy(feeds / part.file, feeds / file)
    return replace(part, file=file)


def test_what_differs_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = tracking.read_origin(home, "1")
    settings = json.loads(json.dumps(known.settings))
    settings["training"]["fit"]["seed"] += 1
    packages = {**known.packages, "lightgbm": "1.0"}
    other = replace(known, settings=settings, packages=packages, program="another")
    monkeypatch.setattr("training.again.read_origin", lambda *_: other)
    found = train_like(home, "1")
    assert not found.equal
    assert "churn.txt" in found.differ
    assert found.other_program
    assert found.other_packages == {"lightgbm": ("1.0", origin.packages()["lightgbm"])}


def test_a_version_without_record_or_whose_data_are_gone_is_refused(home: Path) -> None:
    for run in ("9", "nosuchrun", "f" * 32):
        with pytest.raises(UnknownVersion, match=f"{run}: the registry has no version or run"):
            train_like(home, run)
    part = lake.read_manifest(home)["surveys"].parts[0]
    (home / "lake" / "feeds" / part.file).unlink()
    with pytest.raises(LakeError, match="no longer there"):
        train_like(home, "1")


def test_other_topics_are_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = replace(tracking.read_origin(home, "1"), topics="of-then")
    monkeypatch.setattr("training.again.read_origin", lambda *_: known)
    with pytest.raises(LakeError, match=r"trained with topics of-then, and .* now"):
        train_like(home, "1")


@pytest.mark.parametrize("more", [[], ["--as-of", "2026-03-02", "--like", "1"]])
def test_a_training_has_a_date_or_a_version_to_make_again(home: Path, more: list[str]) -> None:
    done = CliRunner().invoke(app, ["train", "--home", str(home), *more])
    assert done.exit_code == 2
    assert "a training has a date, or a version to make again" in done.output


def test_the_command_says_what_came_out_and_ends_with_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(found: Again, *more: str) -> tuple[int, str]:
        monkeypatch.setattr("training.again.train_like", lambda *_: found)
        done = CliRunner().invoke(app, ["train", "--like", "1", "--home", str(home), *more])
        return done.exit_code, done.stdout

    files = ("bundle.json", "churn.txt")
    equal = Again("2026-03-02", files, (), other_program=False, other_packages={})
    assert ended(equal) == (
        0, "1 was made again and is the same to the last bit: bundle.json, churn.txt.\n"
    )  # fmt: skip
    packages = {"lightgbm": ("4.6.0", "4.7.0")}
    other = replace(equal, differ=("churn.txt",), other_program=True, other_packages=packages)
    assert ended(other) == (
        1,
        "1 was made again and is not the same. These differ: churn.txt.\n"
        "The program is another one than then.\n"
        "lightgbm was 4.6.0 then and is 4.7.0 now.\n",
    )
    status, text = ended(other, "--json")
    assert (status, json.loads(text)["equal"], json.loads(text)["differ"]) == (
        1, False, ["churn.txt"],
    )  # fmt: skip
