"""The bars of speed and memory, measured on this machine beside their peers.

    make demo bench         # --out FILE writes the page that it prints

It needs the demo's home and some 15 GB beside it for a million customers; progress goes to
standard error. What misses its bar says so.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import base
import choice
import counter
import desk
import explainer
import export
import fresh
import night
import pages
from bars import processor

PACKAGES = ("lightgbm", "numba", "numpy", "pandas", "duckdb", "ibis-framework")
SECTIONS = {
    "explainer": explainer.section,
    "counter": counter.section,
    "desk": desk.section,
    "pages": pages.section,
    "base": base.section,
    "events": fresh.section,
    "night": night.section,
    "export": export.section,
    "choice": choice.section,
}


def page(chosen: argparse.Namespace) -> str:
    """The Markdown page of one run."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    head = [
        "# Performance",
        "",
        f"Made by `make bench` on {datetime.now(UTC):%F}: {processor()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {versions}. Ratios are of one run, side by side.",
        "",
    ]
    return "\n".join(head) + "\n" + "\n".join(_sections(chosen))


def _sections(chosen: argparse.Namespace) -> Iterator[str]:
    """Each section, shown as soon as it is measured: a later one may fail."""
    for name in chosen.only:
        text = SECTIONS[name](chosen)
        sys.stderr.write(f"{text}\n")
        yield text


def main() -> None:
    """Print the page; with --out write it too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the demo's")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="of the explainer and its peers")
    parser.add_argument("--rows", type=int, default=20_000, help="explained in a round")
    parser.add_argument("--rows-of-lightgbm", type=int, default=2_000, help="it takes long")
    parser.add_argument("--customers", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rows-of-export", type=int, default=1_000_000)
    parser.add_argument("--choices", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    if chosen.out is not None and set(chosen.only) != set(SECTIONS):
        raise SystemExit("--out writes the whole page; drop --only or --out.")
    if not (chosen.home / "models" / "champion.json").exists():
        raise SystemExit(f"no champion in {chosen.home}. Run `make demo` first.")
    text = page(chosen)
    sys.stdout.write(text)
    if chosen.out is not None:
        chosen.out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
