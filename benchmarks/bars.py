"""A figure against its bar, as the pages of `make bench` show it."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Bar:
    """A figure and the bound it has to keep; `unit` as it is printed."""

    words: str
    value: float
    unit: str = ""
    least: float | None = None
    most: float | None = None

    @property
    def holds(self) -> bool:
        return (self.least is None or self.value >= self.least) and (
            self.most is None or self.value <= self.most
        )

    def line(self) -> str:
        """A row of the table."""
        bound = f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"
        held = "yes" if self.holds else "**no**"
        return f"| {self.words} | {bound}{self.unit} | {self.value:.3g}{self.unit} | {held} |"


def table(bars: Sequence[Bar]) -> list[str]:
    """The lines of a Markdown table."""
    head = ["| bar | bound | measured | holds |", "|---|---|---|---|"]
    return head + [bar.line() for bar in bars]


def processor() -> str:
    """The processor's own name where the system reports it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
