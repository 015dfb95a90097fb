"""The charts of a generator and a discriminator, and their drawings as one picture and as a GIF."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from trickcore.pictures.mosaic import gif, mosaic
from trickcore.plots.digits.gan import gan_charts
from trickcore.training.records import GanReport

BLANK = np.zeros((25, 28, 28), np.uint8)
REPORTS = [
    GanReport(10 * i, 1.4 - 0.1 * i, 0.6 + 0.2 * i, 0.5 + 0.1 * i, 0.5 - 0.1 * i, BLANK, i) for i in range(4)
]


def test_what_is_drawn_is_what_was_measured():
    losses, beliefs = gan_charts(REPORTS, steps=50, marked=20)
    assert [line.name for line in losses.data] == ["detective", "forger"]
    assert list(losses.data[0].y) == [one.discriminator for one in REPORTS]
    assert list(losses.data[1].y) == [one.generator for one in REPORTS]
    assert [line.name for line in beliefs.data] == ["real", "forged"]
    assert list(beliefs.data[1].y) == [one.believed_forged for one in REPORTS]
    assert list(beliefs.data[0].x) == [0, 10, 20, 30]
    assert beliefs.layout.shapes[0].x0 == 20
    assert tuple(beliefs.layout.xaxis.range) == (0, 50)
    assert max(losses.data[1].y) < losses.layout.yaxis.range[1]


def test_names_at_the_ends_do_not_cover_each_other():
    for chart in gan_charts(REPORTS[:1], steps=50):
        low, high = sorted(note.y for note in chart.layout.annotations)
        assert high - low > 0.1


def test_a_mosaic_has_each_picture_in_its_place():
    pictures = np.arange(6, dtype=np.uint8)[:, None, None].repeat(2, 1).repeat(3, 2)
    found = mosaic(pictures, 3, gap=1)
    assert found.shape == (5, 11)
    assert found[0, 0] == 0
    assert found[4, 10] == 5
    assert found[3, 4] == 4
    assert (found[2] == 96).all()


def test_the_gif_goes_through_all_moments():
    moments = [np.full((20, 20), 40 * i, np.uint8) for i in range(5)]
    opened = Image.open(io.BytesIO(gif(moments, least=40)))
    assert opened.size == (40, 40)
    assert sum(1 for _ in ImageSequence.Iterator(opened)) == 5
    with pytest.raises(ValueError, match="at least one"):
        gif([])
