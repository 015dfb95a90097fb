"""The small network's jobs: their records can be sent to another process and are what the library gives."""

from __future__ import annotations

import pickle

import numpy as np

from tests.explain.test_two_pixels import FLAT
from trickcore import engine
from trickcore.explain import plane_net
from trickcore.explain.two_pixels import Plan
from trickcore.jobs import two_pixels


def test_a_training_asked_of_the_engine_is_the_librarys():
    plan = Plan(epochs=3)
    moments = list(engine.stream(two_pixels.learn, plan))
    assert [moment.epoch for moment in moments] == [0, 1, 2, 3]
    for ours, theirs in zip(moments, plane_net.learn(plan), strict=True):
        there = pickle.loads(pickle.dumps(ours))
        pixels = np.array([[0.2, 0.7]])
        assert there.network.score(pixels) == theirs.network.score(pixels)
        assert there.loss == theirs.loss


def test_a_push_asked_of_the_engine_is_the_librarys():
    push = engine.call(two_pixels.pushed, FLAT, (120 / 255, 50 / 255), 16 / 255, 5)
    there = pickle.loads(pickle.dumps(push))
    assert there.crossed == 2
    assert there.moved[-1].tolist() == [16, 0]
