"""Which process runs which tests: those of a file together, the longest files first.

Tests that share what takes long to make, one served home for a whole folder, go to one process.
"""

from __future__ import annotations

from collections import defaultdict

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

SHARED = ("tests/serving/hostile",)  # a served home for each database


class Scheduling(LoadFileScheduling):  # type: ignore[misc]
    """As by file, but a folder that shares its servers is one unit for each database."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def unit(nodeid: str) -> str:
    """What the test belongs to: all of it goes to one process, in order.

    >>> unit("tests/serving/test_homes.py::test_it[a]")
    'tests/serving/test_homes.py'
    >>> unit("tests/serving/hostile/test_wire.py::test_it[postgresql-score]")
    'tests/serving/hostile postgresql'
    """
    file = nodeid.split("::", 1)[0]
    for folder in SHARED:
        if file.startswith(f"{folder}/"):
            return f"{folder} {'postgresql' if 'postgresql' in nodeid else 'sqlite'}"
    return file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Ours in place of that of `--dist loadfile`."""
    return Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None


def longest_first(items: list[pytest.Item]) -> None:
    """Sort by the minutes that a marker `slow` gives its file: what begins last ends soon."""
    minutes: defaultdict[str, float] = defaultdict(float)
    for item in items:
        for marker in item.iter_markers("slow"):
            own = unit(item.nodeid)
            minutes[own] = max(minutes[own], marker.kwargs.get("minutes", 0))
    items.sort(key=lambda item: -minutes[unit(item.nodeid)])
