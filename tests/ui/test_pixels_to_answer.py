"""From pixels to an answer, on Ask, as a visitor uses it without a browser."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from tests.helpers import alts, chart, opened, sound
from trickcore import engine, load
from trickcore.explain.forward_pass import forward_pass
from trickcore.networks.dense.dense_card import dense_card
from trickcore.networks.dense.two_layer_net import dense
from trickcore.pictures import drawing
from trickcore.text import percent

PART = "From pixels to an answer"


def asked(**link: str) -> AppTest:
    return opened("ask", ask=PART, **link)


@pytest.fixture(scope="module")
def page() -> AppTest:
    return asked()


def told(page: AppTest) -> str:
    return " ".join(str(text.value) for text in page.markdown)


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("*", ""))


def terms(page: AppTest) -> list[list[str]]:
    """The rows of the table below the drawing."""
    (table,) = [str(text.value) for text in page.markdown if str(text.value).startswith("| pixel")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]


def test_the_small_network_is_drawn_first_with_the_answer_it_gives(page):
    assert page.header[0].value == "How does a network get from this 5 to an answer?"
    net = engine.call(dense)
    with torch.no_grad():
        probs = net.net(net.read(drawing.drawn_png("5"))[None]).softmax(1)[0]
    assert f"The network says **5**, {percent(float(probs[5]))}." in told(page)
    assert percent(dense_card().clean) in told(page)
    drawn = chart(page)
    points = {trace["name"]: trace for trace in drawn["data"] if "name" in trace}
    assert len(points["units"]["x"]) == 16
    assert len(points["answers"]["x"]) == 10
    assert len(drawn["layout"]["images"]) == 17
    assert dict(page.query_params) == {"ask": PART}, "what goes without saying is not in the link"


def test_the_sum_that_is_written_out_adds_up(page):
    rows = terms(page)
    *parts, (last, _, total) = rows
    assert last == "**its sum**"
    assert sum(number(row[2]) for row in parts) == pytest.approx(number(total), abs=0.05)
    for _, made, value in parts[:5]:
        ink, weight = (number(part) for part in made.split("\u00a0×\u00a0"))
        assert ink * weight == pytest.approx(number(value), abs=0.011)
    passed = re.search(r"passes on \*\*([\d.]+)\*\*", told(page))
    assert passed
    assert float(passed[1]) == pytest.approx(number(total), abs=0.006)


def test_another_unit_and_answer_are_chosen_by_the_lists_and_the_link_carries_them():
    page = asked()
    sound(page.selectbox(key="pixels_unit_digits_dense").set_value("Unit 4").run())
    assert any(s.value == "Unit 4 in numbers" for s in page.subheader)
    assert "so the unit is off and passes on **0**" in told(page)
    sound(page.selectbox(key="pixels_answer").set_value("3").run())
    found = engine.call(forward_pass, engine.call(dense), drawing.drawn_png("5"))
    score = f"{found.logits[3]:+.2f}".replace("-", "−")
    assert f"The score of **3** is **{score}**" in told(page)
    again = asked(pixels_unit_digits_dense="Unit 4", pixels_answer="3")
    assert told(again) == told(page)


def test_a_click_on_the_drawing_chooses_the_unit_or_the_answer():
    page = asked()
    for custom, key, value in (
        ("unit 6", "pixels_unit_digits_dense", "Unit 7"),
        ("answer 8", "pixels_answer", "8"),
    ):
        clicked(page, custom)
        assert page.selectbox(key=key).value == value


def clicked(page: AppTest, custom: str) -> None:
    """What the browser sends when a point of the drawing is clicked."""
    from streamlit.proto.WidgetStates_pb2 import WidgetState

    (drawn,) = [one for one in page.get("plotly_chart") if "unit 0" in one.proto.spec]
    point: dict[str, Any] = {"customdata": custom, "curve_number": 0, "point_index": 0}
    choice = {"selection": {"points": [point], "point_indices": [0], "box": [], "lasso": []}}
    states = page._tree.get_widget_states()
    states.widgets.append(WidgetState(id=drawn.proto.id, string_value=json.dumps(choice)))
    page._tree = page._run(states)._tree
    sound(page)


def test_backwards_the_gradient_is_drawn_and_its_largest_pixel_named():
    page = asked(pixels_direction="Backwards")
    found = engine.call(forward_pass, engine.call(dense), drawing.drawn_png("5"))
    row, column = divmod(int(abs(found.gradients[5]).argmax()), 28)
    value = f"{found.gradients[5][row, column]:+.2f}".replace("-", "−")
    assert f"row {row + 1}, column {column + 1}: at this rate **{value}** points" in told(page)
    first = terms(page)[0]
    assert first[0] == f"row\u00a0{row + 1},\u00a0column\u00a0{column + 1}"
    assert first[2] == value
    sizes = abs(found.shares(5)).sum((1, 2))
    assert any(f"Unit {int(sizes.argmax()) + 1}'s share" in one.value for one in page.subheader), (
        "the largest"
    )
    on = int((found.sums > 0).sum())
    assert f"{on} of 16 hidden units are on" in told(page)
    assert any(alt.startswith("The share of Unit") for alt in alts(page))


@pytest.mark.parametrize(
    ("name", "others"), [("Standard", 84), ("Robust", 276), ("Proved", 240), ("Untrained", 84)]
)
def test_the_large_networks_show_sixteen_of_their_units_and_the_rest_as_a_sum(name, others):
    page = asked(pixels_network=name)
    units = next(trace for trace in chart(page)["data"] if trace.get("name") == "units")
    assert len(units["x"]) == 16
    found = re.search(
        rf"is \*\*(\S+)\*\*: the 16 hidden units drawn add (\S+), the {others} others (\S+), "
        r"and a fixed number of its own \(bias\) (\S+)\.",
        told(page),
    )
    assert found
    score, drawn, rest, bias = map(number, found.groups())
    assert drawn + rest + bias == pytest.approx(score, abs=0.02)
    if name == "Standard":
        net = engine.call(load, "digits-standard")
        with torch.no_grad():
            assert score == pytest.approx(
                float(net.net(net.read(drawing.drawn_png("5"))[None])[0, 5]), abs=0.006
            )


def test_a_unit_that_hardly_counts_can_be_looked_at_in_a_large_network_too():
    page = asked(pixels_network="Standard", pixels_unit_digits_standard="Unit 1")
    assert any(s.value == "Unit 1 in numbers" for s in page.subheader)
    units = next(trace for trace in chart(page)["data"] if trace.get("name") == "units")
    assert len(units["x"]) == 16
    assert "unit 0" in units["customdata"]


def test_a_drawing_of_ones_own_and_an_empty_sheet_go_through_the_network_too():
    strokes = {
        f"canvas-digit.{k}": v for k, v in (("strokes", drawing.drawn("3")), ("given", ()), ("revision", 1))
    }
    page = opened("ask", strokes, ask=PART, picture="Draw")
    assert "The network says **3**" in told(page)
    for direction in ("Forwards", "Backwards"):
        blank = asked(picture="Blank", canvas="black", pixels_direction=direction)
        assert not blank.error
        assert len(terms(blank)) >= 3


def test_nonsense_in_the_link_is_ignored():
    page = asked(pixels_answer="²", pixels_unit_digits_dense="Unit 99", pixels_network="x", subject="A photo")
    assert page.header[0].value == "How does a network get from this 5 to an answer?"
    assert page.selectbox(key="pixels_answer").value == "The likeliest"


def test_every_control_explains_itself(page):
    widgets = [*page.selectbox, *page.segmented_control, *page.number_input]
    assert len(widgets) >= 6
    for widget in widgets:
        assert widget.help, widget.label


def test_the_first_part_of_the_page_is_as_it_was():
    page = opened("ask")
    assert page.header[0].value == "What would make this 5 more of a 5, or more of a 6?"
    assert len([alt for alt in alts(page) if alt.startswith("What would make this")]) == 6
