"""What a demo found, as a newcomer reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.cells import cell_len

from features.home import Home
from features.settings import FeatureSettings, home_settings
from features.words import say, words
from features.words.remarks import remarks
from serving.campaigns.readout.wording import effect_lines
from serving.demo import HEADLINES, OF_VALUE
from serving.demo.campaign import BUDGET
from serving.retention.campaign.wording import summary_lines
from serving.retention.legend import excluded_words
from serving.scoring import Scorer
from training.indicators import Indicator
from training.indicators.evaluation import CHURNERS

AMOUNTS = ("margin_", "value_at_stake_")  # before the currency in an answer


def story(home: Path, result: dict[str, Any], language: str = "en") -> str:
    """The result of a demo in words."""
    page = _Story(language)
    first = result["riskiest"][0]["customer_id"]
    (answer,) = Scorer(home).score([first], language)
    return "\n".join(
        [
            *page.risk(result),
            *page.value(result),
            *page.riskiest(result),
            *page.why(first, answer),
            *page.files(home, result),
            *page.campaign(home, result),
            *page.people(result),
            *page.end(result),
        ]
    )


class _Story:
    """The parts of the story in one language; each begins with an empty line."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, key: str, **values: object) -> str:
        return say("demo", key, self.language, **values)

    def risk(self, result: dict[str, Any]) -> list[str]:
        counts = result["counts"]
        first, last = counts["dates"][0], counts["dates"][-1]
        people = {name: counts[name] for name in ("customers", CHURNERS.name)}
        lines = ["", self.say("risk_heading", first=first, last=last, **people), ""]
        for one in HEADLINES:
            bounds = [one.written(bound) for bound in result["intervals"].get(one.name) or ()]
            interval = self.say("interval", low=bounds[0], high=bounds[1]) if bounds else ""
            lines.append(f"{self._figure(one, result, 24)}   {interval}")
        return lines

    def value(self, result: dict[str, Any]) -> list[str]:
        lines = ["", self.say("value_heading"), ""]
        for one in OF_VALUE:
            unchanged = one.written(result[one.of("unchanged").name])
            figure = self._figure(one, result, 30)
            lines.append(f"{figure}   {self.say('unchanged', value=unchanged)}")
        return lines

    def riskiest(self, result: dict[str, Any]) -> list[str]:
        found = result["riskiest"]
        heading = self.say("riskiest_heading", count=len(found), as_of=result["as_of"])
        lines = ["", heading, ""]
        for customer in found:
            lines.append(
                f"  {customer['customer_id']}  {customer['churn_risk']:6.1%}   "
                f"{customer['signs'][0] if customer['signs'] else ''}"
            )
            lines += [f"  {'':>19}{sign}" for sign in customer["signs"][1:]]
        return lines

    def why(self, customer_id: str, answer: dict[str, Any]) -> list[str]:
        heading = self.say(
            "why_heading",
            customer=customer_id,
            risk=answer["churn_risk"],
            as_of=answer["as_of"],
            version=answer["model_version"],
        )
        lines = ["", heading, ""]
        for reason in answer["reasons"]:
            arrow = words(self.language, "demo")[reason["direction"]]
            lines.append(f"  {arrow} {reason['effect']:+.2f}  [{reason['group']}] {_sign(reason)}")
        if answer["value_tier"]:
            lines += ["", "  " + self.say("value_line", parts=self._value(answer))]
        return lines

    def files(self, home: Path, result: dict[str, Any]) -> list[str]:
        listed = result["list"]
        order = "by_expected_loss" if listed["order"] == "expected_loss" else "by_revenue"
        path = Home(home).lists / listed["file"]
        heading = {"count": listed["count"], "order": self.say(order), "path": path}
        excluded = excluded_words(listed["excluded"], self.language)
        return [
            "",
            "  " + self.say("picture", path=result["picture"]),
            "  " + self.say("report", path=result["report"]),
            "",
            self.say("list_heading", **heading),
            "  " + self.say("excluded", excluded=excluded),
        ]

    def campaign(self, home: Path, result: dict[str, Any]) -> list[str]:
        own = result["campaign"]
        if own is None:
            return ["", self.say("no_campaign")]
        currency = home_settings(home, "features", FeatureSettings).currency
        names = ("gain_true", "gain_true_oracle", "gain_true_by_risk", "gain_true_by_value")
        true = {name: f"{own[name]:,.0f}" for name in names}
        return [
            "",
            self.say("campaign_heading", budget=f"{BUDGET:,}", currency=currency),
            *(f"  {line}" for line in summary_lines(own["result"], currency, self.language)),
            "  " + self.say("campaign_true", currency=currency, **true),
            "  " + self.say("campaign_files", folder=own["folder"], id=own["id"]),
            *self.readout(own["readout"], currency),
        ]

    def readout(self, own: dict[str, Any] | None, currency: str) -> list[str]:
        """What the campaign brought once it was played, beside the truth."""
        if own is None or not own["is_named"]:
            return ["", self.say("no_readout")]
        stay = 100 * own["true"]["stay"]
        true = {"stay": f"{stay:+.2f}", "margin": f"{own['true']['margin']:+,.2f}"}
        found = [f"  {line}" for line in effect_lines(own, currency, self.language)]
        heading = self.say("readout_heading", date=own["known_at"])
        return ["", heading, *found, "  " + self.say("readout_true", currency=currency, **true)]

    def people(self, result: dict[str, Any]) -> list[str]:
        """Who can sign in, with passwords that are shown here and never again."""
        made = result["people"]
        lines = [f"  {user_id:<16} {password}" for user_id, password in made.items()]
        shown = [self.say("people_heading"), *lines] if made else [self.say("people_there")]
        served = [f"  {self.say('to_try', **one)}" for one in result["to_try"]]
        return ["", *shown, self.say("to_try_heading"), *served] if served else ["", *shown]

    def end(self, result: dict[str, Any]) -> list[str]:
        forced = result["forced"]
        gate = (
            self.say("overruled", reason=remarks(forced, self.language))
            if forced
            else self.say("passed", version=result["version"])
        )
        memory = result["peak_memory_mb"]
        return [
            "",
            self.say("time", seconds=result["seconds"], memory=memory, gate=gate),
            self.say("next"),
        ]

    def _figure(self, one: Indicator, result: dict[str, Any], width: int) -> str:
        name = one.words(self.language)
        return f"  {name}{' ' * (width - cell_len(name))}{one.written(result[one.name]):>8}"

    def _value(self, answer: dict[str, Any]) -> str:
        """Tier, margin and value at stake of an answer; what is not known is not said."""
        tier = words(self.language, "terms")[answer["value_tier"]]
        parts = [self.say("tier", tier=tier)]
        for field in AMOUNTS:
            for name, amount in answer.items():
                if name.startswith(field) and amount is not None:
                    currency = name.removeprefix(field).upper()
                    parts.append(self.say(field, amount=amount, currency=currency))
        return say("doctor", "between", self.language).join(parts)


def _sign(reason: dict[str, Any]) -> str:
    """A reason's text without its last words, which the arrow says already."""
    text: str = reason["text"]
    return text.rpartition("（" if text.endswith("）") else " (")[0]
