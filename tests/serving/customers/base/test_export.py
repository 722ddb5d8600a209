"""What is exported is exactly what is shown."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest

from features.errors import RequestRefused
from serving.access.principal import Scope
from serving.customers.base import CustomerBase
from serving.customers.base.export import Export, exported
from serving.customers.base.grammar import parsed
from tests.bases import write_base

EVERYONE = Scope()
COLUMNS = "customer_id,city,plan,churn_risk,overdue,consent,tenure_days,value_tier,group_id"
CUSTOMERS = [
    {
        "city": "Suzhou" if place % 3 else "无锡",
        "plan": ("=1+1", '+"x",y', "＝A1", "\tP", "P\nQ", "-5", "plain")[place % 7],
        "churn_risk": place / 7,
        "overdue": None if place % 4 else place / 3,
        "group_id": "@sum" if place % 5 == 0 else None,
        "tenure_days": place,
    }
    for place in range(30)
]


@pytest.fixture
def base(tmp_path: Path) -> CustomerBase:
    write_base(tmp_path, CUSTOMERS)
    return CustomerBase(tmp_path)


def export(base: CustomerBase, folder: Path, texts: dict[str, str], **more: Any) -> Export:
    return exported(base, folder, parsed(texts), **({"scope": EVERYONE} | more))


def rows(found: Export) -> tuple[bytes, list[list[str]]]:
    content = b"".join(found.parts())
    return content, list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def as_cell(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("scope", [EVERYONE, Scope(city="无锡")])
def test_the_file_holds_the_pages_cell_by_cell(
    base: CustomerBase, tmp_path: Path, scope: Scope
) -> None:
    texts = {"columns": COLUMNS, "sort": "-overdue,city", "churn_risk_min": "0.5", "limit": "500"}
    page = base.search(parsed(texts), scope)
    found = export(base, tmp_path, texts | {"limit": "1"}, scope=scope, max_ids=100)
    content, (head, *lines) = rows(found)
    assert head == COLUMNS.split(",")
    assert found.count == len(lines) == page["count"] == base.count(parsed(texts), scope) > 5
    assert set(found.customer_ids or ()) == set(page["customer_ids"])
    for line, shown in zip(lines, page["customers"], strict=True):
        for cell, (name, value) in zip(line, shown.items(), strict=True):
            if isinstance(value, float):
                assert float(cell) == value
            else:
                begins = isinstance(value, str) and value[0] in "=+-@＝\t"
                assert cell == f"{chr(39) * begins}{as_cell(value)}", name
    assert (len(content), hashlib.sha256(content).hexdigest()) == (found.size, found.sha256)


def test_the_ids_of_a_large_export_are_not_listed(base: CustomerBase, tmp_path: Path) -> None:
    found = export(base, tmp_path, {}, max_ids=29)
    assert (found.count, found.customer_ids) == (30, None)
    assert (found.detail["unnamed"], found.detail["as_of"]) == (30, found.as_of)
    found.file.close()
    found = export(base, tmp_path, {})
    assert len(found.customer_ids or ()) == 30
    assert "unnamed" not in found.detail
    found.file.close()


def test_nothing_stays_in_the_folder(base: CustomerBase, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    found = export(base, folder, {"city": "Nowhere"})
    assert list(folder.iterdir()) == []
    assert (found.count, len(rows(found)[1])) == (0, 1)
    with pytest.raises(RequestRefused):
        export(base, folder, {"town": "A"})
    assert list(folder.iterdir()) == []


def test_who_objects_has_no_prediction_in_the_file(base: CustomerBase, tmp_path: Path) -> None:
    texts = {"columns": "customer_id,churn_risk", "customer_id": "C007,C008"}
    _, lines = rows(export(base, tmp_path, texts, objectors=("C008",)))
    assert lines == [["customer_id", "churn_risk"], ["C007", "1.000000"], ["C008", ""]]
