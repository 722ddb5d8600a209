"""Topics of complaints: found once in the texts of the first weeks, and frozen.

Chinese and English texts share no characters, so each script has topics of its own, as many as its
share of the texts; a topic number stands for one of them. A text is taken as its runs of
characters: two in Chinese, four and five within words elsewhere. What stands in too many texts is a
stock phrase ("as I said to your colleague") and says nothing of the matter. The runs are weighted
by TF-IDF and factorised by NMF (Lee and Seung 1999, Nature 401:788) with the Kullback-Leibler
divergence, which gives less weight to phrases that always recur whole. A text's topic is the one
whose runs it shares most (cosine), found from the frozen numbers alone (`features.topics.files`),
so that the same text has the same topic for good.

Few texts give coarse topics; more matters than topics share one.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from ibis.expr.types import Table
from numpy.typing import NDArray

from features import windows
from features.feeds import FEEDS
from features.settings import MAX_TOPICS, TopicSettings

MIN_TEXTS = 100  # of a script, for it to have topics
RARE_TEXTS = 4  # runs in fewer texts are excluded
MAX_RUNS = 3000
TOP_TERMS = 8
DIGITS = 6  # of the numbers kept

HAN = re.compile("[\u3400-\u9fff]+")
WORD = re.compile("[^\\W\\d_\u3400-\u9fff]+")


@dataclass(frozen=True)
class Script:
    """The topics of one script: `components` has a row a topic, each of length one."""

    texts: int
    vocabulary: tuple[str, ...]
    idf: tuple[float, ...]
    components: tuple[tuple[float, ...], ...]
    top_terms: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Topics:
    """The frozen topics: those of Chinese texts come first, then those of all others.

    A script that had too few texts is null, and its texts have no topic. `fitted_at`: only texts
    known before it were read, and it is not after the earliest panel date.
    """

    fitted_at: datetime
    han: Script | None
    other: Script | None

    @property
    def texts(self) -> int:
        return sum(script.texts for script in (self.han, self.other) if script)


def fit(texts: Sequence[str], settings: TopicSettings, fitted_at: datetime) -> Topics | None:
    """The topics of these texts, in whatever order they come.

    A script has none if its texts are too few or have nothing in common but stock phrases; null
    if neither has any.
    """
    count = settings.count
    by_script: dict[bool, list[str]] = {True: [], False: []}
    for text in sorted(texts):
        by_script[_is_han(text)].append(text)
    enough = {is_han: own for is_han, own in by_script.items() if len(own) >= MIN_TEXTS}
    if not enough:
        return None
    counts = dict.fromkeys(enough, count)
    if len(enough) == 2:
        share = len(enough[True]) / (len(enough[True]) + len(enough[False]))
        counts[True] = min(max(round(count * share), 1), count - 1)
        counts[False] = count - counts[True]
    share = settings.common_share
    found = {is_han: _fit_script(own, counts[is_han], share) for is_han, own in enough.items()}
    topics = Topics(fitted_at, found.get(True), found.get(False))
    return topics if topics.han or topics.other else None


def _fit_script(texts: Sequence[str], count: int, common_share: float) -> Script | None:
    # Slow to import, and needed once in a home's life.
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        analyzer=runs,
        min_df=RARE_TEXTS,
        max_df=max(common_share, 2 * RARE_TEXTS / len(texts)),
        max_features=MAX_RUNS,
        sublinear_tf=True,
    )
    try:
        weights = vectorizer.fit_transform(texts)
    except ValueError:  # no run is left
        return None
    if min(weights.shape) < count:
        return None
    model = NMF(
        count,
        init="nndsvda",
        random_state=0,
        max_iter=500,
        solver="mu",
        beta_loss="kullback-leibler",
    )
    with warnings.catch_warnings():
        # A factorisation that could still be a little better serves as well.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(weights)
    length = np.linalg.norm(model.components_, axis=1, keepdims=True)
    components = np.round(model.components_ / np.maximum(length, 1e-12), DIGITS)
    vocabulary = tuple(str(run) for run in vectorizer.get_feature_names_out())
    return Script(
        texts=len(texts),
        vocabulary=vocabulary,
        idf=tuple(np.round(vectorizer.idf_, DIGITS).tolist()),
        components=tuple(map(tuple, components.tolist())),
        top_terms=tuple(
            tuple(vocabulary[i] for i in np.argsort(-row, kind="stable")[:TOP_TERMS])
            for row in components
        ),
    )


def runs(text: str) -> list[str]:
    """The runs of characters that a text is taken as, in lower case, without digits.

    >>> runs("没信号 No net")
    ['没信', '信号', ' no ', ' net', 'net ', ' net ']
    """
    text = text.lower()
    found = [run[i : i + 2] for run in HAN.findall(text) for i in range(len(run) - 1)]
    for word in WORD.findall(text):
        padded = f" {word} "
        for size in (4, 5):
            found += [padded[i : i + size] for i in range(len(padded) - size + 1)]
    return found


def _is_han(text: str) -> bool:
    return HAN.search(text) is not None


def assign(topics: Topics, texts: Sequence[str | None]) -> list[int | None]:
    """The topic of each text, 1 the first; null without a text or without any frozen run.

    Of topics that fit equally the first counts.
    """
    numbers: dict[str, int | None] = {}
    first = 1
    for is_han, script in ((True, topics.han), (False, topics.other)):
        if script is None:
            continue
        place = {run: i for i, run in enumerate(script.vocabulary)}
        idf, components = np.array(script.idf), np.array(script.components)
        own = sorted({text for text in texts if text is not None and _is_han(text) == is_han})
        for text in own:
            numbers[text] = _nearest(runs(text), place, idf, components, first)
        first += len(components)
    return [None if text is None else numbers.get(text) for text in texts]


def _nearest(
    found: list[str],
    place: dict[str, int],
    idf: NDArray[np.float64],
    components: NDArray[np.float64],
    first: int,
) -> int | None:
    counted = Counter(place[run] for run in found if run in place)
    # In one order, so that sums do not depend on the order of the words.
    known = sorted(counted)
    if not known:
        return None
    weight = (1 + np.log([counted[i] for i in known])) * idf[known]
    score = (components[:, known] * weight).sum(axis=1)
    return first + int(score.argmax()) if score.max() > 0 else None


def openings(complaints: Table) -> Table:
    """The versions of the openings of all complaints, with the text that the topic comes from."""
    opened = complaints.filter(complaints.event == "opened")
    return opened.select("customer_id", *FEEDS["complaints"].key, "known_at", "text")


def with_topics(topics: Topics, opened: pa.Table) -> pa.Table:
    """The openings with `topic` (int64, null without one) in the place of `text`."""
    numbers = assign(topics, opened["text"].to_pylist())
    return opened.drop_columns("text").append_column("topic", pa.array(numbers, pa.int64()))


def topics(facts: Table, as_of: Sequence[datetime]) -> Table:
    """One row a moment and complaint whose text was known at it, aged by its opening.

    `facts` are the openings with the `topic` of their text. Columns: customer_id, as_of,
    complaint_id, `age`, `days`, `at` (then the higher topic is the later), `topic_1`, ... (1 or
    0), `topic_name` ("topic 1", null where the text has none).
    """
    seen = windows.known(windows.versions(facts, FEEDS["complaints"].key), as_of)
    topic = seen.topic.argmin(seen["at"], where=seen.topic.notnull())
    whole = seen.group_by("customer_id", "as_of", "complaint_id").agg(
        age=seen.age.max(), days=seen.days.max(), at=seen["at"].min(), topic=topic
    )
    topic = whole.topic.fill_null(0)
    return whole.mutate(
        at=whole["at"] * (MAX_TOPICS + 1) + topic,
        topic_name=(topic > 0).ifelse("topic " + topic.cast("string"), None),
        **{f"topic_{k}": (topic == k).cast("int64") for k in range(1, MAX_TOPICS + 1)},
    )
