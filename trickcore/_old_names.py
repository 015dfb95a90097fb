"""Where the modules of version 0.1 are now; `import trickcore.attack` goes on working."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

MOVED = {
    "advice": "diagnose.causes",
    "attack": "attacks.loop",
    "balls": "attacks.balls",
    "bars": "plots.bars",
    "charts": "plots.run",
    "classifiers": "networks.classifiers",
    "classroom": "training.live",
    "curves": "plots.accuracy",
    "defences": "networks.defences",
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
    "settings": "runs.settings",
    "sheet": "report.html",
    "slope": "diagnose.gradient_check",
    "smallest": "runs.smallest_eps",
    "surfaces": "plots.hill",
    "svg": "report.svg",
    "telling": "report.sentences",
    "transfer": "measure.transfer",
    "trials": "measure.survival",
    "tries": "plots.eps_search",
    "views": "attacks.views",
    "world": "attacks.photograph",
}


def moved(name: str) -> ModuleType:
    """The module that an old name stands for."""
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
