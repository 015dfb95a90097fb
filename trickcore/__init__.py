"""trickcore: trick a neural network, step by step, and measure what came of it.

classifier = load()
image = classifier.read(open("cat.png", "rb").read())
steps = list(trick(classifier, image, towards(145), Attack(Linf(2 / 255), alpha=0.2 / 255, steps=30)))

A name is looked up when it is asked for, so that what needs no torch does not wait for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from trickcore import _old_names

if TYPE_CHECKING:
    from trickcore import engine as engine
    from trickcore import explain as explain
    from trickcore import measure as measure
    from trickcore import report as report
    from trickcore import training as training
    from trickcore.attacks.balls import L2 as L2
    from trickcore.attacks.balls import Ball as Ball
    from trickcore.attacks.balls import Linf as Linf
    from trickcore.attacks.loop import Attack as Attack
    from trickcore.attacks.loop import Step as Step
    from trickcore.attacks.loop import pgd as pgd
    from trickcore.attacks.loop import trick as trick
    from trickcore.attacks.losses import Goal as Goal
    from trickcore.attacks.losses import Loss as Loss
    from trickcore.attacks.losses import away_from as away_from
    from trickcore.attacks.losses import towards as towards
    from trickcore.attacks.views import Views as Views
    from trickcore.attacks.views import as_is as as_is
    from trickcore.attacks.views import sampled as sampled
    from trickcore.attacks.views import shaken as shaken
    from trickcore.measure.bounds import BoundsError as BoundsError
    from trickcore.measure.bounds import proved as proved
    from trickcore.networks.catalogue import Card as Card
    from trickcore.networks.catalogue import WeightsError as WeightsError
    from trickcore.networks.catalogue import catalogue as catalogue
    from trickcore.networks.catalogue import labels_of as labels_of
    from trickcore.networks.classifier import Classifier as Classifier
    from trickcore.networks.classifier import Net as Net
    from trickcore.networks.loaders import fetch as fetch
    from trickcore.networks.loaders import load as load
    from trickcore.networks.small_net import SmallNet as SmallNet
    from trickcore.pictures import samples as samples
    from trickcore.pictures.files import ImageError as ImageError
    from trickcore.pictures.files import encode as encode
    from trickcore.pictures.files import read_image as read_image
    from trickcore.pictures.files import to_png as to_png
    from trickcore.pictures.from_web.fetch import picture_from_web as picture_from_web
    from trickcore.runs.frames import run_recipe as run_recipe
    from trickcore.runs.recipe import Recipe as Recipe
    from trickcore.training.loops import harden as harden
    from trickcore.training.loops import train as train
    from trickcore.training.records import Epoch as Epoch

__version__ = "0.1.0"

_MODULES = ["engine", "explain", "measure", "report", "samples", "training"]
_NAMES = {
    "attacks.balls": ["L2", "Ball", "Linf"],
    "attacks.loop": ["Attack", "Step", "pgd", "trick"],
    "attacks.losses": ["Goal", "Loss", "away_from", "towards"],
    "attacks.views": ["Views", "as_is", "sampled", "shaken"],
    "measure.bounds": ["BoundsError", "proved"],
    "networks.catalogue": ["Card", "WeightsError", "catalogue", "labels_of"],
    "networks.classifier": ["Classifier", "Net"],
    "networks.loaders": ["fetch", "load"],
    "networks.small_net": ["SmallNet"],
    "pictures.files": ["ImageError", "encode", "read_image", "to_png"],
    "pictures.from_web.fetch": ["picture_from_web"],
    "runs.frames": ["run_recipe"],
    "runs.recipe": ["Recipe"],
    "training.loops": ["harden", "train"],
    "training.records": ["Epoch"],
}
_WHERE = {name: module for module, names in _NAMES.items() for name in names}

__all__ = [
    "L2",
    "Attack",
    "Ball",
    "BoundsError",
    "Card",
    "Classifier",
    "Epoch",
    "Goal",
    "ImageError",
    "Linf",
    "Loss",
    "Net",
    "Recipe",
    "SmallNet",
    "Step",
    "Views",
    "WeightsError",
    "as_is",
    "away_from",
    "catalogue",
    "encode",
    "engine",
    "explain",
    "fetch",
    "harden",
    "labels_of",
    "load",
    "measure",
    "pgd",
    "picture_from_web",
    "proved",
    "read_image",
    "report",
    "run_recipe",
    "sampled",
    "samples",
    "shaken",
    "to_png",
    "towards",
    "train",
    "training",
    "trick",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(importlib.import_module(f"trickcore.{_WHERE[name]}"), name)
    if name in _old_names.MOVED:
        return _old_names.moved(name)
    if name in _MODULES:
        return importlib.import_module(f"trickcore.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
