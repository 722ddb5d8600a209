"""The `liuke` command: each subcommand reads its options, calls one function, shows the result.

`tree` puts the subcommands together: `data` simulate, import, doctor, build · `models` train,
promote, rollback · `base` score, list, groups, left, potential · `one` customer, tier · `table`
train, score · `service` serve, key. It is loaded when signals are already seen to.
"""

from __future__ import annotations

from typing import Any

from features.stopping import stoppable
from serving.command.encodings import in_utf8, writable_anywhere


def main() -> None:
    """The entry point of the `liuke` command."""
    in_utf8()
    writable_anywhere()
    with stoppable():
        from serving.command.tree import run

        run()


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from serving.command.tree import app

    return app
