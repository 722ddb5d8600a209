import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from features.errors import UnknownCustomers
from features.home import Home
from serving.access.pseudonyms import Pseudonyms, by_pseudonym, pseudonym_key


@pytest.fixture
def own(tmp_path: Path) -> Pseudonyms:
    return Pseudonyms(pseudonym_key(tmp_path))


def test_a_pseudonym_is_stable_and_opens_to_its_customer(own: Pseudonyms, tmp_path: Path) -> None:
    pseudonym = own.of("C0012345")
    assert Pseudonyms(pseudonym_key(tmp_path)).of("C0012345") == pseudonym
    assert own.opened([pseudonym, own.of("客户")]) == ["C0012345", "客户"]
    assert "C0012345" not in pseudonym


def test_another_home_has_others(own: Pseudonyms, tmp_path: Path) -> None:
    other = Pseudonyms(pseudonym_key(tmp_path / "other"))
    assert other.of("C1") != own.of("C1")
    with pytest.raises(UnknownCustomers):
        other.opened([own.of("C1")])


def test_a_pseudonym_fits_into_the_field_of_an_id(own: Pseudonyms) -> None:
    assert len(own.of("C" * 31)) <= 64


@pytest.mark.parametrize("sent", ["C0012345", "", "P", "PAAAA", "P!!!!", "P" + "A" * 63, "P客"])
def test_what_is_not_a_pseudonym_is_refused_by_name(own: Pseudonyms, sent: str) -> None:
    with pytest.raises(UnknownCustomers, match="no score for 1 of 2 customers") as refusal:
        own.opened([own.of("C1"), sent])
    assert refusal.value.details == {"customer_ids": [sent]}


def test_an_altered_pseudonym_opens_nothing(own: Pseudonyms) -> None:
    good = own.of("C0012345")
    for place in range(1, len(good)):
        altered = good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :]
        with pytest.raises(UnknownCustomers):
            own.opened([altered])


def test_answers_and_refusals_name_pseudonyms_alone(own: Pseudonyms) -> None:
    names = [own.of("C1"), own.of("C2")]

    def score(customer_ids: Any) -> list[dict[str, Any]]:
        return [{"customer_id": one, "churn_risk": 0.1} for one in customer_ids]

    def refuse(_: Any) -> list[dict[str, Any]]:
        raise UnknownCustomers("no score", customer_ids=["C2"])

    found = by_pseudonym(score, names, ["C1", "C2"])
    assert [one["customer_id"] for one in found] == names
    with pytest.raises(UnknownCustomers) as refusal:
        by_pseudonym(refuse, names, ["C1", "C2"])
    assert refusal.value.details == {"customer_ids": [names[1]]}


def test_the_key_is_made_once_and_is_its_users_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(pseudonym_key, [tmp_path] * 8))
    path = Home(tmp_path).pseudonym_key
    assert keys == {path.read_bytes()}
    assert len(path.read_bytes()) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["pseudonyms"]
