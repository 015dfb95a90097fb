"""Robustness of networks over many pictures: the rows of a sweep, accuracy and success by epsilon, pairs.

A row is one trial: one picture, one network, one attack. All numbers are those of the picture as saved.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Literal, NamedTuple

from trickcore.measure.survival import wilson

Kind = Literal["accuracy", "success"]
CLEAN = 0.0  # the epsilon at which nothing was done


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one trial."""

    picture: str
    network: str
    method: str
    norm: str  # in which eps_levels and distance are
    eps_levels: float | None  # grey levels of 255; None where the method has no epsilon
    steps: int  # or questions, where a method only asks
    seed: int
    label: int  # what is right for the picture
    target: int | None  # None: anything but the label
    before: int  # what the network says of the untouched picture
    after: int  # and of the saved one
    success: bool  # the saved picture is read as the target; without one, as anything but the label
    already: bool  # so is the untouched one: nothing was done
    linf_levels: float  # the largest move of any value, in whole grey levels
    distance: float  # in the norm: levels (linf), their root mean square (l2), their sum (l1), values (l0)
    before_probability: float
    after_probability: float
    wanted_probability: float  # of the target, or of anything but the label, in the saved picture
    milliseconds: float  # that the trial took; of a batch each has its share
    batch: int  # pictures that went through the network together
    device: str


COLUMNS = tuple(field.name for field in fields(Row))


class Share(NamedTuple):
    """A share of pictures, and where the true one lies, at 95 %."""

    share: float
    low: float
    high: float
    pictures: int


class Attacked(NamedTuple):
    """What a curve is of."""

    network: str
    method: str
    goal: str  # "untargeted" or "targeted"
    norm: str
    steps: int


@dataclass(frozen=True, slots=True)
class Curve:
    """A share at each epsilon, in grey levels; None is a method's own choice, without an epsilon."""

    attacked: Attacked
    points: tuple[tuple[float | None, Share], ...]


def attacked_of(row: Row) -> Attacked:
    goal = "untargeted" if row.target is None else "targeted"
    return Attacked(row.network, row.method, goal, row.norm, row.steps)


def at_eps(row: Row, eps: float | None) -> Row:
    """A row as it counts at an epsilon: the least change of a method without one counts where it is no
    larger, else the picture is what it was."""
    if row.eps_levels is None and eps is not None and not row.already and row.distance > eps:
        return _untouched(row)
    return row


def right(row: Row) -> bool:
    """Whether the saved picture is still read as what it is."""
    return row.after == row.label


def curves(rows: Iterable[Row], kind: Kind = "accuracy") -> list[Curve]:
    """A curve for each network and attack, in the order in which they came.

    "accuracy": the share that is read right, over all pictures; at epsilon 0 untouched. "success": the share
    that became what was wanted, of those that were not it already. A method that looks for the least change
    is counted at every epsilon of the others in its norm. Where a picture was tried with several seeds its
    share is the mean, and the interval is that of so many pictures (Wilson 1927), not of so many trials.
    """
    groups: dict[Attacked, list[Row]] = defaultdict(list)
    grids: dict[str, set[float]] = defaultdict(set)
    for row in rows:
        groups[attacked_of(row)].append(row)
        if row.eps_levels is not None:
            grids[row.norm].add(row.eps_levels)
    found = []
    for attacked, group in groups.items():
        grid = sorted(grids[attacked.norm])
        own = all(row.eps_levels is None for row in group)
        places: list[float | None] = [*grid] if grid and own and attacked.norm in ("linf", "l2") else []
        if own and (not places or attacked.method == "pixels"):
            places = [None]
        if not own:
            places = [*sorted({row.eps_levels for row in group if row.eps_levels is not None})]
        points: list[tuple[float | None, Share]] = []
        if kind == "accuracy":
            points.append((CLEAN, share([(row.picture, row.before == row.label) for row in group])))
        for eps in places:
            if eps == CLEAN and kind == "accuracy":
                continue
            there = [at_eps(row, eps) for row in group if row.eps_levels in (None, eps)]
            points.append((eps, share(_counted(there, kind))))
        found.append(Curve(attacked, tuple(points)))
    return found


def _counted(rows: Sequence[Row], kind: Kind) -> list[tuple[str, bool]]:
    if kind == "accuracy":
        return [(row.picture, right(row)) for row in rows]
    return [(row.picture, row.success) for row in rows if not row.already]


def share(hits: Sequence[tuple[str, bool]]) -> Share:
    """The share of pictures for which something holds, from trials of pictures by name."""
    pictures = len({picture for picture, _ in hits})
    if not hits:
        return Share(0.0, 0.0, 1.0, 0)
    mean = sum(hit for _, hit in hits) / len(hits)
    low, high = wilson_of(mean, pictures)
    return Share(mean, low, high, pictures)


def wilson_of(mean: float, asked: int) -> tuple[float, float]:
    """`wilson` of a share that is itself a mean over several tries of each of so many."""
    whole = mean * asked
    below, above = math.floor(whole + 1e-9), math.ceil(whole - 1e-9)
    low, high = wilson(below, asked), wilson(above, asked)
    part = whole - below
    return low[0] + part * (high[0] - low[0]), low[1] + part * (high[1] - low[1])


