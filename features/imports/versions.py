"""Which checked rows say something new, given the rows beside them and those in the lake.

Of each key the lake keeps every version with the moment from which it was known. A row adds
nothing if the lake knew the same content by then, or if it repeats the version before it. A
row that changes what was known, but claims to have been known before the stored version was,
is learned now: the past as it was seen stays as it was.

Two rows of one extract with one key, one `known_at` and different content contradict each
other; both are quarantined.

Known limit: an extract that overwrites a value without its own `known_at`, and later takes
the overwriting back, looks like the first delivery come again, and the taking back is ignored.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.feeds import Feed
from features.imports.fields.checks import literal, quoted


@dataclass(frozen=True)
class Verdict:
    """Counts of good rows by what becomes of them."""

    new: int
    versions: int
    ignored: int
    conflicts: int


def compare(
    connection: Any, feed: Feed, columns: tuple[str, ...], stored: list[Path], now: str
) -> Verdict:
    """Judge the rows of the table function `checked`, made by `sources`, against the lake.

    Leaves two temporary tables: `not_stored` (row_id, conflict) of rows that are not stored, and
    `moved` (row_id, known_at) of rows that are stored with another `known_at` than their own.
    `now` is SQL of the import's moment. Keys that occur once and rows that are stored already
    are recognised by their hashes; only the others are looked at one by one.
    """
    content = [name for name in columns if name not in (*feed.key, "known_at")]
    hashes = (
        f"hash({', '.join(map(quoted, feed.key))}) AS key_hash, "
        f"hash({', '.join(map(quoted, content)) or '0'}) AS content_hash"
    )
    key = ", ".join(map(quoted, feed.key))
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW good AS SELECT *, {hashes} FROM checked WHERE fault IS NULL"
    )
    files = ", ".join(literal(str(path)) for path in stored)
    source = f"read_parquet([{files}])" if stored else "good WHERE false"
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW stored AS SELECT {key}, known_at, {hashes} FROM {source}"
    )
    connection.execute(_MET)
    connection.execute(_TOUCHED.format(key=key))
    same_key = " AND ".join(f"known.{quoted(name)} = once.{quoted(name)}" for name in feed.key)
    connection.execute(_JUDGED.format(key=key, same_key=same_key, now=now))
    connection.execute(_NOT_STORED)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE moved AS SELECT row_id, stamp AS known_at FROM judged "
        "WHERE verdict = 'late'"
    )
    counts = connection.execute(
        "SELECT verdict, count(*) FROM judged GROUP BY verdict UNION ALL "
        "SELECT 'good', count(*) FROM good UNION ALL SELECT 'not_stored', count(*) FROM not_stored"
    ).fetchall()
    number = Counter[str](dict(counts))
    versions = number["version"] + number["late"]
    return Verdict(
        new=number["good"] - number["not_stored"] - versions,
        versions=versions,
        ignored=number["not_stored"] - number["conflict"],
        conflicts=number["conflict"],
    )


# The stored versions of the delivered keys.
_MET = """
CREATE OR REPLACE TEMP TABLE met AS
SELECT key_hash, content_hash, known_at
FROM stored
WHERE key_hash IN (SELECT key_hash FROM good)
"""

# The rows to be looked at one by one: their key is delivered more than once, or is stored with
# other content or another moment. A row that is stored as it is, is known.
_TOUCHED = """
CREATE OR REPLACE TEMP TABLE touched AS
SELECT row_id, {key}, known_at, content_hash
FROM good
WHERE key_hash IN (SELECT key_hash FROM good GROUP BY key_hash HAVING count(*) > 1)
   OR (key_hash IN (SELECT key_hash FROM met) AND NOT EXISTS (
        FROM met
        WHERE met.key_hash = good.key_hash
          AND met.content_hash = good.content_hash
          AND met.known_at = good.known_at
   ))
"""

_NOT_STORED = """
CREATE OR REPLACE TEMP TABLE not_stored AS
SELECT row_id, verdict = 'conflict' AS conflict FROM judged
WHERE verdict IN ('conflict', 'ignored')
UNION ALL
SELECT row_id, false FROM good
SEMI JOIN met USING (key_hash)
ANTI JOIN touched USING (row_id)
"""

# `once`: of equal rows the first. `fresh`: what the lake did not know by then. `placed`: those
# beside what the lake knows last, and what it knew at the row's own moment.
_JUDGED = """
CREATE OR REPLACE TEMP TABLE judged AS
WITH marked AS (
    SELECT *,
        min(content_hash) OVER same <> max(content_hash) OVER same AS conflict,
        row_number() OVER (PARTITION BY {key}, known_at, content_hash ORDER BY row_id) AS copy
    FROM touched
    WINDOW same AS (PARTITION BY {key}, known_at)
),
once AS (
    SELECT *, max(known_at) OVER (PARTITION BY {key}) AS delivered_until
    FROM marked WHERE NOT conflict AND copy = 1
),
known AS (
    SELECT * FROM stored SEMI JOIN touched USING ({key})
),
latest AS (
    SELECT {key}, max(known_at) AS stored_until, arg_max(content_hash, known_at) AS stored_content
    FROM known GROUP BY {key}
),
fresh AS (
    SELECT once.* FROM once
    ANTI JOIN known ON {same_key}
        AND known.content_hash = once.content_hash AND known.known_at >= once.known_at
),
placed AS (
    SELECT fresh.*, stored_until, stored_content, known.content_hash AS content_then,
        stored_until IS NULL OR fresh.known_at > stored_until AS later
    FROM fresh
    LEFT JOIN latest USING ({key})
    ASOF LEFT JOIN known USING ({key}, known_at)
),
chained AS (
    SELECT *,
        coalesce(
            lag(content_hash) OVER (PARTITION BY {key}, later ORDER BY known_at), stored_content
        ) AS content_before
    FROM placed
),
decided AS (
    SELECT row_id,
        greatest({now}, stored_until + to_microseconds(1)) AS stamp,
        CASE
            WHEN later AND content_before IS NULL THEN 'new'
            WHEN later AND content_before <> content_hash THEN 'version'
            WHEN NOT later AND known_at = delivered_until
                AND content_then IS DISTINCT FROM content_hash THEN 'late'
            ELSE 'ignored'
        END AS verdict
    FROM chained
)
SELECT marked.row_id, stamp,
    CASE WHEN conflict THEN 'conflict' ELSE coalesce(verdict, 'ignored') END AS verdict
FROM marked LEFT JOIN decided USING (row_id)
"""
