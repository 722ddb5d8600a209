"""Who is champion: the gate, the promotion, the way back.

`<home>/models/champion.json` names the version that scores and answers, and every move that
led to it. It is replaced in one step; the service reads it and the bundle, nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from features.disk.atomic import replace_json
from features.disk.locks import writing
from features.disk.stopping import finishing
from features.errors import (
    BundleError,
    LakeError,
    LiukeError,
    NoChampion,
    PromotionRefused,
    UnknownVersion,
)
from features.home import Home
from training.evaluation.backtest import Backtest, read_backtest
from training.indicators.comparison import CHAMPION_AUC
from training.indicators.evaluation import AUC, BRIER_SKILL, CALIBRATION_SLOPE, CHURNERS
from training.indicators.evaluation import OBSERVED_OVER_EXPECTED as LEVEL
from training.models.answering import obstacle, what_to_run
from training.models.bundle import Bundle, read_bundle
from training.models.registry.tracking import (
    BacktestBars,
    Gate,
    make_ready,
    move_aliases,
    registry_settings,
)

FORCED = "--force --reason TEXT"


@dataclass(frozen=True)
class GateFinding:
    """One rule of the gate: what was found, what was expected, whether it holds.

    One that is not `binding` is said, and refuses nothing.
    """

    rule: str
    found: float | None
    expected: str
    passed: bool
    binding: bool = True

    @property
    def refuses(self) -> bool:
        return self.binding and not self.passed

    def __str__(self) -> str:
        found = "unknown" if self.found is None else f"{self.found:.4g}"
        return f"{self.rule} is {found}; expected {self.expected}"


@dataclass(frozen=True)
class Champion:
    """The version that answers, and the moves that led to it, oldest first."""

    version: str
    moves: tuple[dict[str, Any], ...]


def examine(bundle: Bundle, gate: Gate, champion: str | None = None) -> list[GateFinding]:
    """What the gate finds, rule by rule. A figure that is unknown does not pass.

    `champion` is the version that the bundle would replace: it must have been compared with
    that very one, on the same rows.
    """
    figures, shape = bundle.evaluation, bundle.shape
    churners = figures.part("counts").estimate(CHURNERS).value
    low_auc, low_skill = figures.estimate(AUC).low, figures.estimate(BRIER_SKILL).low
    slope, level = (figures.estimate(one).value for one in (CALIBRATION_SLOPE, LEVEL))
    findings = [
        _from_to(f"{CHURNERS.en} in the test period", churners, gate.min_churners_test),
        _from_to(f"lower bound of the {AUC.en}", low_auc, gate.auc_interval_low_min),
        _from_to(
            CALIBRATION_SLOPE.en, slope, gate.calibration_slope_min, gate.calibration_slope_max
        ),
        _from_to(LEVEL.en, level, gate.observed_over_expected_min, gate.observed_over_expected_max),
        _from_to(
            f"lower bound of the {BRIER_SKILL.en}", low_skill, gate.brier_skill_interval_low_min
        ),
        _from_to("depth of the trees", shape["depth"], None, gate.max_depth),
        _from_to("number of trees", shape["trees"], None, gate.max_trees),
    ]
    if champion is not None:
        best, own = figures.estimate(CHAMPION_AUC).value, figures.estimate(AUC).value
        compared = figures.get("champion") == champion
        loss = best - own if compared and best is not None and own is not None else None
        rule = f"{AUC.en} lost against the champion, version {champion},"
        findings.append(_from_to(rule, loss, None, gate.max_auc_loss_against_champion))
    return findings


def weigh_backtest(
    bundle: Bundle, bars: BacktestBars, backtest: Backtest | None
) -> list[GateFinding]:
    """What the worst dates of a backtest say; nothing unless it is of the bundle's own recipe."""
    if backtest is None or backtest.recipe != bundle.evaluation.get("recipe"):
        return []
    auc, level = backtest.worst_auc(), backtest.worst_level()
    low, high = bars.observed_over_expected_min, bars.observed_over_expected_max
    findings = [
        _from_to(_at_worst(AUC.en, auc), auc[1] if auc else None, bars.auc_min),
        _from_to(_at_worst(LEVEL.en, level), level[1] if level else None, low, high),
    ]
    return [replace(finding, binding=bars.refuses) for finding in findings]


