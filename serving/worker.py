"""The server's process from `liuke serve` on: BentoML's worker, ended by signals as every command.

A signal first lets the requests under way be answered; the end is then status 130 or 143 and one
line, also while the service is still being loaded.
"""

from __future__ import annotations

import sys
from importlib import import_module

from features.stopping import stoppable


def main() -> None:
    """Be BentoML's worker with the options of the command line."""
    with stoppable(patience_seconds=None):
        worker = import_module("_bentoml_impl.worker.service")
        worker.main.main(sys.argv[1:], prog_name="liuke serve", standalone_mode=False)


if __name__ == "__main__":
    main()
