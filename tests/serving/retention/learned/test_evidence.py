"""Files of evidence: what was written comes back, the same again writes none, the last counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from features.errors import LakeError
from features.home import Home
from serving.retention.learned.evidence import (
    CampaignEvidence,
    Count,
    Effect,
    read_evidence,
    write_evidence,
)
from training.uplift.hazards import NOBODY, Group

NOW = datetime(2026, 6, 1, 6)
ONE = CampaignEvidence(
    "c1", "2026-03-01", "d1", 44,
    (Count("discount", "gold", "hotline", 1000, 120),),
    (
        Effect(
            "discount", "gold", Group(300, 30.0, 31.0), Group(120, 12.0, 9.0), NOBODY,
            Group(880, 88.0, 90.0), 0.4, 0.0, 0.0, 0.9,
        ),
    ),
)  # fmt: skip


def files(home: Path) -> list[Path]:
    return sorted(Home(home).evidence.iterdir())


def test_without_a_file_there_is_none(tmp_path: Path) -> None:
    assert read_evidence(tmp_path) is None


def test_what_was_written_comes_back_under_its_hash(tmp_path: Path) -> None:
    found = write_evidence(tmp_path, [ONE], NOW)
    assert found.campaigns == (ONE,)
    assert found == read_evidence(tmp_path)
    assert found.sha256 == sha256(files(tmp_path)[0].read_bytes()).hexdigest()


def test_the_same_again_writes_nothing_and_another_keeps_the_first(tmp_path: Path) -> None:
    first = write_evidence(tmp_path, [ONE], NOW)
    assert write_evidence(tmp_path, [ONE], NOW + timedelta(days=1)) == first
    assert len(files(tmp_path)) == 1
    second = write_evidence(tmp_path, [], NOW + timedelta(days=2))
    assert (second.campaigns, len(files(tmp_path))) == ((), 2)
    assert read_evidence(tmp_path) == second


@pytest.mark.parametrize(
    "text",
    ["{", "{}", '{"made_at": "x", "campaigns": [{"counts": []}]}', "more left than there are"],
)
def test_a_damaged_file_says_what_to_do(tmp_path: Path, text: str) -> None:
    write_evidence(tmp_path, [ONE], NOW)
    if text.startswith("more"):
        text = files(tmp_path)[0].read_text("utf-8").replace("31.0", "301.0")
    files(tmp_path)[0].write_text(text, "utf-8")
    with pytest.raises(LakeError, match="liuke campaign learn"):
        read_evidence(tmp_path)
