"""Whether a version can answer from last night's rows, before it becomes champion."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from features import catalogue
from features.disk.atomic import replace_json
from features.engine.streams import READS, READS_STREAMS, STREAMS, constants, stream_constants
from features.errors import PromotionRefused
from tests.versions import fewer_features
from training.models import promotion
from training.models.answering import obstacle
from training.models.bundle import Bundle, read_bundle, write_bundle
from training.models.definitions import FeatureRows, difference
from training.models.promotion import promote, read_champion, rollback
from training.night import last_night

if TYPE_CHECKING:
    from tests.conftest import SmallHome

WHY: Any = {"force": True, "reason": "a test"}


@pytest.fixture
def own(small_home: SmallHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallHome:
    """The small home in a copy; its registry knows version 1 alone, so no alias is moved."""
    monkeypatch.setattr(promotion, "move_aliases", lambda *_: None)
    return replace(small_home, home=small_home.copied_to(tmp_path / "own"))


def champion_of(own: SmallHome) -> Bundle:
    return read_bundle(own.home / "models" / "1")


def version(own: SmallHome, name: str, bundle: Bundle) -> None:
    write_bundle(own.home / "models" / name, bundle)


def champions(own: SmallHome, *versions: str) -> None:
    """The champions of this home as promotions in this order leave them."""
    moves = [{"move": "promote", "version": name} for name in versions]
    path = own.home / "models" / "champion.json"
    replace_json(path, {"version": versions[-1], "moves": moves})


def with_one_more(bundle: Bundle, name: str = "horoscope") -> Bundle:
    """A version that reads a feature which no feed gives."""
    return replace(bundle, features=(name, *bundle.features[1:]))


def test_a_version_of_fewer_features_is_rolled_back_to(own: SmallHome) -> None:
    version(own, "2", fewer_features(champion_of(own)))
    champions(own, "2", "1")
    assert rollback(own.home, own.as_of) == "2"
    assert obstacle(own.home, read_bundle(own.home / "models" / "2")) is None


def test_a_version_that_last_nights_rows_lack_features_for_is_not_promoted(
    own: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    version(own, "2", with_one_more(champion_of(own)))
    with pytest.raises(PromotionRefused, match="missing: horoscope") as refusal:
        promote(own.home, "2", own.as_of)
    assert "does not pass the gate" in str(refusal.value), "both are said at once"
    passing(monkeypatch)
    with pytest.raises(PromotionRefused, match=r"with version 2 the service would .* horoscope"):
        promote(own.home, "2", own.as_of)
    assert read_champion(own.home).version == "1"


@pytest.mark.parametrize("change", [with_one_more, lambda own: replace(own, currency="EUR")])
def test_a_roll_back_that_would_take_the_service_down_is_refused_unless_forced(
    own: SmallHome, change: Callable[[Bundle], Bundle]
) -> None:
    version(own, "2", change(champion_of(own)))
    champions(own, "2", "1")
    before = (own.home / "models" / "champion.json").read_bytes()
    with pytest.raises(PromotionRefused, match="with version 2 the service would refuse every"):
        rollback(own.home, own.as_of)
    assert (own.home / "models" / "champion.json").read_bytes() == before
    assert rollback(own.home, own.as_of, force=True) == "2"


def passing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the gate found nothing: it judges figures, this file what stands in the rows."""
    monkeypatch.setattr(promotion, "examine", lambda *_: [])


