"""A training that can be watched: on scikit-learn's digits, a few of them, for an epoch or two."""

from __future__ import annotations

from collections.abc import Generator
from itertools import pairwise

import numpy as np
import pytest
import torch

from trickcore import Classifier, engine, explain
from trickcore.pictures import mnist
from trickcore.training import SmallNet, accuracy, live
from trickcore.training.live import Lesson, LiveTraining, Snapshot


@pytest.fixture(autouse=True)
def few_to_judge_by(monkeypatch):
    """Each scene attacks what is held out, which takes longer than the lesson itself."""
    monkeypatch.setattr(live, "HELD_OUT", 40)


def learnt(live_training: LiveTraining) -> list[Snapshot]:
    return engine.call(lambda: list(live_training.learn()))


def weights(live_training: LiveTraining) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in live_training.net.parameters()])


def told(scenes: list[Snapshot]) -> list[tuple[float, ...]]:
    return [
        (s.record.epoch, s.record.loss, s.record.clean_accuracy, s.record.robust_accuracy) for s in scenes
    ]


@pytest.mark.parametrize("eps", [0.0, 0.1])
def test_the_same_lesson_is_learnt_the_same_way_and_another_seed_another(eps):
    def scenes(seed: int) -> list[Snapshot]:
        return learnt(LiveTraining(Lesson(pictures=128, epochs=1, eps=eps, seed=seed)))

    assert told(scenes(1)) == told(scenes(1))
    assert told(scenes(1)) != told(scenes(2))


def test_two_epochs_teach_a_pupil_to_read():
    live_training = LiveTraining(Lesson(pictures=1_024, epochs=2))
    scenes = learnt(live_training)
    assert scenes[-1].record.clean_accuracy > 0.6
    assert scenes[-1].record.loss < 0.6 * scenes[0].record.loss
    assert scenes[-1].record.robust_accuracy < 0.2
    epochs = [scene.record.epoch for scene in scenes]
    assert all(a < b for a, b in pairwise(epochs))
    assert epochs[-1] == live_training.epochs == 2


@pytest.mark.parametrize(("pictures", "epochs", "scenes"), [(128, 2, 4), (640, 8, 40), (64, 3, 3)])
def test_there_are_about_forty_scenes_and_one_a_batch_where_there_are_fewer(
    monkeypatch, pictures, epochs, scenes
):
    """Batches are of 64, so 4, 80 and 3 of them in all."""
    monkeypatch.setattr(live, "HELD_OUT", 8)
    asked = Lesson(pictures=pictures, epochs=epochs, margin=0.0)
    assert len(learnt(LiveTraining(asked))) == scenes


def test_what_was_learnt_stays_when_one_stops_and_the_next_lesson_goes_on_from_there():
    live_training = LiveTraining(Lesson(pictures=256, epochs=2))
    fresh = weights(live_training)
    lesson = live_training.learn()
    assert isinstance(lesson, Generator)
    scene = engine.call(lambda: [next(lesson), next(lesson)][-1])
    engine.call(lesson.close)
    stopped = weights(live_training)
    assert not torch.equal(stopped, fresh)
    assert live_training.epochs == scene.record.epoch == 0.5
    scenes = learnt(live_training)
    assert [s.record.epoch for s in scenes] == pytest.approx([0.5 + n / 4 for n in range(1, 9)])
    assert live_training.epochs == 2.5
    assert scenes[0].record.loss < 2.3, "it does not begin anew: ln 10 is a guess"


def test_the_pictures_the_network_is_torn_about_come_with_their_gradients():
    live_training = LiveTraining(Lesson(pictures=128, epochs=1, margin=0.3, most=3))
    images, labels = live._cards(live_training.lesson)[2]
    *_, scene = learnt(live_training)
    logits = engine.call(lambda: live_training.net(images).detach().numpy().astype(float))
    order = logits.argsort(1)[:, ::-1]
    best = np.take_along_axis(logits, order, 1)
    gaps = best[:, 0] - best[:, 1]
    assert len(scene.torn) == 3
    for torn, index in zip(scene.torn, gaps.argsort(), strict=False):
        assert (torn.first, torn.second) == tuple(order[index, :2])
        assert torn.margin == pytest.approx(gaps[index], abs=1e-4)
        assert torn.margin <= 0.3
        assert torn.label == labels[index]
        assert np.array_equal(torn.pixels, np.rint(images[index, 0].numpy() * 255))
        grads = engine.call(explain.gradients, live_training.net, images[index], [torn.first, torn.second])
        assert torn.strength == pytest.approx(explain.strength(grads), rel=1e-3)
        assert np.abs(torn.planes[1] - explain.plane(grads[1])).max() <= 2 / 255 * torn.strength


def test_nobody_is_torn_where_no_margin_is_left():
    live_training = LiveTraining(Lesson(pictures=128, epochs=1, margin=0.0))
    assert [scene.torn for scene in learnt(live_training)] == [(), ()]


