"""Where the modules of version 0.1 are now; `import trickcore.attack` goes on working."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from functools import cache
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

MOVED = {
    "advice": "diagnose.causes",
    "attack": "attacks.loop",
    "balls": "attacks.balls",
    "bars": "plots.bars",
    "charts": "plots.run",
    "classifiers": "networks.loaders",
    "classroom": "training.live",
    "curves": "plots.accuracy",
    "defences": "measure.defended",
    "digits": "measure.accuracy",
    "drawing": "pictures.drawing",
    "dress": "plots.style",
    "files": "pictures.reencode",
    "film": "runs.frames",
    "fused": "networks.fused",
    "heatmap": "explain.grad_cam",
    "images": "pictures.files",
    "landmap": "plots.class_map",
    "landscape": "explain.landscape",
    "lattice": "runs.integer_repair",
    "machine": "runs.machine",
    "making": "training.digit_networks",
    "masks": "attacks.masks",
    "options": "cli.options",
    "palette": "plots.style",
    "profiles": "plots.lines",
    "rates": "plots.survival",
    "recipes": "runs.recipe",
    "remedies": "diagnose.remedies",
    "samples": "pictures.samples",
    "script": "runs.script",
    "settings": "runs.settings_json",
    "sheet": "report.html",
    "slope": "diagnose.gradient_check",
    "smallest": "measure.smallest_eps",
    "surfaces": "plots.hill",
    "svg": "report.svg",
    "telling": "report.sentences",
    "transfer": "measure.transfer",
    "trials": "measure.survival",
    "tries": "plots.eps_search",
    "views": "attacks.views",
    "world": "pictures.photograph_transforms",
}


# What has left a module since, and where it is.
ALSO = {
    "attack": ["attacks.losses"],
    "charts": ["text"],
    "classifiers": ["networks.catalogue", "networks.classifier", "networks.small_net"],
    "classroom": ["training.records"],
    "defences": ["networks.defences", "networks.defence_transforms"],
    "digits": ["pictures.mnist", "networks.small_net"],
    "heatmap": ["plots.gradients"],
    "transfer": ["attacks.ensemble"],
    "world": ["attacks.views"],
}
# What has another name since.
RENAMED = {
    "attack": {"Look": "Evaluation", "look": "evaluate", "walk": "iterate"},
    "classroom": {"Pupil": "LiveTraining", "Scene": "Snapshot", "Torn": "ConfusedInput"},
    "defences": {"through": "read_through"},
    "film": {"shoot": "run_recipe"},
    "smallest": {"searched": "search_stepwise"},
    "transfer": {"Told": "NetworkReading"},
    "world": {"views": "photographs"},
    "trials": {"Fate": "ComparisonAfter", "fate": "compare_after", "taken": "photograph_file"},
}


class _Old(ModuleType):
    """A module under its old name, whose names are looked up where they are now."""

    def __init__(self, name: str) -> None:
        super().__init__(f"trickcore.{name}", f"trickcore.{MOVED[name]}, under its old name.")
        self.__dict__["_places"] = (MOVED[name], *ALSO.get(name, ()))
        self.__dict__["_renamed"] = RENAMED.get(name, {})

    def __getattr__(self, name: str) -> Any:
        now = self.__dict__["_renamed"].get(name, name)
        for place in self.__dict__["_places"]:
            module = importlib.import_module(f"trickcore.{place}")
            if hasattr(module, now):
                return getattr(module, now)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")


@cache
def moved(name: str) -> ModuleType:
    """The module that an old name stands for."""
    if name in ALSO or name in RENAMED:
        return _Old(name)
    return importlib.import_module(f"trickcore.{MOVED[name]}")


class _Finder(MetaPathFinder, Loader):
    """Gives `import trickcore.attack` the module where it is now: one module, two names."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.partition(".")
        return ModuleSpec(fullname, self) if package == "trickcore" and name in MOVED else None

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        sys.modules[name] = moved(name.partition(".")[2])


sys.meta_path.append(_Finder())
