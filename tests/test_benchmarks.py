"""Every benchmark in a short form, as its command calls it, so that none rots: one round, few steps, few
pictures. What they measure is measured by hand; here it counts that they run through and print their table.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks import (
    ancestors,
    autoattack,
    contenders,
    crowd,
    methods,
    peers,
    proofs,
    reading,
    slow_network,
    smoothing,
    stickers,
    streaming,
    survival,
    sweep,
    sweep_photos,
    together,
    transfer,
    two_pixels,
    unseen,
)
from trickcore import engine, samples
from trickcore.measure import accuracy
from trickcore.networks.catalogue import our_cards
from trickcore.pictures import drawing, mnist

SUBPROCESS = peers.measured


@pytest.fixture
def table(monkeypatch, capsys) -> Callable[..., list[str]]:
    """Runs a benchmark with these words behind its name; the lines it prints."""

    def run(main: Callable[[], Any], *words: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["benchmark", *words])
        assert main() in (None, 0)
        return capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
def threads() -> Iterator[None]:
    """The number of torch's threads is put back, here and where the engine works."""
    before = torch.get_num_threads(), engine.call(torch.get_num_threads)
    yield
    torch.set_num_threads(before[0])
    engine.call(torch.set_num_threads, before[1])


def rows(lines: list[str], begin: str = "| ") -> list[str]:
    return [line for line in lines if line.startswith(begin)]


@pytest.mark.usefixtures("threads")
def test_the_peers_race_with_each_number_of_threads_and_reach_one_picture(table, monkeypatch):
    """Ours in a process of its own as always, the peers in this one, which saves the start of four. One
    thread, twice: two would wait for each other at every layer where the machine has other work.
    """

    def measured(name: str, network: str, steps: int, threads: list[int], save: Path) -> contenders.Result:
        race = SUBPROCESS if name == "ours" else contenders.race
        return race(name, network, steps, threads, save)

    monkeypatch.setattr(peers, "measured", measured)
    monkeypatch.setattr(contenders, "RUNS", 1)
    words = ("--rounds", "1", "--steps", "2", "--threads", "1", "1", "--network", "efficientnet-lite0")
    lines = table(peers.main, *words)
    assert "| contender | 1 thread, ms a step | of the fastest peer | 1 thread, ms a step |" in "\n".join(
        lines
    )
    (ours,) = [row.split("|") for row in rows(lines, "| ours") if "%" not in row]
    assert len(ours) == 7
    assert all(float(cell) > 0 for cell in ours[2:6])
    assert any(line.startswith("Goal, at most 0.75 of the fastest peer: ") for line in lines)
    agreed = [row.split("|")[2].strip() for row in rows(lines) if "%" in row]
    assert set(agreed) == {"yes"}
    assert len(agreed) >= 3, "the notebook, ours, and the peers that every check needs"


def test_a_crowd_opens_the_page_and_each_sees_their_own(table, monkeypatch):
    monkeypatch.setattr(crowd, "THIRTY", 3)
    monkeypatch.setattr(crowd, "SIXTEEN", 2)
    monkeypatch.setattr(crowd, "STEPS", 4)
    monkeypatch.setattr(crowd, "BEFORE", 1)
    monkeypatch.setattr(crowd, "KEPT", 0)
    monkeypatch.setattr(crowd, "SWEPT", 0)
    words = ("--minutes", "0.05", "--only", "thirty", "sixteen", "marks", "memory")
    found = [row.split("|")[1:-1] for row in rows(table(crowd.main, *words))]
    assert found[0][0].strip() == ""
    assert len(found) == 9
    assert found[7][2].strip() == "0", "shown another's picture"


def test_a_run_is_streamed_into_a_browser_and_timed(table):
    lines = table(streaming.main, "--rounds", "1", "--steps", "8")
    assert [row.split("|")[1].strip() for row in rows(lines)] == [
        "",
        "streamed with its pictures",
        "only the last frame drawn",
        "ratio",
    ]


def test_a_run_over_a_slow_network_is_timed_and_weighed(table):
    words = ("--rounds", "1", "--steps", "4", "--kilobytes", "1000", "--latency", "10")
    found = [row.split("|")[1:-1] for row in rows(table(slow_network.main, *words))]
    assert len(found) == 5
    assert float(found[1][2]) > 0
    websocket, pictures = (float(row[2]) for row in found[3:])
    assert websocket + pictures == pytest.approx(float(found[2][2]), abs=2)
    assert min(websocket, pictures) > 1


def test_runs_that_share_passes_are_timed_beside_runs_that_do_not(table):
    words = ("--network", "digits-standard", "--runs", "1", "3", "--steps", "4", "--rounds", "1")
    found = [row.split("|")[1:-1] for row in rows(table(together.main, *words), "| ")]
    assert [row[0].strip() for row in found] == ["runs at once", "1", "3"]
    assert all(float(cell) > 0 for row in found[1:] for cell in row[1:])


