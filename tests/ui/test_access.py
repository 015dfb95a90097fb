"""What pages do for everybody, without a browser: charts in numbers, and what is said of a run."""

from __future__ import annotations

import ast

from tests.helpers import ROOT, opened, sound
from ui.widgets.access.announcer import spoken


def test_every_chart_of_every_page_is_drawn_where_it_gets_its_table():
    drawn = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "ui").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr.endswith("_chart") and node.attr[:2] in ("pl", "li")
    ]
    assert drawn == ["ui/widgets/chart_slot.py"]


def test_the_charts_are_told_in_numbers_once_somebody_asks_and_not_before():
    page = opened("trick", network="digits-standard", steps="5")
    charts = len(page.get("plotly_chart"))
    assert charts >= 3
    assert not page.table
    assert "numbers" not in page.query_params
    page = opened("trick", network="digits-standard", steps="5", numbers="true")
    assert len(page.table) >= charts
    first = page.table[0].value
    assert next(iter(first.columns)) == "step"
    assert len(first) == 6
    sound(page)


def test_an_outcome_is_read_out_in_its_first_sentences_and_without_signs():
    words = (
        r"Tricked. The saved PNG is read as **king penguin, 99.9 %**\: it was cat. No value moved. PSNR 45."
    )
    assert (
        spoken(words) == "Tricked. The saved PNG is read as king penguin, 99.9 %: it was cat. No value moved."
    )
    assert spoken(":material/flag: :green-badge[**Held**] [more](https://a.b) `x`") == "Held more x"
