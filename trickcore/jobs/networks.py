"""Networks by value: records that pages hold, and the Classifier that each stands for in the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from trickcore import engine
from trickcore.language import later
from trickcore.networks import catalogue as networks_known
from trickcore.networks.catalogue import Card
from trickcore.networks.defences import BY_NAME

if TYPE_CHECKING:
    from trickcore.networks.classifier import Classifier

FEW = 4  # loaded networks that are kept: those used last
UNTRAINED = "digits-untrained"
DENSE = "digits-dense"


@dataclass(frozen=True, slots=True)
class Named:
    """A network of the catalogue, by its name."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A network for digits that was trained on the page."""

    weights: bytes = field(repr=False)  # as `torch.save` writes them


@dataclass(frozen=True, slots=True)
class Untrained:
    """The network for digits before it has seen one."""

    seed: int


@dataclass(frozen=True, slots=True)
class Dense:
    """The small dense network for digits, which ships to be looked into: no network of the catalogue."""


@dataclass(frozen=True, slots=True)
class Defended:
    """A network behind a defence, to judge a run with this seed: what is random about the defence is drawn
    from `evaluation_seed`, anew in each job."""

    base: Network
    defence: str
    strength: float
    seed: int


@dataclass(frozen=True, slots=True)
class Together:
    """Several networks as one."""

    members: tuple[Network, ...]


Source = Named | Trained | Untrained | Dense | Defended | Together


@dataclass(frozen=True, slots=True)
class Network:
    """A network as a page knows it, and how to make it where it is asked; equal where identities are."""

    identity: str  # which network this is, to keep results by: see `Classifier.identity`
    name: str = field(compare=False)
    title: str = field(compare=False)
    labels: tuple[str, ...] = field(compare=False, repr=False)
    size: tuple[int, int] = field(compare=False)  # the (H, W) it was trained on
    channels: int = field(compare=False)
    source: Source = field(compare=False, default_factory=Named)


@engine.job(shared=False)
def catalogue() -> tuple[Card, ...]:
    """The card of every network that is not one's own: see `trickcore.catalogue`. Loads nothing."""
    return networks_known.catalogue(own=False)


@engine.job(shared=False)
def own_cards() -> tuple[Card, ...]:
    """The cards of one's own networks, each of which is loaded for it, once."""
    return networks_known.own_cards()


def labels_of(name: str) -> tuple[str, ...]:
    """The class names of a network of the catalogue, without loading it."""
    return networks_known.labels_of(name)


def megabytes_of(name: str) -> float | None:
    """The size of a download that the hub of timm's networks is asked for, in at most some seconds; None
    where the card says it. It touches no tensor: call it from any thread."""
    from trickcore.networks.sources import timm_networks

    return timm_networks.megabytes_of(name) if networks_known.is_timms(name) else None


def fetch(name: str, *, refetch: bool = False) -> None:
    """Download a network's weights. It touches no tensor and can take minutes, so it is no job for the
    engine: call it from any thread. Raises WeightsError."""
    from trickcore.networks import loaders

    loaders.fetch(name, refetch=refetch)


def device() -> str:
    """Where networks run, as `engine.device` has it. Raises ValueError as that does."""
    return engine.device()


def named(name: str) -> Network:
    """A network of the catalogue, loaded so that what is wrong with it is known. Raises WeightsError."""
    return _described(_load(name, engine.device()), networks_known.title_of(name), Named())


def trained(weights: bytes) -> Network:
    """The network for digits with these weights, as `torch.save` writes them: the visitor's own, "mine"."""
    source = Trained(weights)
    return _described(_trained(weights, engine.device()), later("Yours"), source)


def untrained(seed: int = 0) -> Network:
    """The network for digits before it has seen one."""
    return _described(_untrained(seed, engine.device()), later("Untrained"), Untrained(seed))


def dense() -> Network:
    """The small dense network for digits. Raises WeightsError."""
    return _described(_dense(engine.device()), later("Dense"), Dense())


def behind(base: Network, defence: str, strength: float, seed: int) -> Network:
    """A network behind a defence, by its name and strength, that judges a run with this seed. Asks nothing of
    the engine."""
    source = Defended(base, defence, strength, seed)
    return replace(base, identity=f"{base.identity} behind {defence} {strength:g} {seed}", source=source)


def together(members: Sequence[Network]) -> Network:
    """Several networks as one, of the first one's size. Asks nothing of the engine. Raises ValueError for
    none; where they do not fit together, the job that uses them does."""
    if not members:
        raise ValueError("expected at least one network, got none")
    name, identity = (
        " + ".join(found) for found in ([m.name for m in members], [m.identity for m in members])
    )
    return replace(members[0], identity=identity, name=name, title=name, source=Together(tuple(members)))


def classifier_of(network: Network) -> Classifier:
    """The Classifier a record stands for; those used last are kept. For the thread that owns torch.

    One behind a random defence is made anew, so that a job's draws do not depend on the jobs before it.
    """
    source = network.source
    if isinstance(source, Trained):
        return _trained(source.weights, engine.device())
    if isinstance(source, Untrained):
        return _untrained(source.seed, engine.device())
    if isinstance(source, Dense):
        return _dense(engine.device())
    if isinstance(source, Defended):
        from trickcore.attacks.views import evaluation_seed
        from trickcore.networks.defence_transforms import defended

        defence = BY_NAME[source.defence].at(source.strength)
        return defended(classifier_of(source.base), defence, evaluation_seed(source.seed))
    if isinstance(source, Together):
        from trickcore.attacks.ensemble import ensemble

        return ensemble([classifier_of(member) for member in source.members])
    return _load(network.name, engine.device())


def _described(classifier: Classifier, title: str, source: Source) -> Network:
    return Network(
        classifier.identity,
        classifier.name,
        title,
        classifier.labels,
        classifier.size,
        classifier.channels,
        source,
    )


# The device is among what each is kept by: a job that was too large for the graphics card has its own.
@lru_cache(maxsize=FEW)
def _load(name: str, where: str) -> Classifier:
    from trickcore.networks.loaders import load
    from trickcore.networks.shared_net import shared

    return shared(load(name))


@lru_cache(maxsize=FEW)
def _trained(weights: bytes, where: str) -> Classifier:
    from trickcore.networks.shared_net import shared
    from trickcore.networks.small_net import of_digits, small_net_of

    return shared(of_digits("mine", small_net_of(weights)))


@lru_cache(maxsize=FEW)
def _untrained(seed: int, where: str) -> Classifier:
    from trickcore.networks.shared_net import shared
    from trickcore.networks.small_net import untrained

    return shared(untrained(seed))


@lru_cache(maxsize=2)
def _dense(where: str) -> Classifier:
    from trickcore.networks.dense import two_layer_net

    return two_layer_net.dense()
