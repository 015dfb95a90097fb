"""Plan of a sweep: which pictures, networks, methods, epsilons, targets and seeds, as independent trials."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import product
from typing import Any

from trickcore.language import _
from trickcore.runs import settings_json
from trickcore.runs.methods import METHODS
from trickcore.runs.recipe import Recipe

RANDOM, LEAST_LIKELY, UNTARGETED = "random", "least likely", "untargeted"
RULES = (RANDOM, LEAST_LIKELY, UNTARGETED)
AUTOATTACK = "autoattack"  # the official one, of an extra package: see `autoattack`
AUTO, CLEAN_ANSWER = "auto", "clean"
# What of a Recipe a sweep reads besides network, method, eps and seed, which the plan lists, and the target.
SETTINGS = (
    "steps", "alpha", "norm", "raw", "momentum", "random_start", "stop_at", "mask", "views", "pixels",
    "questions",
)  # fmt: skip


class PlanError(ValueError):
    """A plan that makes no sense; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How every picture is tried once: a method's name, and the recipe, whose network and target are open."""

    method: str
    recipe: Recipe

    @property
    def eps_levels(self) -> float | None:
        """Grey levels of 255; None where the method has no epsilon."""
        return self.recipe.eps if self.method == AUTOATTACK or self.recipe.how.reads("eps") else None

    @property
    def steps(self) -> int:
        """Steps, or questions where the method only asks; 0 for AutoAttack, which has its own."""
        return 0 if self.method == AUTOATTACK else self.recipe.length


@dataclass(frozen=True, slots=True)
class Plan:
    """Every picture is tried with every network, method, epsilon and seed. Raises PlanError.

    `target` is "random" (any class but the label, drawn for each picture from the seed), "least likely" (for
    the network, of the untouched picture: Kurakin et al. 2016), "untargeted" (anything but the label), or a
    class by its name or number. `labels` is "auto" (from the pictures' folders, file names or data set where
    they say, else the clean answer), "clean" (what the network says of the untouched picture counts as right)
    or a CSV file. `settings` holds all else that a run has; its network, target, eps, method and seed play no
    part.
    """

    pictures: str  # as `picture_sets.opened` takes it
    networks: tuple[str, ...] = ("efficientnet-lite0",)
    methods: tuple[str, ...] = ("gradient",)
    eps: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)  # grey levels of 255
    target: str = RANDOM
    seeds: tuple[int, ...] = (0,)
    settings: Recipe = field(default=Recipe(steps=10))
    labels: str = AUTO
    limit: int | None = None  # so many pictures, evenly spaced over all
    batch: int | None = None  # pictures that go through a network together; None: what is fastest there

    def __post_init__(self) -> None:
        for name, least in (("networks", 1), ("methods", 1), ("seeds", 1)):
            _check_list(name, getattr(self, name), least)
        _check_list("eps", self.eps, 1 if any(has_eps(method) for method in self.methods) else 0)
        for name, value in (("limit", self.limit), ("batch", self.batch)):
            if value is not None and (not isinstance(value, int) or value < 1):
                raise PlanError(
                    _("{name} is a whole number of at least 1, got {value!r}.", name=name, value=value)
                )
        if self.settings.stop_at is not None or self.settings.start:
            raise PlanError(_("A sweep has no start picture, and every run goes on to its end."))
        unknown = [method for method in self.methods if method not in METHODS and method != AUTOATTACK]
        if unknown:
            raise PlanError(
                _(
                    "No method is called {name!r}. There are: {names}.",
                    name=unknown[0],
                    names=", ".join(METHODS),
                )
            )
        if self.target != UNTARGETED:
            for method in ("hopskipjump", AUTOATTACK):
                if method in self.methods:
                    raise PlanError(
                        _(
                            "The method {method} is untargeted in a sweep: give the target untargeted.",
                            method=method,
                        )
                    )
        self.trials()  # what a Recipe refuses is refused now

    def trials(self) -> tuple[Trial, ...]:
        """How every picture is tried with every network, in the order in which the rows come."""
        found: list[Trial] = []
        for seed, method in product(self.seeds, self.methods):
            for eps in self.eps if has_eps(method) else (0.0,):
                recipe = replace(
                    self.settings,
                    method="gradient" if method == AUTOATTACK else method,
                    eps=float(eps),
                    seed=seed,
                    target=None,
                )
                found.append(Trial(method, recipe))
        return tuple(found)


def has_eps(method: str) -> bool:
    return method == AUTOATTACK or (method in METHODS and METHODS[method].reads("eps"))


def _check_list(name: str, values: Sequence[Any], least: int) -> None:
    if len(values) < least:
        raise PlanError(_("Give at least one of {name}.", name=name))
    if len(set(values)) != len(values):
        twice = ", ".join(str(value) for value in values)
        raise PlanError(_("{name} names something twice: {values}.", name=name, values=twice))


def to_plain(plan: Plan) -> dict[str, Any]:
    """The plan as JSON's own types."""
    found = {each.name: getattr(plan, each.name) for each in fields(Plan)}
    settings = settings_json.plain(plan.settings)
    found["settings"] = {name: settings[name] for name in SETTINGS}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def from_plain(found: dict[str, Any]) -> Plan:
    """The plan that `to_plain` wrote. Raises PlanError for anything else."""
    try:
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in found.items()
        }
        values["settings"] = Recipe(**found["settings"])
        return Plan(**values)
    except PlanError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise PlanError(_("This is no plan of a sweep: {why}.", why=str(error))) from None


def differences(first: Plan, second: Plan) -> list[str]:
    """What two plans differ in, each in words: "eps 1, 4 instead of 1, 2"."""
    a, b = to_plain(first), to_plain(second)
    pairs = {name: (a[name], b[name]) for name in a if name != "settings"}
    pairs |= {name: (a["settings"][name], b["settings"][name]) for name in SETTINGS}
    return [
        f"{name} {_words(new)} instead of {_words(old)}" for name, (old, new) in pairs.items() if old != new
    ]


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in value)
    return value if isinstance(value, str) else json.dumps(value)
