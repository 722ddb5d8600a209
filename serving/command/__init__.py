"""The `liuke` command: each subcommand reads its options, calls one function, shows the result.

`tree` puts the subcommands together: `data` simulate, import, doctor, build · `models` train,
backtest, promote, rollback · `base` score, list, groups, churned, potential · `one` customer,
tier · `searches` customers, views · `table` train, score · `service` serve, settings · `access`
key, user, alarms · `audit` verify, head, search, replay · `counter` plans, alarms check · `watch`.
Nothing is loaded here, so that signals are handled at once.
"""

from __future__ import annotations

import signal


def main() -> None:
    """The entry point of the `liuke` command."""
    # A signal waits until `stoppable` can see to it, a tenth of a second later.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    from features.disk.stopping import stoppable
    from serving.command.encodings import in_utf8, writable_anywhere

    in_utf8()
    writable_anywhere()
    with stoppable():
        from serving.command.tree import run

        run()


def __getattr__(name: str) -> object:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from serving.command.tree import app

    return app