def test_methods_stand_beside_their_peers(table, monkeypatch):
    """Without adv-lib, which not every check has: the least change is compared where it is."""
    monkeypatch.setattr(methods, "EPS", (0.25, 0.5))
    monkeypatch.setattr(methods, "SEEDS", (0,))
    few = methods.digits(2)
    monkeypatch.setattr(methods, "digits", lambda most: few)
    monkeypatch.setattr(methods, "photos", lambda asked: few)
    lines = table(methods.main, "square", "pixels", "apgd", "hopskipjump", "--walks", "1")
    assert any(row.startswith("| anything else | 8 | 1000 |") for row in rows(lines))
    assert any(row.startswith("| digits | 20 | 2000 | 2 | 2 |") for row in rows(lines))
    assert len(list(rows(lines, "| anything else | 0"))) == 2
    assert any(row.startswith("| 2000 | ") for row in rows(lines))


def test_what_a_trick_survives_is_counted(table, monkeypatch):
    monkeypatch.setattr(survival, "PHOTO", replace(survival.PHOTO, steps=1, views=1))
    monkeypatch.setattr(survival, "DIGIT", replace(survival.DIGIT, steps=1, views=1))
    assert len(rows(table(survival.main, "--views", "4"))) == 1 + 3 * 3


def test_stickers_are_counted_where_they_were_not_made(table, monkeypatch, tmp_path, threads):
    monkeypatch.setattr(stickers, "PLACES", 6)
    monkeypatch.setattr(stickers, "LEVELS", (10,))
    (tmp_path / "one.png").write_bytes(samples.sample("rocket"))
    lines = table(stickers.main, "--steps", "2", "--classes", "golf ball", "--photos", str(tmp_path))
    (row,) = rows(lines, "| golf ball")
    assert len(row.split("|")) == 2 + 1 + 5 + 1
    assert len(rows(lines, "| 10 |")) == 1
    assert "Made over 9 photos in 2 steps, judged on 5 others at 6" in lines[0]


def test_what_two_pixels_part_and_how_far_one_pushes_is_counted(table, monkeypatch):
    monkeypatch.setattr(two_pixels, "PLANS", two_pixels.PLANS[:2])
    monkeypatch.setattr(samples, "SAMPLES", samples.SAMPLES[:1])
    lines = table(two_pixels.main, "--seeds", "1", "--digits", "1")
    none, one = rows(lines, "| Moons")
    assert "| 0 of 1 |" in none
    assert "| 1 of 1 |" in one
    found = [row.split("|")[1:4] for row in rows(lines) if " of 255 " in row]
    assert [(name.strip(), int(count)) for name, _, count in found] == [
        ("two pixels, moons", 200),
        ("drawn digits", 1),
        ("sample photos", 1),
    ]


def test_large_picture_files_are_read_and_their_memory_is_measured(table):
    names = ("PNG, interlaced, transparent", "TIFF, deflated tiles", "BMP, broken")
    lines = rows(table(reading.main, *names, "--megapixels", "0.5"))
    found = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[1:]]
    assert [row[0] for row in found] == list(names)
    assert [row[-1] for row in found[:2]] == ["read", "read"]
    assert found[2][-1].startswith("The picture is broken")
    assert all(0 <= float(row[3]) < 100 for row in found)


def test_how_far_a_trick_travels_is_counted(table, monkeypatch):
    photos = transfer.photos
    monkeypatch.setattr(transfer, "photos", lambda nets: tuple(part[:1] for part in photos(nets)))
    lines = table(transfer.main, "--steps", "1", "--digits", "2")
    assert len(rows(lines, "| digits-")) == 12
    assert len(rows(lines, "| efficientnet-lite")) == 8 + 4 + 4 + 2


def test_pictures_that_nobody_chose_settings_for_are_tried(table):
    lines = table(unseen.main, "--most", "1", "--steps", "2")
    assert len(rows(lines, "| astronaut.png")) == 1
    assert lines[-1].startswith("Tricked: ")


def test_the_ancestors_results_are_told_again(table, monkeypatch):
    short = tuple(replace(tale, recipe=replace(tale.recipe, steps=1)) for tale in ancestors.TALES)
    monkeypatch.setattr(ancestors, "TALES", short)
    lines = table(ancestors.main)
    assert len(rows(lines, "| cat to")) == 6
    assert len(rows(lines, "| black")) == len(rows(lines, "| white")) == 1
    assert lines[-1].startswith("Left out, for want of a photo: tabby, persian, panda (")


