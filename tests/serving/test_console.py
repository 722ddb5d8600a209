"""What the command says, and where."""

from __future__ import annotations

import json
import re

import pytest

from features.errors import LakeError
from serving.console import EXIT_REFUSED, note, refusals, reporting, show

Output = pytest.CaptureFixture[str]


def test_a_result_for_people_is_its_text(capsys: Output) -> None:
    show({"customers": 3}, "three customers", as_json=False)
    assert capsys.readouterr() == ("three customers\n", "")


def test_a_result_for_programs_is_one_object_with_chinese_as_it_is(capsys: Output) -> None:
    show({"city": "广州"}, "", as_json=True)
    out, err = capsys.readouterr()
    assert json.loads(out) == {"city": "广州"}
    assert "广州" in out
    assert err == ""


def test_a_note_stays_out_of_the_result(capsys: Output) -> None:
    note("it is not shown again")
    assert capsys.readouterr() == ("", "it is not shown again\n")


def test_a_refusal_is_one_message_and_status_1(capsys: Output) -> None:
    with pytest.raises(SystemExit) as end, refusals(as_json=False):
        raise LakeError("nothing there. Import it.")
    assert end.value.code == EXIT_REFUSED == 1
    assert capsys.readouterr() == ("", "liuke: nothing there. Import it.\n")


def test_a_refusal_for_programs_is_one_object_too(capsys: Output) -> None:
    with pytest.raises(SystemExit), refusals(as_json=True):
        raise LakeError("nothing there", feed="账单")
    out, err = capsys.readouterr()
    expected = {"code": "lake", "message": "nothing there", "details": {"feed": "账单"}}
    assert json.loads(out) == {"error": expected}
    assert err == "liuke: nothing there\n"


def test_ctrl_c_ends_without_a_traceback(capsys: Output) -> None:
    with pytest.raises(SystemExit) as end, refusals(as_json=False):
        raise KeyboardInterrupt
    assert end.value.code == 130
    assert capsys.readouterr().err.startswith("liuke: stopped.")


def test_what_is_not_a_refusal_is_a_bug_and_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), refusals(as_json=False):
        raise ZeroDivisionError


def test_progress_is_a_line_as_a_step_begins_and_one_as_it_ends(capsys: Output) -> None:
    with reporting() as report:
        for done in range(4):
            report("weeks", done, 3)
        report("bills", 0, 1)
        report("bills", 1, 1)
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.partition("] ")[2] for line in err.splitlines()] == [
        "weeks: 0 of 3", "weeks: done", "bills: 0 of 1", "bills: done",
    ]  # fmt: skip


def test_a_long_step_shows_how_far_it_is(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.console.QUIET_SECONDS", 0.0)
    with reporting() as report:
        for done in range(3):
            report("weeks", done, 2)
    said = [line.partition("] ")[2] for line in capsys.readouterr().err.splitlines()]
    assert (said[0], said[2]) == ("weeks: 0 of 2", "weeks: done")
    assert re.fullmatch(r"weeks: 1 of 2, [\d,.]+ a second, \d+ s left", said[1])


def test_a_step_that_ends_several_times_is_shown_once(capsys: Output) -> None:
    """The panel is built again where the periods turn out too short of churners."""
    with reporting() as report:
        for total in (8, 4, 1):
            report("panel", 0, total)
            report("panel", total, total)
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_dates_are_one_step(capsys: Output) -> None:
    with reporting() as report:
        report("panel 2026-02-23", 0, 2)
        report("panel 2026-03-02", 1, 2)
    assert capsys.readouterr().err.count("panel") == 1