class Difficulty(NamedTuple):
    """How often a picture was tricked."""

    picture: str
    hits: int
    tries: int
    eps_levels: float | None  # the smallest at which it was


def difficulties(rows: Iterable[Row]) -> list[Difficulty]:
    """Every picture that was tried, the easiest first."""
    of: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if not row.already:
            of[row.picture].append(row)
    found = [
        Difficulty(
            picture,
            sum(row.success for row in tried),
            len(tried),
            min((size for row in tried if (size := smallest(row)) is not None), default=None),
        )
        for picture, tried in of.items()
    ]
    found.sort(key=lambda one: (-one.hits / one.tries, one.eps_levels or 0.0, one.picture))
    return found


def smallest(row: Row) -> float | None:
    """The epsilon, in levels, at which a row's picture was tricked; None where it was not."""
    if not row.success or row.already:
        return None
    return row.distance if row.eps_levels is None else row.eps_levels


class ClassEps(NamedTuple):
    """The median over a class's pictures of the smallest epsilon that tricked them."""

    network: str
    label: int
    eps_levels: float | None  # None: more than half were not tricked by any epsilon tried
    tricked: int
    pictures: int


def by_class(rows: Iterable[Row]) -> list[ClassEps]:
    """For each network and class, the hardest first."""
    least: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.already or row.norm not in ("linf", "l2"):
            continue
        size = smallest(row)
        found = least[row.network, row.label]
        found[row.picture] = min(found.get(row.picture, math.inf), math.inf if size is None else size)
    out = []
    for (network, label), sizes in least.items():
        ordered = sorted(sizes.values())
        middle = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
        median = None if math.inf in middle else sum(middle) / 2
        out.append(ClassEps(network, label, median, sum(size < math.inf for size in ordered), len(ordered)))
    out.sort(key=lambda one: (one.eps_levels is not None, -(one.eps_levels or 0.0), one.network, one.label))
    return out


@dataclass(frozen=True, slots=True)
class Paired:
    """Two networks or two methods on the same pictures, with the same settings (McNemar 1947)."""

    eps_levels: float | None
    pictures: int
    first: int  # read right after the first's attack
    second: int
    only_first: int  # right with the first and not with the second
    only_second: int
    p: float  # of a difference at least as large by chance: the exact test, two-sided


def paired(first: Iterable[Row], second: Iterable[Row]) -> list[Paired]:
    """A pair's counts at each epsilon, over what both were tried on: picture, epsilon, seed, goal alike."""
    there = {_key(row): row for row in second}
    pairs: dict[float | None, list[tuple[bool, bool]]] = defaultdict(list)
    for row in first:
        other = there.get(_key(row))
        if other is not None:
            pairs[row.eps_levels].append((right(row), right(other)))
    return [_paired(eps, found) for eps, found in sorted(pairs.items(), key=lambda pair: pair[0] or 0.0)]


def _key(row: Row) -> tuple[object, ...]:
    return row.picture, row.eps_levels, row.norm, row.seed, row.target is None


def _paired(eps: float | None, found: Collection[tuple[bool, bool]]) -> Paired:
    only_first = sum(a and not b for a, b in found)
    only_second = sum(b and not a for a, b in found)
    return Paired(
        eps,
        len(found),
        sum(a for a, _ in found),
        sum(b for _, b in found),
        only_first,
        only_second,
        mcnemar(only_first, only_second),
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact p of so many pairs that part one way and so many the other. McNemar 1947,
    doi:10.1007/BF02295996; exact, since few pairs part where networks are alike."""
    parted = only_first + only_second
    if not parted:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(only_first, parted).pvalue)


class Agreement(NamedTuple):
    """How far two results of one plan agree."""

    both: int  # trials in both
    alike: int  # with the same answers before and after, and the same success
    only_first: int
    only_second: int
    probability: float  # the largest difference of a probability where the answers are alike


def agreement(first: Iterable[Row], second: Iterable[Row]) -> Agreement:
    """Row by row, by picture, network, attack, epsilon and seed."""
    there = {_trial(row): row for row in second}
    both = alike = alone = 0
    apart = 0.0
    for row in first:
        other = there.pop(_trial(row), None)
        if other is None:
            alone += 1
            continue
        both += 1
        if (row.before, row.after, row.success) == (other.before, other.after, other.success):
            alike += 1
            apart = max(apart, abs(row.after_probability - other.after_probability))
    return Agreement(both, alike, alone, len(there), apart)


def _trial(row: Row) -> tuple[object, ...]:
    return row.picture, row.network, row.method, row.norm, row.eps_levels, row.steps, row.seed, row.target


def _untouched(row: Row) -> Row:
    values = {name: getattr(row, name) for name in COLUMNS}
    return Row(**{**values, "after": row.before, "success": False, "linf_levels": 0.0, "distance": 0.0})
