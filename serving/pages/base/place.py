"""Addresses of the base page: a search with some of it changed."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

PATH = "/base"
EXPORT = "/customers/export"
SHOWING = ("sort", "columns", "by", "limit", "after", "purpose")
PAGED = ("after", "limit", "by")  # what an export does not take


def place(texts: Mapping[str, str], path: str = PATH, /, **changed: str | None) -> str:
    """The address of a search with these parameters changed; null takes one away.

    >>> place({"city": "Suzhou", "after": "x"}, sort="-churn_risk", after=None)
    '/base?city=Suzhou&sort=-churn_risk'
    """
    found = {name: own for name, own in ({**texts, **changed}).items() if own is not None}
    return f"{path}?{urlencode(found)}" if found else path


def export_place(texts: Mapping[str, str], purpose: str) -> str:
    """Where all that the search finds is fetched, as it is shown."""
    return place(texts, EXPORT, **dict.fromkeys(PAGED), purpose=purpose)


def searched(query: str) -> dict[str, str]:
    """The search of an address, without its page and its purpose.

    >>> searched("?city=Suzhou&after=x&group_id=")
    {'city': 'Suzhou', 'group_id': ''}
    """
    pairs = parse_qsl(query.lstrip("?"), keep_blank_values=True)
    return {name: own for name, own in pairs if name not in ("after", "purpose")}


def whom(texts: Mapping[str, str]) -> dict[str, str]:
    """What of a search says which customers: neither how they are shown nor in which order.

    >>> whom({"city": "Suzhou", "sort": "-churn_risk", "columns": "city", "by": "city"})
    {'city': 'Suzhou'}
    """
    return {name: own for name, own in texts.items() if name not in SHOWING}


def escaped(value: str) -> str:
    """A value as the grammar writes it.

    >>> escaped("Suzhou, old town")
    'Suzhou\\\\, old town'
    """
    return value.replace(",", "\\,")
