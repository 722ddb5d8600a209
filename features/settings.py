"""Settings: one TOML file per folder, read once into a frozen dataclass.

The defaults stand in `features/settings.toml` and its sisters and are copied to the home's
`settings/` the first time it is used; from then on the home's copy rules. An unknown, missing
or ill-typed key is an error that names it: no setting is ever guessed.
"""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from features.disk.atomic import replacing
from features.errors import OutputError, SettingsError
from features.home import Home

T = TypeVar("T")

MAX_TOPICS = 6  # as many as the catalogue declares features for


@dataclass(frozen=True)
class HoldoutSettings:
    """The permanent random share of customers outside all commercial contact."""

    share: float
    salt: str


PRESETS = ("quantiles", "vip_individual")


@dataclass(frozen=True)
class TierSettings:
    """Where the value tiers begin: silver, gold, diamond, ascending.

    See `features.histories.bills.tiers`.

    `preset` says which of the two rules for individual customers counts: `quantiles` of the base
    by mean bill, or `vip_individual`, amounts a month. `groups`: amounts a month for a group.
    """

    preset: str
    quantiles: tuple[float, ...]
    vip_individual: tuple[float, ...]
    groups: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.preset not in PRESETS:
            raise SettingsError(f"tiers.preset is {self.preset!r}; expected {' or '.join(PRESETS)}")
        for name in ("quantiles", "vip_individual", "groups"):
            bounds = getattr(self, name)
            if len(bounds) != 3 or list(bounds) != sorted(set(bounds)) or bounds[0] <= 0:
                raise SettingsError(f"tiers.{name} is {list(bounds)}; expected three, ascending")
        if self.quantiles[-1] >= 1:
            raise SettingsError(f"tiers.quantiles is {list(self.quantiles)}; expected below 1")


@dataclass(frozen=True)
class ComplaintSettings:
    """`promise_hours`: within so many hours of its opening a complaint is promised an answer."""

    promise_hours: int


@dataclass(frozen=True)
class TopicSettings:
    """How topics are found in the texts of complaints.

    `count` topics, fitted once on the texts known in the first `warmup_weeks` of use (as long as
    training's warm-up, so before the earliest panel date) if there are at least `min_texts`.
    What stands in more than `common_share` of the texts is a stock phrase and left out.
    """

    count: int
    warmup_weeks: int
    min_texts: int
    common_share: float


@dataclass(frozen=True)
class FeatureSettings:
    """What the feature pipelines need to know of the operator.

    `timezone`: IANA name; every time in the lake is in it, without offset.
    `currency`: ISO 4217; amounts are stored in its hundredth (`_fen`) and named in features.
    `usage_lag_days`: days after a week's end at which its usage counts as complete.
    `holdout`: the universal holdout. `tiers`: where the value tiers begin.
    `complaints`: what customers who complain are promised. `topics`: how topics are found.
    """

    timezone: str
    currency: str
    usage_lag_days: int
    holdout: HoldoutSettings
    tiers: TierSettings
    complaints: ComplaintSettings
    topics: TopicSettings

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SettingsError(
                f"timezone {self.timezone!r} is no IANA time zone; write one such as Asia/Shanghai"
            ) from error
        if len(self.currency) != 3 or not self.currency.isalpha() or not self.currency.isupper():
            raise SettingsError(
                f"currency {self.currency!r} is no ISO 4217 code; write one such as CNY"
            )
        if not 0 <= self.usage_lag_days <= 6:
            raise SettingsError(f"usage_lag_days is {self.usage_lag_days}; expected 0 to 6")
        if not 0 <= self.holdout.share <= 0.1:
            raise SettingsError(f"holdout.share is {self.holdout.share}; expected 0 to 0.1")
        if self.complaints.promise_hours < 1:
            raise SettingsError(
                f"complaints.promise_hours is {self.complaints.promise_hours}; expected 1 or more"
            )
        self._check_topics()

    def _check_topics(self) -> None:
        topics = self.topics
        if not 2 <= topics.count <= MAX_TOPICS:
            raise SettingsError(f"topics.count is {topics.count}; expected 2 to {MAX_TOPICS}")
        if topics.warmup_weeks < 1 or topics.min_texts < 10 * topics.count:
            raise SettingsError(
                f"topics.warmup_weeks is {topics.warmup_weeks} and topics.min_texts "
                f"{topics.min_texts}; expected at least one week and ten texts a topic"
            )
        if not 0 < topics.common_share <= 1:
            raise SettingsError(
                f"topics.common_share is {topics.common_share}; expected above 0, up to 1"
            )


def home_settings(home: Path, package: str, kind: type[T]) -> T:
    """The settings of `package` in this home, as `kind`; defaults are copied on first use."""
    return read_toml(copy_default(home, package, shipped(package)), kind)


def shipped(package: str) -> Path:
    """The file of a package's default settings, such as that of "features"."""
    return Path(__file__).parents[1] / package / "settings.toml"


def copy_default(home: Path, name: str, default: Path) -> Path:
    """The home's `settings/<name>.toml`, copied from `default` where it is not there yet.

    `default` itself where the home cannot be written: it counts until there is a copy.
    """
    path = Home(home).settings(name)
    if not path.exists():
        try:
            with replacing(path) as aside:
                shutil.copyfile(default, aside)
        except OutputError:
            return default
    return path


def read_toml(path: Path, kind: type[T]) -> T:
    """The file as the frozen dataclass `kind`. Raises SettingsError naming file and key."""
    return build(parse_toml(path), kind, str(path))


def parse_toml(path: Path) -> dict[str, Any]:
    """The file's tables as plain values. Raises SettingsError where it is absent or not TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(f"{path}: no such file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, IsADirectoryError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from error


def build(values: dict[str, Any], kind: type[T], where: str) -> T:
    """A dataclass from plain values, each key checked for presence and type."""
    if not is_dataclass(kind):
        raise TypeError(f"{kind} is no dataclass")
    known = {field.name: field for field in fields(kind)}
    unknown = sorted(set(values) - set(known))
    missing = [
        name
        for name, field in known.items()
        if name not in values and field.default is MISSING and field.default_factory is MISSING
    ]
    if unknown or missing:
        found = "".join(
            f"; {label}: {', '.join(names)}"
            for label, names in (("unknown", unknown), ("missing", missing))
            if names
        )
        raise SettingsError(f"{where}: the keys are not the expected ones{found}")
    hints = get_type_hints(kind)
    return kind(**{name: _value(values[name], hints[name], f"{where}: {name}") for name in values})


def _value(value: Any, hint: Any, where: str) -> Any:
    if is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, dict):
            raise SettingsError(f"{where} is {value!r}; expected a table")
        return build(value, hint, where)
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        options = [arg for arg in args if arg is not type(None)]
        return _value(value, options[0], where)
    if origin is tuple and isinstance(value, list):
        return tuple(_value(item, args[0], f"{where}[{i}]") for i, item in enumerate(value))
    if origin is dict and isinstance(value, dict):
        return {key: _value(item, args[1], f"{where}.{key}") for key, item in value.items()}
    if hint is float and type(value) is int:
        return float(value)
    if isinstance(hint, type) and type(value) is hint:
        return value
    raise SettingsError(f"{where} is {value!r}; expected {getattr(hint, '__name__', hint)}")