def night_without(own: SmallHome, names: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As if last night had been scored by a version of Liuke without these features."""
    night = last_night(own.home)
    assert night is not None
    kept = tuple(name for name in night.features if name not in names)
    definitions = {name: (night.definitions or {})[name] for name in kept}
    older = replace(night, features=kept, fingerprint="older", definitions=definitions)
    monkeypatch.setattr("training.models.answering.last_night", lambda _: older)


def test_what_a_new_night_repairs_is_said_with_its_date(
    own: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing(monkeypatch)
    newest = champion_of(own)
    version(own, "2", newest)
    version(own, "1b", newest)
    shutil.rmtree(own.home / "models" / "1")
    version(own, "1", fewer_features(newest))
    last = newest.features[-1]
    night_without(own, {last}, monkeypatch)
    expected = re.escape(f"missing: {last}). Run `liuke score --as-of {own.as_of:%F}` first")
    with pytest.raises(PromotionRefused, match=expected):
        promote(own.home, "2", own.as_of)
    assert promote(own.home, "2", own.as_of, **WHY)[0] == "2"
    assert read_champion(own.home).moves[-1]["forced"] is True


def test_where_the_champion_cannot_score_either_force_comes_first(
    own: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A definition changed in an upgrade: the champion answers from the old rows alone."""
    passing(monkeypatch)
    newest, night = champion_of(own), last_night(own.home)
    assert newest.definitions is not None
    assert night is not None
    changed = newest.features[0]
    older = {**newest.definitions, changed: "another.one"}
    version(own, "2", newest)
    shutil.rmtree(own.home / "models" / "1")
    version(own, "1", replace(newest, fingerprint="older", definitions=older))
    old_rows = replace(night, fingerprint="older", definitions=older)
    monkeypatch.setattr("training.models.answering.last_night", lambda _: old_rows)
    expected = f"of another definition: {changed}.*liuke promote 2 --force --reason TEXT` and, str"
    with pytest.raises(PromotionRefused, match=expected):
        promote(own.home, "2", own.as_of)


def test_where_the_service_does_not_answer_anyway_nothing_is_in_the_way(own: SmallHome) -> None:
    version(own, "2", with_one_more(champion_of(own)))
    champions(own, "1", "2")
    assert rollback(own.home, own.as_of) == "1"
    (own.home / "latest.sqlite").unlink()
    champions(own, "2", "1")
    assert rollback(own.home, own.as_of) == "2"


def test_a_version_written_before_the_hashes_were_kept_opens_and_answers(own: SmallHome) -> None:
    old = replace(champion_of(own), definitions=None)
    version(own, "2", old)
    stored = read_bundle(own.home / "models" / "2")
    assert stored.definitions is None
    assert obstacle(own.home, stored) is None


def test_without_hashes_the_catalogue_says_which_features_are_unchanged(own: SmallHome) -> None:
    """An old version, and a night of today that has a feature more."""
    old, night = replace(champion_of(own), definitions=None), last_night(own.home)
    assert night is not None
    inputs = night.fingerprint.partition(".")[2]
    more = replace(
        night,
        features=(*night.features, "new_in_an_upgrade"),
        fingerprint=f"of more.{inputs}",
        definitions={**(night.definitions or {}), "new_in_an_upgrade": "new.new"},
    )
    assert not difference(old, more)
    assert difference(old, replace(more, fingerprint="of more.and other settings"))
    assert difference(replace(old, fingerprint=f"of other features.{inputs}"), more)


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"features": ("a", "b"), "definitions": {"a": "1.1", "b": "1.1"}}, ""),
        ({"features": ("b", "a", "c"), "definitions": {"a": "1.1", "b": "1.1", "c": "9"}}, ""),
        ({"features": ("a",), "definitions": {"a": "1.1"}}, "missing: b"),
        (
            {"features": ("a", "b"), "definitions": {"a": "1.2", "b": "1.1"}},
            "of another definition: a",
        ),
        (
            {"features": ("a", "b"), "definitions": {"a": "2.1", "b": "1.1"}},
            "of another definition: a",
        ),
        ({"features": ("a", "b"), "definitions": {"a": "1.1"}}, "of another definition: b"),
        ({"features": ("a", "b"), "definitions": None}, "the same names, other definitions"),
    ],
    ids=str,
)
def test_rows_are_compared_feature_by_feature(
    bundle: Bundle, change: dict[str, Any], shown: str
) -> None:
    model = replace(
        bundle, features=("a", "b"), fingerprint="own", definitions={"a": "1.1", "b": "1.1"}
    )
    found = difference(model, FeatureRows(fingerprint="of the rows", **change))
    assert bool(found) == bool(shown)
    assert shown in str(found)


def test_every_stream_says_which_constants_change_it() -> None:
    from features.settings import FeatureSettings, read_toml

    settings = read_toml(Path(catalogue.__file__).parents[1] / "settings.toml", FeatureSettings)
    read = {name for stream in STREAMS for name in stream_constants(stream, settings)}
    assert read == set(constants(settings)), "a constant that no stream reads"
    assert set(READS) | set(READS_STREAMS) <= set(STREAMS)
    assert "promise_hours" not in stream_constants("bills", settings)
    assert "kb_a_gb" in stream_constants("bills", settings), (
        "bills are compared with the plan's fee"
    )
