"""The columns and values of a file of outcomes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from features.errors import ImportRefused
from serving.campaigns.outcomes.file import OutcomeFile, read_outcomes
from serving.retention.retention_settings import retention_settings

HEADER = "campaign_id,contact_id,customer_id,at,channel,offer,result,cost"
GOOD = "c,K1,C1,2026-03-03T10:00,sms,discount,sent,0.1"


def read(tmp_path: Path, *lines: str) -> OutcomeFile:
    file = tmp_path / "outcomes.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8-sig")
    return read_outcomes(file, retention_settings(tmp_path), datetime(2026, 3, 9))


def test_a_row_is_read_in_its_types(tmp_path: Path) -> None:
    (line,) = read(tmp_path, HEADER, GOOD).lines
    assert (line.number, line.at, line.cost_fen) == (2, datetime(2026, 3, 3, 10), 10)
    assert (line.outcome, line.propensity, line.corrects) == ("sent", None, None)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (("K1", ""), "contact_id is missing"),
        (("2026-03-03T10:00", "2026-03-30"), "at lies in the future"),
        (("2026-03-03T10:00", "tomorrow"), "at is not a moment"),
        (("2026-03-03T10:00", "2026-03-03T10:00+08:00"), "at has an offset"),
        (("sms", "pigeon"), "channel is none of"),
        (("discount", "car"), "offer is none of"),
        (("0.1", "-1"), "cost is negative"),
        (("0.1", "nan"), "cost is not a number"),
        (("C1", "C" * 65), "customer_id is longer than 64"),
    ],
)
def test_a_row_that_cannot_be_read_has_its_reason(
    tmp_path: Path, changed: tuple[str, str], reason: str
) -> None:
    found = read(tmp_path, HEADER, GOOD.replace(*changed))
    assert not found.lines
    assert found.bad[0].reason.startswith(reason)


@pytest.mark.parametrize(
    "lines",
    [
        ("a,b", "1,2"),
        (HEADER + ",phone", GOOD + ",1"),
        (HEADER, GOOD + ",more"),
        (HEADER, 'c,"K1'),
        (),
    ],
)
def test_another_form_of_file_is_refused(tmp_path: Path, lines: tuple[str, ...]) -> None:
    with pytest.raises(ImportRefused, match=r"Nothing was changed|cannot be read"):
        read(tmp_path, *lines)


def test_the_hash_is_of_what_a_row_says_and_not_of_its_place(tmp_path: Path) -> None:
    one, other = read(tmp_path, HEADER, GOOD, GOOD).lines
    assert one.content_sha256 == other.content_sha256
