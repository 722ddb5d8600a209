"""One look over the bytes of a text: what a reader has to know before it starts."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from features.files.text.encodings import BETWEEN_WORDS

BLOCK = 1 << 22
MAX_WORDS = 2000
NEWLINE, RETURN, MARK = b"\n\r#"
CTRL_Z = b"\x1a"  # DOS programs end a text with it


@dataclass
class Survey:
    """What the bytes of a text say. `lines` are those that hold anything, by their `\\n`.

    `words` are the distinct ones with bytes beyond ASCII, `MAX_WORDS` at most; `marks` whether a
    line begins with `#`.
    """

    lines: int = 0
    blank_lines: int = 0
    unix_ends: int = 0
    windows_ends: int = 0
    mac_ends: int = 0
    zeros: bool = False
    quotes: bool = False
    marks: bool = False
    last: bytes = b""
    utf8: bool = True
    words: dict[bytes, None] = field(default_factory=dict)

    @property
    def one_kind_of_end(self) -> bool:
        """Whether all lines end alike, with `\\n` or `\\r\\n`."""
        return not self.mac_ends and not (self.unix_ends and self.windows_ends)

    @property
    def ends_in_a_line(self) -> bool:
        """Whether the last line lacks its line break."""
        return self.last.rstrip(CTRL_Z)[-1:] not in (b"\n", b"\r", b"")


def survey(path: Path) -> Survey:
    """Look over the text in `path`, which is read once."""
    seen = Survey()
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        for block in blocks(file):
            _ends(seen, block)
            _signs(seen, block)
            if not block.isascii():
                _beyond_ascii(seen, block, decoder)
            seen.last = (seen.last + block[-16:])[-16:]
    seen.utf8 = seen.utf8 and not decoder.getstate()[0]
    return seen


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """The file in large pieces, each of whole lines."""
    while block := file.read(BLOCK):
        if not block.endswith(b"\n"):
            block += file.readline(BLOCK)
        yield block


def _ends(seen: Survey, block: bytes) -> None:
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == NEWLINE)
    begins = data[ends[ends + 1 < data.size] + 1]  # with what the lines begin
    seen.lines += ends.size + (not block.endswith(b"\n"))
    windows = block.count(b"\r\n") if b"\r" in block else 0
    seen.windows_ends += windows
    seen.mac_ends += block.count(b"\r") - windows if b"\r" in block else 0
    seen.unix_ends += ends.size - windows
    seen.marks = seen.marks or block.startswith((b"#", b"\xef\xbb\xbf#")) or MARK in begins
    if block.startswith((b"\n", b"\r")) or NEWLINE in begins or RETURN in begins:
        blank = sum(line in (b"", b"\r") for line in block.split(b"\n")[: ends.size])
        seen.lines -= blank
        seen.blank_lines += blank


def _signs(seen: Survey, block: bytes) -> None:
    seen.zeros = seen.zeros or b"\0" in block
    if b'"' in block:
        seen.quotes = True


def _beyond_ascii(seen: Survey, block: bytes, decoder: codecs.IncrementalDecoder) -> None:
    if seen.utf8:
        try:
            decoder.decode(block)
        except UnicodeDecodeError:
            seen.utf8 = False
    if len(seen.words) < MAX_WORDS:
        found = (word for word in BETWEEN_WORDS.split(block) if not word.isascii())
        seen.words.update(dict.fromkeys(found))
