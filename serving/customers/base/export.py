"""What a search finds as CSV: exactly what its pages show, all or nothing.

The file is complete before its first byte leaves. A text that a spreadsheet would take for a
formula is written with an apostrophe before it, as in retention lists.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from serving.access.principal import Scope
from serving.audit.search import UNNAMED
from serving.customers.base import CustomerBase
from serving.customers.base.grammar import Search

BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # spreadsheets need it for Chinese
PART_BYTES = 1 << 20
MAX_SUBJECTS = 10_000  # customers of an export whom the audit names one by one


@dataclass(frozen=True)
class Export:
    """A complete CSV in UTF-8: its file, open at the begin, and what is known of it.

    `customer_ids`: who is in it, or null where they are more than `MAX_SUBJECTS`. `size` and
    `sha256` are those of `parts`.
    """

    file: IO[bytes]
    count: int
    customer_ids: tuple[str, ...] | None
    as_of: str
    size: int
    sha256: str

    @property
    def detail(self) -> dict[str, Any]:
        """What the audit keeps of it; `unnamed`: how many are in it whom the row does not name."""
        found = {"count": self.count, "as_of": self.as_of, "sha256": self.sha256}
        return found if self.customer_ids is not None else found | {UNNAMED: self.count}

    def parts(self) -> Iterator[bytes]:
        """The bytes, part by part; the file is closed at the end."""
        with self.file:
            yield BYTE_ORDER_MARK
            while part := self.file.read(PART_BYTES):
                yield part


def exported(
    base: CustomerBase,
    folder: Path,
    search: Search,
    scope: Scope,
    objectors: Sequence[str] = (),
    max_ids: int = MAX_SUBJECTS,
) -> Export:
    """All that the search finds, in its order, in a file of `folder` that has no name any more.

    `limit` and `after` do not count. Raises as `CustomerBase`, and OutputError where the disk
    refuses.
    """
    with tempfile.TemporaryDirectory(prefix="export-", dir=folder) as own:
        path = Path(own) / "customers.csv"
        as_of, count, ids = base.write_csv(path, search, scope, objectors, max_ids)
        file = path.open("rb")
    return Export(file, count, ids, as_of, *_measured(file))


def _measured(file: IO[bytes]) -> tuple[int, str]:
    """The bytes of the answer, with the mark before the file's, and their SHA-256."""
    digest = hashlib.sha256(BYTE_ORDER_MARK)
    while part := file.read(PART_BYTES):
        digest.update(part)
    size = os.fstat(file.fileno()).st_size + len(BYTE_ORDER_MARK)
    file.seek(0)
    return size, digest.hexdigest()
