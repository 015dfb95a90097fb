"""Behind every chart that any test of a page draws there is a table, and words for who cannot see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from trickcore.report.figure_table import tables
from ui.widgets.access import chart_numbers


@pytest.fixture(autouse=True)
def charts_in_numbers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    without: list[str] = []
    noted = chart_numbers.noted

    def checked(place: Any, figure: Any, alt: str) -> None:
        try:
            found = tables(figure)
            if not (alt and found and all(row for rows in found for row in rows) and all(found)):
                without.append(f"{alt}: {found}")
        except Exception as error:  # a page would tell it in a sentence, and the test would not see it
            without.append(f"{alt}: {error!r}")
        noted(place, figure, alt)

    monkeypatch.setattr(chart_numbers, "noted", checked)
    yield
    assert not without, "\n".join(dict.fromkeys(without))
