"""Charts on a page while they still change."""

from __future__ import annotations

from itertools import count

import plotly.graph_objects as go
from streamlit.delta_generator import DeltaGenerator

from trickcore.plots import run

_numbers = count(1)


def growing(place: DeltaGenerator, figure: go.Figure, alt: str) -> None:
    """Draw what will be drawn again in the same run.

    Streamlit names a chart by what is in it and takes no two of one name, so each gets a number.
    """
    figure.layout.meta = next(_numbers)
    place.plotly_chart(figure, theme=None, config=run.STATIC, alt=alt)


def finished(place: DeltaGenerator, figure: go.Figure, alt: str) -> None:
    """Draw what stays, once a run."""
    place.plotly_chart(figure, theme=None, config=run.INTERACTIVE, alt=alt)
