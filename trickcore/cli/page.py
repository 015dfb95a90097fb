"""`trickcore page`: opens the page, from this repository or from an installed wheel."""

from __future__ import annotations

import importlib.util
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

NO_STREAMLIT = (
    "The page needs Streamlit, which is not installed. "
    'Install it with: pip install "trick-a-neural-network[page]"'
)
_LIBRARY = Path(__file__).parents[1]


def folder() -> Path:
    """Where dashboard.py lies with ui/ beside it: inside an installed library, above it in the repository."""
    inside = _LIBRARY / "page"
    return inside if (inside / "dashboard.py").is_file() else _LIBRARY.parent


def open_page(options: Sequence[str]) -> None:
    """Serves the page until it is stopped; the options are Streamlit's. Raises ValueError without Streamlit.

    The page is run, not imported: the library knows nothing of it.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise ValueError(NO_STREAMLIT)
    sys.path.insert(0, str(folder()))
    sys.argv = ["trickcore page", *options]
    runpy.run_module("ui.serve", run_name="__main__")
