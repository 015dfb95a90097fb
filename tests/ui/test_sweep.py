"""The page Sweep without a browser: plan, cost, running, stopping, carrying on, results made elsewhere."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests import helpers
from tests.faults.disks import filled, small_disk
from tests.helpers import chart, sound
from tests.sweep import folders
from trickcore import Recipe
from trickcore.measure.robustness import curves
from trickcore.pictures import samples
from trickcore.sweep import Plan, ResultsError, read, run
from trickcore.sweep.background import Sweeps, sweeps
from trickcore.sweep.this_machine import ThisMachine
from ui.sidebar.controls import STOP_BEING

DIGITS = {
    "sweep_pictures": "Digits",
    "sweep_count_small": "20",
    "sweep_goal": "Any other",
    "sweep_steps": "3",
}


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    """A server without sweeps."""
    monkeypatch.setenv("TRICK_SWEEPS", str(tmp_path / "sweeps"))
    sweeps.cache_clear()
    yield
    for one in sweeps()._sweeps.values():
        one.stop()
        waited(one)
    sweeps.cache_clear()


def waited(sweep) -> None:
    end = time.monotonic() + 60
    while sweep.going:
        assert time.monotonic() < end
        time.sleep(0.02)


def opened(**link: str) -> AppTest:
    return helpers.opened("sweep", at_once=False, **link)


def only():
    (found,) = sweeps()._sweeps.values()
    return found


def swept(page: AppTest) -> AppTest:
    sound(page.button(key="start-sweep").click().run())
    waited(only())
    return sound(page.run())


def words(page: AppTest) -> str:
    found: list[Any] = [one for kind in ("markdown", "caption", "info", "error") for one in page.get(kind)]
    return "\n".join(str(one.value) for one in found)


def upload(page: AppTest, key: str) -> Any:
    (found,) = [one for one in page.get("file_uploader") if getattr(one, "key", "") == key]
    return found


def test_the_cost_is_told_before_anything_is_computed():
    page = opened(**DIGITS)
    assert "20 pictures × 2 networks × 4 epsilons = **160 trials**, about" in words(page)
    assert only().state == "new"
    assert page.header[0].value == "How many of 20 pictures does each epsilon trick?"
    assert not page.get("plotly_chart")


def test_a_sweep_ends_with_curves_table_pictures_and_exports():
    page = swept(opened(**DIGITS))
    sweep = only()
    assert (sweep.state, sweep.done) == ("done", 160)
    rows = read(sweep.folder)
    lines = {line["name"]: line for line in chart(page)["data"] if "name" in line}
    expected = {curve.attacked.network: curve for curve in curves(rows, "success")}
    assert set(lines) == {"Digits, standard", "Digits, robust"}
    shares = [share.share for _, share in expected["digits-standard"].points]
    assert lines["Digits, standard"]["y"] == pytest.approx(shares)
    table = page.dataframe[0].value
    assert list(table.columns) == ["", "eps 12", "eps 25.5", "eps 48", "eps 76.5"]
    assert "Tricked most easily" in words(page)
    assert {button.key for button in page.get("download_button")} == {
        "sweep-CSV",
        "sweep-Rows",
        "sweep-Report",
    }
    assert not [button for button in page.button if button.key == "start-sweep"]


def test_still_right_is_the_other_count_and_begins_clean():
    page = swept(opened(**DIGITS, sweep_kind="Still right"))
    assert list(page.dataframe[0].value.columns)[1] == "clean"


def test_another_visitor_with_the_same_plan_finds_it_done():
    swept(opened(**DIGITS))
    assert opened(**DIGITS).get("plotly_chart")
    assert len(sweeps()._sweeps) == 1


def test_it_is_stopped_and_carried_on():
    page = opened(**{**DIGITS, "sweep_count_small": "600", "sweep_steps": "40"})
    sound(page.button(key="start-sweep").click().run())
    sweep = only()
    end = time.monotonic() + 60
    while not sweep.rows():
        assert time.monotonic() < end
        time.sleep(0.01)
    sweep.stop()
    waited(sweep)
    assert sweep.state == "stopped"
    kept = len(sweep.rows())
    assert kept == (len(read(sweep.folder)) if sweep.folder.joinpath("_plan.json").exists() else 0)
    page = sound(page.run())
    if kept:
        assert page.button(key="start-sweep").label == "Carry on"
    assert "Stopped at" in words(page)


def test_an_open_button_leads_to_trick_with_the_settings_of_the_trial():
    page = swept(opened(sweep_goal="Any other", sweep_steps="2", sweep_eps_photos="4"))
    (button, *_) = [one for one in page.button if str(one.key).startswith("easy-")]
    sound(button.click().run())
    told = {name: value if isinstance(value, str) else value[0] for name, value in page.query_params.items()}
    assert told["sample"] in samples.SAMPLES
    assert (told["goal"], told["steps"], told["eps"]) == (STOP_BEING, "2", "4")


def test_photos_of_ones_own_are_kept_by_their_content_and_no_name_is_a_path(tmp_path):
    found = Sweeps(tmp_path / "own").given([("../../evil.png", samples.sample("cat")), ("a.png", b"none")])
    assert found.names == ("0000.png", "0001.png")
    inside = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(Path(path).is_relative_to(tmp_path / "own") for path in inside)
    assert set(found.words) == {None}


def test_a_full_disk_is_told_and_the_sweep_is_carried_on_once_there_is_room(tmp_path, monkeypatch):
    with small_disk(tmp_path / "disk") as disk:
        monkeypatch.setenv("TRICK_SWEEPS", str(disk / "sweeps"))
        sweeps.cache_clear()
        file = filled(disk)
        with pytest.raises(ResultsError, match=r"cannot keep your pictures: its disk is full\. Tell whoever"):
            sweeps().given([("a.png", samples.sample("cat"))])
        assert not [path for path in disk.rglob("*") if path.is_file() and path != file]
        page = opened(**DIGITS)
        sound(page.button(key="start-sweep").click().run())
        waited(only())
        assert "the disk is full" in sound(page.run()).error[0].value
        file.unlink()
        assert swept(page).dataframe
        assert only().state == "done"
        sweeps.cache_clear()


def test_a_plan_that_is_not_whole_asks_for_the_rest():
    page = opened(**DIGITS)
    page.session_state["sweep_networks_digits"] = []
    sound(page.run())
    assert "at least one network" in words(page)
    assert not page.button or "start-sweep" not in {button.key for button in page.button}


def made(folder: Path) -> Path:
    plan = Plan(
        str(folders.digits(folder / "in")), ("digits-standard",), eps=(25.5,), settings=Recipe(steps=2)
    )
    for _ in run(plan, folder / "out", lambda: ThisMachine(0)):
        pass
    return folder / "out"


def test_results_made_elsewhere_are_shown(tmp_path):
    out = made(tmp_path)
    found = [path for path in sorted(out.iterdir()) if "lock" not in path.name]
    files = [(path.name, path.read_bytes(), "application/octet-stream") for path in found]
    page = opened()
    sound(upload(page, "results_files").set_value(files).run())
    assert page.header[0].value == "Results of your files"
    assert page.dataframe[0].value.iloc[0, 0] == "Digits, standard"


@pytest.mark.parametrize("which", ["no plan", "broken"])
def test_results_that_are_none_are_refused_with_a_sentence_that_names_no_place(tmp_path, which):
    out = made(tmp_path)
    part = next(out.glob("part-*"))
    files = [(part.name, part.read_bytes()[: 50 if which == "broken" else None], "application/octet-stream")]
    if which == "broken":
        files.append(("_plan.json", (out / "_plan.json").read_bytes(), "application/json"))
    page = opened()
    sound(upload(page, "results_files").set_value(files).run())
    (told,) = [str(one.value) for one in page.error]
    assert ("together" if which == "no plan" else "cannot be read") in told
    assert "/tmp" not in told
