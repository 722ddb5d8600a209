"""A read-out as one HTML page with pictures, in English or Chinese, with nothing to load."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from features.words import check_language, say
from serving.campaigns.readout.pictures import by_part, whole
from serving.campaigns.readout.wording import effect_lines
from training.pictures.model import svg
from training.report.document import document

ARMS = ("treated", "control")
Plain = Mapping[str, Any]


def html(result: dict[str, Any], currency: str, language: str) -> str:
    """The whole page. Raises SettingsError for another language."""
    check_language(language)

    def word(key: str, **values: object) -> str:
        return escape(say("readout", key, language, **values))

    title = word("page_title", as_of=result["as_of"])
    body = [
        f"<header><p class='brand'>Liuke</p><h1>{title}</h1>{_lead(result, word)}</header>",
        _section(word("page_brought"), *_brought(result, currency, language, word)),
        _section(word("page_parts"), *_parts(result, language, word)),
        _section(word("page_checks"), _checks(result, word)),
        _section(word("page_assumed"), *(_text(escape(own)) for own in result["assumptions"])),
    ]
    shown = "\n".join(part for part in body if part)
    return document(title, shown, language)


def _lead(result: Plain, word: Any) -> str:
    lines = [] if result["is_known"] else [word("not_yet_known", date=result["known_at"])]
    if not result["is_named"]:
        lines.append(word("not_named"))
    for arm in ARMS:
        counts = result["outcomes"].get(arm, {})
        stayed, left = counts.get("stayed", 0), counts.get("left", 0)
        share = left / max(stayed + left, 1)
        lines.append(word(f"arm_{arm}", stayed=stayed, left=left, share=share))
    return f'<p class="lead">{"<br>".join(lines)}</p>'


def _brought(result: dict[str, Any], currency: str, language: str, word: Any) -> list[str]:
    if not result["effects"]:
        return []
    drawn = [f"<figure>{svg(one)}</figure>" for one in whole(result, currency, language)]
    lines = [_text(escape(line.strip())) for line in effect_lines(result, currency, language)]
    cost = word("cost", cost=f"{result['cost']:,.2f}", currency=currency)
    return [*drawn, *lines, _text(cost)]


def _parts(result: Plain, language: str, word: Any) -> list[str]:
    if not result["parts"]:
        return []
    count = len({(one["by"], one["of"]) for one in result["parts"]})
    return [
        _text(word("parts", count=count)), f"<figure>{svg(by_part(result, language))}</figure>"
    ]  # fmt: skip


def _checks(result: Plain, word: Any) -> str:
    rows = "".join(
        f"<tr><td>{word('passed' if one['passed'] else 'failed')}</td>"
        f"<td>{escape(one['message'])}</td></tr>"
        for one in result["checks"]
    )
    return f'<div class="table"><table><tbody>{rows}</tbody></table></div>'


def _section(title: str, *parts: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n" + "\n".join(parts) + "\n</section>" if parts else ""


def _text(words: str) -> str:
    return f"<p>{words}</p>"
