"""Each page for its role over loopback: the time to its first byte, and what a browser loads of it.

    python benchmarks/pages.py --home home

The server is a process of its own on a copy of the home. `first` is the first time after the server
is ready that the page is opened, all others are of another customer each where the page is of one.
A page whose part arrives after it has a line of its own for the part.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import numpy as np
from bars import Bar, table
from desk import served

from features.home import Home
from serving.access.people.accounts import new_user
from serving.access.people.passwords import hashed
from serving.access.permissions import ROLES
from serving.access.principal import EVERYWHERE, Scope
from serving.database import open_engine, upgrade
from serving.demo.people import LIMITS
from serving.scores import last_scores

TIMES = 20
FIRST_BYTE_MS, PAGE_KB = 100, 150
PASSWORD = "correct horse battery staple"
ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')
FONT = re.compile(r"url\((/static/[^)]+-common\.[^)]+)\)")
PART = {"hx-request": "true"}


@dataclass(frozen=True)
class Page:
    """A page as a role opens it; `{}` in its address stands for a customer of theirs."""

    role: str
    address: str
    is_part: bool = False

    @property
    def words(self) -> str:
        shown = re.sub(r"[0-9a-f]{32}", "{id}", self.address).replace("{}", "{id}")
        return f"`{shown}`{', its part' if self.is_part else ''}"


@dataclass(frozen=True)
class Opened:
    """How long the first bytes of a page took, and its weight with all that it names."""

    page: Page
    first_ms: float
    milliseconds: Sequence[float]
    kilobytes: float

    def percentile(self, share: float) -> float:
        return float(np.percentile(self.milliseconds, share))


def section(chosen: argparse.Namespace) -> str:
    """The section of the page, in Markdown, of one run."""
    with tempfile.TemporaryDirectory(dir=chosen.home.resolve().parent) as folder:
        home = Path(folder) / "home"
        whole_copy(chosen.home, home)
        found = list(_opened(home))
    return "\n".join(_lines(found)) + "\n"


def whole_copy(home: Path, target: Path) -> None:
    """A copy of the home; what is only ever replaced as a whole takes no space."""

    def copy(source: str, place: str) -> str:
        is_written = Path(source).suffix in (".sqlite", ".db", ".json")
        return shutil.copy2(source, place) if is_written else _linked(source, place)

    shutil.copytree(home, target, copy_function=copy)


def _linked(source: str, place: str) -> str:
    os.link(source, place)
    return place


def _opened(home: Path) -> Iterator[Opened]:
    customers = with_people(home)
    with ExitStack() as stack:
        port, _ = stack.enter_context(served(home))
        readers = {role: stack.enter_context(signed_in(port, role)) for role in customers}
        for page in _pages(home, set(readers)):
            yield _measured(readers[page.role], page, customers[page.role])


def with_people(home: Path) -> dict[str, list[str]]:
    """One who signs in for each role, by its name; the ids of the customers in their reach."""
    engine, hash_ = open_engine(home), hashed(PASSWORD)
    upgrade(engine)
    base = last_scores(home, ["customer_id", *LIMITS.values()])
    found = {}
    with engine.begin() as connection:
        for role in ROLES:
            own, scope = base, EVERYWHERE
            if role in LIMITS:
                most = str(base[LIMITS[role]].mode()[0])
                own, scope = base[base[LIMITS[role]] == most], Scope(**{LIMITS[role]: most})
            new_user(connection, f"page.{role}", role, datetime.now(), scope, hash_)
            found[role] = sorted(own["customer_id"])
    engine.dispose()
    return found


def signed_in(port: int, role: str) -> httpx.Client:
    url = f"http://127.0.0.1:{port}"
    fields = {"user": f"page.{role}", "password": PASSWORD}
    answer = httpx.post(f"{url}/sign-in", data=fields, headers={"origin": url})
    assert answer.status_code == 303, answer.text
    headers = {"accept-language": "zh"}
    return httpx.Client(base_url=url, timeout=120, headers=headers, cookies=answer.cookies)


def _pages(home: Path, roles: set[str]) -> Iterator[Page]:
    """The pages of the menu and those behind them that show most."""
    lists = [path.name for path in Home(home).lists.iterdir() if path.is_dir()]
    yield Page("store", "/desk")
    yield Page("store", "/desk/{}?purpose=customer_present")
    yield Page("hotline", "/customer/{}?purpose=customer_present")
    yield Page("store", "/board")
    yield Page("marketing", "/base")
    yield Page(
        "marketing", "/base?payment_mode=prepaid&churn_risk_min=0.1&by=city&sort=-value_at_stake"
    )
    yield Page("marketing", "/campaigns")
    yield Page("marketing", "/campaigns/new")
    for name in lists[:1]:
        yield Page("marketing", f"/campaigns/{name}")
        yield Page("approver", f"/campaigns/{name}/customers")
    if "manager" in roles:
        yield Page("manager", "/worklist")
    yield Page("marketing", "/worklist/managers")
    for address in ("/left", "/group-list", "/figures"):
        yield Page("marketing", address)
        yield Page("marketing", address, is_part=True)
    yield Page("marketing", "/board", is_part=True)
    yield Page("scientist", "/models-and-data")
    yield Page("auditor", "/audit-log")


def _measured(reader: httpx.Client, page: Page, customers: Sequence[str]) -> Opened:
    """The page opened TIMES times, each time for another customer."""
    taken, text = [], ""
    for place in range(TIMES + 1):
        customer = quote(customers[place * 7919 % len(customers)], safe="")
        begun = time.perf_counter()
        headers = PART if page.is_part else {}
        with reader.stream("GET", page.address.format(customer), headers=headers) as answer:
            taken.append(1000 * (time.perf_counter() - begun))
            text = answer.read().decode()
            assert answer.status_code == 200, f"{page.address}: {answer.status_code} {text[:300]}"
    return Opened(page, taken[0], taken[1:], _weight(reader, text) / 1000)


def _weight(reader: httpx.Client, text: str) -> int:
    """The bytes of a page and of the files that it names, as they are sent."""
    whole = len(gzip.compress(text.encode(), 6))
    for address in sorted(set(ASSET.findall(text))):
        with reader.stream("GET", address) as answer:
            whole += sum(map(len, answer.iter_raw()))
    return whole


def _lines(found: Sequence[Opened]) -> list[str]:
    pages = [own for own in found if not own.page.is_part]
    slowest = max(pages, key=lambda own: own.percentile(95))
    heaviest = max(pages, key=lambda own: own.kilobytes)
    bars = [
        Bar(f"first byte of the slowest page, p95: {slowest.page.words}", slowest.percentile(95),
            " ms", most=FIRST_BYTE_MS),
        Bar(f"weight of the heaviest page: {heaviest.page.words}", heaviest.kilobytes, " kB",
            most=PAGE_KB),
    ]  # fmt: skip
    return [
        "## Pages",
        "",
        f"The demo's base, each page opened {TIMES} times in Chinese by one of its role, over "
        "loopback; the first time on its own.",
        "",
        *table(bars),
        "",
        "| page | role | first time, ms | p50, ms | p95, ms | weight, kB |",
        "|---|---|---|---|---|---|",
        *(
            f"| {own.page.words} | {own.page.role} | {own.first_ms:.0f} "
            f"| {own.percentile(50):.0f} | {own.percentile(95):.0f} | {own.kilobytes:.0f} |"
            for own in found
        ),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    sys.stdout.write(section(parser.parse_args()))
