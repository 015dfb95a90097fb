"""Results that were made elsewhere, by the terminal or on a cluster: chosen on the server, or uploaded."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from trickcore.language import _, later
from trickcore.measure.robustness import Row
from trickcore.sweep.background import PICTURES, home
from trickcore.sweep.plan import Plan
from trickcore.sweep.results import PLAN, Results, ResultsError
from trickcore.sweep.trials import Refused
from ui import classroom, text

MADE_HERE = 20  # letters of the folders that the page itself makes
HELP = later(
    "The files of a results folder that `python -m trickcore sweep` made, here or on a cluster: _plan.json "
    "and all that end in .parquet."
)


@dataclass(frozen=True, slots=True, eq=False)
class Elsewhere:
    """Results to be shown."""

    name: str
    plan: Plan
    rows: list[Row]
    refused: list[Refused]


def chosen() -> Elsewhere | None:
    """What somebody uploads or chooses, if they do; what is wrong with it is said in its place."""
    with st.expander(_("Show results made elsewhere"), icon=":material/folder_open:"):
        folders = _folders()
        name = (
            st.selectbox(
                _("On this computer"),
                list(folders),
                index=None,
                placeholder=_("Choose a folder"),
                key="results_folder",
                help=_("Folders of results in the folder that TRICK_SWEEPS names."),
            )
            if folders
            else None
        )
        files = st.file_uploader(
            _("Files of a results folder"),
            type=["parquet", "json"],
            accept_multiple_files=True,
            max_upload_size=50,
            key="results_files",
            help=_(HELP),
        )
        if not files and name is None:
            return None
        try:
            if name is not None:
                return _of(Results(folders[name]), name)
            with tempfile.TemporaryDirectory() as place:
                return _of(
                    _written(Path(place), [(file.name, file.getvalue()) for file in files]), _("your files")
                )
        except ResultsError as error:
            st.error(text.escape(str(error)), icon=":material/block:")
            return None
        except OSError:  # whose words would name a place of the server's
            st.error(
                _(
                    "The server cannot keep your files to read them: its disk is full, say. Tell whoever "
                    "runs it, and try again later."
                ),
                icon=":material/block:",
            )
            return None


def _folders() -> dict[str, Path]:
    """Those that the terminal made, by name; what visitors swept is theirs."""
    if classroom.on() or not home().is_dir():
        return {}
    return {
        path.name: path
        for path in sorted(home().iterdir())
        if (path / PLAN).is_file() and path.name != PICTURES and len(path.name) != MADE_HERE
    }


def _written(place: Path, files: list[tuple[str, bytes]]) -> Results:
    """The files under names of ours: what they are called matters only as a text."""
    plans = [data for name, data in files if name.endswith(".json")]
    parts = [data for name, data in files if name.endswith(".parquet")]
    if len(plans) != 1 or not parts:
        raise ResultsError(
            _("Choose {plan} and at least one file that ends in .parquet, together.", plan=PLAN)
        )
    (place / PLAN).write_bytes(plans[0])
    for number, data in enumerate(parts):
        (place / f"part-{number:06}.parquet").write_bytes(data)
    return Results(place)


def _of(results: Results, name: str) -> Elsewhere:
    try:
        plan, rows, refused = results.made().plan, list(results.rows()), results.refused()
    except ResultsError as error:
        where = str(results.folder)
        raise ResultsError(
            str(error).replace(where, name)
        ) from None  # a place of the server's is nobody's business
    if not rows:
        raise ResultsError(_("There is no row in these results yet."))
    return Elsewhere(name, plan, rows, refused)
