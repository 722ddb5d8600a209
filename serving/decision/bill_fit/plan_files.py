"""Plans as others publish them, read as the feed `plans`; rows that are shifted are refused.

A JSON file of groups of rows, or a CSV with a header; a column is known by one of several names.
Each cell must look like what its column says: an allowance has a unit, a price is an amount, a
validity is a number of hours, days or months. Where a row lacks a cell the others move to the left,
and that is what they then fail at. A plan of another validity than 30 days is rated as if bought
again and again: fee and allowances times 30 / days.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from features.errors import FileRefused
from features.histories.bills.tiers import FEN
from serving.decision.bill_fit.rating import KB_A_GB, Plan

NAMES = ("plan name", "3g-4g plan name", "plans", "plan", "package", "databundlesize", "data")
COLUMNS = {
    "allowance": (
        "data allowance", "data volume", "databundlesize", "data (mb)", "data", "plans", "plan",
    ),
    "price": (
        "subscription fee", "price (n)", "price(n)", "monthly cost(n)", "databundlecost",
        "retail price (n)", "price",
    ),
    "validity": ("validity days", "validity", "databundleduration", "validity period (days)"),
}  # fmt: skip
UNLIMITED_KB = 10**12
MONTH_DAYS = 30
DAY = Fraction(1)
DAYS = {"": DAY, "day": DAY, "days": DAY, "hrs": DAY / 24, "hours": DAY / 24,
        "month": DAY * 30, "months": DAY * 30}  # fmt: skip
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(MB|GB)", re.IGNORECASE)
PRICE = re.compile(r"N?\s*(\d+(?:,\d{3})*(?:\.\d+)?)")
SPEED = re.compile(r"\d+(?:\.\d+)?")
SOME_HOURS = re.compile(r"\b(night|evening|weekend)\b|\d\s*[ap]m\b", re.IGNORECASE)
VALIDITY = re.compile(r"(\d+)\s*(days?|hrs|hours|months?|)", re.IGNORECASE)

Cells = Mapping[str, str]


@dataclass(frozen=True)
class Terms:
    """What such files do not say, as the importer declares it."""

    payment_mode: str
    brand: str
    overage_fen_gb: int
    voice_fen_min: int


@dataclass(frozen=True)
class PlanFile:
    """The plans that were read, and by row (counted from 1) and name why others were not."""

    plans: tuple[Plan, ...]
    refused: tuple[str, ...]


def read_plans(path: Path, terms: Terms) -> PlanFile:
    """The file's plans. Raises FileRefused where it cannot be read as either kind."""
    plans: dict[str, Plan] = {}
    refused: list[str] = []
    for number, row in enumerate(_rows(path), 1):
        cells = {_plain(key).lower(): _plain(value) for key, value in row.items()}
        name = next((cells[key] for key in NAMES if cells.get(key)), "")
        try:
            plan = _plan(name, cells, terms)
            if plan.plan in plans:
                raise ValueError("an earlier row is the same plan at the same price")
            plans[plan.plan] = plan
        except ValueError as error:
            refused.append(f"row {number} ({name or 'without a name'}): {error}")
    if not plans and not refused:
        raise FileRefused(f"{path}: no row of a plan. Expected JSON groups of plans, or a CSV.")
    return PlanFile(tuple(plans.values()), tuple(refused))


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileRefused(f"{path} cannot be read: {error}") from error
    if path.suffix.lower() == ".csv":
        return list(csv.DictReader(text.splitlines(), restval=""))
    try:
        groups = json.loads(text)["data"]
        lists = [group if isinstance(group, list) else [group] for group in groups]
        return [dict(row) for group in lists for row in group]
    except (ValueError, KeyError, TypeError) as error:
        raise FileRefused(
            f'{path} is not a file of plans: expected {{"data": [[plan, ...], ...]}} ({error})'
        ) from error


def _plan(name: str, cells: Cells, terms: Terms) -> Plan:
    if not name:
        raise ValueError("no column has a plan's name")
    if SOME_HOURS.search(name):
        raise ValueError("it holds at some hours only, and use by the hour is not delivered")
    fee_fen, price = _price(_cell("price", cells))
    if "technology" in cells:  # a fixed line: any use is in the fee
        title, days, kb = f"{name} {_line(cells)}", Fraction(MONTH_DAYS), UNLIMITED_KB
    else:
        monthly = "monthly cost(n)" in cells
        days = Fraction(MONTH_DAYS) if monthly else _days(_cell("validity", cells))
        title, kb = f"{name} {days}d", _kb(cells)
    times = MONTH_DAYS / days
    return Plan(
        f"{terms.brand} {title} {price}",
        terms.payment_mode,
        terms.brand,
        _rounded(fee_fen * times),
        kb if kb == UNLIMITED_KB else int(kb * times),
        terms.overage_fen_gb,
        0,
        terms.voice_fen_min,
    )


def _line(cells: Cells) -> str:
    """What a fixed line is, from columns that a shifted row does not fill rightly."""
    speeds = [cells["speed_down"], cells["speed_up"]]
    for speed in speeds:
        if not SPEED.fullmatch(speed):
            raise ValueError(f"a speed is {speed!r}; expected a number. Is the row shifted?")
    return f"{cells['provider']} {'/'.join(speeds)} {cells['technology']}"


def _cell(column: str, cells: Cells) -> str:
    for key in COLUMNS[column]:
        if key in cells:
            return cells[key]
    raise ValueError(f"no column has the {column}")


def _price(cell: str) -> tuple[Fraction, str]:
    match = PRICE.fullmatch(cell)
    if match is None:
        raise ValueError(f"the price is {cell!r}; expected an amount. Is the row shifted?")
    price = match[1].replace(",", "")
    return Fraction(price) * FEN, price


def _days(cell: str) -> Fraction:
    match = VALIDITY.fullmatch(cell)
    if match is None or int(match[1]) == 0:
        raise ValueError(
            f"the validity is {cell!r}; expected hours, days or months. Is the row shifted?"
        )
    return Fraction(int(match[1])) * DAYS[match[2].lower()]


def _kb(cells: Cells) -> int:
    """The allowance: what is written with a unit, a bonus added."""
    cell = _cell("allowance", cells)
    sizes = SIZE.findall(cell)
    if "bonus" not in cell:
        sizes = sizes[:1]  # what follows in brackets says the same in other words
    if not sizes:
        raise ValueError(f"the allowance is {cell!r}; expected MB or GB. Is the row shifted?")
    total = sum(
        Fraction(size) * (KB_A_GB if unit.upper() == "GB" else 1000) for size, unit in sizes
    )
    return int(total)


def _rounded(amount: Fraction) -> int:
    """To the nearest whole fen, a half upwards."""
    return int(amount + Fraction(1, 2))


def _plain(value: object) -> str:
    return " ".join(str(value).replace("\xa0", " ").split())
