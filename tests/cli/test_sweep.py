"""`trickcore sweep`, `table`, `compare` and `autoattack`: what they print, write and exit with."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest

from tests.cli.test_run import heeding, process, ran
from tests.helpers import ROOT
from tests.sweep import folders

DIGITS = ("--network", "digits-standard,digits-robust", "--target", "untargeted", "--eps", "25.5,76.5")
COLUMNS = {
    "picture", "network", "method", "eps_levels", "steps", "seed", "label", "target", "before", "after",
    "success", "linf_levels", "milliseconds",
}  # fmt: skip


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A folder of results: twelve digits, two networks, two epsilons, two methods."""
    folder = tmp_path_factory.mktemp("swept")
    source = folders.digits(folder / "in")
    words = ("sweep", str(source), *DIGITS, "--method", "gradient,apgd", "--steps", "5", "--out")
    done = process(*words, str(folder / "out"), "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    return folder / "out", json.loads(done.stdout)


def test_the_rows_have_their_columns_and_the_summary_counts_them(swept):
    out, summary = swept
    table = pq.read_table(out)
    assert set(table.column_names) >= COLUMNS
    assert table.num_rows == summary["rows"] == summary["new"] == summary["trials"] == 12 * 2 * 2 * 2
    assert table.schema.field("success").type == "bool"
    assert set(table["eps_levels"].to_pylist()) == {25.5, 76.5}
    right = sum(
        row["after"] == row["label"]
        for row in table.to_pylist()
        if (row["network"], row["method"], row["eps_levels"]) == ("digits-robust", "apgd", 76.5)
    )
    curve = next(
        one for one in summary["accuracy"] if (one["network"], one["method"]) == ("digits-robust", "apgd")
    )
    assert curve["points"][-1] == pytest.approx(
        {"eps_levels": 76.5, "share": right / 12, "low": curve["points"][-1]["low"],
         "high": curve["points"][-1]["high"], "pictures": 12}
    )  # fmt: skip


def test_a_second_call_adds_no_row_and_another_plan_ends_with_4(swept, capsys):
    out, _ = swept
    source = str(out.parent / "in")
    words = ("sweep", source, *DIGITS, "--method", "gradient,apgd", "--out", str(out), "--json", "--quiet")
    code, told, _ = ran(*words, "--steps", "5", capsys=capsys)
    assert (code, json.loads(told)["new"]) == (0, 0)
    code, told, wrong = ran(*words, "--steps", "6", capsys=capsys)
    assert (code, told) == (4, "")
    assert "steps 6 instead of 5" in wrong


@pytest.mark.parametrize("form", ["text", "markdown", "csv", "latex"])
def test_a_table_has_every_share_with_its_interval(swept, form, capsys):
    out, summary = swept
    code, told, _ = ran("table", str(out), "--format", form, capsys=capsys)
    assert code == 0
    share = next(one for one in summary["accuracy"] if one["network"] == "digits-standard")["points"][1]
    number = f"{share['share']:.6g}" if form == "csv" else f"{100 * share['share']:.1f}"
    assert number in told
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(told)))
        assert len(rows) == 4 * 3
        assert {row["eps_levels"] for row in rows} == {"0", "25.5", "76.5"}
    elif form == "latex":
        assert told.count(r"\\") == 5
        assert told.count("{") == told.count("}")
    else:
        assert told.count("digits-robust") == 2


def test_success_is_the_other_kind_of_table(swept, capsys):
    out, summary = swept
    _, told, _ = ran("table", str(out), "--success", "--format", "csv", capsys=capsys)
    rows = list(csv.DictReader(io.StringIO(told)))
    points = [point for curve in summary["success"] for point in curve["points"]]
    assert [float(row["success"]) for row in rows] == pytest.approx(
        [point["share"] for point in points], abs=1e-5
    )


def test_several_folders_make_one_table(swept, tmp_path, capsys):
    out, _ = swept
    code, _, wrong = ran(
        "autoattack", str(out), "--limit", "4", "--eps", "76.5", "--out", str(tmp_path / "aa"), "--quiet",
        capsys=capsys,
    )  # fmt: skip
    assert code == 0, wrong
    _, told, _ = ran("table", str(out), str(tmp_path / "aa"), "--format", "csv", capsys=capsys)
    rows = [row for row in csv.DictReader(io.StringIO(told)) if row["method"] == "autoattack"]
    assert [(row["network"], row["eps_levels"], row["pictures"]) for row in rows] == [
        ("digits-standard", "0", "4"),
        ("digits-standard", "76.5", "4"),
        ("digits-robust", "0", "4"),
        ("digits-robust", "76.5", "4"),
    ]


