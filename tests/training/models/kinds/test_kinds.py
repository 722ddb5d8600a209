"""Every kind of model has the same few methods, and a name in bundle.json of its own."""

from __future__ import annotations

import json

import pytest

from training.columns import TableColumn
from training.models.kinds import KINDS, Kind
from training.models.kinds.base import BaseCustomers
from training.models.kinds.table import TableModel

COLUMNS = (TableColumn("fee", "number", missing=("none",)),)


@pytest.mark.parametrize(
    "kind", [BaseCustomers(), TableModel("customers", "left", "yes", COLUMNS, 0.3, 0.1)]
)
def test_a_kind_is_read_as_it_was_written_by_the_name_it_has_in_the_file(kind: Kind) -> None:
    written = json.loads(json.dumps({"kind": kind.written_as, **kind.to_json()}))
    assert KINDS[written["kind"]].from_json(written) == kind


def test_the_names_in_files_are_those_of_earlier_bundles() -> None:
    assert set(KINDS) == {"base", "table"}
