"""The progress of whoever does not look."""

from __future__ import annotations

import pytest

from features.progress import Progress, silent


def test_silence_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    progress: Progress = silent
    progress("weekly cells", 1, 3)
    assert capfd.readouterr() == ("", "")
