"""The receipt beside a written list."""

from __future__ import annotations

from pathlib import Path


def receipt_path(out: Path) -> Path:
    return out.with_name(f"{out.name}.receipt.json")
