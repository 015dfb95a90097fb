"""What a visitor can take along of a run: pictures, numbers, a report, and what makes it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from trickcore import Recipe, report
from trickcore.diagnose import causes
from trickcore.language import _, again, carried, later
from trickcore.pictures.files import encode
from trickcore.pictures.origins import kind_of
from trickcore.plots import run as charts
from trickcore.runs import frames as film
from trickcore.runs import script
from trickcore.runs import settings_json as settings
from ui import text
from ui.session_run import Run, pixels_of

Make = Callable[[], str | bytes]


@dataclass(frozen=True, slots=True)
class Export:
    """One download; its data is made when it is asked for."""

    label: str
    file: str
    mime: str
    make: Make
    tip: str


def exports(
    run: Run,
    gain: float | None = None,
    watch: Sequence[int] | None = None,
    *,
    narrow: bool = False,
    key: str = "take",
) -> None:
    """A row of buttons for a finished run; nothing for one that has no picture yet.

    `gain` magnifies the perturbation; `watch` are the classes with a line and a column. Where there
    are several rows on a page, each has a `key`.
    """
    if not run.png or run.verdict is None:
        return
    gain = film.automatic_gain(run.recipe, run.frames) if gain is None else gain
    watch = charts.watchlist(run.frames, run.recipe.target) if watch is None else watch
    first, rest = downloads(run, gain, watch)
    spans = (3, 3, 4, 4)  # what the words need
    with st.container(width="stretch" if narrow else 560):  # no wider than they are easy to take in
        grid = st.grid(sum(spans), min_column_width=4, wrap=False, gap=(0, 8))
    cells = [grid.cell(column_span=span) for span in spans]
    for export, cell in zip(first, cells, strict=False):
        with cell:
            _button(export, key, icon=not narrow)
    with cells[-1], st.popover(_("More"), icon=None if narrow else ":material/more_horiz:", width="stretch"):
        below = st.grid(3, min_column_width=4, wrap=False, gap=8)
        for export in rest:
            with below.cell():
                _button(export, key, icon=False)
        _again(run)


def _button(export: Export, key: str, *, icon: bool) -> None:
    st.download_button(
        _(export.label),
        carried(export.make),
        export.file,
        export.mime,
        key=f"{key}-{export.label.lower()}",
        help=_(export.tip),
        icon=":material/download:" if icon else None,
        on_click="ignore",
        width="stretch",
    )


def downloads(run: Run, gain: float, watch: Sequence[int]) -> tuple[list[Export], list[Export]]:
    """What most people want of a finished run, and the rest."""
    stem, frames, labels = _stem(run), run.frames, run.labels

    def page() -> str:
        assert run.verdict is not None
        return report.html(
            frames,
            labels,
            _recipe(run) if run.repaired else run.recipe,
            run.verdict,
            gain=gain,
            watch=watch,
            noun=text.noun_of(run.noun),
            picture=run.origin,
            advice=causes.advise(run.findings),
            stopped=run.stopped and not run.repairs,
            repaired=run.repaired,
            when=text.moment(datetime.now()),
            network=_(run.network.title),
            machine=run.machine,
        )

    first = [
        Export("PNG", f"{stem}.png", "image/png", lambda: run.png, _PNG),
        Export("GIF", f"{stem}.gif", "image/gif", lambda: film.to_gif(frames, gain, least=224), _GIF),
        Export(later("Report"), f"{stem}.html", "text/html", page, _REPORT),
    ]
    rest = [
        Export("CSV", f"{stem}.csv", "text/csv", lambda: film.to_csv(frames, labels, watch), _CSV),
        Export(later("Original"), script.FILE, "image/png", lambda: encode(pixels_of(frames[0])), _ORIGINAL),
        Export(
            later("Settings"),
            f"{stem}.json",
            "application/json",
            lambda: settings.to_json(_recipe(run), run.origin, run.machine),
            _SETTINGS,
        ),
    ]
    return first, rest


_PNG = later("The tricked picture, exactly as the network was asked about it.")
_GIF = later("The three pictures over the steps. For the network take the PNG: a GIF has 256 colours.")
_REPORT = later(
    "One page with pictures, chart, numbers and settings. It opens without a network, and prints well."
)
_CSV = later("A table with a row a step, for a spreadsheet.")
_ORIGINAL = later("The picture before it was tricked, exactly as the network saw it.")
_SETTINGS = later("All settings as JSON. In a terminal: python -m trickcore --settings FILE.")


def _again(run: Run) -> None:
    """The run as Python, and as a line for a terminal, to copy."""
    recipe = _recipe(run)
    try:
        python = script.script(
            recipe,
            run.origin,
            run.labels,
            noun=run.noun,
            said=run.verdict,
            repaired=run.repaired,
            last=_last(run),
            machine=run.machine,
        )
    except ValueError as error:
        st.caption(again(str(error)))
        return
    tip = _("Makes this run again, to the same file. It needs trickcore installed.")
    st.markdown(_("**As Python**"), help=tip)
    if kind_of(run.origin)[0] == "file":
        st.caption(_("Save the original beside it as {file} first.", file=script.FILE))
    st.code(python)
    if run.repaired:
        st.caption(
            _("The file was repaired after the run. A terminal line cannot do that; the Python above does.")
        )
        return
    if _last(run) is not None:
        st.caption(_("The run was stopped. A terminal line cannot do that; the Python above does."))
        return
    try:
        line = script.command(recipe, run.origin)
    except ValueError:
        line = f"python -m trickcore {script.FILE} --settings {_stem(run)}.json --save tricked.png"
    st.markdown(_("**In a terminal**"), help=_("The same run, from the folder of this project."))
    st.code(line, language="bash", wrap_lines=True)


def _recipe(run: Run) -> Recipe:
    """What makes the run again up to its repairs, also if it was stopped on the way."""
    if run.cut is not None:
        return script.until(run.recipe, run.cut)
    stopped = run.stopped and not run.repairs
    return script.until(run.recipe, run.frames[-1].index) if stopped else run.recipe


def _last(run: Run) -> int | None:
    """Where the Python has to stop, since the recipe does not say so."""
    end = run.cut if run.cut is not None else run.frames[-1].index
    stopped = run.cut is not None or (run.stopped and not run.repairs)
    return script.stopped_at(run.recipe, end) if stopped else None


def _stem(run: Run) -> str:
    target = run.recipe.target
    goal = "anything-else" if target is None else run.labels[target]
    return script.slug(f"{run.noun} to {goal} eps {run.recipe.eps:g}")