def test_a_hard_lesson_is_judged_by_its_own_attack_and_a_plain_one_at_three_tenths():
    for eps in (0.0, 0.05):
        live_training = LiveTraining(Lesson(pictures=512, epochs=1, eps=eps, margin=0.0))
        *_, scene = learnt(live_training)
        held_out = live._cards(live_training.lesson)[2]
        judge = live.attack(eps or 0.3)
        assert judge.ball.eps == (eps or 0.3)
        assert (judge.steps, judge.random_start) == (7, True)
        assert judge.alpha == pytest.approx(2.5 * (eps or 0.3) / 7)
        robust = engine.call(accuracy, live_training.net, *held_out, judge, seed=live_training.lesson.seed)
        assert scene.record.robust_accuracy == pytest.approx(robust)
        assert scene.record.clean_accuracy == pytest.approx(
            engine.call(accuracy, live_training.net, *held_out)
        )


def test_a_classifier_is_the_network_as_it_is_now_frozen_and_later_lessons_leave_it_so():
    live_training = LiveTraining(Lesson(pictures=128, epochs=1))
    mine = engine.call(live_training.classifier)
    assert isinstance(mine, Classifier)
    assert isinstance(mine.net, SmallNet)
    assert (mine.name, mine.labels, mine.size, mine.channels) == ("mine", tuple("0123456789"), (28, 28), 1)
    assert not mine.net.training
    assert not any(p.requires_grad for p in mine.net.parameters())
    before = weights(live_training)
    learnt(live_training)
    after = torch.cat([p.flatten() for p in mine.net.parameters()])
    assert torch.equal(after, before)
    assert not torch.equal(weights(live_training), before)


def keys(images: torch.Tensor) -> list[bytes]:
    return [one.numpy().tobytes() for one in images]


def test_what_is_held_out_is_never_learnt_from():
    images, labels, (test, truth) = live._cards(Lesson(pictures=99_999, seed=3))
    assert len(labels) + len(truth) == 1_797
    assert len(truth) == 40
    known = dict(zip(keys(mnist.small()[0]), mnist.small()[1].tolist(), strict=True))
    learnt_from, judged_by = keys(images), keys(test)
    assert not set(learnt_from) & set(judged_by)
    assert [known[key] for key in learnt_from] == labels.tolist()
    assert [known[key] for key in judged_by] == truth.tolist()
    assert len(live._cards(Lesson(pictures=70))[0]) == 70
    assert not torch.equal(live._cards(Lesson(seed=4))[2][0], test)


def test_mnist_is_learnt_from_its_own_digits_and_judged_by_its_test_digits(monkeypatch):
    images, labels = mnist.small()

    def given(train: bool) -> tuple[torch.Tensor, torch.Tensor]:
        return (images[:900], labels[:900]) if train else (images[900:], labels[900:])

    monkeypatch.setattr(mnist, "mnist", given)
    x, y, (test, truth) = live._cards(Lesson(mnist=True, pictures=150))
    known = dict(zip(keys(images[:900]), labels[:900].tolist(), strict=True))
    assert [known[key] for key in keys(x)] == y.tolist()
    assert len(set(keys(x))) == 150
    assert torch.equal(test, images[900:940])
    assert torch.equal(truth, labels[900:940])


def test_a_lesson_on_mnist_without_mnist_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path))
    with pytest.raises(mnist.DigitsError, match=r"MNIST is not in .* set MNIST_ROOT"):
        learnt(LiveTraining(Lesson(mnist=True)))


@pytest.mark.parametrize("lesson", [Lesson(epochs=0), Lesson(pictures=0)])
def test_a_lesson_of_nothing_is_refused(lesson):
    with pytest.raises(ValueError, match="expected at least one epoch of one batch"):
        learnt(LiveTraining(lesson))


@pytest.mark.parametrize("eps", [0.0, 0.1])
@pytest.mark.parametrize("at", [0, 2])
def test_a_training_that_was_stopped_goes_on_from_its_bytes_bit_for_bit(eps, at):
    """Records are within an epoch and at its end; the digits are shuffled, moved and attacked by chance."""
    lesson = Lesson(pictures=192, epochs=2, eps=eps, seed=1)
    whole = LiveTraining(lesson)
    expected = learnt(whole)
    assert len(expected) == 6
    begun = LiveTraining(lesson).learn()
    assert isinstance(begun, Generator)
    stopped = engine.call(lambda: [next(begun) for _ in range(at + 1)][-1])
    engine.call(begun.close)
    again = LiveTraining(lesson, stopped.state)
    assert told(learnt(again)) == told(expected[at + 1 :])
    assert torch.equal(weights(again), weights(whole))
    assert again.epochs == whole.epochs == 2


def test_after_a_training_that_was_over_another_begins():
    lesson = Lesson(pictures=128, epochs=1)
    live_training = LiveTraining(lesson)
    first = learnt(live_training)
    again = LiveTraining(lesson, first[-1].state)
    assert torch.equal(weights(again), weights(live_training))
    more = learnt(again)
    assert told(more) == told(learnt(live_training)), "as if the first had stayed in memory"
    assert [scene.record.epoch for scene in more] == [1.5, 2.0]
