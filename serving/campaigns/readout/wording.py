"""A read-out in words: what is known, what the test holds, what the campaign brought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from features.words import say, words
from serving.campaigns.readout.effects import STAY

HELPS, HARMS, UNCLEAR = "helps", "harms", "unclear"


def in_words(result: Mapping[str, Any], currency: str, language: str) -> str:
    """The read-out as a reader of either language sees it."""
    return "\n".join(_lines(result, currency, language))


def _lines(result: Mapping[str, Any], currency: str, language: str) -> Iterator[str]:
    def line(key: str, **values: object) -> str:
        return say("readout", key, language, **values)

    yield line("heading", **{name: result[name] for name in ("campaign", "as_of", "looks")})
    if not result["is_known"]:
        yield line("not_yet_known", date=result["known_at"])
    for arm, counts in result["outcomes"].items():
        stayed, left = counts.get("stayed", 0), counts.get("left", 0)
        share = left / max(stayed + left, 1)
        yield "  " + line(f"arm_{arm}", stayed=stayed, left=left, share=share)
    yield "  " + line("crossovers", count=result["crossovers"])
    yield "  " + line("cost", cost=f"{result['cost']:,.2f}", currency=currency)
    if not result["is_named"]:
        yield line("not_named")
    for check in result["checks"]:
        if not check["passed"]:
            yield f"  ! {check['message']}"
    whole = [one for one in result["effects"] if one["by"] is None]
    for one in whole:
        yield _sentence(one, currency, language)
    for one in result["reached"]:
        yield "  " + line("reached", what=_what(one, currency, language))
    yield from _parts(result, currency, language)
    yield from (f"  {own}" for own in result["assumptions"])


def _sentence(one: Mapping[str, Any], currency: str, language: str) -> str:
    """One effect over the list: what it is, whether beyond chance, how much sharper."""
    verdict = HELPS if one["low"] > 0 else HARMS if one["high"] < 0 else UNCLEAR
    text = say("readout", verdict, language)
    narrower = say("readout", "narrower", language, share=one["narrower"])
    return say(
        "readout", "effect", language, what=_what(one, currency, language), verdict=text,
        narrower=narrower,
    )  # fmt: skip


def _parts(result: Mapping[str, Any], currency: str, language: str) -> Iterator[str]:
    own = [one for one in result["effects"] if one["by"] is not None]
    if not own:
        return
    yield say("readout", "parts", language, count=len({(one["by"], one["of"]) for one in own}))
    for one in own:
        kind = words(language, "readout")[f"by_{one['by']}"]
        yield f"  {kind} {one['of']} ({one['customers']:,}): {_what(one, currency, language)}"


def _what(one: Mapping[str, Any], currency: str, language: str) -> str:
    """The figure with its interval: shares in points, amounts in the currency a customer."""
    times, digits = (100, 2) if one["measure"] == STAY else (1, 2)
    shown = {name: f"{times * one[name]:+,.{digits}f}" for name in ("estimate", "low", "high")}
    return say("readout", one["measure"], language, currency=currency, **shown)
