"""What the feature pipelines need to know of the operator, as frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from features.errors import SettingsError

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
    Phrases in more than `common_share` of the texts are stock phrases, which are excluded.
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
                f"timezone {self.timezone!r} is not an IANA time zone; write one such as "
                "Asia/Shanghai"
            ) from error
        if len(self.currency) != 3 or not self.currency.isalpha() or not self.currency.isupper():
            raise SettingsError(
                f"currency {self.currency!r} is not an ISO 4217 code; write one such as CNY"
            )
        if not 0 <= self.usage_lag_days <= 6:
            raise SettingsError(f"usage_lag_days is {self.usage_lag_days}; expected 0 to 6")
        if not 0 <= self.holdout.share <= 0.1:
            raise SettingsError(f"holdout.share is {self.holdout.share}; expected 0 to 0.1")
        if self.complaints.promise_hours < 1:
            raise SettingsError(
                f"complaints.promise_hours is {self.complaints.promise_hours}; expected at least 1"
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
                f"topics.common_share is {topics.common_share}; expected above 0 and at most 1"
            )
