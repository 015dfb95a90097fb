"""The world between a picture and a network, against numpy, SciPy and Pillow."""

from __future__ import annotations

import io
import math
from dataclasses import fields

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage

from trickcore import ImageError, Recipe
from trickcore.attacks.views import photographs
from trickcore.pictures import photograph_transforms as photograph
from trickcore.pictures import reencode
from trickcore.pictures.files import encode
from trickcore.pictures.photograph_transforms import ATHALYE, PRINTED, Ranges, Shot, photographed, shot


def pictures(n: int = 2, height: int = 9, width: int = 12) -> torch.Tensor:
    """Oblong, three channels, every value another and away from 0 and 1."""
    values = np.random.default_rng(4).uniform(0.1, 0.9, (n, 3, height, width))
    return torch.from_numpy(values.astype(np.float32))


def moved(x: np.ndarray, forward: np.ndarray) -> np.ndarray:
    """Pictures (N, C, H, W) under a 3 x 3 map of points (x, y, 1) in pixels from the middle, by SciPy."""
    height, width = x.shape[2:]
    rows, columns = np.mgrid[:height, :width].astype(float)
    points = np.stack([columns - (width - 1) / 2, rows - (height - 1) / 2, np.ones_like(rows)])
    across, down, scale = np.tensordot(np.linalg.inv(forward), points, 1)
    at = [down / scale + (height - 1) / 2, across / scale + (width - 1) / 2]
    each = [[ndimage.map_coordinates(c, at, order=1, mode="grid-constant") for c in one] for one in x]
    return np.array(each)


