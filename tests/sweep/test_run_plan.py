"""A sweep and its folder: whole or not at all, carried on, refused where it is another's; real processes."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers import ROOT
from tests.sweep import folders
from trickcore import Recipe
from trickcore.networks.card import WeightsError
from trickcore.sweep import Plan, PlanError, Results, ResultsError, agreement, read, run
from trickcore.sweep.this_machine import ThisMachine

NETWORKS = ("digits-standard", "digits-robust")


def plan(folder: Path, **changes) -> Plan:
    given = {"eps": (25.5, 76.5), "target": "untargeted", "settings": Recipe(steps=5), **changes}
    return Plan(str(folder), NETWORKS, **given)


def here() -> ThisMachine:
    return ThisMachine(0)


def swept(wanted: Plan, out: Path, engine=here, **more) -> int:
    """The number of rows that are new."""
    return sum(len(news.rows) for news in run(wanted, out, engine, **more))


def keys(folder: Path) -> Counter:
    return Counter((row.picture, row.network, row.eps_levels) for row in read(folder))


def test_every_trial_has_one_row_and_a_second_call_adds_none(tmp_path):
    wanted = plan(folders.digits(tmp_path / "in"))
    assert swept(wanted, tmp_path / "out") == 12 * 2 * 2
    assert set(keys(tmp_path / "out").values()) == {1}
    assert swept(wanted, tmp_path / "out") == 0
    made = Results(tmp_path / "out").made()
    assert (made.pictures, made.labels) == (12, "their folders")
    assert {"trickcore", "torch", "python"} <= made.versions.keys()


def test_what_was_stopped_is_carried_on_and_gives_the_same(tmp_path):
    wanted = plan(folders.digits(tmp_path / "in"), batch=2)
    swept(wanted, tmp_path / "whole")
    for news in run(wanted, tmp_path / "part", here):
        if news.written:
            break
    kept = len(read(tmp_path / "part"))
    assert 0 < kept < 48
    assert swept(wanted, tmp_path / "part") == 48 - kept
    found = agreement(read(tmp_path / "whole"), read(tmp_path / "part"))
    assert (found.both, found.alike, found.only_first, found.only_second) == (48, 48, 0, 0)


def test_a_worker_that_is_killed_costs_no_row_and_doubles_none(tmp_path):
    wanted = plan(folders.digits(tmp_path / "in", 200), settings=Recipe(steps=60))
    engine = ThisMachine(2)
    killed = False
    for news in run(wanted, tmp_path / "out", lambda: engine):
        if news.rows and not killed:
            os.kill(engine.pids()[0], signal.SIGKILL)
            killed = True
    assert killed
    assert len(keys(tmp_path / "out")) == 800
    assert set(keys(tmp_path / "out").values()) == {1}


def test_kill_9_of_the_whole_sweep_keeps_what_was_finished(tmp_path):
    source, out = folders.digits(tmp_path / "in", 300), tmp_path / "out"
    words = ["sweep", str(source), "--network", ",".join(NETWORKS), "--target", "untargeted", "--eps", "25.5"]
    words += ["--steps", "100", "--out", str(out), "--workers", "2", "--json", "--quiet"]
    command = [sys.executable, "-m", "trickcore", *words]
    begun = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    end = time.monotonic() + 120
    while not list(out.glob("part-*.parquet")):
        assert time.monotonic() < end
        assert begun.poll() is None
        time.sleep(0.02)
    os.killpg(begun.pid, signal.SIGKILL)
    begun.wait()
    kept = len(read(out))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    summary = json.loads(done.stdout)
    assert (summary["rows"], summary["new"]) == (600, 600 - kept)
    assert set(keys(out).values()) == {1}
    assert not list(out.glob("*half*"))


def test_another_plan_is_refused_with_what_differs_and_nothing_is_lost(tmp_path):
    wanted = plan(folders.digits(tmp_path / "in"))
    swept(wanted, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with pytest.raises(ResultsError, match=r"another plan: now eps 25\.5 instead of 25\.5, 76\.5"):
        swept(replace(wanted, eps=(25.5,)), tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_other_pictures_under_the_same_plan_are_refused(tmp_path):
    wanted = plan(folders.digits(tmp_path / "in"))
    swept(wanted, tmp_path / "out")
    folders.digits(tmp_path / "in", 15)
    with pytest.raises(ResultsError, match="12 then, 15 now"):
        swept(wanted, tmp_path / "out")


def changed(folder: Path, **values) -> None:
    path = folder / "_plan.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_other_versions_are_asked_about_and_another_format_is_refused(tmp_path):
    wanted, out = plan(folders.digits(tmp_path / "in")), tmp_path / "out"
    swept(wanted, out)
    known = json.loads((out / "_plan.json").read_text())["versions"]
    changed(out, versions={**known, "torch": "1.0"})
    with pytest.raises(ResultsError, match=r"torch .* instead of 1\.0.*--other-versions"):
        swept(wanted, out)
    assert swept(wanted, out, other_versions=True) == 0
    changed(out, format=99)
    with pytest.raises(ResultsError, match="another version of trickcore"):
        read(out)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 1, "plan": {"pictures": 3}}'])
def test_a_broken_plan_is_said(tmp_path, text):
    (tmp_path / "_plan.json").write_text(text)
    with pytest.raises(ResultsError, match=r"_plan\.json cannot be read"):
        read(tmp_path)


def test_a_broken_part_is_named_with_what_to_do(tmp_path):
    wanted, out = plan(folders.digits(tmp_path / "in")), tmp_path / "out"
    swept(wanted, out)
    part = sorted(out.glob("part-*"))[0]
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(ResultsError, match=r"part-000000\.parquet cannot be read.*Delete it"):
        read(out)
    part.unlink()
    assert swept(wanted, out) > 0
    assert len(read(out)) == 48


def test_a_part_whose_rows_lack_something_is_refused(tmp_path):
    wanted, out = plan(folders.digits(tmp_path / "in")), tmp_path / "out"
    swept(wanted, out)
    part = sorted(out.glob("part-*"))[0]
    table = pq.read_table(part)
    place = table.schema.get_field_index("label")
    nothing = pa.array([None] * table.num_rows, pa.int64())
    pq.write_table(table.set_column(place, "label", nothing), part)
    with pytest.raises(ResultsError, match="rows without label"):
        read(out)


def test_a_folder_without_results_and_one_with_a_lost_plan_are_told_apart(tmp_path):
    with pytest.raises(ResultsError, match=r"no _plan\.json"):
        read(tmp_path)
    wanted = plan(folders.digits(tmp_path / "in"))
    swept(wanted, tmp_path / "out")
    (tmp_path / "out" / "_plan.json").unlink()
    with pytest.raises(ResultsError, match="says of what"):
        swept(wanted, tmp_path / "out")


def test_two_sweeps_do_not_write_to_one_folder(tmp_path):
    wanted = plan(folders.digits(tmp_path / "in"))
    first = run(wanted, tmp_path / "out", here)
    next(first)
    with pytest.raises(ResultsError, match="Another sweep is writing"):
        swept(wanted, tmp_path / "out")
    first.close()
    assert swept(wanted, tmp_path / "out") == 48


def test_a_full_disk_is_said_and_what_was_finished_is_kept(tmp_path):
    """A limit on a file's size, which the system enforces: the write fails as on a full disk."""
    wanted, out = plan(folders.digits(tmp_path / "in", 60), settings=Recipe(steps=1)), tmp_path / "out"
    first = run(wanted, out, here)
    next(first)  # the plan is written
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        with pytest.raises(ResultsError, match=r"the disk is full.*same command again"):
            list(first)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert {path.name for path in out.iterdir()} <= {"_plan.json", "_sweep.lock"}
    assert swept(wanted, out) == 240


def test_broken_pictures_are_left_out_and_said_again_later(tmp_path):
    source = folders.digits(tmp_path / "in")
    (source / "3" / "broken.png").write_bytes(b"none")
    wanted = plan(source)
    told = {bad.picture for news in run(wanted, tmp_path / "out", here) for bad in news.refused}
    assert told == {"3/broken.png"}
    assert len(read(tmp_path / "out")) == 48
    assert [one.picture for one in Results(tmp_path / "out").refused()] == ["3/broken.png"]
    assert swept(wanted, tmp_path / "out") == 0


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"networks": ("nothing",)}, PlanError, "No network is called 'nothing'"),
        ({"networks": ("efficientnet-lite0",), "labels": "clean", "target": "unicorn"}, PlanError, "unicorn"),
        ({"target": "12"}, PlanError, "from 0 to 9"),
        ({"networks": ("resnet50",), "labels": "clean"}, WeightsError, "download"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_computed(tmp_path, changes, error, said, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "none"))
    wanted = replace(plan(folders.digits(tmp_path / "in")), **changes)
    with pytest.raises(error, match=said):
        swept(wanted, tmp_path / "out")
    assert not list((tmp_path / "out").glob("part-*"))