def test_two_networks_are_compared_where_only_they_differ(swept, tmp_path, capsys):
    out, _ = swept
    code, _, wrong = ran("compare", "digits-standard", "digits-robust", "--results", str(out), capsys=capsys)
    assert code == 2
    assert "apgd, gradient" in wrong
    words = (
        "sweep",
        str(out.parent / "in"),
        *DIGITS,
        "--steps",
        "5",
        "--out",
        str(tmp_path / "one"),
        "--quiet",
    )
    assert ran(*words, capsys=capsys)[0] == 0
    compared = ("compare", "digits-standard", "digits-robust", "--results", str(tmp_path / "one"))
    _, told, _ = ran(*compared, "--json", capsys=capsys)
    pairs = json.loads(told)
    assert [pair["eps_levels"] for pair in pairs] == [25.5, 76.5]
    assert all(pair["pictures"] == 12 for pair in pairs)
    assert pairs[1]["second"] > pairs[1]["first"]
    _, told, _ = ran(*compared, capsys=capsys)
    assert "McNemar" in told


def test_two_folders_are_compared_row_by_row(swept, capsys):
    out, _ = swept
    code, told, _ = ran("compare", str(out), str(out), capsys=capsys)
    assert code == 0
    assert told.startswith("96 of 96 trials")


def test_bars_and_words_go_to_stderr_and_the_table_to_stdout(tmp_path):
    source = folders.digits(tmp_path / "in")
    (source / "3" / "broken.png").write_bytes(b"none")
    done = process("sweep", str(source), *DIGITS, "--out", str(tmp_path / "out"))
    assert done.returncode == 0
    assert "13 pictures, labels from their folders." in done.stderr
    assert "3/broken.png was left out. This is not a picture" in done.stderr
    assert done.stdout.startswith("Accuracy under attack")
    assert "48 new rows" in done.stdout


def test_ctrl_c_says_what_is_kept_and_130(tmp_path):
    source, out = folders.digits(tmp_path / "in", 200), tmp_path / "out"
    words = ["sweep", str(source), *DIGITS, "--steps", "60", "--out", str(out), "--quiet"]
    begun = subprocess.Popen(
        [sys.executable, "-m", "trickcore", *words],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeding,
    )
    end = time.monotonic() + 120
    while not list(out.glob("part-*.parquet")):
        assert time.monotonic() < end
        assert begun.poll() is None
        time.sleep(0.02)
    os.kill(begun.pid, signal.SIGINT)
    _, told = begun.communicate(timeout=60)
    assert begun.returncode == 130
    assert "The same command carries on." in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("sweep", "nowhere"), 2, "no folder nowhere"),
        (("sweep", "samples", "--eps", "much"), 2, "--eps takes numbers of grey levels"),
        (("sweep", "samples", "--eps", "300"), 2, "from 0 to 255"),
        (("sweep", "samples", "--network", "nothing"), 2, "No network is called 'nothing'"),
        (("sweep", "samples", "--method", "magic"), 2, "No method is called 'magic'"),
        (("sweep", "samples", "--workers", "0"), 2, "--workers takes"),
        (("sweep", "samples", "--ray", "auto", "--workers", "2"), 2, "on Ray"),
        (("sweep", "samples", "--network", "resnet50"), 3, "--download"),
        (("table", "nowhere"), 4, "no results of a sweep"),
        (("compare", "a", "b", "--results", "nowhere"), 4, "no results of a sweep"),
        (("autoattack", "nowhere"), 4, "no results of a sweep"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_and_by_the_exit_code(
    words, code, said, capsys, monkeypatch, tmp_path
):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    found, out, wrong = ran(*words, capsys=capsys)
    assert (found, out) == (code, "")
    assert said in wrong


@pytest.mark.parametrize("command", ["sweep", "autoattack", "table", "compare"])
def test_each_command_has_a_help_of_its_own(command, capsys):
    code, told, _ = ran(command, "--help", capsys=capsys)
    assert code == 0
    assert told.startswith(f"usage: python -m trickcore {command}")
