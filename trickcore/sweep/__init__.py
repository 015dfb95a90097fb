"""Sweeps: many pictures, networks, methods and epsilons as independent trials, on this machine or on Ray.

    plan = Plan("photos/", networks=("efficientnet-lite0",), eps=(1, 2, 4, 8))
    for news in run(plan, "results/"):
        print(news.done, news.trials)
    print(as_text(curves(read("results/"))))

A sweep's results are a folder: the plan, and a Parquet file for each chunk of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trickcore.measure.robustness import Row as Row
    from trickcore.measure.robustness import agreement as agreement
    from trickcore.measure.robustness import curves as curves
    from trickcore.measure.robustness import paired as paired
    from trickcore.sweep.picture_sets import PictureSet as PictureSet
    from trickcore.sweep.picture_sets import opened as opened
    from trickcore.sweep.plan import Plan as Plan
    from trickcore.sweep.plan import PlanError as PlanError
    from trickcore.sweep.results import Results as Results
    from trickcore.sweep.results import ResultsError as ResultsError
    from trickcore.sweep.results import read as read
    from trickcore.sweep.run_plan import News as News
    from trickcore.sweep.run_plan import run as run
    from trickcore.sweep.tables import as_csv as as_csv
    from trickcore.sweep.tables import as_latex as as_latex
    from trickcore.sweep.tables import as_markdown as as_markdown
    from trickcore.sweep.tables import as_text as as_text

_NAMES = {
    "measure.robustness": ["Row", "agreement", "curves", "paired"],
    "sweep.picture_sets": ["PictureSet", "opened"],
    "sweep.plan": ["Plan", "PlanError"],
    "sweep.results": ["Results", "ResultsError", "read"],
    "sweep.run_plan": ["News", "run"],
    "sweep.tables": ["as_csv", "as_latex", "as_markdown", "as_text"],
}
_WHERE = {name: module for module, names in _NAMES.items() for name in names}

__all__ = [
    "News",
    "PictureSet",
    "Plan",
    "PlanError",
    "Results",
    "ResultsError",
    "Row",
    "agreement",
    "as_csv",
    "as_latex",
    "as_markdown",
    "as_text",
    "curves",
    "opened",
    "paired",
    "read",
    "run",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(importlib.import_module(f"trickcore.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
