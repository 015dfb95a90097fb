"""Compare: a run that is kept as the other one, beside the run in hand on the same picture."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from trickcore.language import _, later
from trickcore.pictures.files import encode, enlarged, magnified
from trickcore.plots.methods.comparison import Curve, comparison_chart
from trickcore.report import sentences
from trickcore.runs import frames as film
from trickcore.runs.methods import GRADIENT, METHODS
from trickcore.text import percent
from ui import state, text
from ui.session_run import Run, pixels_of
from ui.sidebar import class_link
from ui.widgets import chart_slot
from ui.widgets.run_row import shown

HELP = later(
    "Keeps this run as *the other one*. Then change the method or any setting: both runs are shown side by "
    "side, in one chart and one table."
)
HELP_CHART = later(
    "How likely what was wanted became, over what it had cost. A pass is one picture through the network, "
    "forward or back; a question to a network that cannot be looked into is one pass."
)


def keep(run: Run) -> None:
    """Makes a run the other one, as a button's callback."""
    state.other.set(run)


def offer(run: Run) -> None:
    """The button, for a finished run; and what the run is compared with once one was kept."""
    if run.verdict is None:
        return
    other = state.other.get()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            _("Compare"),
            key="compare",
            icon=":material/compare_arrows:",
            help=_(HELP),
            on_click=keep,
            args=(run,),
        )
        if other is not None:
            st.button(
                _("Forget the other one"), key="compare-forget", type="tertiary", on_click=state.other.forget
            )
    if other is None:
        return
    if other is run:
        st.caption(_kept(named(run)))
    elif other.digest != run.digest or other.labels != run.labels:
        st.caption(
            _(
                "The other one, **{name}**, is of another picture: two runs are compared on the same one.",
                name=named(other),
            )
        )


def _kept(name: str) -> str:
    """What can be changed next."""
    if class_link.hidden("method") or class_link.pinned("method"):
        return _("Kept: **{name}**. Now change a setting and both stand here side by side.", name=name)
    return _("Kept: **{name}**. Now change the method and both stand here side by side.", name=name)


def show(run: Run, *, dark: bool, narrow: bool) -> None:
    """Both runs, where another one was kept that can be compared with this one."""
    other = state.other.get()
    if other is None or other is run or run.verdict is None or other.verdict is None:
        return
    if other.digest != run.digest or other.labels != run.labels:
        return
    names = names_of(run, other)
    st.subheader(_("Side by side"), help=_(HELP_CHART))
    grid = st.grid(2 if narrow else 4, min_column_width=4, wrap=narrow, gap=8)
    for each, name in ((run, names[0]), (other, names[1])):
        before, after = pixels_of(each.frames[0]), pixels_of(each.frames[-1])
        gain = film.automatic_gain(each.recipe, each.frames)
        answer = each.verdict.after if each.verdict is not None else None
        said = "" if answer is None else text.caption(answer.name, answer.probability)
        change = _("perturbation **×\u00a0{gain:g}**", gain=gain)
        magnifies = _("Perturbation of {name}, magnified {gain:g} times", name=name, gain=gain)
        for pixels, alt, caption in (
            (magnified(before, after, gain), magnifies, change),
            (shown(each.recipe, before, after), _("Tricked by {name}", name=name), said),
        ):
            with grid.cell():
                st.image(encode(enlarged(pixels)), width="stretch", output_format="PNG", alt=alt)
                st.caption(f"{text.escape(name)}: {caption}")
    curves = [curve(each, name) for each, name in ((run, names[0]), (other, names[1]))]
    figure = comparison_chart(curves[0], curves[1], dark=dark, narrow=narrow)
    chart_slot.finished(st.empty(), figure, _in_words(curves), key="compare-chart")
    rows = table(run, other, names)
    st.table([{text.escape(name): text.escape(cell) for name, cell in row.items()} for row in rows])


def named(run: Run) -> str:
    """A run in few words."""
    recipe = run.recipe
    words: list[str] = [_(recipe.how.title)]
    if recipe.how.reads("eps"):
        words.append(_("epsilon {eps:g}", eps=recipe.eps))
    if recipe.how.reads("pixels"):
        words.append(_("{n} pixels", n=recipe.pixels))
    asks, length = recipe.how.asks, recipe.length
    words.append(_("{n:,} questions", n=length) if asks else _("{n:,} steps", n=length))
    return ", ".join(words)


def names_of(run: Run, other: Run) -> tuple[str, str]:
    """What the two are called: by their methods where these differ."""
    if run.recipe.method != other.recipe.method:
        return _(run.recipe.how.title), _(other.recipe.how.title)
    return _("this run"), _("the other one")


def curve(run: Run, name: str) -> Curve:
    """A run's line: the probability of what it wanted, over passes."""
    begun, last, passes, wanted = 0, 0, [], []
    first = int(run.frames[0].probs.argmax())
    for frame in run.frames:
        if frame.passes < last:  # a repair counts its own
            begun += last
        last = frame.passes
        passes.append(begun + last)
        target = run.recipe.target
        wanted.append(float(1 - frame.probs[first] if target is None else frame.probs[target]))
    return Curve(name, passes, wanted)


def table(run: Run, other: Run, names: tuple[str, str]) -> list[dict[str, str]]:
    """A row a number, a column a run: what came of each, and the settings that differ."""
    assert run.verdict is not None
    assert other.verdict is not None
    columns = []
    for each in (run, other):
        assert each.verdict is not None
        rows = _said(sentences.measured(each.verdict, each.labels))
        rows.pop(_("Original"))
        made = _said(sentences.made_with(each.recipe, each.labels, each.origin, _(each.network.title)))
        made.setdefault(_("Method"), _(METHODS[GRADIENT].title))
        columns.append(({**rows, _("Cost"): sentences.cost(each.frames, each.recipe)}, made))
    (this, made), (that, made_that) = columns
    settings = [name for name in {**made, **made_that} if made.get(name) != made_that.get(name)]
    if run.recipe.method != other.recipe.method:
        settings.remove(_("Method"))  # the columns are called by it
    found = [(name, made.get(name, "–"), made_that.get(name, "–")) for name in settings]
    found += [(name, this.get(name, "–"), that.get(name, "–")) for name in {**this, **that}]
    return [{"": name, names[0]: a, names[1]: b} for name, a, b in found]


def _said(rows: sentences.Rows) -> dict[str, str]:
    """Rows in the visitor's language, by their names in it."""
    return {_(name): _(value) for name, value in rows}


def _in_words(curves: Sequence[Curve]) -> str:
    return "; ".join(
        _(
            "{name}: {probability} after {n:,} passes",
            name=one.name,
            probability=percent(one.wanted[-1]),
            n=one.passes[-1],
        )
        for one in curves
    )
