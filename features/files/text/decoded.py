"""A text in UTF-8, whatever its encoding was: declared, marked, or decided by evidence."""

from __future__ import annotations

import codecs
import itertools
import re
from dataclasses import replace
from pathlib import Path

from features.errors import FileRefused
from features.files.text.encodings import checked_codec, encoding_of
from features.files.text.layouts import Declared
from features.files.text.survey import Survey, survey

PIECE = 1 << 20
MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
WIDE = ("UTF-16-LE", "UTF-16-BE", "UTF-32-LE", "UTF-32-BE")
C1 = re.compile("[\x80-\x9f]")  # control characters that no text has


def in_utf8(path: Path, name: str, work: Path, declared: Declared) -> tuple[Path, str, Survey]:
    """The text in UTF-8, the name of the encoding it had, and what its bytes say."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
    wide = next((kind for mark, kind in MARKS.items() if head.startswith(mark)), None)
    if declared.encoding is not None and not (wide and declared.encoding == "UTF-8"):
        codec = checked_codec(declared.encoding)
        if codec is None:
            raise FileRefused(f"{declared.encoding!r} is not an encoding; write one such as gbk")
        if codec not in ("utf-8", "utf_8_sig"):
            return _transcoded(path, declared.encoding, name, work, declared=True)
    wide = wide or (_wide(head) if b"\0" in head else None)
    if wide is not None:
        return _transcoded(path, wide, name, work)
    seen = survey(path)
    if head.startswith(codecs.BOM_UTF8):
        declared = replace(declared, encoding="UTF-8")
    if seen.zeros:
        raise FileRefused(f"{name} is not text: it holds zero bytes. Expected CSV, or UTF-16.")
    if declared.encoding is not None and not seen.utf8:
        raise FileRefused(
            f"{name} is not in the declared encoding {declared.encoding}. Declare the right one; "
            f"or the file is damaged: deliver it again."
        )
    encoding = declared.encoding or encoding_of(seen.words, name, declared.remedy)
    if declared.encoding or (seen.utf8 and encoding == "UTF-8"):
        return path, "UTF-8", seen
    return _transcoded(path, encoding, name, work)


def _wide(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without its mark, by where the zeros of its line breaks are."""
    found: dict[str, int] = {}
    for encoding in WIDE:
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and ("\n" in text or "\r" in text):
            found[encoding] = sum(map(text.count, "\n\r,;\t "))
    best = max(found, key=lambda one: found[one], default="")
    return best if found.get(best) else None


def _transcoded(
    path: Path, encoding: str, name: str, work: Path, *, declared: bool = False
) -> tuple[Path, str, Survey]:
    target = work / "utf8"
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as old, target.open("wb") as new:
            for piece in itertools.chain(iter(lambda: old.read(PIECE), b""), [b""]):
                text = decoder.decode(piece, final=not piece)
                if declared and C1.search(text):
                    raise UnicodeError("it would hold control characters")
                new.write(text.encode("utf-8"))
    except UnicodeError as error:
        how = "the declared encoding " if declared else ""
        raise FileRefused(
            f"{name} is not in {how}{encoding} ({error}). Declare the right encoding; gb18030 "
            f"holds more characters than gbk. Or the file is damaged: deliver it again."
        ) from error
    return target, encoding, survey(target)
