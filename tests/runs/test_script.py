"""Runs as Python and as settings: what is handed out makes the very run again."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from tests.helpers import ROOT
from trickcore import Recipe, engine, labels_of, load, measure
from trickcore.attacks.masks import Brushed
from trickcore.cli import options
from trickcore.pictures import drawing, files, samples
from trickcore.pictures.drawing import Stroke
from trickcore.runs import frames, integer_repair, machine, script
from trickcore.runs import settings_json as settings

PAINTED = (
    Brushed(((0.1234567, 0.4), (0.9, 0.6123)), False, 0.31),
    Stroke(((0.2, 0.7), (0.8, 0.71))),
    Stroke(((0.5, 0.5),), True),
)
DIGIT = Recipe(network="digits-standard", target=8, eps=76.5, steps=6)
ON_DIGITS = {
    "digit": (DIGIT, "digit:5"),
    "untargeted": (dataclasses.replace(DIGIT, target=None), "digit:5-upright"),
    "L2, momentum, random start": (
        dataclasses.replace(DIGIT, norm="l2", eps=30.3, momentum=0.7, random_start=True, seed=11),
        "digit:3",
    ),
    "raw": (dataclasses.replace(DIGIT, raw=True), "digit:5"),
    "step size by hand": (dataclasses.replace(DIGIT, alpha=20.1), "digit:5"),
    "frame": (dataclasses.replace(DIGIT, mask="frame", eps=255.0), "digit:5"),
    "painted": (dataclasses.replace(DIGIT, mask="painted", painted=PAINTED, eps=200.0), "digit:5"),
    "views": (dataclasses.replace(DIGIT, views=3, seed=2), "digit:5"),
    "early stop": (dataclasses.replace(DIGIT, steps=40, stop_at=0.7), "digit:5"),
    "blank": (DIGIT, "blank:white"),
    "noise": (dataclasses.replace(DIGIT, seed=9), "blank:noise"),
}
ON_PHOTOS = {
    "untargeted": (Recipe(target=None, eps=0.5, steps=3), "sample:espresso"),
    "L2, momentum, random start": (
        Recipe(norm="l2", momentum=1.0, random_start=True, seed=5, steps=3, eps=1.5),
        "sample:cat",
    ),
    "glasses": (Recipe(target=953, mask="glasses", eps=64.0, steps=3), "sample:astronaut"),
}


def opened(picture: str, recipe: Recipe) -> bytes:
    kind, _, name = picture.partition(":")
    if kind == "blank":
        size, channels = ((28, 28), 1) if recipe.network.startswith("digits") else ((224, 224), 3)
        return samples.blank(name, size, channels=channels, seed=recipe.seed)  # type: ignore[arg-type]
    return samples.sample(name) if kind == "sample" else drawing.drawn_png(name)


def made(recipe: Recipe, data: bytes, stopped: int | None = None) -> tuple[bytes, bytes, measure.Verdict]:
    """A run as a page makes it: original and tricked PNG, and the verdict."""

    def run() -> tuple[bytes, bytes, measure.Verdict]:
        classifier = load(recipe.network)
        pixels = [frame.pixels for frame in frames.run_recipe(classifier, data, recipe)]
        first, last = pixels[0], pixels[stopped if stopped is not None else -1]
        assert first is not None
        assert last is not None
        original, tricked = files.encode(first), files.encode(last)
        return original, tricked, measure.verdict(classifier, original, tricked, recipe.target)

    return engine.call(run)


def executed(text: str, folder, monkeypatch) -> tuple[bytes, str]:
    """What the script saved, and the last line it printed."""
    monkeypatch.chdir(folder)
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        engine.call(exec, compile(text, "script.py", "exec"), {"__name__": "__main__"})
    return (folder / "tricked.png").read_bytes(), told.getvalue().splitlines()[-1]


def ending(said: measure.Verdict) -> str:
    return f"{said.outcome} {said.after.name} {said.after.probability:.2%}"


def names(recipe: Recipe) -> tuple[str, ...]:
    return labels_of(recipe.network)


@pytest.mark.parametrize(("recipe", "picture"), ON_DIGITS.values(), ids=ON_DIGITS)
def test_on_a_digit_the_script_makes_the_very_picture_again(recipe, picture, tmp_path, monkeypatch):
    _, tricked, said = made(recipe, opened(picture, recipe))
    saved, last = executed(script.script(recipe, picture, names(recipe)), tmp_path, monkeypatch)
    assert (saved, last) == (tricked, ending(said))


@pytest.mark.parametrize(("recipe", "picture"), ON_PHOTOS.values(), ids=ON_PHOTOS)
def test_on_a_photo_too(recipe, picture, tmp_path, monkeypatch):
    _, tricked, said = made(recipe, opened(picture, recipe))
    saved, last = executed(script.script(recipe, picture, names(recipe)), tmp_path, monkeypatch)
    assert (saved, last) == (tricked, ending(said))


def test_the_default_run_is_about_ten_lines_that_run_on_their_own(tmp_path):
    """In a process of its own, as whoever copies it would start it."""
    recipe = Recipe()
    _, tricked, said = made(recipe, samples.sample("cat"))
    text = script.script(recipe, "sample:cat", names(recipe), noun="cat", said=said)
    assert len([line for line in text.splitlines() if line and not line.startswith("#")]) <= 11
    assert text.startswith(
        "# cat: the original is read as tiger cat, 39.3 %, the tricked one as king penguin, over 99.9 %."
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-"], input=text, cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == ending(said)
    assert (tmp_path / "tricked.png").read_bytes() == tricked


def test_ones_own_picture_is_opened_by_a_name_and_the_script_says_so(tmp_path, monkeypatch):
    """The picture before, as the page saves it, stands for the upload."""
    recipe = Recipe(steps=2)
    original, tricked, said = made(recipe, samples.sample("rocket"))
    text = script.script(recipe, "file", names(recipe), noun="photo")
    assert 'Path("original.png").read_bytes()  # your picture: save the run\'s original here' in text
    (tmp_path / "original.png").write_bytes(original)
    assert executed(text, tmp_path, monkeypatch) == (tricked, ending(said))


def test_a_run_that_was_stopped_is_made_again_as_far_as_it_went(tmp_path, monkeypatch):
    """Fewer steps would make an automatic step longer; it is kept as it was."""
    recipe = dataclasses.replace(DIGIT, steps=30)
    _, tricked, said = made(recipe, opened("digit:5", recipe), stopped=4)
    again = script.until(recipe, 4)
    assert again.steps == 4
    assert again.step_size == 2.5 * 76.5 / 30
    text = script.script(again, "digit:5", names(recipe))
    assert executed(text, tmp_path, monkeypatch) == (tricked, ending(said))
    assert script.until(recipe, 30) == script.until(recipe, 0) == recipe


def test_a_file_that_was_repaired_is_repaired_again(tmp_path, monkeypatch):
    recipe, picture = Recipe(target=673, eps=0.5, steps=10), "sample:espresso"
    original, saved, _ = made(recipe, opened(picture, recipe))
    classifier = engine.call(load, recipe.network)
    for steps in (4, 3):
        *_, end = engine.stream(integer_repair.repaired(classifier, original, saved, recipe, steps=steps))
        assert end.pixels is not None
        saved = files.encode(end.pixels)
    text = script.script(recipe, picture, names(recipe), repaired=(4, 3))
    assert executed(text, tmp_path, monkeypatch)[0] == saved


def test_a_network_that_only_this_visit_has_is_refused():
    with pytest.raises(ValueError, match="trained on the page"):
        script.script(Recipe(network="mine", target=3), "digit:5", "0123456789")
    with pytest.raises(ValueError, match="--settings"):
        script.command(Recipe(network="mine"), "digit:5")


@pytest.mark.parametrize("picture", ["sample:../../etc/passwd", 'sample:cat"); import os #', "web:cat", ""])
def test_a_picture_that_is_none_of_ours_is_a_file_and_never_gets_into_the_script(picture):
    text = script.script(Recipe(), picture, names(Recipe()))
    assert 'Path("original.png")' in text
    assert "etc" not in text
    assert "import os" not in text


def test_a_noun_with_a_line_break_stays_in_its_comment():
    _, _, said = made(DIGIT, opened("digit:5", DIGIT))
    text = script.script(DIGIT, "digit:5", "0123456789", noun="five\nimport os", said=said)
    assert text.splitlines()[0].startswith("# five import os: the original is read as 5, ")
    assert "\nimport os" not in text


@pytest.mark.parametrize(
    ("recipe", "picture"),
    [*(case for name, case in ON_DIGITS.items() if name != "painted"), *ON_PHOTOS.values()],
)
def test_the_line_for_a_terminal_asks_for_the_same_run(recipe, picture):
    words = script.command(recipe, picture).split()
    assert words[:3] == ["python", "-m", "trickcore"]
    assert words[-2:] == ["--save", "tricked.png"]
    wanted = options.order(options.parser().parse_args(words[3:-2]))
    assert (wanted.recipe, wanted.picture) == (recipe, picture)


def test_a_file_name_is_made_of_plain_letters():
    assert script.slug("5 to jack-o'-lantern, eps 0.5") == "5-to-jack-o-lantern-eps-0.5"
    assert script.slug("../../etc") == "etc"
    assert script.slug("…") == "picture"


FULL = Recipe(
    network="digits-robust",
    target=None,
    eps=0.1 + 0.2,
    steps=7,
    alpha=1 / 3,
    norm="l2",
    raw=True,
    momentum=0.9,
    random_start=True,
    seed=123_456,
    stop_at=0.98,
    mask="painted",
    painted=PAINTED,
    views=8,
    method="square",
    pixels=5,
    questions=300,
    start="sample:espresso",
)


def test_settings_come_back_to_the_last_digit():
    assert all(getattr(FULL, f.name) != f.default for f in dataclasses.fields(Recipe)), "every one is tried"
    for recipe, picture in ((FULL, "blank:noise"), (Recipe(), "sample:cat")):
        back = settings.from_json(settings.to_json(recipe, picture))
        assert back == settings.Settings(recipe, picture)
        assert [type(stroke) for stroke in back.recipe.painted] == [type(s) for s in recipe.painted]


def test_a_line_a_setting_so_that_people_can_read_and_change_it():
    lines = settings.to_json(FULL).splitlines()
    assert len(lines) == len(dataclasses.fields(Recipe)) + 2 + 2
    assert '  "momentum": 0.9,' in lines
    assert json.loads("\n".join(lines))["picture"] == "file"


def test_the_machine_a_run_was_made_on_is_recorded_and_read_again_and_old_files_go_without():
    made_on = machine.Machine("2.15.0", "cpu", 1)
    text = settings.to_json(FULL, "sample:cat", made_on)
    assert json.loads(text) | {"torch": "2.15.0", "device": "cpu", "threads": 1} == json.loads(text)
    assert settings.from_json(text) == settings.from_json(settings.to_json(FULL, "sample:cat"))
    with pytest.raises(ValueError, match="threads is the number of threads it was made with, got 0"):
        settings.from_json('{"threads": 0}')
    here = engine.call(machine.here)
    threads = engine.call(torch.get_num_threads)
    assert (here.torch, here.device, here.threads) == (torch.__version__, "cpu", threads)


def test_the_script_notes_the_machine_in_a_comment():
    made_on = machine.Machine("2.15.0", "cpu", 1)
    python = script.script(Recipe(), "sample:cat", labels_of("efficientnet-lite0"), machine=made_on)
    assert python.splitlines()[1] == (
        "# Made with torch 2.15.0, cpu, 1 thread; with others single values may differ."
    )
    assert "# Made with" not in script.script(Recipe(), "sample:cat", labels_of("efficientnet-lite0"))


def test_what_is_left_out_is_as_usual():
    assert settings.from_json('{"eps": 4}') == settings.Settings(Recipe(eps=4))
    assert settings.from_json(b"{}") == settings.Settings(Recipe())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The settings are not JSON"),
        ("{eps: 2}", "The settings are not JSON"),
        ("[" * 100_000, "The settings are not JSON"),
        ("[1, 2]", "names with values, {...}, got a list"),
        ("true", "got true or false"),
        ('{"epz": 2}', "No setting is called 'epz'. Did you mean eps?"),
        ('{"wheels": 4}', "No setting is called 'wheels'. There are: trickcore, picture, network"),
        ('{"eps": -1}', "eps is a number of grey levels from 0 to 255, got -1."),
        ('{"eps": NaN}', "eps is a number of grey levels from 0 to 255, got nan."),
        ('{"eps": true}', "eps is a number"),
        ('{"eps": "2"}', "eps is a number of grey levels from 0 to 255, got '2'."),
        ('{"steps": 0}', "steps is a whole number from 1"),
        ('{"steps": 2.5}', "steps is a whole number from 1"),
        ('{"steps": 1e9}', "steps is a whole number from 1"),
        ('{"alpha": Infinity}', "alpha is a number of grey levels of at least 0, or null"),
        ('{"target": "king penguin"}', "target is the number of a class, or null"),
        ('{"target": -3}', "target is the number of a class"),
        ('{"norm": "l7"}', "norm is linf or l2 (with the method fmn l1 and l0 too), got 'l7'."),
        ('{"norm": ["l2"]}', "norm is linf or l2"),
        ('{"random_start": 1}', "random_start is true or false, got 1."),
        ('{"stop_at": 0}', "stop_at is a probability above 0"),
        ('{"mask": "moustache"}', "mask is one of everywhere, glasses"),
        ('{"painted": "all"}', "painted is a list of strokes"),
        ('{"painted": [3]}', "A stroke is an object"),
        ('{"painted": [{"points": [[0, 0]], "width": 0}]}', "The width of a stroke"),
        ('{"views": -1}', "views is a whole number"),
        ('{"picture": 5}', "picture is where the picture came from"),
        ('{"network": "' + "x" * 500 + '", "seed": "' + "y" * 500 + '"}', "seed is a whole number"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_a_sentence(text, says):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # what it says is compared in full below
        settings.from_json(text)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 400


def test_empty_strokes_are_left_out():
    assert settings.strokes('[{"points": []}, {"points": [[0.5, 2]]}]') == (Stroke(((0.5, 1.0),)),)


def test_what_was_painted_moves_and_nothing_else():
    """The settings' strokes, drawn by hand: a band across the middle of a black digit."""
    recipe = dataclasses.replace(DIGIT, mask="painted", painted=(Brushed(((0, 0.5), (1, 0.5)), False, 0.2),))
    recipe = settings.from_json(settings.to_json(recipe)).recipe
    original, tricked, _ = made(recipe, opened("digit:5", recipe))
    before, after = (files.read_image(one, (28, 28), channels=1)[0].numpy() for one in (original, tricked))
    rows = np.flatnonzero((before != after).any(1))
    assert len(rows)
    assert 11 <= rows.min() <= rows.max() <= 16
