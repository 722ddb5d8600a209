"""The command in any locale: what people write and read arrives whole.

Python reads arguments and file names as the locale says, and in a locale of ASCII alone Chinese
ones arrive in pieces. The command then starts itself again in Python's UTF-8 mode, with its
output still in the encoding that was set for it.
"""

from __future__ import annotations

import io
import os
import sys

EXIT_USAGE = 2
MODE = "PYTHONUTF8"


def in_utf8() -> None:
    """Start this process again in UTF-8 mode where the file system's encoding is another.

    Ends it with status 2 where an argument is not UTF-8.
    """
    if sys.getfilesystemencoding().lower() != "utf-8" and os.environ.get(MODE) != "1":
        output = getattr(sys.stdout, "encoding", None) or "ascii"
        environment = {MODE: "1", "PYTHONIOENCODING": os.environ.get("PYTHONIOENCODING", output)}
        program = list(map(os.fsencode, [sys.executable, *sys.argv]))
        os.execve(sys.executable, program, os.environ | environment)
    for place, argument in enumerate(sys.argv[1:], start=1):
        if not _is_text(argument):
            sys.stderr.write(f"liuke: argument {place} is {argument!a}; expected text in UTF-8\n")
            sys.exit(EXIT_USAGE)


def writable_anywhere() -> None:
    """Let every text be written: what an output's encoding lacks becomes an escape (`\\u7559`)."""
    for output in (sys.stdout, sys.stderr):
        if isinstance(output, io.TextIOWrapper):
            output.reconfigure(errors="backslashreplace")


def _is_text(argument: str) -> bool:
    try:
        argument.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
