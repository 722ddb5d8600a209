"""The old content or the new, never a part."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from features.disk.atomic import (
    UNFINISHED_BEFORE,
    remove,
    replace_json,
    replacing,
    replacing_together,
    sweep,
)
from features.errors import OutputError


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_file_takes_the_place_of_another(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "scores.csv"
    for text in ("old", "new"):
        with replacing(path) as temporary:
            assert temporary.parent == path.parent
            temporary.write_text(text)
            assert not path.exists() or path.read_text() == "old"
        assert path.read_text() == text
    assert names(path.parent) == ["scores.csv"]


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "bundle"
    with replacing(path) as temporary:
        temporary.mkdir()
        (temporary / "a.txt").write_text("a")
        assert not path.exists()
    assert names(tmp_path) == ["bundle"]
    assert (path / "a.txt").read_text() == "a"


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_old(tmp_path: Path, stop: type[BaseException]) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("old")

    def write_a_part() -> None:
        with replacing(path) as temporary:
            temporary.write_text("ne")
            raise stop

    with pytest.raises(stop):
        write_a_part()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["scores.csv"]


def test_a_disk_that_refuses_is_an_output_error(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("old")

    def write_to_a_full_disk() -> None:
        with replacing(path):
            Path("/dev/full").write_text("new")

    with pytest.raises(OutputError, match=r"scores.csv: No space left on device. Nothing was"):
        write_to_a_full_disk()
    assert path.read_text() == "old"


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot write"), replacing(tmp_path / "file" / "x"):
        raise AssertionError("nothing can be written there")


def test_a_full_folder_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "bundle"
    path.mkdir()
    (path / "a.txt").write_text("old")
    with pytest.raises(OutputError), replacing(path) as temporary:
        temporary.mkdir()
    assert (path / "a.txt").read_text() == "old"


def test_json_is_readable_sorted_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    replace_json(path, {"b": "留客", "a": 1})
    assert path.read_text("utf-8") == '{\n  "a": 1,\n  "b": "留客"\n}\n'
    with pytest.raises(TypeError):
        replace_json(path, {"a": object()})
    assert json.loads(path.read_text("utf-8")) == {"a": 1, "b": "留客"}
    assert names(tmp_path) == ["manifest.json"]


def test_what_killed_writers_left_is_swept(tmp_path: Path) -> None:
    (tmp_path / "kept.csv").write_text("kept")
    (tmp_path / ".scores.csv.1234.partial").write_text("part")
    (tmp_path / f".scores.csv.5678{UNFINISHED_BEFORE}").write_text("part")
    folder = tmp_path / ".bundle.1234.partial"
    folder.mkdir()
    (folder / "a.txt").write_text("part")
    sweep(tmp_path)
    sweep(tmp_path / "absent")
    assert names(tmp_path) == ["kept.csv"]


def test_removing_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    remove(tmp_path / "absent")


def test_files_that_belong_together_are_replaced_together_or_not_at_all(tmp_path: Path) -> None:
    receipt, out = tmp_path / "receipt.json", tmp_path / "list.csv"
    for text in ("old", "new"):
        with replacing_together(receipt, out) as (first, second):
            first.write_text(f"{text} receipt")
            second.write_text(f"{text} list")
        assert (receipt.read_text(), out.read_text()) == (f"{text} receipt", f"{text} list")
    assert sorted(names(tmp_path)) == ["list.csv", "receipt.json"]


@pytest.mark.parametrize("before", ["old receipt", None])
def test_where_the_second_cannot_take_its_place_the_first_is_as_it_was(
    tmp_path: Path, before: str | None
) -> None:
    receipt, out = tmp_path / "receipt.json", tmp_path / "list.csv"
    if before is not None:
        receipt.write_text(before)
    (out / "in the way").mkdir(parents=True)

    def replace() -> None:
        with replacing_together(receipt, out) as temporaries:
            for temporary in temporaries:
                temporary.write_text("new")

    with pytest.raises(OutputError, match="Nothing was changed"):
        replace()
    assert (receipt.read_text() if receipt.exists() else None) == before
    assert (out / "in the way").is_dir()
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_both_as_they_were(tmp_path: Path, stop: type[BaseException]) -> None:
    receipt, out = tmp_path / "receipt.json", tmp_path / "list.csv"
    receipt.write_text("old")

    def write_a_part() -> None:
        with replacing_together(receipt, out) as (first, _):
            first.write_text("new")
            raise stop

    with pytest.raises(stop):
        write_a_part()
    assert names(tmp_path) == ["receipt.json"]
    assert receipt.read_text() == "old"
