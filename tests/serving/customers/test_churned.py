"""The archive of those who left: days are counted from `MONDAY`, use is on file from -40 to 99."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib.image import imread
from typer.testing import CliRunner, Result

from features.engine.store import build_histories
from features.errors import NotEnoughData, OutputError, SettingsError
from serving.command.tree import app
from serving.customers import churned as departed
from serving.customers import churned_views as left_views
from serving.customers.churned import churned_customers
from serving.customers.churned_views import picture, table
from tests import facts
from tests.facts import Fact, day, fact, import_facts, used

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.conftest import SmallHome


def customer(name: str, mode: str, city: str, *, joined: float, last: int = 99) -> list[Fact]:
    return [
        fact("customers", name, day(joined), payment_mode=mode, city=city, brand="Global"),
        fact("contracts", name, day(joined), event="started", plan="P1"),
        *(used(name, number, voice_out_s=60) for number in range(-40, last + 1)),
    ]


def bills(name: str, revenue_fen: int) -> list[Fact]:
    return [
        fact("bills", name, day(number), period=day(number - 30).date(), revenue_fen=revenue_fen)
        for number in (-70, -40, -10)
    ]


FACTS = [
    *customer("ported", "postpaid", "上海", joined=-1000, last=9),
    fact("contracts", "ported", day(10.5), event="ported", rival="Rival East"),
    *customer("requested", "postpaid", "上海", joined=-400),
    fact("contracts", "requested", day(20.5), event="pre_cancelled", reason="price"),
    *customer("quiet", "prepaid", "A", joined=-100, last=15),
    *customer("stays", "postpaid", "A", joined=-2000),
    *customer("also stays", "prepaid", "A", joined=-50),
    *customer("handed over", "postpaid", "A", joined=-900),
    fact("contracts", "handed over", day(30), event="transferred"),
    *bills("ported", 20_000),
    *bills("stays", 5_000),
    *bills("requested", 5_000),
    *bills("handed over", 5_000),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("churned")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(
            facts.USUAL, "contracts", {**facts.USUAL["contracts"], "reason": None, "rival": None}
        )
        import_facts(folder / "home", FACTS, folder / "raw")
    build_histories(folder / "home")
    return folder / "home"


@pytest.fixture(scope="module")
def result(home: Path) -> dict[str, Any]:
    return churned_customers(home, day(0), day(56))


def by_name(rows: list[dict[str, Any]], figure: str) -> dict[str, Any]:
    return {row["name"]: row[figure] for row in rows}


def test_three_of_six_left_and_the_transferred_did_not(result: dict[str, Any]) -> None:
    assert result["churned"] == 3
    assert by_name(result["composition"]["kind"], "churned") == {
        "cancelled": 1,
        "ported": 1,
        "silent": 1,
    }


def test_the_rate_is_per_month_of_who_was_there_every_four_weeks(result: dict[str, Any]) -> None:
    """All six on day 0; on day 28 without the ported and the cancelling one, with the handed over;
    the silent one had used data within the 28 days before."""
    months = (6 + 4) * 28 / 30
    assert result["monthly_rate"] == pytest.approx(3 / months)
    assert result["customers"] == 5


def test_reason_and_direction_are_those_on_record(result: dict[str, Any]) -> None:
    assert by_name(result["reason"], "churned") == {"price": 1, "not_recorded": 2}
    assert by_name(result["direction"], "share") == pytest.approx(
        {"Rival East": 1 / 3, "not_recorded": 2 / 3}
    )


def test_each_group_has_its_own_base(result: dict[str, Any]) -> None:
    city = result["composition"]["city"]
    assert by_name(city, "churned") == {"A": 1, "上海": 2}
    assert by_name(city, "monthly_rate") == pytest.approx(
        {"A": 1 / (8 * 28 / 30), "上海": 2 / (2 * 28 / 30)}
    )
    mode = by_name(result["composition"]["payment_mode"], "churned")
    assert mode == {"postpaid": 2, "prepaid": 1}


def test_tenure_is_counted_up_to_leaving(result: dict[str, Any]) -> None:
    tenure = by_name(result["composition"]["tenure"], "churned")
    assert {band: n for band, n in tenure.items() if n} == {
        "3_to_12_months": 1,
        "1_to_2_years": 1,
        "2_to_5_years": 1,
    }


def test_tiers_follow_from_the_bills_and_go_from_the_best_down(result: dict[str, Any]) -> None:
    tiers = result["composition"]["tier"]
    assert [row["name"] for row in tiers][-1] == "standard"
    assert tiers[0]["churned"] == 1  # the one with the highest bills left
    assert sum(row["churned"] for row in tiers) == 3


def test_an_interval_holds_its_rate(result: dict[str, Any]) -> None:
    for rows in result["composition"].values():
        for row in rows:
            if row["monthly_rate"] is not None:
                assert row["low"] <= row["monthly_rate"] <= row["high"]


def test_the_table_says_it_in_both_languages(result: dict[str, Any]) -> None:
    english, chinese = (table(result, language) for language in ("en", "zh"))
    assert english.startswith("3 left from 2025-06-02 up to 2025-07-28")
    for words in ("prepaid and silent", "no rival known", "Rival East", "price", "Value tier"):
        assert words in english
    for words in ("预付费静默", "无（未转他网）", "Rival East", "未登记", "价值等级", "上海"):
        assert words in chinese


def test_chinese_columns_stand_under_each_other(result: dict[str, Any]) -> None:
    section = next(part for part in table(result, "zh").split("\n\n") if part.startswith("城市"))
    lines = section.splitlines()
    assert len({left_views._width(line) for line in lines}) == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_picture_is_drawn_without_a_missing_letter(
    result: dict[str, Any], tmp_path: Path, language: str
) -> None:
    """A missing letter would be a warning, and so a failure."""
    picture(result, tmp_path / "churned.png", language)
    height, width, _ = imread(tmp_path / "churned.png").shape
    assert width > 1500
    assert height > 500


def test_an_unknown_language_is_refused(result: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="expected en or zh"):
        table(result, "fr")


def liuke(*options: object) -> Result:
    return CliRunner().invoke(app, ["churned", *map(str, options)])


def test_the_command_shows_the_table_and_writes_the_picture(home: Path, tmp_path: Path) -> None:
    period = ("--from", f"{day(0):%F}", "--to", f"{day(56):%F}", "--home", home)
    shown = liuke(*period, "--out", tmp_path / "churned.png", "--language", "zh")
    assert shown.exit_code == 0, shown.output
    assert "离网3户" in shown.stdout
    assert (tmp_path / "churned.png").stat().st_size > 10_000
    assert json.loads(liuke(*period, "--json").stdout)["churned"] == 3


def test_a_picture_that_is_there_is_replaced_only_by_force(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "churned.png"
    out.write_text("of last week")
    options = ("--from", f"{day(0):%F}", "--to", f"{day(56):%F}", "--home", home, "--out", out)
    refused = liuke(*options)
    assert refused.exit_code == 1
    assert "churned.png is there already and would be replaced" in refused.stderr
    assert out.read_text() == "of last week"
    assert "is there already" not in liuke(*options, "--force").stderr


def test_the_command_refuses_in_one_line(home: Path) -> None:
    refused = liuke("--from", f"{day(9):%F}", "--to", f"{day(2):%F}", "--home", home)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("liuke: --from is")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--language", "fr"), "--language is 'fr'"),
        (("--out", "churned.pdf"), "churned.pdf: expected a file that ends in .png"),
        (("--out", "."), "is a folder; name a file, such as"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_counted(
    home: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, str], words: str
) -> None:
    def counted(*_: object) -> None:
        pytest.fail("it was counted")

    monkeypatch.setattr(departed, "churned_customers", counted)
    period = ("--from", f"{day(0):%F}", "--to", f"{day(56):%F}", "--home", home)
    refused = liuke(*period, *options)
    assert refused.exit_code == 1, refused.output
    assert words in refused.stderr


@pytest.mark.parametrize("name", ["churned.pdf", "", "churned"])
def test_only_a_png_is_written(result: dict[str, Any], tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"\.png"):
        picture(result, tmp_path / name, "en")


def test_a_period_without_departures_is_shown_too(home: Path, tmp_path: Path) -> None:
    result = churned_customers(home, day(-10), day(0))
    assert (result["churned"], result["monthly_rate"]) == (0, 0.0)
    assert result["reason"] == []
    assert "0 left" in table(result, "en")
    picture(result, tmp_path / "churned.png", "en")


def test_from_must_come_before_to(home: Path) -> None:
    with pytest.raises(SettingsError, match=r"--from is 2025-06-03 and --to is 2025-06-03"):
        churned_customers(home, day(1), day(1))


def test_a_period_before_the_history_is_refused_with_the_first_day_to_ask(home: Path) -> None:
    with pytest.raises(NotEnoughData, match=rf"Ask from {day(-12):%F} on"):
        churned_customers(home, day(-13), day(20))
    left_from_there = churned_customers(home, day(-12), day(-5))
    assert left_from_there["customers"] == 6


def test_departures_that_are_not_known_yet_are_named(home: Path) -> None:
    """The data end on day 101; facts take two days and a silence thirty."""
    with pytest.raises(NotEnoughData, match="of prepaid customers") as refusal:
        churned_customers(home, day(0), day(70))
    assert refusal.value.details["known_up_to"] == {
        "postpaid": f"{day(99):%F}",
        "prepaid": f"{day(69):%F}",
    }
    with pytest.raises(NotEnoughData, match="of postpaid and prepaid customers"):
        churned_customers(home, day(0), day(100))
    assert churned_customers(home, day(0), day(69))["churned"] == 3


def test_the_archive_of_a_simulated_operator_is_the_truth(small_home: SmallHome) -> None:
    import pandas as pd

    since, until = datetime(2025, 6, 1), datetime(2025, 11, 1)
    gone = pd.read_parquet(small_home.home / "truth" / "departures.parquet")
    when = pd.to_datetime(gone["departure_day"])
    gone = gone[(when >= since) & (when < until) & ~gone["competing"]]
    back = pd.to_datetime(gone["back_day"]) - pd.to_datetime(gone["departure_day"])
    again = (back <= pd.Timedelta(days=30)) & (gone["back_event"] == "started")
    kinds = gone.loc[~again, "kind"].replace({"pre_cancelled": "cancelled"}).value_counts()
    result = churned_customers(small_home.home, since, until)
    assert by_name(result["composition"]["kind"], "churned") == kinds.to_dict()


def test_the_name_of_before_names_the_new_one() -> None:
    refused = CliRunner().invoke(app, ["left", "--from", "2025-12-01", "--json"])
    assert refused.exit_code == 1
    assert "`liuke left` is now `liuke churned`" in refused.stderr
