"""Count the letters of the world's languages: makes features/files/letters.json again.

    pip download --no-deps babel django faker jieba, unpacked into one folder
    python benchmarks/letters.py FOLDER

Words come from the translations of Babel (Unicode CLDR) and Django and from the names and places
of Faker; the frequency of Chinese characters also from jieba. Only counts are kept, not words.
"""

from __future__ import annotations

import gettext
import importlib
import json
import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from features.files.text import letters
from features.files.text.encodings import ENCODINGS

STEP = letters.STEP
MAX_CHARACTERS = 6000
WORD = re.compile(r"[^\W\d_]+")
PLACEHOLDER = re.compile(r"%\([^)]*\)[sd]|%[sd]|<[^>]*>|\{[^}]*\}")
CLDR = (
    "territories", "languages", "currency_names", "scripts", "months", "days", "time_zones",
    "meta_zones", "variants", "unit_display_names", "quarters", "eras", "date_fields",
)  # fmt: skip
TOPICS = (
    "address", "person", "company", "job", "lorem", "color", "date_time", "bank", "currency",
)  # fmt: skip
NAMES = {"zh": "zh_Hans", "no": "nb"}  # what the sources call these languages
PLACES = {"zh": "zh_CN", "zh_Hant": "zh_TW"}
CEDILLAS = str.maketrans("șțȘȚ", "şţŞŢ")  # as the encodings of Romania have them


def texts(value: Any) -> Iterator[str]:
    """Every text in a nested structure."""
    if isinstance(value, str):
        yield value
    elif hasattr(value, "items"):
        for _, inner in value.items():
            yield from texts(inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from texts(inner)


def words(folder: Path, language: str) -> Counter[str]:
    """The words of a language with how often they occur, three times at most."""
    localedata = importlib.import_module("babel.localedata")
    name = NAMES.get(language, language)
    data = localedata.load(name)
    found = [text for key in CLDR for text in texts(data.get(key, {}))]
    for path in sorted(folder.glob(f"django/**/locale/{name}/LC_MESSAGES/*.mo")):
        catalog = gettext.GNUTranslations(path.open("rb"))._catalog  # type: ignore[attr-defined]
        found += [PLACEHOLDER.sub("", text) for key, text in catalog.items() if key]
    for topic in TOPICS:
        for path in sorted(
            folder.glob(f"faker/providers/{topic}/{PLACES.get(language, language)}*")
        ):
            module = importlib.import_module(f"faker.providers.{topic}.{path.name}")
            classes = [value for value in vars(module).values() if isinstance(value, type)]
            for one in classes:
                found += [
                    text
                    for key, value in vars(one).items()
                    if key[0] != "_"
                    for text in texts(value)
                ]
    counts = Counter(word for text in found for word in WORD.findall(text))
    return Counter({word: min(count, 3) for word, count in counts.items()})


def grouped(costs: Iterable[tuple[str, float]]) -> dict[str, str]:
    """Texts by their cost in steps."""
    groups: dict[int, list[str]] = defaultdict(list)
    for text, cost in costs:
        groups[round(cost / STEP)].append(text)
    return {str(step): "".join(sorted(group)) for step, group in sorted(groups.items())}


def pairs(counts: Counter[str]) -> dict[str, str]:
    """What a letter costs after another one, of those that occur twice."""
    seen: Counter[str] = Counter()
    for word, count in counts.items():
        marked = f"^{word.lower()}$"
        seen.update({marked[at : at + 2]: 0 for at in range(len(marked) - 1)})
        for at in range(len(marked) - 1):
            seen[marked[at : at + 2]] += count
    first: Counter[str] = Counter()
    for pair, count in seen.items():
        first[pair[0]] += count
    return grouped(
        (pair, -math.log(count / (first[pair[0]] + 20)))
        for pair, count in seen.items()
        if count > 1
    )


def characters(counts: Counter[str], folder: Path, language: str) -> dict[str, str]:
    """What a character costs."""
    seen: Counter[str] = Counter()
    for word, count in counts.items():
        for character in word:
            if not character.isascii():
                seen[character] += count
    total = sum(seen.values())
    if language.startswith("zh"):
        frequency: Counter[str] = Counter()
        for line in (folder / "jieba" / "dict.txt").read_text("utf-8").splitlines():
            word, count, *_ = line.split()
            for character in word:
                frequency[character] += math.sqrt(int(count))  # type: ignore[assignment]
        share = total / sum(frequency.values())
        for character, often in frequency.items():
            if "\u4e00" <= character <= "\u9fff" and (language == "zh" or is_common(character)):
                seen[character] += often * share  # type: ignore[assignment]
    total = sum(seen.values())
    return grouped(
        (one, -math.log(count / total)) for one, count in seen.most_common(MAX_CHARACTERS)
    )


def is_common(character: str) -> bool:
    """Whether Big5 has the character on its first level."""
    try:
        return character.encode("big5")[0] < 0xC9
    except UnicodeEncodeError:
        return False


def main(folder: Path) -> None:
    """Write the costs of every language that an encoding names."""
    sys.path.insert(0, str(folder))
    languages = dict.fromkeys(one for many, _ in ENCODINGS.values() for one in many)
    found = {}
    for language in languages:
        counts = words(folder, language)
        if language in letters.STANDARDS:
            found[language] = characters(counts, folder, language)
            continue
        if language == "ro":
            counts = Counter({word.translate(CEDILLAS): count for word, count in counts.items()})
        found[language] = pairs(counts)
    path = Path(letters.__file__).with_name("letters.json")
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"), indent=0)
    path.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