def _at_worst(name: str, worst: tuple[str, float] | None) -> str:
    rule = f"{name} at the worst date of the backtest"
    return rule if worst is None else rule + f", {worst[0]},"


def read_champion(home: Path) -> Champion:
    """The champion of this home.

    Raises NoChampion, BundleError where its file is damaged, and LakeError where the home
    is missing.
    """
    path = Home(home).champion
    try:
        content = json.loads(path.read_text("utf-8"))
        return Champion(content["version"], tuple(content["moves"]))
    except FileNotFoundError:
        empty = "" if holds_files(home) else " (the folder is empty; should it be mounted?)"
        raise NoChampion(
            f"no model has been promoted in {home}{empty}. "
            f"Train one with `liuke train --as-of DATE`, then `liuke promote`."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(
            f"{path} cannot be read ({error}). Restore it from a backup or promote again."
        ) from error


def holds_files(home: Path) -> bool:
    """Whether anything is in the home. Raises LakeError where it is gone or may not be read."""
    try:
        return next(home.iterdir(), None) is not None
    except OSError as error:
        raise LakeError(
            f"{home} cannot be read ({error.strerror}). Mount or restore it, or give "
            f"the right one with --home or LIUKE_HOME."
        ) from error


def versions(home: Path) -> list[str]:
    """The model versions of this home, oldest first."""
    folder = Home(home).models
    found = [path.name for path in folder.glob("*") if path.name.isdigit() and path.is_dir()]
    return sorted(found, key=int)


def promote(
    home: Path, version: str | None, now: datetime, *, force: bool = False, reason: str = ""
) -> tuple[str, list[GateFinding]]:
    """Make `version` (default: the newest) champion if the gate lets it; version and findings.

    `force` goes past the gate; it needs a `reason`, and both are recorded. Raises
    PromotionRefused with every finding that failed, or where the champion answers from last
    night's rows and this version could not; UnknownVersion, BundleError, or HomeBusy.
    """
    with writing(home, "liuke promote"):
        return _promote(home, version, now, force, reason)


def _promote(
    home: Path, version: str | None, now: datetime, force: bool, reason: str
) -> tuple[str, list[GateFinding]]:
    version = _existing(home, version)
    settings = registry_settings(home)
    bundle = read_bundle(Home(home).models / version)
    findings = [
        *examine(bundle, settings.gate, _replaced(home, version)),
        *weigh_backtest(bundle, settings.backtest, read_backtest(home)),
    ]
    failed = [str(finding) for finding in findings if finding.refuses]
    if force and not reason.strip():
        raise PromotionRefused("--force needs --reason TEXT: a reader of the record must know why.")
    hindrance = _hindrance(home, version, bundle, f"liuke promote {version} {FORCED}")
    if (failed or hindrance) and not force:
        raise PromotionRefused(
            "\n".join(part for part in (_gate_refusal(version, failed), hindrance) if part),
            version=version,
            failed=[*failed, *([hindrance] if hindrance else [])],
        )
    move = {
        "move": "promote",
        "version": version,
        "at": now.isoformat(timespec="seconds"),
        "forced": bool(failed or hindrance),
        "reason": reason,
        "findings": [asdict(finding) for finding in findings],
    }
    _move(home, version, move)
    return version, findings


def rollback(home: Path, now: datetime, *, force: bool = False) -> str:
    """Make the champion before this one champion again; its version.

    Two roll backs in a row go two champions back. Raises NoChampion where there is none before,
    and PromotionRefused, unless by `force`, where the champion answers from last night's rows
    and the one before could not.
    """
    with writing(home, "liuke rollback"):
        return _rollback(home, now, force)


def _rollback(home: Path, now: datetime, force: bool) -> str:
    champion = read_champion(home)
    line = _line(champion.moves)
    if len(line) < 2:
        raise NoChampion(
            f"version {champion.version} is the first champion; there is none to go back to."
        )
    version = line[-2]
    bundle = read_bundle(Home(home).models / version)
    hindrance = _hindrance(home, version, bundle, "liuke rollback --force")
    if hindrance and not force:
        raise PromotionRefused(hindrance, version=version, failed=[hindrance])
    move = {"move": "rollback", "version": version, "at": now.isoformat(timespec="seconds")}
    _move(home, version, move)
    return version


def _gate_refusal(version: str, failed: Sequence[str]) -> str:
    """The message of a gate that found reasons against the version; empty where it found none."""
    if not failed:
        return ""
    return (
        "\n  ".join([f"version {version} does not pass the gate:", *failed])
        + "\nTrain on more data, or overrule the gate with --force --reason TEXT; both are "
        "recorded."
    )


def _hindrance(home: Path, version: str, bundle: Bundle, forced: str) -> str | None:
    """Why this change would take the service down, and what to run; null where it would not.

    It would not where the service does not answer now either.
    """
    found = obstacle(home, bundle)
    champion = _answering(home) if found else None
    if found is None or champion is None:
        return None
    if found.needs_score:
        advice = what_to_run(home, bundle, champion, forced)
    else:
        advice = f"Train a version that can, or go past this check with `{forced}`."
    return (
        f"with version {version} the service would refuse every request: {found.found}. {advice} "
        f"The champion is unchanged."
    )


def _answering(home: Path) -> Bundle | None:
    """The champion's bundle where the service can answer with it."""
    try:
        bundle = read_bundle(Home(home).models / read_champion(home).version)
    except LiukeError:
        return None
    return None if obstacle(home, bundle) else bundle


def _line(moves: Sequence[dict[str, Any]]) -> list[str]:
    """The champions that stand behind each other, the present one last."""
    line: list[str] = []
    for move in moves:
        if move["move"] == "rollback":
            line.pop()
        elif line[-1:] != [move["version"]]:  # promoted again, not its own predecessor
            line.append(move["version"])
    return line


def _move(home: Path, version: str, move: dict[str, Any]) -> None:
    try:
        before: Champion | None = read_champion(home)
    except NoChampion:
        before = None
    moves = [*(before.moves if before else ()), move]
    aliases = registry_settings(home).aliases
    line = _line(moves)
    pointed = {
        aliases.champion: version,
        aliases.previous: line[-2] if len(line) > 1 else None,
    }
    if version == versions(home)[-1]:
        pointed[aliases.challenger] = None
    tags = {
        version: {
            key: str(move[key]) for key in ("move", "at", "forced", "reason") if move.get(key)
        }
    }
    make_ready(home)
    with finishing():  # so that the file and the registry agree
        replace_json(Home(home).champion, {"version": version, "moves": moves})
        move_aliases(home, pointed, tags)


def _replaced(home: Path, version: str) -> str | None:
    """The champion that `version` would replace, None if there is none or it is itself."""
    try:
        champion = read_champion(home).version
    except NoChampion:
        return None
    return champion if champion != version else None


def _existing(home: Path, version: str | None) -> str:
    known = versions(home)
    if not known:
        raise UnknownVersion(f"{home} holds no model. Train one with `liuke train --as-of DATE`.")
    if version is None:
        return known[-1]
    if version not in known:
        raise UnknownVersion(f"no version {version!r}; there are {', '.join(known)}")
    return version


def _from_to(
    rule: str, found: float | None, least: float | None, most: float | None = None
) -> GateFinding:
    bounds = [f"at least {least:g}"] if least is not None else []
    bounds += [f"at most {most:g}"] if most is not None else []
    passed = (
        found is not None and (least is None or found >= least) and (most is None or found <= most)
    )
    return GateFinding(rule, found, " and ".join(bounds), passed)
