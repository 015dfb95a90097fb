"""trickcore: trick a neural network, step by step, and measure what came of it.

classifier = load()
image = classifier.read(open("cat.png", "rb").read())
steps = list(trick(classifier, image, towards(145), Attack(Linf(2 / 255), alpha=0.2 / 255, steps=30)))
"""

from trickcore import (
    advice,
    charts,
    curves,
    defences,
    digits,
    drawing,
    engine,
    explain,
    files,
    film,
    images,
    landscape,
    lattice,
    machine,
    masks,
    measure,
    recipes,
    report,
    samples,
    script,
    settings,
    smallest,
    transfer,
    trials,
    world,
)
from trickcore.attack import Attack, Goal, Loss, Step, away_from, pgd, towards, trick
from trickcore.balls import L2, Ball, Linf
from trickcore.classifiers import Card, Classifier, Net, WeightsError, catalogue, fetch, labels_of, load
from trickcore.images import ImageError, read_image, to_png
from trickcore.recipes import Recipe
from trickcore.training import Epoch, SmallNet, harden, train
from trickcore.views import Views, as_is, sampled, shaken

__all__ = [
    "L2",
    "Attack",
    "Ball",
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
    "advice",
    "as_is",
    "away_from",
    "catalogue",
    "charts",
    "curves",
    "defences",
    "digits",
    "drawing",
    "engine",
    "explain",
    "fetch",
    "files",
    "film",
    "harden",
    "images",
    "labels_of",
    "landscape",
    "lattice",
    "load",
    "machine",
    "masks",
    "measure",
    "pgd",
    "read_image",
    "recipes",
    "report",
    "sampled",
    "samples",
    "script",
    "settings",
    "shaken",
    "smallest",
    "to_png",
    "towards",
    "train",
    "transfer",
    "trials",
    "trick",
    "world",
]
__version__ = "0.1.0"
