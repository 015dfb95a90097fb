"""One hidden unit in numbers: its sum written out, what it adds, and its share of the gradient."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from trickcore.explain.records import ForwardPass, Values, largest
from trickcore.language import _, later, row
from trickcore.pictures.files import encode, enlarged
from trickcore.plots import bars, gradients
from trickcore.plots.digits.network_drawing import Chosen, colour_scale
from trickcore.text import signed
from ui.widgets import chart_slot

TERMS = 5  # pixels whose terms are written out
HELP_SUM = later(
    "A pixel's value goes from 0 (empty) to 1 (full ink). Each is multiplied by the unit's weight for that "
    "pixel, and all products are added up, with one number more that no pixel changes: the bias. Every "
    "number is rounded by itself, so the last digit of the sum may be off by one."
)
HELP_HERE = later(
    "Before these hidden units come two layers that look at small patches. As long as none of their parts "
    "switches on or off, all of it together acts like one set of weights on the pixels. Those are shown: "
    "exact for this picture, others for another one."
)
HELP_RELU = later(
    "This rule is called ReLU, rectified linear unit: what is below 0 counts as 0. Without it a network of "
    "many layers could do no more than one layer can."
)
ON = later(
    "{unit} is on. The weight between it and {answer} is **{pull}**, so its share is {pull} times its "
    "weights."
)
ON_HERE = later(
    "{unit} is on. The weight between it and {answer} is **{pull}**, so its share is {pull} times its "
    "weights here."
)
HELP_BACK = later(
    "The gradient is found backwards, from the answer to the pixels (backpropagation, Rumelhart and others "
    "1986): the answer's weight on each unit, times the unit's weights on the pixels, nothing where a unit "
    "is off, and all units added up."
)


def unit_name(j: int) -> str:
    """What a hidden unit is called on the page."""
    return _("Unit {n}", n=j + 1)


def forwards(found: ForwardPass, chosen: Chosen, dark: bool, narrow: bool) -> None:
    """The sum of the unit that is looked at, written out, and what it adds to every answer."""
    unit, answer, name = chosen.unit, chosen.answer, unit_name(chosen.unit)
    tip = row(_(HELP_SUM), "" if found.fixed else _(HELP_HERE))
    st.subheader(_("{unit} in numbers", unit=name), help=tip)
    left, right = _columns(narrow)
    terms = found.terms(unit)
    with left:
        adds = _("What each pixel adds to {unit}", unit=name)
        _pictures([_pattern(found, unit), (terms, _("What pixels add"), adds)], dark)
        passed = f"{found.active[unit]:.2f} × {_factor(found.weights[answer, unit])}"
        st.markdown(
            _(
                "**What it adds to each answer**: what it passes on × a weight. To {answer}: {passed} = "
                "**{added}**",
                answer=answer,
                passed=passed,
                added=signed(found.added[answer, unit]),
            )
        )
        figure = bars.added_bars(found.added[:, unit], _digits(found), answer, dark=dark)
        listed = ", ".join(f"{k}: {signed(value)}" for k, value in enumerate(found.added[:, unit]))
        alt = _("What {unit} adds to each answer: {listed}", unit=name, listed=listed)
        chart_slot.finished(st.empty(), figure, alt)
    with right:
        places = largest(terms, TERMS)
        rows = [
            (_place(at), f"{found.values[at]:.2f} × {_factor(found.patterns[unit][at])}", terms[at])
            for at in places
        ]
        others = float(terms.sum() - sum(terms[at] for at in places))
        offset = _("its bias") if found.fixed else _("biases on the way")
        rows += [(_("{n} other pixels", n=terms.size - len(places)), "", others)]
        rows += [(offset, "", float(found.offsets[unit]))]
        rows += [(f"**{_('its sum')}**", "", float(found.sums[unit]))]
        st.markdown(_table((_("pixel"), _("ink × weight"), _("adds")), rows))
        if found.sums[unit] > 0:
            passes = _("Above 0, so the unit passes on **{value:.2f}**.", value=found.active[unit])
        else:
            passes = _("Not above 0, so the unit is off and passes on **0**.")
        st.markdown(passes, help=_(HELP_RELU))


def backwards(found: ForwardPass, chosen: Chosen, dark: bool, narrow: bool) -> None:
    """The share of the unit that is looked at in the answer's gradient, and the gradient itself."""
    unit, answer, name = chosen.unit, chosen.answer, unit_name(chosen.unit)
    pull, share, whole = found.pull(answer)[unit], found.shares(answer)[unit], found.gradients[answer]
    st.subheader(_("{unit}'s share of the gradient", unit=name), help=_(HELP_BACK))
    left, right = _columns(narrow)
    with left:
        alt = _("The share of {unit} in the gradient of {answer}", unit=name, answer=answer)
        _pictures([_pattern(found, unit), (share, _("Its share"), alt)], dark)
        if pull:
            st.markdown(_(ON if found.fixed else ON_HERE, unit=name, answer=answer, pull=signed(pull)))
        else:
            st.markdown(
                _(
                    "{unit} is off: its sum is {sum}. A little more or less ink changes nothing, so its "
                    "share is 0 everywhere.",
                    unit=name,
                    sum=signed(found.sums[unit]),
                )
            )
    with right:
        rows = [(_place(at), f"{signed(share[at])}", whole[at]) for at in largest(whole, TERMS + 2)]
        st.markdown(_table((_("pixel"), _("its share"), _("all of {answer}", answer=answer)), rows))
        st.caption(_("The pixels that count most for the answer: points of score from empty to full ink."))


