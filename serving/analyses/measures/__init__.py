"""The measures of the analyses: rows of facts by customer and period, which indicators sum."""

from __future__ import annotations

from serving.analyses.measures import care, contacts, money, moves, use
from serving.analyses.measures.source import Source as Source

SOURCES: tuple[Source, ...] = (
    *moves.SOURCES, *money.SOURCES, *use.SOURCES, *care.SOURCES, *contacts.SOURCES,
)  # fmt: skip
