"""What takes long to compute, kept in the home as small files until what it rests on changes.

    <home>/lake/results/KIND-HASH.json.gz    a result; the hash is of all that it was computed from

The hash covers the version of the program, the feeds, the night, the champion, the home's own
settings and the inputs of the result: so none that is found is older than the data are.
"""

from __future__ import annotations

import gzip
import json
from collections import OrderedDict
from collections.abc import Callable, Iterator
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

from features.disk.atomic import remove, replacing
from features.errors import OutputError
from features.home import Home

MAX_FILES = 300  # the latest read or written
IN_MEMORY = 24
SCHEMA = 1  # of the results of this version


class Results:
    """The results of one home; safe to use from several threads and processes."""

    def __init__(self, home: Path) -> None:
        self._home = Home(home)
        self._lock = Lock()
        self._seen: OrderedDict[str, Any] = OrderedDict()

    def name(self, kind: str, *inputs: object) -> str:
        """The name of a result of this kind with these inputs, as things are in the home now."""
        whole = [SCHEMA, version("liuke"), *_state(self._home), *map(str, inputs)]
        return f"{kind}-{sha256(json.dumps(whole).encode()).hexdigest()[:24]}"

    def find(self, name: str) -> Any:
        """What is kept under this name, as JSON has it; null where nothing is."""
        with self._lock:
            if name in self._seen:
                self._seen.move_to_end(name)
                return self._seen[name]
        path = self._path(name)
        try:
            found = json.loads(gzip.decompress(path.read_bytes()))
            path.touch()
        except (OSError, EOFError, ValueError):  # absent or damaged: it is computed again
            return None
        self._remember(name, found)
        return found

    def made(self, name: str, make: Callable[[], Any]) -> Any:
        """What is kept under this name, or else what `make` returns, which then is kept.

        A disk that takes no file keeps no result, and the answer is the same.
        """
        found = self.find(name)
        if found is not None:
            return found
        made = make()
        self._remember(name, made)
        try:
            self._home.results.mkdir(parents=True, exist_ok=True)
            with replacing(self._path(name)) as temporary:
                temporary.write_bytes(gzip.compress(json.dumps(made).encode(), 5))
            self._forget()
        except (OSError, OutputError):
            pass
        return made

    def _remember(self, name: str, value: Any) -> None:
        with self._lock:
            self._seen[name] = value
            while len(self._seen) > IN_MEMORY:
                self._seen.popitem(last=False)

    def _path(self, name: str) -> Path:
        return self._home.results / f"{name}.json.gz"

    def _forget(self) -> None:
        """Remove the files that were read or written longest ago."""
        there = sorted(self._home.results.glob("*.json.gz"), key=_age, reverse=True)
        for path in there[MAX_FILES:]:
            remove(path)


def _state(home: Home) -> Iterator[object]:
    """What any result may rest on: it differs once one of these files is replaced."""
    files = (home.feeds / "manifest.json", home.latest, home.champion, *home.own_settings())
    for path in files:
        try:
            status = path.stat()
        except OSError:
            yield path.name
        else:
            yield [path.name, status.st_mtime_ns, status.st_size]


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another process removed it meanwhile
        return 0.0