def _columns(narrow: bool) -> tuple[DeltaGenerator, DeltaGenerator]:
    if narrow:
        return st.container(), st.container()
    left, right = st.columns([1.2, 1], gap="large")
    return left, right


def _pictures(drawn: list[tuple[Values, str, str]], dark: bool) -> None:
    """Numbers (H, W) as pictures side by side, each with the bar that says what its colours mean."""
    grid = st.grid(len(drawn), min_column_width=4, wrap=False, gap=12)
    for values, caption, alt in drawn:
        scale = colour_scale(values)
        least, most = bars.colour_ends(values, scale)
        with grid.cell():
            st.markdown(f"**{caption}**")
            pixels = gradients.picture(values.astype(np.float32), scale)
            st.image(encode(enlarged(pixels)), width="stretch", alt=alt)
            figure = bars.colour_bar(least, "0", most, dark=dark)
            bar = _("{what}: dark is {least}, grey 0, bright {most}", what=caption, least=least, most=most)
            chart_slot.finished(st.empty(), figure, bar)


def _table(head: tuple[str, str, str], rows: list[tuple[str, str, float]]) -> str:
    """A table in Markdown: what, how it is made, and a number of points."""
    lines = [f"| {' | '.join(head)} |", "|:--|--:|--:|"]
    for what, made, value in rows:
        mark = "**" * what.startswith("**")
        lines.append(f"| {what} | {made} | {mark}{signed(value)}{mark} |".replace(" × ", "\u00a0×\u00a0"))
    return "\n".join(lines)


def _place(at: tuple[int, int]) -> str:
    words = _("row {row}, column {column}", row=at[0] + 1, column=at[1] + 1)
    return words.replace(" ", "\u00a0")


def _factor(value: float) -> str:
    """A number to multiply by: without a plus."""
    return signed(value).removeprefix("+")


def _pattern(found: ForwardPass, unit: int) -> tuple[Values, str, str]:
    """A unit's weights with what they are called, and for who cannot see them."""
    name = unit_name(unit)
    if found.fixed:
        return found.patterns[unit], _("Its weights"), _("The weights of {unit}", unit=name)
    return found.patterns[unit], _("Its weights here"), _("The weights here of {unit}", unit=name)


def _digits(found: ForwardPass) -> list[str]:
    return [str(k) for k in range(len(found.logits))]
