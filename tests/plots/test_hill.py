"""Charts of a landscape: what is drawn is what was measured, in the colours every page shares."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from trickcore.explain.landscape import Path, Survey
from trickcore.explain.records import Lines, Noise
from trickcore.plots import class_map, lines, style
from trickcore.plots import hill as surfaces
from trickcore.plots.style import DARK, LIGHT

LABELS = ("ash", "birch", "cedar tree", "date", "elm", "fir", "gum")
A, B = np.linspace(-0.5, 1.5, 5), np.linspace(-1, 1, 5)
WINNER = np.array([[1, 1, 1, 2, 2]] * 3 + [[1, 1, 2, 2, 2], [3, 1, 2, 2, 2]])
PROBABILITY = np.linspace(1e-9, 0.98, 25).reshape(5, 5)
SURVEY = Survey(A, B, PROBABILITY, WINNER, PROBABILITY / 2 + 0.5, 1.0)
PATH = Path(np.array([0.0, 0.4, 1.0]), np.array([0.0, 0.1, 0.0]), np.array([0.001, 0.3, 0.9]))


def unpacked(part: Any) -> Any:
    """A figure as the browser is given it, with its packed arrays as arrays."""
    if isinstance(part, dict) and "bdata" in part:
        flat = np.frombuffer(base64.b64decode(part["bdata"]), part["dtype"])
        return flat.reshape([int(n) for n in part["shape"].split(",")]) if "shape" in part else flat
    if isinstance(part, dict):
        return {key: unpacked(value) for key, value in part.items()}
    return [unpacked(one) for one in part] if isinstance(part, list | tuple) else part


def drawn(figure: go.Figure) -> dict[str, Any]:
    found: dict[str, Any] = unpacked(figure.to_plotly_json())
    return found


def hill(survey: Survey = SURVEY, path: Path | None = PATH, **wishes: Any) -> dict[str, Any]:
    return drawn(surfaces.hill_chart(survey, path, LABELS, 2, **wishes))


def land(survey: Survey = SURVEY, path: Path | None = PATH, **wishes: Any) -> dict[str, Any]:
    return drawn(class_map.class_map(survey, path, LABELS, 2, 1, **wishes))


# The hill


def test_the_hill_is_as_high_as_the_targets_probability_everywhere():
    surface = hill()["data"][0]
    np.testing.assert_array_equal(surface["x"], A)
    np.testing.assert_array_equal(surface["y"], B)
    np.testing.assert_array_equal(surface["z"], PROBABILITY)
    assert (surface["cmin"], surface["cmax"]) == (0, 1)
    assert surface["colorbar"]["title"]["text"] == "probability of cedar tree"
    assert "100\u00a0%" in surface["colorbar"]["ticktext"]


def test_on_the_logarithmic_hill_heights_are_powers_of_ten_and_nothing_falls_through_the_floor():
    figure = hill(log=True)
    surface = figure["data"][0]
    np.testing.assert_allclose(10.0 ** surface["z"], PROBABILITY)
    assert surface["cmin"] == -9
    ticks = figure["layout"]["scene"]["zaxis"]
    assert ticks["tickvals"][-1] == 0
    assert ticks["ticktext"][-1] == "100\u00a0%"
    assert "10⁻⁶" in ticks["ticktext"]
    none = Survey(A, B, np.zeros((5, 5)), WINNER, PROBABILITY, 1.0)
    flat = hill(none, None, log=True)["data"][0]
    assert (flat["z"] == surfaces.FLOOR).all()


def test_the_run_is_drawn_over_the_hill_with_its_two_ends_blue_and_orange():
    figure = hill()
    _, way, tips = figure["data"]
    np.testing.assert_array_equal(way["x"], PATH.a)
    np.testing.assert_array_equal(way["y"], PATH.b)
    np.testing.assert_allclose(way["z"], PATH.probability + 0.02)
    assert way["customdata"][1] == "30.0\u00a0%", "what is told is what was measured"
    assert list(tips["x"]) == [0, 1]
    assert tips["marker"]["color"] == [LIGHT.original.line, LIGHT.target.line]
    names = figure["layout"]["scene"]["annotations"]
    assert [name["text"] for name in names] == ["<b>original</b>", "<b>tricked</b>"]
    assert len(surfaces.hill_chart(SURVEY, None, LABELS, 2).data) == 1, "before the run was measured"


def test_the_hill_turns_like_a_turntable_and_keeps_its_view_while_it_grows_finer():
    layout = hill(dark=True)["layout"]
    assert layout["scene"]["dragmode"] == "turntable"
    coarse = Survey(A[::2], B[::2], PROBABILITY[::2, ::2], WINNER[::2, ::2], PROBABILITY[::2, ::2], 0.5)
    assert surfaces.hill_chart(coarse, PATH, LABELS, 2).layout.uirevision == layout["uirevision"]


# The map


def test_every_cell_of_the_map_has_the_colour_of_its_winner():
    ground = land()["data"][0]
    scale = [colour for _, colour in ground["colorscale"]][::2]
    span = ground["zmax"] - ground["zmin"]
    for k, ink in ((1, LIGHT.original), (2, LIGHT.target), (3, LIGHT.others[0])):
        places = {int((z - ground["zmin"]) / span * len(scale)) for z in ground["z"][k == WINNER]}
        assert len(places) == 1
        assert scale[places.pop()] == style.mixed(ink.line, LIGHT.page)


def test_classes_beyond_the_leading_five_share_the_neutral_colour():
    many = Survey(A, B, PROBABILITY, np.array([[1, 2, 3, 4, 5]] * 4 + [[1, 2, 3, 4, 6]]), PROBABILITY, 1.0)
    ground = land(many)["data"][0]
    assert class_map.largest_classes(many, 2, 1) == [2, 1, 3, 4, 5]
    assert ground["z"][4, 4] == 5
    assert ground["colorscale"][-1][1] == LIGHT.rule


def test_the_border_runs_between_cells_of_different_winners_and_nowhere_else():
    border = land()["data"][1]
    edges = {
        tuple(sorted([(border["x"][i], border["y"][i]), (border["x"][i + 1], border["y"][i + 1])]))
        for i in range(0, len(border["x"]), 3)
    }
    expected = set()
    for i in range(5):
        for j in range(5):
            if j < 4 and WINNER[i, j] != WINNER[i, j + 1]:
                x = A[j] + 0.25
                expected.add(((x, B[i] - 0.25), (x, B[i] + 0.25)))
            if i < 4 and WINNER[i, j] != WINNER[i + 1, j]:
                y = B[i] + 0.25
                expected.add(((A[j] - 0.25, y), (A[j] + 0.25, y)))
    assert edges == expected
    assert set(border["x"][2::3]) == {None}


def test_the_sentence_names_the_very_border_that_the_map_draws():
    border = land()["data"][1]
    along = [
        border["x"][i]
        for i in range(0, len(border["x"]), 3)
        if border["x"][i] == border["x"][i + 1] and border["y"][i] < 0 < border["y"][i + 1]
    ]
    turn = SURVEY.crossing(2)
    assert turn is not None
    assert turn.border in along
    assert turn.before < turn.border < turn.after
    assert {turn.before, turn.after} <= set(A.tolist()), "both were measured"


def test_names_stand_on_lands_with_room_and_beside_the_map_for_those_without():
    figure = land()
    names = {note["text"]: (note["x"], note["y"]) for note in figure["layout"]["annotations"]}
    assert set(names) >= {"<b>birch</b>", "<b>cedar<br>tree</b>"}
    for text, k in (("<b>birch</b>", 1), ("<b>cedar<br>tree</b>", 2)):
        x, y = names[text]
        assert WINNER[list(B).index(y), list(A).index(x)] == k
    wide = np.linspace(-0.5, 1.5, 33)
    winner = np.ones((33, 33), int)
    winner[0, 0] = 3
    fine = Survey(wide, wide, winner * 0.5, winner, winner * 0.5, 1.0)
    figure = land(fine)
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["<b>birch</b>"]
    beside = [line["name"] for line in figure["data"] if line.get("name")]
    assert beside == ["date"]
    told = [line for line in figure["data"] if line["type"] == "scatter" and line.get("showlegend", True)]
    assert [line.get("name") for line in told] == ["date"], "nothing else has a line in the legend"
    assert figure["layout"]["showlegend"]


def test_every_cell_of_the_map_can_be_clicked_and_says_what_was_measured_there():
    figure = land()
    unseen = figure["data"][-1]
    assert unseen["marker"]["opacity"] == 0
    assert list(zip(unseen["x"], unseen["y"], strict=True)) == [(a, b) for b in B for a in A]
    assert unseen["customdata"][-1] == "cedar tree (2), 99.0\u00a0%"
    assert figure["layout"]["clickmode"] == "event+select"
    assert all(trace["unselected"]["marker"]["opacity"] == 1 for trace in figure["data"][1:-1])


def test_the_point_chosen_and_both_ends_are_marked_on_the_map():
    figure = land(chosen=(0.5, -0.5), dark=True)
    marks = [trace for trace in figure["data"] if trace.get("mode") == "markers"]
    ends, spot, _ = marks
    assert [list(ends["x"]), list(ends["y"])] == [[0, 1], [0, 0]]
    assert ends["marker"]["color"] == [DARK.original.line, DARK.target.line]
    assert [spot["x"], spot["y"]] == [[0.5], [-0.5]]


@pytest.mark.parametrize("draw", [hill, land])
def test_figures_fit_the_page_that_is_dark_too(draw):
    assert draw(dark=True)["layout"]["font"]["color"] == DARK.faint
    assert draw(narrow=True, height=300)["layout"]["height"] == 300


# Straight lines

MOVES = np.linspace(-0.02, 0.02, 5)
REAL = np.stack([np.array([0.0, 1, 2, 4, 5]), np.array([9.0, 9, 8, 2, 1]), np.array([3.0, 3, 3, 3, 3])], 1)
TOLD = REAL[2] + np.outer(np.arange(-2, 3), [2.1, -6, 0])
LINES = Lines(MOVES, (2, 1, 4), REAL, TOLD)


def test_each_class_has_its_real_line_and_dotted_the_one_foretold_in_one_colour():
    figure = drawn(lines.straight_line_chart(LINES, LABELS, 0.01))
    traces = {trace["name"]: trace for trace in figure["data"]}
    assert set(traces) == {f"{LABELS[k]}, {what}" for k in (2, 1, 4) for what in ("real", "foretold")}
    for i, (k, ink) in enumerate(((2, LIGHT.target), (1, LIGHT.original), (4, LIGHT.others[0]))):
        real, told = traces[f"{LABELS[k]}, real"], traces[f"{LABELS[k]}, foretold"]
        np.testing.assert_array_equal(real["y"], REAL[:, i])
        np.testing.assert_array_equal(told["y"], TOLD[:, i])
        np.testing.assert_allclose(real["x"], MOVES * 255)
        assert real["line"]["color"] == told["line"]["color"] == ink.line
        assert (real["line"]["dash"], told["line"]["dash"]) == ("solid", "dot")


def test_the_shaded_band_ends_where_the_simple_model_does():
    figure = drawn(lines.straight_line_chart(LINES, LABELS, 0.01))
    band = figure["layout"]["shapes"][0]
    assert (band["x0"], band["x1"]) == (0, pytest.approx(0.01 * 255)), "told 2.1 and 4.2, real 2 and 3"
    low, high = figure["layout"]["yaxis"]["range"]
    assert low < REAL.min() < REAL.max() < high


# Noise


def noise(*high: float) -> list[Noise]:
    def of(p: float) -> np.ndarray:
        return np.array([0.0, 1 - p, p, 0, 0, 0, 0])

    return [Noise(of(0.1 * i), of(p / 2), of(p / 4), of(p), 1.0) for i, p in enumerate(high)]


def test_noise_is_grey_and_dotted_with_a_band_and_the_trick_orange():
    sizes = np.array([0.0, 1, 2])
    figure = drawn(lines.noise_chart(sizes, noise(0.1, 0.2, 0.3), LABELS, 2, 1))
    traces = {trace["name"]: trace for trace in figure["data"] if "name" in trace}
    trick, dealt = traces["cedar tree, trick"], traces["cedar tree, noise"]
    np.testing.assert_allclose(trick["y"], [0, 0.1, 0.2])
    np.testing.assert_allclose(dealt["y"], [0.05, 0.1, 0.15])
    assert trick["line"]["color"] == LIGHT.target.line
    assert (dealt["line"]["color"], dealt["line"]["dash"]) == (LIGHT.faint, "dot")
    assert traces["birch, trick"]["line"]["color"] == LIGHT.original.line
    place = figure["data"].index(dealt)
    low, high = figure["data"][place - 2 : place]
    np.testing.assert_allclose(low["y"], [0.025, 0.05, 0.075])
    np.testing.assert_allclose(high["y"], [0.1, 0.2, 0.3])
    assert high["fill"] == "tonexty"


def test_a_growing_chart_of_noise_keeps_its_axis_and_an_empty_one_is_drawn_too():
    sizes = np.array([0.0, 1, 2])
    for found in ([], noise(0.1)):
        figure = lines.noise_chart(sizes, found, LABELS, 2, 1, growing=True)
        assert figure.layout.xaxis.range == (0, 2)
    more_of_the_same = drawn(lines.noise_chart(sizes, noise(0.1, 0.2), LABELS, 1, 1))
    assert [t["name"] for t in more_of_the_same["data"] if "name" in t] == ["birch, noise", "birch, trick"]


def test_names_at_the_ends_of_lines_do_not_cover_each_other():
    figure = lines.noise_chart(np.array([0.0, 1]), noise(0.0, 0.0), LABELS, 2, 1)
    heights = sorted(note.y for note in figure.layout.annotations if note.yref != "paper")
    assert len(heights) == 4
    assert min(np.diff(heights)) > 0.06
    assert heights[-1] <= 1.01
