"""Networks of one's own: functions that return a Classifier, named by an entry point or by a variable.

A package offers one under the entry point group `trickcore.networks`; a file beside the page is named in
TRICKCORE_NETWORKS as `module:function`, several with commas between. Its code runs with the rights of the
page. Nothing is ever loaded because a link asks for it: a link can only choose among what is offered here.
"""

from __future__ import annotations

import hashlib
import importlib
import math
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from trickcore.language import _
from trickcore.networks.card import Card, WeightsError

if TYPE_CHECKING:
    from trickcore.networks.classifier import Classifier

GROUP, VARIABLE = "trickcore.networks", "TRICKCORE_NETWORKS"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a network of one's own comes from."""

    name: str
    where: str  # "module:function"
    entry: EntryPoint | None = None  # of an installed package


def sources() -> dict[str, Source]:
    """All that are offered, by name: those of the variable first, then those of packages. The catalogue
    leaves out those that are called as a network of its own."""
    found: dict[str, Source] = {}
    for where in filter(None, (part.strip() for part in os.environ.get(VARIABLE, "").split(","))):
        name = where.rpartition(":")[2]
        found.setdefault(name, Source(name, where))
    for entry in _entries():
        found.setdefault(entry.name, Source(entry.name, entry.value, entry))
    return found


@cache
def _entries() -> tuple[EntryPoint, ...]:
    return tuple(sorted(entry_points(group=GROUP), key=lambda entry: entry.name))


def load(name: str) -> Classifier:
    """The network, checked, under the name that it is offered by. Raises WeightsError, with a sentence that
    says what is wrong with it."""
    source = sources()[name]
    made = _checked(source, _made(source))
    return replace(
        made,
        name=source.name,
        labels=tuple(made.labels),
        size=(made.size[0], made.size[1]),
        identity=f"own {source.name} {_fingerprint(made, source)}",
    )


def card(name: str) -> Card:
    """Its card; the network is loaded for it, once. One that cannot be loaded is listed as if not ready."""
    return _card(sources()[name])


def cards() -> tuple[Card, ...]:
    return tuple(card(name) for name in sources())


@lru_cache(maxsize=32)
def _card(source: Source) -> Card:
    try:
        classifier = load(source.name)
    except WeightsError:
        return Card(source.name, source.name, 0.0, 0.0, ready=False, own=True)
    parameters = getattr(classifier.net, "parameters", None)
    size = sum(p.numel() * p.element_size() for p in parameters()) / 1e6 if parameters else 0.0
    return Card(
        source.name,
        source.name,
        size,
        0.0,
        ready=True,
        digits=classifier.channels == 1,
        own=True,
        labels=classifier.labels,
    )


def _fingerprint(made: Classifier, source: Source) -> str:
    """The same in every process: of the weights, where there are any, and of what they stand for."""
    found = hashlib.sha256(f"{source.where} {made.labels} {made.size} {made.channels}".encode())
    state = getattr(made.net, "state_dict", None)
    for name, tensor in state().items() if state is not None else ():
        found.update(name.encode())
        found.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()[:16]


def _made(source: Source) -> object:
    try:
        if source.entry is not None:
            function = source.entry.load()
        else:
            module, _colon, attribute = source.where.rpartition(":")
            function = getattr(_imported(module), attribute)
        return _called(function)
    except (Exception, SystemExit) as error:
        raise WeightsError(
            _(
                "The network {name} ({where}) could not be made: {why}",
                name=source.name,
                where=source.where,
                why=f"{type(error).__name__}: {error}",
            )
        ) from error


def _imported(module: str) -> object:
    if not module:
        raise ValueError(f"expected module:function in {VARIABLE}")
    here = str(Path.cwd())
    if here not in sys.path:  # a command that was installed looks beside itself alone
        sys.path.append(here)
    return importlib.import_module(module)


def _called(function: Callable[[], object]) -> object:
    return function()


def _checked(source: Source, made: object) -> Classifier:
    """What came, if it is a Classifier that answers a grey picture with a number for each of its labels."""
    import torch

    from trickcore.engine import device
    from trickcore.networks.classifier import Classifier

    what = _("The network {name} ({where})", name=source.name, where=source.where)
    if not isinstance(made, Classifier):
        raise WeightsError(
            _("{network}: expected a Classifier, got {what}", network=what, what=type(made).__name__)
        )
    if made.channels not in (1, 3):
        raise WeightsError(
            _("{network}: expected one or three channels, got {n}", network=what, n=made.channels)
        )
    grey = torch.full((2, made.channels, *made.size), 0.5, device=device())
    try:
        if isinstance(made.net, torch.nn.Module):
            made.net.eval().requires_grad_(False).to(device())
        with torch.no_grad():
            logits = made.net(grey)
    except Exception as error:
        raise WeightsError(
            _(
                "{network} could not read a grey picture: {why}",
                network=what,
                why=f"{type(error).__name__}: {error}",
            )
        ) from error
    if tuple(logits.shape) != (2, len(made.labels)):
        raise WeightsError(
            _(
                "{network}: expected logits of shape (N, {labels}), a number a label, got {shape} for N = 2",
                network=what,
                labels=len(made.labels),
                shape=str(tuple(logits.shape)),
            )
        )
    if not logits.max() < math.inf:  # what is compared with NaN is false
        raise WeightsError(
            _(
                "{network} answers a grey picture with what is no number (NaN or infinite): its weights hold "
                "such values, or its layers overflow. Mend them, and start the page again.",
                network=what,
            )
        )
    return made
