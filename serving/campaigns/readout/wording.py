"""A read-out in words: what is known, what the test holds, what the campaign brought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from features.words import say, words
from serving.campaigns.readout.shown import STAY

HELPS, HARMS, UNCLEAR = "helps", "harms", "unclear"
Plain = Mapping[str, Any]


def in_words(result: Plain, currency: str, language: str) -> str:
    """The read-out as a reader of either language sees it."""
    return "\n".join(_Page(result, currency, language).lines())


def effect_lines(result: Plain, currency: str, language: str) -> list[str]:
    """What the campaign brought, a line a figure."""
    return list(_Page(result, currency, language).what_it_brought())


def holdout_words(result: dict[str, Any], language: str) -> str:
    """What all contact together did, in words."""
    lines = [say("readout", "holdout", language, since=result["since"], until=result["until"])]
    for arm, counts in result["outcomes"].items():
        stayed, left = counts.get("stayed", 0), counts.get("left", 0)
        share = left / max(stayed + left, 1)
        lines.append("  " + say("readout", f"arm_{arm}", language, stayed=stayed, left=left,
                                share=share))  # fmt: skip
    lines += [f"  ! {one['message']}" for one in result["checks"] if not one["passed"]]
    if not result["is_named"]:
        lines.append(say("readout", "not_named", language))
    lines += _Page(result | {"is_known": True, "reached": []}, "", language).what_it_brought()
    return "\n".join(lines)


class _Page:
    """The lines of one read-out in one language."""

    def __init__(self, result: Plain, currency: str, language: str) -> None:
        self._result, self._currency, self._language = result, currency, language

    def lines(self) -> Iterator[str]:
        yield from self._what_is_known()
        yield from self._what_is_wrong()
        yield from self.what_it_brought()
        yield from self._by_part()
        yield from (f"  {own}" for own in self._result["assumptions"])

    def _say(self, key: str, **values: object) -> str:
        return say("readout", key, self._language, **values)

    def _what_is_known(self) -> Iterator[str]:
        own = self._result
        yield self._say("heading", **{name: own[name] for name in ("campaign", "as_of", "looks")})
        if not own["is_known"]:
            yield self._say("not_yet_known", date=own["known_at"])
        for arm, counts in own["outcomes"].items():
            stayed, left = counts.get("stayed", 0), counts.get("left", 0)
            share = left / max(stayed + left, 1)
            yield "  " + self._say(f"arm_{arm}", stayed=stayed, left=left, share=share)
        yield "  " + self._say("crossovers", count=own["crossovers"])
        yield "  " + self._say("cost", cost=f"{own['cost']:,.2f}", currency=self._currency)

    def _what_is_wrong(self) -> Iterator[str]:
        if not self._result["is_named"]:
            yield self._say("not_named")
        for check in self._result["checks"]:
            if not check["passed"]:
                yield f"  ! {check['message']}"

    def what_it_brought(self) -> Iterator[str]:
        for one in self._result["effects"]:
            interval = one if self._result["is_known"] else {**one, **one["always_valid"]}
            yield self._say(
                "effect", what=self._what(interval), verdict=self._say(verdict(interval)),
                narrower=self._say("narrower", share=max(one["narrower_by"], 0.0)),
            )  # fmt: skip
        for one in self._result["reached"]:
            yield "  " + self._say("reached", what=self._what(one), share=one["share_reached"])

    def _by_part(self) -> Iterator[str]:
        own = self._result["parts"]
        if not own:
            return
        yield self._say("parts", count=len({(one["by"], one["of"]) for one in own}))
        names = words(self._language, "readout")
        for one in own:
            kind = names[f"by_{one['by']}"]
            yield f"  {kind} {one['of']} ({one['customers']:,}): {self._what(one)}"

    def _what(self, one: Plain) -> str:
        """The figure with its interval: shares in points, amounts in the currency a customer."""
        times = 100 if one["measure"] == STAY else 1
        shown = {name: f"{times * one[name]:+,.2f}" for name in ("estimate", "low", "high")}
        return self._say(one["measure"], currency=self._currency, **shown)


def verdict(one: Plain) -> str:
    """Whether an effect helps or harms beyond chance, or neither."""
    return HELPS if one["low"] > 0 else HARMS if one["high"] < 0 else UNCLEAR
