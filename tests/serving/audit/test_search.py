"""Rows of the audit by what they say, page by page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, update

from features.errors import RequestRefused
from serving.access.clock import local_clock
from serving.audit.entry import Entry
from serving.audit.journal import append, locked_head
from serving.audit.search import Wanted, named_by, search
from serving.database import open_engine
from serving.database.tables import audit, person_keys
from tests.serving.conftest import MONDAY


@pytest.fixture
def chain(store: Engine) -> Engine:
    """Ten rows, one an hour from `MONDAY` on: about C0, C1 and C2 in turn."""
    with store.begin() as connection:
        head = locked_head(connection)
        for number in range(10):
            refused = number == 7
            entry = Entry(
                f"{number:016x}", "POST", "/score" if number % 2 else "/decide",
                404 if refused else 200, "unknown_customers" if refused else "",
                "anna" if number < 5 else "ben", "store", "retention" if number < 3 else None,
                (f"C{number % 3}",), {"rows": number},
            )  # fmt: skip
            head = append(connection, head, [entry], MONDAY + timedelta(hours=number))
    return store


def numbers(engine: Engine, **wanted: Any) -> list[int]:
    return [row["number"] for row in search(engine, Wanted(**wanted), 100).rows]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
        ({"customer_id": "C1"}, [8, 5, 2]),
        ({"customer_id": "C9"}, []),
        ({"customer_id": "a\0b"}, []),
        ({"caller": "anna", "route": "/score"}, [4, 2]),
        ({"caller": "a\0nna"}, []),
        ({"purpose": "retention"}, [3, 2, 1]),
        ({"code": "unknown_customers"}, [8]),
        ({"code": ""}, [10, 9, 7, 6, 5, 4, 3, 2, 1]),
        ({"since": MONDAY + timedelta(hours=8)}, [10, 9]),
        ({"until": MONDAY + timedelta(hours=2)}, [2, 1]),
        ({"before": 3}, [2, 1]),
    ],
)
def test_rows_are_found_by_what_they_say(
    chain: Engine, wanted: dict[str, Any], found: list[int]
) -> None:
    assert numbers(chain, **wanted) == found


def test_pages_follow_each_other(chain: Engine) -> None:
    seen, before = [], None
    while True:
        page = search(chain, Wanted(before=before), 4)
        seen.append([row["number"] for row in page.rows])
        before = page.next
        if before is None:
            break
    assert seen == [[10, 9, 8, 7], [6, 5, 4, 3], [2, 1]]
    assert search(chain, Wanted(), 10).next is None


def test_a_row_says_who_did_what_when(chain: Engine) -> None:
    (row,) = search(chain, Wanted(before=2), 1).rows
    assert row == {
        "number": 1, "at": MONDAY, "request_id": "0" * 16, "caller": "anna", "role": "store",
        "method": "POST", "route": "/decide", "purpose": "retention", "status": 200, "code": "",
        "subjects": 1, "detail": {"rows": 0},
    }  # fmt: skip


def test_a_search_names_a_customer_whom_the_audit_knows_and_nothing_else(chain: Engine) -> None:
    assert named_by(chain, Wanted(customer_id="C1")) == ("C1",)
    assert named_by(chain, Wanted(customer_id="15400000001")) == ()
    assert named_by(chain, Wanted(caller="anna")) == ()


def test_an_erased_person_is_not_found(chain: Engine) -> None:
    with chain.begin() as connection:
        connection.execute(delete(person_keys).where(person_keys.c.customer_id == "C1"))
    assert numbers(chain, customer_id="C1") == []
    assert len(numbers(chain)) == 10


def test_a_detail_that_was_tampered_with_is_shown(chain: Engine) -> None:
    with chain.begin() as connection:
        connection.execute(update(audit).where(audit.c.number == 1).values(detail="{"))
    assert search(chain, Wanted(before=2), 1).rows[0]["detail"] == {"unreadable": "{"}


def test_a_database_that_cannot_be_read_is_a_refusal(tmp_path: Path) -> None:
    engine = open_engine(tmp_path, reading=True)
    with pytest.raises(RequestRefused) as refused:
        search(engine, Wanted(), 1)
    assert refused.value.code == "not_ready"


def test_the_clock_is_the_operators(tmp_path: Path) -> None:
    assert local_clock(tmp_path)().tzinfo is None
