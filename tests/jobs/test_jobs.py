"""Jobs go to another process and back: all they are given and give survives pickle, and holds no tensor."""

from __future__ import annotations

import importlib
import inspect
import io
import pickle
import pickletools
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch

from tests.helpers import ROOT
from trickcore import Recipe, engine, jobs
from trickcore.attacks.any_photo.settings import Sticker, Universal
from trickcore.diagnose.causes import examine
from trickcore.explain.landscape import plane
from trickcore.explain.two_pixels import Moment, Plan
from trickcore.jobs import (
    classroom,
    digits,
    explanations,
    forgeries,
    networks,
    one_for_all,
    proofs,
    runs,
    survival,
    transfer,
    two_pixels,
)
from trickcore.jobs.networks import Network, classifier_of
from trickcore.jobs.one_for_all import Photos
from trickcore.measure.verdict import verdict
from trickcore.networks.small_net import SmallNet, weights_of
from trickcore.pictures.drawing import drawn_png
from trickcore.pictures.files import encode
from trickcore.pictures.photograph_transforms import PRINTED, Shot
from trickcore.runs.frames import Frame, run_recipe
from trickcore.training.records import GanSettings, Gap, Lesson, Snapshot

FIVE = drawn_png("5")
RECIPE = Recipe(network="digits-standard", target=8, eps=76.5, steps=4)
THROUGH = ("rotation", 10.0)
# What touches no tensor and is called from a page's own thread, makes a record, or is for the engine alone.
NO_JOBS = {"numbers", "fetch", "fetch_mnist", "classifier_of", "together", "behind", "ways_of", "thumbnail"}
NO_JOBS |= {"megabytes_of", "looks_at"}


class Plain(pickle.Pickler):
    """Refuses what belongs to torch, and functions that have no name to be found by."""

    def reducer_override(self, thing: Any) -> Any:
        if type(thing).__module__.partition(".")[0] == "torch":
            raise pickle.PicklingError(f"a {type(thing).__name__} of torch's")
        if inspect.isgenerator(thing):
            raise pickle.PicklingError("a generator")
        return NotImplemented


def sent(thing: Any) -> Any:
    """What arrives in another process."""
    out = io.BytesIO()
    Plain(out).dump(thing)
    names = {str(arg) for _, arg, _ in pickletools.genops(out.getvalue()) if isinstance(arg, str)}
    assert not {name for name in names if name.partition(".")[0] == "torch"}
    return pickle.loads(out.getvalue())


