"""Files that cannot be read: named, with what to do, in place of the engine's complaint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from features.errors import LakeError

AGAIN = "import everything again into a new home"


@contextmanager
def readable(folder: Path, otherwise: str = AGAIN) -> Iterator[None]:
    """Raises LakeError where DuckDB cannot read a file of `folder`; `otherwise` is what to do."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise LakeError(
            f"a file in {folder} is damaged ({str(error).splitlines()[0]}). Restore it from a "
            f"backup, or {otherwise}."
        ) from error
