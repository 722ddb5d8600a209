"""The data files of a folder that holds one table in parts, as Spark writes it."""

from __future__ import annotations

from pathlib import Path

from features.errors import FileRefused


def is_part(path: Path) -> bool:
    """Whether a file of such a folder holds data: not `_SUCCESS`, not `.part-0.parquet.crc`."""
    return not path.name.startswith(("_", "."))


def parts_of(folder: Path, name: str) -> list[Path]:
    """The files with data in the folder and its subfolders, in order. Raises FileRefused.

    What Spark has not finished (`_temporary`) is not read; empty files hold no rows.
    """
    parts = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.stat().st_size
        and all(is_part(Path(part)) for part in path.relative_to(folder).parts)
    ]
    if not parts:
        raise FileRefused(f"{name} is a folder without data files; expected CSV, JSON or Parquet")
    kinds = sorted({"".join(path.suffixes[-1:]) for path in parts})
    if len(kinds) > 1:
        raise FileRefused(
            f"{name} is a folder with files of several kinds ({', '.join(kinds)}); expected the "
            f"parts of one table. Name the file to read."
        )
    return parts
