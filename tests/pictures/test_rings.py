"""Rings: one round each pixel that differs, and nothing where nothing does."""

from __future__ import annotations

import numpy as np
import pytest

from trickcore.pictures.rings import INK, LEAST, differing, ringed


def picture(channels: int, side: int = 28) -> np.ndarray:
    shape = (side, side, 3) if channels == 3 else (side, side)
    return np.full(shape, 90, np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_pixel_that_differs_has_a_ring_round_it_that_leaves_it_to_be_seen(channels):
    before = picture(channels)
    after = before.copy()
    after[3, 20] = 255
    found = ringed(before, after)
    assert found.shape == (LEAST, LEAST, 3)
    times = LEAST // 28
    centre = found[3 * times + times // 2, 20 * times + times // 2]
    assert centre.tolist() == [255, 255, 255]
    rows, columns = np.where((found == INK).all(axis=2))
    middle = (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2
    assert middle == pytest.approx((3.5 * times, 20.5 * times), abs=2)


def test_without_a_difference_there_is_no_ring():
    before = picture(3)
    assert not (ringed(before, before) == INK).all(axis=2).any()


def test_a_pixel_differs_where_one_channel_does_by_however_little():
    before = picture(3)
    after = before.copy()
    after[1, 2, 2] -= 1
    after[5, 6, 0] += 165
    assert np.argwhere(differing(before, after)).tolist() == [[1, 2], [5, 6]]
    assert np.argwhere(differing(picture(1), picture(1))).tolist() == []
