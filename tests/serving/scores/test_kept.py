"""The scores that the night kept, found without the service's rows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from features.errors import LakeError, UnknownCustomers
from features.home import Home
from serving.access.principal import Scope
from serving.scores import last_scores
from serving.scores.kept import check_kept, kept_scores

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SmallHome


def test_they_are_those_of_last_night_in_the_requested_order(own_home: SmallHome) -> None:
    expected = last_scores(own_home.home).sample(30, random_state=1)
    names = expected["customer_id"].tolist()
    Home(own_home.home).latest.unlink()
    check_kept(own_home.home)
    found = kept_scores(own_home.home, names)
    assert [row["customer_id"] for row in found] == names
    for name in ("churn_risk", "model_version", "reasons", "chance_gold"):
        assert [row[name] for row in found] == expected[name].tolist()


def test_who_is_absent_is_named_and_who_is_out_of_scope_is_absent(own_home: SmallHome) -> None:
    scores = last_scores(own_home.home)
    own, city = str(scores["customer_id"][0]), str(scores["city"][0])
    (other, *_) = scores.loc[scores["city"] != city, "customer_id"]
    assert kept_scores(own_home.home, [own], Scope(city=city))
    for names, scope in (([own, "C-none"], Scope()), ([own, other], Scope(city=city))):
        with pytest.raises(UnknownCustomers) as refused:
            kept_scores(own_home.home, names, scope)
        assert refused.value.details == {"customer_ids": names[1:]}


def test_of_two_files_of_a_night_the_later_one_counts(own_home: SmallHome) -> None:
    (path,) = Home(own_home.home).scores.glob("*.parquet")
    before = path.with_name(f"{path.name[:10]}-zzzzzzzz.parquet")
    before.write_bytes(b"of an earlier run")
    os.utime(before, ns=(0, 0))
    assert kept_scores(own_home.home, [last_scores(own_home.home)["customer_id"][0]])


def test_a_damaged_file_or_none_is_named(tmp_path: Path) -> None:
    for read in (check_kept, lambda home: kept_scores(home, ["C1"])):
        with pytest.raises(LakeError, match="no scores are kept"):
            read(tmp_path)
    folder = Home(tmp_path).scores
    folder.mkdir(parents=True)
    (folder / "2026-03-02-x.parquet").write_bytes(b"nothing")
    for read in (check_kept, lambda home: kept_scores(home, ["C1"])):
        with pytest.raises(LakeError, match="cannot be read"):
            read(tmp_path)
