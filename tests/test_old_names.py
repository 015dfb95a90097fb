"""Names of version 0.1: modules that moved, and scripts that were exported then, go on working."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import trickcore
from tests.helpers import ROOT
from trickcore import _old_names

# As the page exported it before the house moved: a run, repaired for three steps.
SCRIPT = """
from pathlib import Path

from trickcore import Recipe, drawing, film, images, lattice, load, measure

classifier = load("digits-robust")
original = drawing.drawn_png("5")
recipe = Recipe(target=8, eps=3.0, steps=2)  # 8
for frame in film.shoot(classifier, original, recipe):
    print(frame.index, classifier.labels[frame.probs.argmax()], frame.probs.max())
tricked = images.encode(frame.pixels)
*_, frame = lattice.repaired(classifier, original, tricked, recipe, steps=3)
tricked = images.encode(frame.pixels)
Path("tricked.png").write_bytes(tricked)
said = measure.verdict(classifier, original, tricked, recipe.target)
print(said.outcome, said.after.name, f"{said.after.probability:.2%}")
"""


@pytest.mark.parametrize("name", sorted(_old_names.MOVED))
def test_an_old_module_is_found_by_either_way_to_import_it(name):
    assert importlib.import_module(f"trickcore.{name}") is getattr(trickcore, name)


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("attack", "Attack Look Loss Step Goal away_from look pgd towards trick walk"),
        ("balls", "Ball L2 Linf"),
        ("classifiers", "Card Classifier Net WeightsError catalogue fetch labels_of load of_digits"),
        ("classroom", "Lesson Pupil Scene Torn"),
        ("defences", "DEFENCES Defence Seen adapted beaten defended kept recovered references through"),
        ("digits", "CARD FGSM GRID PGD DigitsError Report fetch_mnist measure mnist reports small untrained"),
        ("drawing", "DRAWN Stroke drawn_png from_json rendered"),
        ("film", "Frame automatic_gain keep shoot to_csv to_gif"),
        ("heatmap", "Looks change_overlay heatmap looks overlay"),
        ("images", "ImageError encode read_image to_8bit to_png"),
        ("lattice", "repair repaired whole"),
        ("masks", "MASKS Brushed mask share_of"),
        ("recipes", "BY_NAME EPSILONS Recipe STORIES"),
        ("samples", "SAMPLES blank sample truth"),
        ("settings", "Settings from_json plain_strokes strokes to_json"),
        ("smallest", "Try searched smallest"),
        ("transfer", "Rate Told across against drawn ensemble rates seen"),
        ("trials", "Fate Survival Tally fate survival taken wilson"),
        ("views", "as_is sampled shaken"),
        ("world", "ATHALYE PRINTED Ranges Shot photographed shot views"),
    ],
)
def test_an_old_module_has_what_it_had(module, names):
    old = importlib.import_module(f"trickcore.{module}")
    for name in names.split():
        assert getattr(old, name) is not None
    with pytest.raises(AttributeError, match="no attribute"):
        old.no_such_name  # noqa: B018


def test_strokes_are_read_from_a_script_s_text():
    (stroke,) = importlib.import_module("trickcore.settings").strokes(
        '[{"points": [[0, 1]], "erases": true}]'
    )
    assert stroke.erases


def test_a_script_exported_before_runs_and_writes_its_file(tmp_path):
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{SCRIPT}"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["0", "1", "2"]
    assert lines[-1].split()[0] in ("tricked", "nearly", "not")
    assert (tmp_path / "tricked.png").read_bytes().startswith(b"\x89PNG")