def asked(job: Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
    """The result of a job, or the first few that it yields, as they arrive."""
    job, args, kwargs = sent((job, args, kwargs))
    if inspect.isgeneratorfunction(job):
        return [sent(item) for item in islice(engine.stream(job, *args, **kwargs), 3)]
    return [sent(engine.call(job, *args, **kwargs))]


@cache
def standard() -> Network:
    return engine.call(networks.named, "digits-standard")


@cache
def robust() -> Network:
    return engine.call(networks.named, "digits-robust")


@cache
def untrained() -> Network:
    return engine.call(networks.untrained, 3)


@cache
def frames() -> tuple[Frame, ...]:
    return tuple(engine.stream(runs.frames, standard(), FIVE, RECIPE))


def files() -> tuple[bytes, bytes]:
    first, last = (pixels for frame in (frames()[0], frames()[-1]) if (pixels := frame.pixels) is not None)
    return encode(first), encode(last)


def pictures() -> list[np.ndarray]:
    return [frame.pixels for frame in frames() if frame.pixels is not None]


def around() -> Any:
    return plane(pictures()[0], pictures()[-1])


@cache
def snapshot() -> Snapshot:
    return next(engine.stream(digits.learn, Lesson(pictures=64, epochs=1)))


@cache
def moment() -> Moment:
    return next(engine.stream(two_pixels.learn, Plan()))


def sticker_png() -> bytes:
    return encode(np.full((10, 10), 200, np.uint8))


def cases() -> dict[Callable[..., Any], tuple[tuple[Any, ...], dict[str, Any]]]:
    """Arguments for every job there is."""
    original, saved = files()
    climb = {"steps": 2, "stride": 0.1, "until_taken": False, "shake": True, "seed": 1}
    two = [standard(), robust()]
    return {
        networks.catalogue: ((), {}),
        networks.labels_of: (("digits-robust",), {}),
        networks.device: ((), {}),
        networks.named: (("digits-standard",), {}),
        networks.trained: ((weights_of(SmallNet(4)),), {}),
        networks.untrained: ((3,), {}),
        networks.dense: ((), {}),
        runs.seen: ((standard(), FIVE), {}),
        runs.starts: ((standard(),), {}),
        runs.readings: ((standard(), [FIVE, saved]), {}),
        runs.reading: ((standard(), FIVE), {}),
        runs.frames: ((standard(), FIVE, RECIPE), {}),
        runs.repaired: ((robust(), original, saved, RECIPE, 4), {}),
        runs.verdict: ((standard(), original, saved, 8), {}),
        runs.result: ((robust(), original, original, runs.numbers(frames()), RECIPE, (5,)), {}),
        runs.smallest_epsilon: ((standard(), FIVE, RECIPE), {}),
        explanations.survey: ((standard(), around(), 8), {}),
        explanations.path: ((standard(), around(), pictures(), 8), {}),
        explanations.lines: ((standard(), pictures()[0], 8, 0.3), {}),
        explanations.noise_band: ((standard(), pictures()[:2], 2, 0), {}),
        explanations.looks: ((standard(), original, saved, (5, 8)), {}),
        explanations.ask: ((untrained(), FIVE, (5, 6), True, 0), {}),
        explanations.forward_pass: ((standard(), FIVE), {}),
        explanations.climbed: ((standard(), FIVE, 6), climb),
        explanations.dreamt: ((standard(), FIVE), {"steps": 2, "budget": 5.0, "shake": False, "seed": 0}),
        survival.as_file: ((standard(), original, saved, "jpeg", (75,), 5, 8), {}),
        survival.jpeg_chances: ((standard(), FIVE, 5, (10, 90)), {}),
        survival.photographed: ((standard(), original, saved, Shot(rotation=5.0, noise=0.1), 1, 5, 8), {}),
        survival.drawn_shot: ((PRINTED, 7), {}),
        survival.survival: ((standard(), original, [saved], 8, PRINTED, 8), {"seed": 0, "show": 2}),
        survival.read_through: ((standard(), *THROUGH, FIVE, 0), {}),
        survival.attack_through: ((standard(), FIVE, RECIPE, *THROUGH), {}),
        survival.costs: ((standard(), [("none", 0.0), THROUGH], 0), {}),
        proofs.bounds: ((standard(), FIVE, (0.0, 0.1)), {}),
        proofs.shares: (({"standard": standard()}, False, 60, (0.0, 0.01)), {}),
        proofs.copies: ((standard(), FIVE, 0.1, 2, 0), {}),
        proofs.votes: ((standard(), FIVE, 0.1, 30, 0), {}),
        transfer.across: ((robust(), original, saved, 8), {}),
        transfer.against: ((two, FIVE, RECIPE), {}),
        transfer.table: ((two, 0, RECIPE, 76.5), {}),
        classroom.measured: ((("digits-standard",), FIVE, saved, RECIPE, (5,)), {}),
        digits.learn: ((Lesson(pictures=64, epochs=1), snapshot().state), {}),
        digits.learnt: ((Lesson(pictures=64, epochs=1), snapshot().state), {}),
        digits.with_gap: ((Gap(epochs=1),), {}),
        forgeries.learn: ((GanSettings(steps=100),), {}),
        forgeries.drawn: ((7, 2, 0), {}),
        forgeries.walk: ((7, 0, 1), {}),
        forgeries.examples: ((), {}),
        forgeries.twins: ((0,), {}),
        two_pixels.learn: ((Plan(),), {}),
        two_pixels.pushed: ((moment().network, (0.4, 0.5), 0.1, 3), {}),
        digits.mnist_here: ((), {}),
        networks.own_cards: ((), {}),
        one_for_all.sticker: ((standard(), Photos(), Sticker(8, steps=3), 0), {}),
        one_for_all.sticker_sizes: (
            (standard(), Photos(), sticker_png(), Sticker(8), [(0.1, 4), (0.2, 4)], 0),
            {},
        ),
        one_for_all.universal: ((standard(), Photos(), Universal(0.1, steps=3), 0), {}),
        digits.accuracy: (({"standard": standard()}, False, 50, "fgsm"), {}),
    }


def functions() -> Iterator[Callable[..., Any]]:
    """Every public function of the jobs' modules."""
    for found in pkgutil.iter_modules(jobs.__path__):
        module = importlib.import_module(f"trickcore.jobs.{found.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_") and name not in NO_JOBS:
                yield function


@pytest.mark.parametrize("job", list(functions()), ids=lambda job: f"{job.__module__}.{job.__name__}")
def test_a_job_is_asked_for_and_answers_in_what_can_be_sent(job):
    args, kwargs = cases()[job]
    found = asked(job, *args, **kwargs)
    assert found


def test_there_is_no_job_with_a_lambda_a_net_a_classifier_or_a_tensor():
    for thing in (lambda: 1, engine.call(classifier_of, standard()), torch.zeros(2), SmallNet(4)):
        with pytest.raises((pickle.PicklingError, AttributeError)):
            sent(thing)


def test_asking_for_jobs_needs_no_torch():
    modules = [f"trickcore.jobs.{found.name}" for found in pkgutil.iter_modules(jobs.__path__)]
    code = f"import sys, {', '.join(modules)}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# Networks by value


def probabilities(network: Network) -> np.ndarray:
    return engine.call(runs.reading, network, FIVE).probs


def test_a_network_is_its_identity():
    again = sent(standard())
    assert again == standard()
    assert hash(again) == hash(standard())
    assert standard() != robust()
    assert (standard().name, standard().title, standard().size, standard().channels) == (
        "digits-standard", "Digits, standard", (28, 28), 1,
    )  # fmt: skip
    assert standard().labels == tuple("0123456789")


def test_a_network_that_was_trained_comes_with_its_weights():
    net = SmallNet(16, seed=5)
    mine = engine.call(networks.trained, weights_of(net))
    networks._trained.cache_clear()  # as where it was never seen
    with torch.no_grad():
        shown = engine.call(classifier_of, mine).read(FIVE)[None]
        expected = net(shown).softmax(1)[0].numpy()
    np.testing.assert_allclose(probabilities(sent(mine)), expected, atol=1e-6)
    other = engine.call(networks.trained, weights_of(SmallNet(16, seed=6)))
    assert (mine.name, other.name) == ("mine", "mine")
    assert mine != other


def test_an_untrained_network_is_made_of_its_seed():
    assert engine.call(networks.untrained, 3) == untrained() != engine.call(networks.untrained, 4)
    np.testing.assert_array_equal(probabilities(untrained()), probabilities(sent(untrained())))


def test_a_network_behind_a_defence_draws_the_same_in_each_job():
    turned = networks.behind(standard(), *THROUGH, seed=1)
    assert turned != standard() != networks.behind(standard(), *THROUGH, seed=2)
    once, again = (probabilities(turned) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, probabilities(standard()))
    assert not np.array_equal(once, probabilities(networks.behind(standard(), *THROUGH, seed=2)))


def test_several_networks_are_one_whose_logits_are_their_mean():
    both = networks.together([standard(), robust()])
    logs = [np.log(probabilities(one).astype(float)) for one in (standard(), robust())]
    powers = np.exp(np.mean(logs, 0))
    np.testing.assert_allclose(probabilities(both), powers / powers.sum(), atol=1e-5)
    assert both.name == "digits-standard + digits-robust"
    with pytest.raises(ValueError, match="at least one network"):
        networks.together([])


def test_the_networks_used_last_stay_loaded():
    first, again = (engine.call(classifier_of, standard()) for _ in range(2))
    assert first is again


# Results are those of the library itself


def test_the_frames_and_the_result_are_those_of_the_library():
    classifier = engine.call(classifier_of, standard())
    expected = engine.call(lambda: list(run_recipe(classifier, FIVE, RECIPE)))
    for frame, other in zip(frames(), expected, strict=True):
        np.testing.assert_array_equal(frame.pixels, other.pixels)
        np.testing.assert_array_equal(frame.probs, other.probs)
    original, saved = files()
    found = engine.call(runs.result, standard(), original, saved, runs.numbers(frames()), RECIPE, (5,))
    said = engine.call(verdict, classifier, original, saved, 8)
    assert (found.verdict.outcome, found.verdict.wanted) == (said.outcome, said.wanted)
    told = engine.call(examine, classifier, original, saved, said, expected, RECIPE, (5,))
    assert found.findings == told


def test_records_are_records():
    original, saved = files()
    for one in (frames()[0], engine.call(runs.verdict, standard(), original, saved, 8), snapshot()):
        assert is_dataclass(one)
        assert fields(one)