def turn(degrees: float) -> np.ndarray:
    """Counter-clockwise to the eye, in coordinates whose y runs down."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])


def test_a_shot_that_changes_nothing_gives_the_very_same_values():
    x = pictures()
    x[0, 0, 0, :3] = torch.tensor([0.0, 1.0, 1e-9])
    assert torch.equal(photographed(x, Shot()), x)


def test_a_quarter_turn_is_numpys_and_counter_clockwise():
    x = pictures(height=10, width=10)
    np.testing.assert_allclose(photographed(x, Shot(rotation=90)), np.rot90(x.numpy(), 1, (2, 3)), atol=1e-6)


def test_a_half_turn_of_an_oblong_picture_turns_it_upside_down():
    x = pictures()
    np.testing.assert_allclose(photographed(x, Shot(rotation=180)), x.numpy()[:, :, ::-1, ::-1], atol=1e-5)


@pytest.mark.parametrize(("right", "down"), [(3, 0), (0, -2), (-4, 1)])
def test_a_shift_by_whole_pixels_moves_every_value_there_and_leaves_black_behind(right, down):
    x = pictures()
    seen = photographed(x, Shot(shift=(right / 12, down / 9))).numpy()
    want = np.roll(x.numpy(), (down, right), (2, 3))
    rows = slice(0, down) if down >= 0 else slice(down, None)
    columns = slice(0, right) if right >= 0 else slice(right, None)
    want[:, :, rows, :] = 0
    want[:, :, :, columns] = 0
    np.testing.assert_allclose(seen, want, atol=1e-5)


def test_any_angle_turns_pixels_not_the_frame_they_lie_in():
    x = pictures()
    np.testing.assert_allclose(photographed(x, Shot(rotation=30)), moved(x.numpy(), turn(30)), atol=1e-5)


def test_scale_enlarges_about_the_middle():
    x = pictures()
    large = np.diag([1.5, 1.5, 1])
    np.testing.assert_allclose(photographed(x, Shot(scale=1.5)), moved(x.numpy(), large), atol=1e-5)


def test_a_crop_of_half_of_each_side_is_the_picture_twice_as_large():
    x = pictures()
    np.testing.assert_allclose(photographed(x, Shot(crop=0.5)), photographed(x, Shot(scale=2)), atol=1e-6)


def test_perspective_divides_by_how_far_away_a_point_is():
    x = pictures()
    near = np.array(
        [[1, 0, 0], [0, 1, 0], [0.2 / 6, -0.1 / 4.5, 1]]
    )  # 1.2 at the right edge, 0.9 at the lower
    np.testing.assert_allclose(
        photographed(x, Shot(perspective=(0.2, -0.1))), moved(x.numpy(), near), atol=1e-5
    )


def test_all_of_it_at_once_is_scaled_and_turned_then_moved_then_seen_from_the_side_then_cut():
    x = pictures()
    steps = [
        np.diag([0.8, 0.8, 1]),
        turn(-20),
        np.array([[1, 0, 0.1 * 12], [0, 1, -0.05 * 9], [0, 0, 1]]),
        np.array([[1, 0, 0], [0, 1, 0], [0.1 / 6, 0.15 / 4.5, 1]]),
        np.diag([1 / 0.9, 1 / 0.9, 1]),
    ]
    forward = np.eye(3)
    for step in steps:
        forward = step @ forward
    seen = photographed(x, Shot(-20, 0.8, (0.1, -0.05), (0.1, 0.15), 0.1))
    np.testing.assert_allclose(seen, moved(x.numpy(), forward), atol=1e-5)


@pytest.mark.parametrize(("side", "blur", "sigma"), [(28, 8, 1.0), (224, 1.5, 1.5), (28, 2.4, 0.3)])
def test_blur_is_scipys_and_counts_in_pixels_of_a_picture_224_wide(side, blur, sigma):
    x = pictures(1, side, side + 5)
    want = [ndimage.gaussian_filter(c, sigma, mode="nearest", truncate=4) for c in x[0].double().numpy()]
    np.testing.assert_allclose(photographed(x, Shot(blur=blur))[0], want, atol=2e-4)


def test_contrast_turns_about_middle_grey_then_brightness_is_added_then_it_is_clipped():
    x = torch.tensor([0.0, 0.2, 0.5, 0.9]).view(1, 1, 2, 2)
    seen = photographed(x, Shot(contrast=0.5, brightness=0.2)).flatten()
    np.testing.assert_allclose(seen, [0.45, 0.55, 0.7, 0.9], atol=1e-6)
    harsh = photographed(x, Shot(contrast=2, brightness=-0.05)).flatten()
    np.testing.assert_allclose(harsh, [0, 0, 0.45, 1], atol=1e-6)


def test_noise_has_the_spread_asked_for_and_every_picture_of_a_shot_the_same():
    x = torch.full((2, 1, 100, 120), 0.5)
    seen = photographed(x, Shot(noise=0.05), torch.Generator().manual_seed(1))
    grain = (seen - 0.5).double().numpy()
    assert grain.std() == pytest.approx(0.05, rel=0.03)
    assert grain.mean() == pytest.approx(0, abs=0.002)
    assert np.array_equal(grain[0], grain[1])
    again = photographed(x, Shot(noise=0.05), torch.Generator().manual_seed(1))
    assert torch.equal(seen, again)
    assert not torch.equal(seen, photographed(x, Shot(noise=0.05), torch.Generator().manual_seed(2)))


def test_gradients_find_their_way_back_to_the_pixels():
    one = Shot(17, 1.1, (0.05, -0.1), (0.1, 0.05), 0.05, blur=30, contrast=0.7, brightness=0.05, noise=0.02)
    x = torch.rand(1, 1, 6, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(2)) * 0.4 + 0.3
    x.requires_grad_()
    assert torch.autograd.gradcheck(lambda y: photographed(y, one, torch.Generator().manual_seed(3)), (x,))


def test_shots_lie_within_their_ranges_and_fill_them():
    rng = torch.Generator().manual_seed(5)
    shots = [shot(ATHALYE, rng) for _ in range(500)]
    for name, low, high in (
        ("rotation", -22.5, 22.5),
        ("scale", 0.9, 1.4),
        ("brightness", -0.05, 0.05),
        ("noise", 0, 0.1),
    ):
        values = np.array([getattr(one, name) for one in shots])
        assert low <= values.min() < low + 0.02 * (high - low), name
        assert high - 0.02 * (high - low) < values.max() <= high, name
        assert values.mean() == pytest.approx((low + high) / 2, abs=0.05 * (high - low)), name
    across, down = np.array([one.shift for one in shots]).T
    assert -0.1 <= min(across.min(), down.min()) < -0.095
    assert 0.095 < max(across.max(), down.max()) <= 0.1
    assert abs(np.corrcoef(across, down)[0, 1]) < 0.15, "each way is drawn on its own"
    assert {(one.blur, one.contrast, one.crop, one.perspective) for one in shots} == {(0, 1, 0, (0, 0))}


def test_a_print_is_photographed_with_all_that_a_hand_does():
    shots = [photograph.drawn(PRINTED, seed) for seed in range(50)]
    for field in fields(Shot):
        if field.name != "crop":
            assert len({getattr(one, field.name) for one in shots}) == 50, field.name


def test_the_same_seed_draws_the_same_shots_and_another_does_not():
    assert photograph.drawn(ATHALYE, 7) == photograph.drawn(ATHALYE, 7)
    assert photograph.drawn(ATHALYE, 7) != photograph.drawn(ATHALYE, 8)
    assert photograph.drawn(Ranges(), 7) == Shot()


def test_views_are_random_shots_each_another_and_a_recipe_takes_as_many_as_it_says():
    x = pictures()
    views = list(photographs(3)(x, torch.Generator().manual_seed(1)))
    assert len(views) == 3
    assert not torch.equal(views[0], views[1])
    rng = torch.Generator().manual_seed(1)
    assert torch.equal(views[0], photographed(x, shot(ATHALYE, rng), rng))
    assert len(list(Recipe(views=5).attack(300).views(x, rng))) == 5
    assert [torch.equal(view, x) for view in Recipe().attack(300).views(x, rng)] == [True]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rotation": math.nan}, "expected finite values"),
        ({"shift": (math.inf, 0)}, "expected finite values"),
        ({"scale": 0}, "expected scale > 0, got 0"),
        ({"perspective": (0.6, -0.4)}, "expected perspectives that together are below 1"),
        ({"crop": 1}, "expected crop from 0 to below 1, got 1"),
        ({"blur": -1}, "expected blur >= 0, got -1"),
        ({"contrast": math.inf}, "expected contrast >= 0, got inf"),
        ({"noise": -0.1}, "expected noise >= 0, got -0.1"),
    ],
)
def test_a_shot_nobody_can_take_is_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        Shot(**settings)


def test_ranges_the_wrong_way_round_or_with_impossible_ends_are_refused():
    with pytest.raises(ValueError, match=r"expected rotation from low to high, got 5 to -5"):
        Ranges(rotation=(5, -5))
    with pytest.raises(ValueError, match="expected scale > 0"):
        Ranges(scale=(0.0, 1.0))


# Files


def photo(grey: bool = False) -> bytes:
    levels = np.random.default_rng(6).integers(0, 256, (40, 56, 3)).astype(float)
    smooth = ndimage.gaussian_filter(levels, (3, 3, 0)).astype(np.uint8)
    return encode(smooth[..., 0].copy() if grey else smooth)


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("grey", [False, True])
def test_a_png_keeps_every_value(grey):
    saved = reencode.as_png(photo(grey))
    assert np.array_equal(opened(saved), opened(photo(grey)))


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize(("way", "form"), [(reencode.as_jpeg, "JPEG"), (reencode.as_webp, "WEBP")])
def test_jpeg_and_webp_are_what_pillow_saves_and_shrink_with_their_quality(way, form, grey):
    saved = way(photo(grey), 60)
    assert Image.open(io.BytesIO(saved)).format == form
    out = io.BytesIO()
    Image.open(io.BytesIO(photo(grey))).save(out, form, quality=60)
    assert np.array_equal(opened(saved), opened(out.getvalue()))
    assert len(way(photo(grey), 5)) < len(saved) < len(way(photo(grey), 98))
    assert not np.array_equal(opened(way(photo(grey), 5)), opened(photo(grey)))


def test_a_grey_jpeg_stays_grey():
    assert opened(reencode.as_jpeg(photo(grey=True), 80)).ndim == 2


def test_resizing_there_and_back_averages_and_keeps_the_size():
    board = encode(np.indices((32, 48)).sum(0).astype(np.uint8) % 2 * 255)
    half = opened(reencode.resized(board, 0.5))
    assert half.shape == (32, 48)
    assert np.abs(half[4:-4, 4:-4].astype(int) - 128).max() <= 2, "a chess board of pixels turns grey"
    assert np.array_equal(opened(reencode.resized(board, 1.0)), opened(board))


def test_what_cannot_be_done_to_a_file_is_told():
    with pytest.raises(ValueError, match="expected a quality from 1 to 100, got 0"):
        reencode.as_jpeg(photo(), 0)
    with pytest.raises(ValueError, match="expected a quality from 1 to 100, got 101"):
        reencode.as_webp(photo(), 101)
    with pytest.raises(ValueError, match=r"expected a share above 0 and at most 4, got 0"):
        reencode.resized(photo(), 0)
    for way in (reencode.as_png, reencode.as_jpeg, reencode.as_webp):
        with pytest.raises(ImageError, match="not a picture"):
            way(b"nonsense")
    with pytest.raises(ImageError, match="not a picture"):
        reencode.resized(b"nonsense", 0.5)
