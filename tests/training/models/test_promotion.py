"""The gate, the promotion, the way back; on a registry that is real but for its runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from features.disk.atomic import replace_json
from features.errors import BundleError, NoChampion, PromotionRefused, UnknownVersion
from features.home import Home
from tests.conftest import set_home
from tests.training.evaluation.backtests import backtest_of
from training.evaluation.figures import Evaluation
from training.models.bundle import Bundle, write_bundle
from training.models.promotion import (
    examine,
    promote,
    read_champion,
    rollback,
    versions,
    weigh_backtest,
)
from training.models.registry.tracking import Gate, register, registry_settings

NOW = datetime(2026, 3, 2, 9, 30)
PASSES = {
    "counts": {"churners": 412},
    "auc": 0.83,
    "auc_interval": [0.8, 0.86],
    "calibration_slope": 1.02,
    "observed_over_expected": 0.97,
    "brier_skill_interval": [0.04, 0.09],
    "recipe": "r",
}
SHAPE = {"trees": 80, "leaves": 31, "depth": 6, "features": 5}


def judged(bundle: Bundle, **figures: Any) -> Bundle:
    """The bundle as if the test period had said this."""
    shape = {name: figures.pop(name) for name in ("depth", "trees") if name in figures}
    return replace(bundle, evaluation=Evaluation(PASSES | figures), shape=SHAPE | shape)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return registry_settings(tmp_path).gate


def test_a_good_version_passes_every_rule(bundle: Bundle, gate: Gate) -> None:
    findings = examine(judged(bundle), gate)
    assert [finding.passed for finding in findings] == [True] * 7


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        (
            {"counts": {"churners": 199}},
            "churners in the test period is 199; expected at least 200",
        ),
        ({"auc_interval": [0.59, 0.9]}, "lower bound of the AUC is 0.59; expected at least 0.6"),
        (
            {"calibration_slope": 0.79},
            "calibration slope is 0.79; expected at least 0.8 and at most 1.25",
        ),
        (
            {"calibration_slope": 1.26},
            "calibration slope is 1.26; expected at least 0.8 and at most 1.25",
        ),
        (
            {"observed_over_expected": 0.84},
            "observed over expected is 0.84; expected at least 0.85 and at most 1.15",
        ),
        (
            {"observed_over_expected": 1.16},
            "observed over expected is 1.16; expected at least 0.85 and at most 1.15",
        ),
        (
            {"brier_skill_interval": [-0.01, 0.1]},
            "lower bound of the Brier skill is -0.01; expected at least 0",
        ),
        ({"depth": 7}, "depth of the trees is 7; expected at most 6"),
        ({"trees": 501}, "number of trees is 501; expected at most 500"),
        (
            {"champion": "7", "champion_auc": 0.85},
            "AUC lost against the champion, version 7, is 0.02; expected at most 0.01",
        ),
        ({"auc_interval": None}, "lower bound of the AUC is unknown; expected at least 0.6"),
        (
            {"brier_skill_interval": None},
            "lower bound of the Brier skill is unknown; expected at least 0",
        ),
        (
            {"calibration_slope": None},
            "calibration slope is unknown; expected at least 0.8 and at most 1.25",
        ),
        (
            {"observed_over_expected": None},
            "observed over expected is unknown; expected at least 0.85 and at most 1.15",
        ),
        (
            {"auc": None, "champion": "7", "champion_auc": 0.85},
            "AUC lost against the champion, version 7, is unknown; expected at most 0.01",
        ),
        (
            {"champion": "7", "champion_auc": None},
            "AUC lost against the champion, version 7, is unknown; expected at most 0.01",
        ),
        (
            {"champion": "6", "champion_auc": 0.7},
            "AUC lost against the champion, version 7, is unknown; expected at most 0.01",
        ),
    ],
)
def test_each_rule_says_what_it_found_and_what_it_wants(
    bundle: Bundle, gate: Gate, figures: dict[str, Any], reason: str
) -> None:
    champion = "7" if "champion" in figures else None
    findings = examine(judged(bundle, **figures), gate, champion)
    assert [str(finding) for finding in findings if not finding.passed] == [reason]


def test_a_little_worse_than_the_champion_is_chance(bundle: Bundle, gate: Gate) -> None:
    findings = examine(judged(bundle, champion="7", champion_auc=0.839), gate, "7")
    assert findings[-1].rule == "AUC lost against the champion, version 7,"
    assert findings[-1].passed


def test_the_worst_dates_of_a_backtest_of_the_same_recipe_are_weighed(
    bundle: Bundle, tmp_path: Path
) -> None:
    bars = registry_settings(tmp_path).backtest
    own, past = judged(bundle), backtest_of((0.7, 0.9), (0.55, 1.3))
    findings = weigh_backtest(own, bars, past)
    assert [str(finding) for finding in findings] == [
        "AUC at the worst date of the backtest, 2026-01-02, is 0.55; expected at least 0.6",
        "observed over expected at the worst date of the backtest, 2026-01-02, is 1.3; expected at "
        "least 0.8 and at most 1.25",
    ]
    assert [(finding.passed, finding.refuses) for finding in findings] == [(False, False)] * 2
    declared = weigh_backtest(own, replace(bars, refuses=True), past)
    assert [finding.refuses for finding in declared] == [True, True]
    good = weigh_backtest(own, bars, backtest_of((0.7, 0.9), (0.65, 1.2)))
    assert [finding.passed for finding in good] == [True, True]
    (auc, level) = weigh_backtest(own, bars, backtest_of((None, None)))
    assert (auc.found, level.found) == (None, None)
    assert not auc.passed


def test_a_backtest_of_another_recipe_says_nothing(bundle: Bundle, tmp_path: Path) -> None:
    bars, past = registry_settings(tmp_path).backtest, backtest_of((0.5, 2.0))
    assert weigh_backtest(judged(bundle, recipe="other"), bars, past) == []
    assert weigh_backtest(judged(bundle, recipe=None), bars, past) == [], (
        "a version from before recipes"
    )
    assert weigh_backtest(judged(bundle), bars, None) == []


@pytest.fixture(scope="module")
def registered(
    tmp_path_factory: pytest.TempPathFactory, bundle: Bundle, sample: Any
) -> Callable[[], Path]:
    """A home whose versions 1, 2 and 3 pass the gate and whose 4 does not; none is champion.

    Each was compared with the version before it, 4 with version 1.
    """
    home = tmp_path_factory.mktemp("promotion")
    example = sample.rows[list(bundle.features)]
    bad = {"calibration_slope": 0.5, "counts": {"churners": 3}}
    for before, figures in ((None, {}), ("1", {}), ("2", {}), ("1", bad)):
        compared = {"champion": before, "champion_auc": 0.83}
        register(home, judged(bundle, **compared, **figures), {}, {}, example, {})

    def fresh() -> Path:
        (home / "models" / "champion.json").unlink(missing_ok=True)
        return home

    return fresh


@pytest.fixture
def home(registered: Callable[[], Path]) -> Path:
    return registered()


@pytest.fixture
def client(home: Path) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(f"sqlite:///{home / 'mlflow.db'}")


def aliases(client: Any) -> dict[str, str]:
    found = client.get_registered_model("liuke-churn").aliases
    return {alias: str(version) for alias, version in found.items()}


def test_promotion_moves_the_alias_with_the_champion(home: Path, client: Any) -> None:
    with pytest.raises(NoChampion, match="liuke promote"):
        read_champion(home)
    version, findings = promote(home, "1", NOW)
    assert (version, len(findings)) == ("1", 7)
    assert aliases(client)["champion"] == "1"
    promote(home, "2", NOW)
    champion = read_champion(home)
    assert champion.version == "2"
    assert [move["version"] for move in champion.moves] == ["1", "2"]
    assert champion.moves[-1]["at"] == "2026-03-02T09:30:00"
    assert champion.moves[-1]["forced"] is False
    assert (aliases(client)["champion"], aliases(client)["previous"]) == ("2", "1")


def test_a_version_that_fails_is_refused_with_every_reason(home: Path, client: Any) -> None:
    promote(home, "1", NOW)
    with pytest.raises(PromotionRefused, match="churners in the test period is 3") as refused:
        promote(home, None, NOW)
    assert "calibration slope is 0.5" in str(refused.value)
    assert refused.value.details["version"] == "4"
    assert len(refused.value.details["failed"]) == 2
    assert read_champion(home).version == "1"
    assert aliases(client)["champion"] == "1"


def test_a_backtest_warns_and_refuses_only_where_that_is_declared(home: Path) -> None:
    replace_json(Home(home).backtest, backtest_of((0.5, 1.0)).to_json())
    try:
        _, findings = promote(home, "1", NOW)
        assert [str(one) for one in findings if not one.passed] == [
            "AUC at the worst date of the backtest, 2026-01-01, is 0.5; expected at least 0.6"
        ]
        assert read_champion(home).moves[-1]["forced"] is False
        set_home(home, "registry", "[backtest]\nrefuses = true\n")
        with pytest.raises(PromotionRefused, match="AUC at the worst date of the backtest"):
            promote(home, "2", NOW)
        assert read_champion(home).version == "1"
    finally:
        Home(home).backtest.unlink()
        Home(home).settings("registry").unlink(missing_ok=True)


@pytest.mark.parametrize("reason", ["", "  "])
def test_force_needs_a_reason(home: Path, reason: str) -> None:
    with pytest.raises(PromotionRefused, match="--force needs --reason"):
        promote(home, "4", NOW, force=True, reason=reason)
    assert not (home / "models" / "champion.json").exists()


def test_force_and_its_reason_are_recorded(home: Path, client: Any) -> None:
    promote(home, "4", NOW, force=True, reason="pilot in one city, 试点")
    move = read_champion(home).moves[-1]
    assert (move["forced"], move["reason"]) == (True, "pilot in one city, 试点")
    assert [finding["passed"] for finding in move["findings"]].count(False) == 2
    tags = client.get_model_version("liuke-churn", "4").tags
    assert (tags["forced"], tags["reason"]) == ("True", "pilot in one city, 试点")
    assert tags["at"] == "2026-03-02T09:30:00"


def test_roll_backs_go_back_one_champion_each(home: Path, client: Any) -> None:
    for version in ("1", "2", "3"):
        promote(home, version, NOW)
    assert rollback(home, NOW) == "2"
    assert (read_champion(home).version, aliases(client)["champion"]) == ("2", "2")
    assert aliases(client)["previous"] == "1"
    assert rollback(home, NOW) == "1"
    assert "previous" not in aliases(client)
    with pytest.raises(NoChampion, match="first champion"):
        rollback(home, NOW)
    assert read_champion(home).version == "1"
    assert [move["move"] for move in read_champion(home).moves[-2:]] == ["rollback", "rollback"]
    with pytest.raises(PromotionRefused, match="champion, version 1, is unknown"):
        promote(home, "3", NOW)  # it was compared with version 2
    promote(home, "3", NOW, force=True, reason="looked at by hand")
    assert rollback(home, NOW) == "1"


def test_a_champion_promoted_again_is_not_its_own_predecessor(home: Path, client: Any) -> None:
    promote(home, "1", NOW)
    promote(home, "2", NOW)
    promote(home, "2", NOW)
    assert aliases(client)["previous"] == "1"
    assert rollback(home, NOW) == "1"


def test_without_a_champion_there_is_no_way_back(home: Path) -> None:
    with pytest.raises(NoChampion, match="no model has been promoted"):
        rollback(home, NOW)


def test_an_altered_bundle_is_neither_promoted_nor_rolled_back_to(home: Path) -> None:
    promote(home, "1", NOW)
    promote(home, "2", NOW)
    card = home / "models" / "1" / "card.md"
    text = card.read_text("utf-8")
    try:
        card.write_text(text + "better than it is\n", "utf-8")
        with pytest.raises(BundleError, match=r"card\.md"):
            promote(home, "1", NOW, force=True, reason="I know better")
        with pytest.raises(BundleError, match=r"card\.md"):
            rollback(home, NOW)
    finally:
        card.write_text(text, "utf-8")
    assert read_champion(home).version == "2"


def test_an_unknown_version_is_named_with_the_known_ones(home: Path) -> None:
    with pytest.raises(UnknownVersion, match="no version '9'; there are 1, 2, 3, 4"):
        promote(home, "9", NOW)


def test_an_empty_home_has_no_version(tmp_path: Path) -> None:
    assert versions(tmp_path) == []
    with pytest.raises(UnknownVersion, match="liuke train"):
        promote(tmp_path, None, NOW)


def test_versions_are_numbers_and_ten_comes_after_nine(bundle: Bundle, tmp_path: Path) -> None:
    for name in ("9", "10", ".half", "notes"):
        write_bundle(tmp_path / "models" / name, bundle)
    assert versions(tmp_path) == ["9", "10"]


def test_a_killed_promotion_leaves_the_champion_as_it_was(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(home, "1", NOW)
    before = (home / "models" / "champion.json").read_bytes()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        promote(home, "2", NOW)
    assert (home / "models" / "champion.json").read_bytes() == before
    assert versions(home) == ["1", "2", "3", "4"]
    assert not [path for path in (home / "models").iterdir() if path.name.endswith(".partial")]


@pytest.mark.parametrize("content", ["", "{}", "[]", json.dumps({"version": "1"}), "\udcff"])
def test_a_damaged_champion_file_says_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "models" / "champion.json"
    path.parent.mkdir()
    path.write_text(content, "utf-8", errors="surrogateescape")
    with pytest.raises(BundleError, match="cannot be read"):
        read_champion(tmp_path)
