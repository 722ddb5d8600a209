"""Who changed sharply between two nights, and what is said of it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from features.engine.store import build_histories
from features.errors import LakeError, SettingsError
from serving import scores
from serving.customers.standing import warnings as standing_warnings
from serving.customers.standing.standing_settings import standing_settings
from serving.customers.standing.warnings import Warned, warnings
from serving.effective_settings import effective_settings
from serving.results.figures import Figures
from tests.bases import write_base
from tests.conftest import set_home
from tests.facts import Fact, day, fact, import_facts, joined, used

pytestmark = pytest.mark.slow

# Nights at Mondays: day 28 and day 35 of tests.facts.
BEFORE, NOW = "2025-06-30", "2025-07-07"


def weeks_of_use(customer: str, kb: int, until: int) -> list[Fact]:
    return [used(customer, number, data_kb=kb) for number in range(-28, until)]


FACTS = [
    *joined("steady"), *weeks_of_use("steady", 200_000, 35),
    *joined("fell"), *weeks_of_use("fell", 200_000, 0),  # none in the latest closed weeks
    *joined("complains"), *weeks_of_use("complains", 1, 35),
    fact("complaints", "complains", day(30), complaint_id="K1", event="opened"),
    *joined("objects"), *weeks_of_use("objects", 1, 35),
    fact("complaints", "objects", day(30), complaint_id="K2", event="opened"),
    *joined("rose"), *weeks_of_use("rose", 1, 35),
]  # fmt: skip


def reasons(*names: str) -> str:
    return json.dumps([{"feature": name, "value": 30.0, "effect": 0.5} for name in names])


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("warned")
    home = folder / "home"
    import_facts(home, FACTS, folder / "facts")
    build_histories(home)
    names = ("steady", "fell", "complains", "objects", "rose")
    then = [{"customer_id": name, "churn_risk": 0.1, "reasons": reasons("days_overdue")}
            for name in names]  # fmt: skip
    now = [one | {"manager_id": "M1", "store_id": "S1"} for one in then]
    now[0] |= {"churn_risk": 0.19}
    now[1] |= {"value_at_stake": 50.0}
    now[4] |= {"churn_risk": 0.3, "value_at_stake": 900.0, "manager_id": "M2", "model_version": "2",
               "reasons": reasons("days_overdue", "days_since_complaint")}  # fmt: skip
    now[3] |= {"churn_risk": 0.9, "value_at_stake": 5000.0}
    write_base(home, then, "a", BEFORE)
    write_base(home, [*now, {"customer_id": "new"}], "b", NOW)
    return home


@pytest.fixture
def home(shared: Path) -> Any:
    yield shared
    set_home(shared, "standing", "")


def found(home: Path, language: str = "en", **own: Any) -> Warned:
    return warnings(home, ["objects"], language, **own)


def by_customer(warned: Warned) -> dict[str, Any]:
    return {one["customer_id"]: one for one in warned.customers}


def test_those_who_changed_are_ranked_by_value_at_stake(home: Path) -> None:
    warned = found(home)
    assert (warned.before, warned.as_of) == (BEFORE, NOW)
    # A risk of 0.19 after 0.1 rose by too little; of who objects no prediction is used.
    assert [one["customer_id"] for one in warned.customers] == [
        "rose", "complains", "fell", "objects",
    ]  # fmt: skip
    assert warned.counts["sign"] == {"complaint": 2, "complaint_late": 2, "risk_rose": 1} | {
        name: 1 for name in ("data_fell", "days_fell")
    }
    assert warned.counts["manager_id"] == {"M1": 3, "M2": 1}
    assert warned.counts["store_id"] == {"S1": 4}


def test_what_changed_is_said_in_words(home: Path) -> None:
    rose = by_customer(found(home))["rose"]
    assert [own["text"] for own in rose["changes"]] == ["Churn risk 30%, was 10%"]
    assert rose["new_reasons"] == ["The last complaint was made 30 days ago"]
    fell = by_customer(found(home))["fell"]
    (data,) = [own for own in fell["changes"] if own["sign"] == "data_fell"]
    assert data["feature"] == "data_mb_4w"
    assert data["text"] == "Mobile data used in the last 4 weeks: 0 MB, was 1,367 MB"
    chinese = by_customer(found(home, "zh"))["fell"]["changes"]
    assert chinese[0]["text"] == "近4周移动数据流量：0 MB，此前为1,367 MB"


def test_no_prediction_of_who_objects_is_used_or_shown(home: Path) -> None:
    own = by_customer(found(home))["objects"]
    assert {one["about"] for one in own["changes"]} == {"complaints"}
    assert own["risk"] is own["risk_before"] is own["value_at_stake"] is None
    assert own["new_reasons"] == []


def test_warnings_are_of_one_manager_or_store(home: Path) -> None:
    assert list(by_customer(found(home, places={"manager_id": "M2"}))) == ["rose"]
    assert found(home, places={"store_id": "S9"}).customers == []


def test_a_home_sets_the_thresholds_and_adds_signs(home: Path) -> None:
    set_home(
        home, "standing",
        '[warnings]\nrisk_rise = 0.05\n[warnings.signs.late]\nabout = "complaints"\n'
        'feature = "complaints_4w"\ndirection = "up"\nby = 1.0\nshare = 0.0\n',
    )  # fmt: skip
    warned = by_customer(found(home))
    assert "steady" in warned
    assert "late" in {own["sign"] for own in warned["complains"]["changes"]}
    assert any(one.key == "warnings.risk_rise" and one.source == "home"
               for one in effective_settings(home))  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[warnings.signs.data_fell]\nfeature = "rival_hotline_calls_4w"', "staff may hear"),
        ('[warnings.signs.data_fell]\nfeature = "speed"', "names speed"),
        ('[warnings.signs.data_fell]\ndirection = "left"', "expected up or down"),
        ("[warnings]\nrisk_rise = 0.0", "risk_rise is 0.0"),
        ("[warnings]\nrise = 1", "unknown: rise"),
    ],
)
def test_a_wrong_setting_is_refused(home: Path, text: str, said: str) -> None:
    set_home(home, "standing", text)
    with pytest.raises(SettingsError, match=said):
        found(home)


def test_the_shipped_signs_are_of_features_that_staff_may_hear(home: Path) -> None:
    assert {sign.about for sign in standing_settings(home).warnings.signs.values()} == {
        "use", "bills", "complaints",
    }  # fmt: skip
    assert found(home).other_model is False


def test_the_night_to_compare_with_must_be_an_earlier_one(home: Path) -> None:
    assert found(home, since=datetime(2025, 6, 30)).before == BEFORE
    with pytest.raises(LakeError, match="is not before the last night"):
        found(home, since=datetime(2025, 7, 7))


@pytest.mark.parametrize("since", [None, datetime.fromisoformat(BEFORE)])
def test_each_night_and_the_histories_are_opened_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, since: datetime | None
) -> None:
    read: list[str] = []

    def count(module: Any, name: str) -> None:
        own = getattr(module, name)

        def counting(*args: Any) -> Any:
            read.append(name)
            return own(*args)

        monkeypatch.setattr(module, name, counting)

    count(scores, "_read")
    count(standing_warnings, "open_histories")
    assert found(home, since=since).before == BEFORE
    assert read == ["_read", "_read", "open_histories"]


def test_they_are_kept_until_a_night_objections_or_settings_change(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Figures(home).warnings(["objects"], "en")
    assert first == found(home)
    with monkeypatch.context() as closed:
        closed.setattr("serving.results.figures.warnings", None)
        assert Figures(home).warnings(["objects"], "en") == first
    ours = Figures(home).warnings(["objects"], "en", {"manager_id": "M2"})
    assert [one["customer_id"] for one in ours.customers] == ["rose"]
    assert Figures(home).warnings(["objects"], "zh").customers != first.customers
    assert "objects" in by_customer(Figures(home).warnings([], "en"))
    set_home(home, "standing", "[warnings]\nrisk_rise = 0.9\n")
    assert "risk_rose" not in Figures(home).warnings(["objects"], "en").counts["sign"]
