"""docs/audit.md says what the code does."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from serving.audit.chain import CONTENT, NO_HASH, row_hash
from serving.database.tables import audit
from serving.service_settings import serving_settings
from tests.conftest import ROOT
from tests.serving.conftest import MONDAY

PAGE = (ROOT / "docs" / "audit.md").read_text("utf-8")


def test_the_example_is_the_hash_of_that_row() -> None:
    form, digest = re.findall(r'^    (\["0{64}",1.*)\n    (\w+)$', PAGE, re.MULTILINE)[0]
    row = dict(
        zip(
            CONTENT,
            (1, MONDAY, "5f0c22a8d1b0e7c4", "a1b2c3d4e5f6", "store", "POST", "/score",
             "customer_present", 200, "", 1, "{}"),
            strict=True,
        )
    )  # fmt: skip
    found = row_hash(NO_HASH, row, ["4bf1e44022317cb3b35d79d67eb27e9f"])
    assert digest == found == sha256(form.encode()).hexdigest()


def test_the_columns_are_those_of_the_table() -> None:
    table = PAGE.split("## The chain")[0]
    named = {
        name
        for line in table.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert named == {column.name for column in audit.columns}


def test_the_settings_are_there(tmp_path: Path) -> None:
    own = serving_settings(tmp_path).audit
    for name in vars(own):
        assert f"`{name}`" in PAGE
