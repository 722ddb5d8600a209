"""A new home's registry begins with the tables that MLflow's migrations come to.

MLflow makes a new database by running each of its migrations, which takes it seconds. `started.sql`
holds their outcome for the version that requirements pin; another version makes the tables itself.
`make registry` writes the file again.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from features.disk.atomic import beside

TABLES = Path(__file__).with_name("started.sql")
FIRST_LINE = "-- Tables of MLflow {}, made by its own migrations.\n"
DEFAULT = 'INSERT INTO "experiments"'  # MLflow's own experiment: with it its place and the time


def start(database: Path) -> bool:
    """Make the database where there is none; whether it was made.

    Of several processes at once one makes it. Where this cannot be, MLflow makes it or says why.
    """
    if database.exists():
        return False
    text = TABLES.read_text("utf-8")
    if not text.startswith(FIRST_LINE.format(version("mlflow"))):
        return False
    with beside(database) as temporary:
        with closing(sqlite3.connect(temporary)) as connection:
            connection.executescript(text)
        try:
            os.link(temporary, database)  # never in the place of one that another process began
        except OSError:
            return False
    return True


def tables_of(database: Path) -> str:
    """What `started.sql` holds, of a database that MLflow has made."""
    with closing(sqlite3.connect(database)) as connection:
        lines = [line for line in connection.iterdump() if not line.startswith(DEFAULT)]
    return FIRST_LINE.format(version("mlflow")) + "\n".join(lines) + "\n"