@pytest.mark.usefixtures("threads")
def test_the_strictest_judge_counts_and_goes_on_with_the_same_weights(table, monkeypatch, tmp_path):
    """On scikit-learn's digits in place of MNIST's, and in threads in place of processes."""
    pytest.importorskip("pyautoattack")
    monkeypatch.setattr(mnist, "mnist", lambda train: mnist.small())
    monkeypatch.setattr(autoattack, "ProcessPoolExecutor", ThreadPoolExecutor)
    counted = tmp_path / "counted.jsonl"
    lines = table(autoattack.main, "robust", "--digits", "2", "--resume", str(counted))
    assert any("2 of 2, clean " in line for line in lines)
    assert len(rows(lines)) > 2
    (line,) = counted.read_text().splitlines()
    counted.write_text(f'{line}\n["official", "0f')  # cut short
    monkeypatch.setattr(autoattack, "survivors", lambda *asked: (1, 0))
    table(autoattack.main, "robust", "--digits", "2", "--resume", str(counted))
    assert counted.read_text().splitlines() == [line]
    counted.write_text(line.replace(our_cards()["robust"]["sha256"], "0" * 64) + "\n")
    table(autoattack.main, "robust", "--digits", "2", "--resume", str(counted))
    assert counted.read_text().splitlines()[-1].endswith("2, 1, 0]")


def drawn_digits() -> tuple[torch.Tensor, torch.Tensor]:
    """Our own 0 to 9 as pixels and labels."""
    pixels = [drawing.rendered(drawing.drawn(str(digit))) for digit in range(10)]
    return torch.from_numpy(np.stack(pixels)).float()[:, None] / 255, torch.arange(10)


@pytest.mark.usefixtures("threads")
def test_no_digit_that_is_proved_falls_to_the_strictest_judge(table, monkeypatch):
    """On drawn digits in place of MNIST's: each of them is proved at 0.3, which scikit-learn's are not."""
    pytest.importorskip("pyautoattack")
    monkeypatch.setattr(mnist, "mnist", lambda train: drawn_digits())
    lines = table(proofs.main, "--proved", "2", "--points", "4")
    (row,) = rows(lines, "| proved | 2 |")
    assert row.split(" | ")[2:8] == ["100.00%", "100.00%", "100.00%", "0", "8", "0"]
    with pytest.raises(SystemExit, match=r"\d+ are proved, fewer than 11"):
        table(proofs.main, "--proved", "11")


@pytest.mark.usefixtures("threads")
def test_a_proof_that_is_wrong_is_seen(table, monkeypatch):
    """Everything called proved, and of the standard network, which falls."""
    pytest.importorskip("pyautoattack")
    monkeypatch.setattr(mnist, "mnist", lambda train: mnist.small())
    monkeypatch.setattr(proofs, "proved", lambda net, x, y, eps: torch.ones(len(y), dtype=torch.bool))
    with pytest.raises(SystemExit, match="the proof is wrong"):
        table(proofs.main, "--proved", "2", "--points", "2", "--network", "standard")


def test_the_strictest_judge_refuses_more_digits_than_there_are_and_weights_that_were_replaced(
    table, monkeypatch
):
    for many in ("0", "10001"):
        with pytest.raises(SystemExit, match="2"):
            table(autoattack.main, "robust", "--digits", many)
    monkeypatch.setattr(autoattack, "judged", lambda *asked, **given: (1.0, 0.9))
    other = replace(accuracy.report("robust"), sha256="0" * 64)
    monkeypatch.setattr(accuracy, "report", lambda which: other)
    with pytest.raises(SystemExit, match="were replaced meanwhile"):
        table(autoattack.main, "robust", "--digits", "1000", "--write")


def test_the_vote_of_noisy_photos_is_counted(table):
    lines = table(smoothing.main, "--copies", "3", "--choosing", "2", "--sigmas", "0.05")
    (row,) = rows(lines, "| 0.05")
    cells = row.split(" | ")
    assert sum(int(cell) for cell in cells[1:4]) == 6
    assert cells[5] == "5"


def test_a_sweep_races_with_its_peers_and_is_timed_by_its_length(table, monkeypatch, tmp_path, threads):
    """The peers that are installed, in this process, with one batch each."""
    installed = tuple(peer for peer in sweep.PEERS if find_spec(peer))
    monkeypatch.setattr(sweep, "PEERS", installed)
    table(sweep_photos.main, str(tmp_path / "photos"), "--count", "4")
    assert len(list((tmp_path / "photos").glob("*.jpg"))) == 4
    monkeypatch.setattr(sweep, "BATCHES", {"digits": (64,)})
    monkeypatch.setattr(sweep, "CASES", {"digits": replace(sweep.CASES["digits"], steps=2, pictures=64)})
    monkeypatch.setattr(sweep, "GOALS", {"digits": 0.0})

    def measured(*words: str) -> dict[str, Any]:
        case = sweep.CASES["digits"]
        return sweep.ours(case, "samples") if "ours" in words else sweep.theirs(words[1], case, "samples", 64)

    monkeypatch.setattr(sweep, "measured", measured)
    assert len(rows(table(sweep.main, "--case", "digits"))) == 2 + len(installed)
    lines = rows(table(sweep.main, "--photos", str(tmp_path / "photos"), "--length", "2"))
    assert lines[1].startswith("| 2 |")
