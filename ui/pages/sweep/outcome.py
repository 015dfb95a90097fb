"""What a sweep found: curves with bands, the table, the easiest and hardest pictures, classes, exports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
import streamlit as st
from PIL import ImageOps

from trickcore import Recipe
from trickcore.language import _, carried, later
from trickcore.measure.robustness import Curve, Difficulty, Kind, Row, by_class, curves, difficulties
from trickcore.networks.catalogue import labels_of, title_of
from trickcore.pictures.files import decoded, encode, enlarged, flattened
from trickcore.plots.methods.sweep import names_of, sweep_chart
from trickcore.report import sweep as report
from trickcore.runs.methods import METHODS
from trickcore.sweep.plan import Plan
from trickcore.sweep.results import parquet_of, versions
from trickcore.sweep.tables import as_csv, eps_in_words
from trickcore.sweep.trials import Refused
from trickcore.text import counted, levels, named, percent, short
from ui import state, text
from ui.pages.sweep.plan_choice import Choice
from ui.sidebar import apply_recipe
from ui.sidebar.url_state import LINK
from ui.widgets import chart_slot

KINDS: dict[str, Kind] = {later("Tricked"): "success", later("Still right"): "accuracy"}
HELP_KINDS = later(
    "*Tricked*: the share that became what was wanted, of those that were not it already. *Still right*: the "
    "share that is read as what it is after the attack (accuracy under attack), of all pictures. The band is "
    "where the share of very many such pictures would lie, 95 times in 100 (Wilson 1927). All is measured on "
    "the pictures as they are saved."
)
HELP_EASY = later(
    "By the share of trials that worked, then by the smallest epsilon that did: *3 of 4, from 1* means that "
    "three of four trials tricked it, the smallest with epsilon 1."
)
SHOWN, SIZE = 6, (168, 168)
HELP_CLASS = later(
    "For each picture the smallest epsilon that tricked it; of those the median, which is the one in the "
    "middle. *none*: half of the class's pictures or more were tricked by no epsilon tried."
)


def show(
    plan: Plan,
    rows: Sequence[Row],
    refused: Sequence[Refused],
    dark: bool,
    narrow: bool,
    *,
    growing: bool = False,
) -> None:
    """The chart and its table, as far as they are."""
    for one in refused[:3]:
        left_out = _("{picture} was left out.", picture=text.escape(one.picture))
        st.caption(f"{left_out} {text.escape(one.why)}")
    if not rows:
        if growing:
            st.caption(_("The first rows are on their way."))
        return
    chosen = st.segmented_control(
        _("What is counted"),
        list(KINDS),
        default="Tricked",
        format_func=_,
        required=True,
        key="sweep_kind",
        help=_(HELP_KINDS),
        label_visibility="collapsed",
        **LINK,
    )
    kind = KINDS[chosen]
    found = [_titled(curve) for curve in curves(rows, kind)]
    figure = sweep_chart(found, dark=dark, narrow=narrow, height=240 if narrow else 330)
    draw: Callable[..., None] = chart_slot.growing if growing else chart_slot.finished
    said = _("{kind} against epsilon, {lines}", kind=_(chosen), lines=counted(len(found), "line"))
    draw(st.empty(), figure, said)
    st.dataframe(_table(found, kind), hide_index=True, width="stretch")


def _titled(curve: Curve) -> Curve:
    """With the names that people read."""
    method, network = curve.attacked.method, curve.attacked.network
    title = _(METHODS[method].title) if method in METHODS else method
    with suppress(ValueError):  # of results made elsewhere: a network that is not known here
        network = title_of(network)
    return replace(curve, attacked=curve.attacked._replace(method=title, network=network))


def _table(found: Sequence[Curve], kind: Kind) -> list[dict[str, str]]:
    """A row a line of the chart, a column an epsilon."""
    return [
        {
            "": name,
            **{
                eps_in_words(eps, kind): _(
                    "{share} ({low:.0f} to {high:.0f})",
                    share=percent(share.share, 1),
                    low=100 * share.low,
                    high=100 * share.high,
                )
                for eps, share in curve.points
                if share.pictures
            },
        }
        for curve, name in zip(found, names_of(found), strict=True)
    ]


def pictures(choice: Choice, rows: Sequence[Row], narrow: bool) -> None:
    """The easiest and the hardest, each of which opens in Trick with its settings; and the classes."""
    found = difficulties(rows)
    if not found:
        return
    count = min(SHOWN, max(1, len(found) // 2))
    wide = 108 if narrow else 124
    st.markdown(_("**Tricked most easily**"), help=_(HELP_EASY))
    _row(choice, rows, found[:count], "easy", wide)
    easiest = found[0].hits / found[0].tries, found[0].eps_levels
    hard = [one for one in found[count:] if (one.hits / one.tries, one.eps_levels) != easiest]
    if hard:
        st.markdown(
            _("**Held out longest**"), help=_("Those that fewest trials tricked, or only a large epsilon.")
        )
        _row(choice, rows, hard[::-1][:count], "hard", wide)
    _classes(rows)


def _row(choice: Choice, rows: Sequence[Row], found: Sequence[Difficulty], key: str, width: int) -> None:
    places = {name: place for place, name in enumerate(choice.pictures.names)}
    with st.container(horizontal=True, gap="small"):
        for number, one in enumerate(found):
            data = choice.pictures.read(places[one.picture])
            row = _row_to_open(rows, one)
            with st.container(width=width, gap="xxsmall"):
                st.image(
                    _thumbnail(data, choice.digits),
                    width=width,
                    caption=_caption(one),
                    alt=_(
                        "{picture}: {hits} of {of} trials tricked it",
                        picture=_(one.picture),
                        hits=one.hits,
                        of=one.tries,
                    ),
                )
                pressed = st.button(
                    _("Open"),
                    key=f"{key}-{number}",
                    type="tertiary",
                    icon=":material/open_in_new:",
                    help=_(
                        "Opens it in Trick with {network} and epsilon {levels}.",
                        network=row.network,
                        levels=levels(row.eps_levels or 0),
                    ),
                )
            if pressed:
                _open(_recipe(choice.plan, row), _origin(choice, row), data, row.picture)


@st.cache_data(show_spinner=False, max_entries=500)
def _thumbnail(data: bytes, digits: bool) -> bytes:
    """The square in the middle of a picture; of a digit each pixel large enough to be seen."""
    pixels = np.asarray(
        ImageOps.fit(flattened(decoded(data), 1 if digits else 3), (28, 28) if digits else SIZE)
    )
    return encode(enlarged(pixels, SIZE[0]))


def _caption(one: Difficulty) -> str:
    if one.eps_levels is None:
        return _("{hits} of {of}", hits=one.hits, of=one.tries)
    return _("{hits} of {of}, from {eps:g}", hits=one.hits, of=one.tries, eps=one.eps_levels)


def _row_to_open(rows: Sequence[Row], one: Difficulty) -> Row:
    """The trial that is worth a look: the smallest epsilon that worked, else the largest that did not."""
    tried = [row for row in rows if row.picture == one.picture and not row.already]
    worked = [row for row in tried if row.success]
    if worked:
        return min(worked, key=lambda row: row.eps_levels or 0.0)
    return max(tried, key=lambda row: row.eps_levels or 0.0)


def _recipe(plan: Plan, row: Row) -> Recipe:
    eps = plan.settings.eps if row.eps_levels is None else row.eps_levels
    return replace(
        plan.settings, network=row.network, method=row.method, target=row.target, seed=row.seed, eps=eps
    )


def _origin(choice: Choice, row: Row) -> str:
    return f"sample:{row.picture}" if choice.pictures.source == "samples" else "file"


def _open(recipe: Recipe, origin: str, data: bytes, name: str) -> None:
    if origin == "file":
        state.file("upload").set((name, data))
    st.switch_page("ui/pages/trick.py", query_params=apply_recipe.in_link(recipe, origin))


def _classes(rows: Sequence[Row]) -> None:
    found = [one for one in by_class(rows) if one.pictures > 1]
    if not found:
        return
    with st.expander(_("Median smallest epsilon by class"), icon=":material/category:"):
        st.dataframe(
            [
                {
                    _("network"): one.network,
                    _("class"): short(named(labels_of(one.network), one.label), 30),
                    _("median epsilon"): _("none") if one.eps_levels is None else f"{one.eps_levels:g}",
                    _("tricked"): _("{hits} of {of}", hits=one.tricked, of=one.pictures),
                }
                for one in found
            ],
            hide_index=True,
            width="stretch",
        )
        st.caption(_(HELP_CLASS))


def exports(plan: Plan, rows: Sequence[Row]) -> None:
    """The table as CSV, all rows as Parquet, and a report."""
    with st.container(horizontal=True, gap="small"):
        for name, data, file, mime, tip in (
            (
                "CSV",
                lambda: as_csv(curves(rows)),
                "sweep.csv",
                "text/csv",
                later("Each share with its interval."),
            ),
            (
                later("Rows"),
                lambda: parquet_of(rows),
                "sweep.parquet",
                "application/octet-stream",
                later("Every trial (Parquet)."),
            ),
            (
                later("Report"),
                lambda: report.html(plan_words(plan), rows),
                "sweep.html",
                "text/html",
                later("Chart, tables, plan."),
            ),
        ):
            st.download_button(
                _(name),
                carried(data),
                file,
                mime,
                key=f"sweep-{name}",
                help=_(tip),
                icon=":material/download:",
                on_click="ignore",
            )


def plan_words(plan: Plan) -> list[tuple[str, str]]:
    """The plan for people, a line a choice."""
    settings = plan.settings
    return [
        (_("Pictures"), _(plan.pictures)),
        (_("Networks"), ", ".join(plan.networks)),
        (
            _("Methods"),
            ", ".join(_(METHODS[name].title) if name in METHODS else name for name in plan.methods),
        ),
        (
            _("Epsilons"),
            _("{epsilons} grey levels of 255", epsilons=", ".join(f"{eps:g}" for eps in plan.eps)),
        ),
        (_("Goal"), plan.target),
        (
            _("Steps"),
            _("{steps}; questions {questions:,}", steps=settings.steps, questions=settings.questions),
        ),
        (_("Norm"), settings.norm),
        (_("Seeds"), ", ".join(map(str, plan.seeds))),
        (_("Made with"), ", ".join(f"{name} {number}" for name, number in versions().items())),
    ]
