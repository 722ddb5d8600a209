"""Figures of a run in a process of its own: what one run leaves in memory burdens no other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from features.disk.atomic import replacing

Figures = dict[str, Any]


def figures_of(arguments: Sequence[str], kept: Path | None) -> Figures:
    """The JSON that `python ARGUMENTS` prints; what `kept` holds already is not run again."""
    if kept is not None and kept.exists():
        return dict(json.loads(kept.read_text("utf-8")))
    command = [sys.executable, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with replacing(kept) as temporary:
            temporary.write_text(done.stdout, "utf-8")
    return dict(json.loads(done.stdout))
