"""trickcore: trick a neural network, step by step, and measure what came of it.

classifier = load()
image = classifier.read(open("cat.png", "rb").read())
steps = list(trick(classifier, image, towards(145), Attack(Linf(2 / 255), alpha=0.2 / 255, steps=30)))
"""

from trickcore import advice, charts, curves, digits, drawing, engine, explain, film, images, measure, samples
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
    "digits",
    "drawing",
    "engine",
    "explain",
    "fetch",
    "film",
    "harden",
    "images",
    "labels_of",
    "load",
    "measure",
    "pgd",
    "read_image",
    "sampled",
    "samples",
    "shaken",
    "to_png",
    "towards",
    "train",
    "trick",
]
__version__ = "0.1.0"
