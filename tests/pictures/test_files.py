"""Pictures in and out, against numpy's numbers and torchvision's crops. What is refused: test_refused.py."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence
from torchvision import transforms

from trickcore import read_image, to_png
from trickcore.pictures import files, samples

LEVELS = np.random.default_rng(1).integers(0, 256, (8, 12, 3), np.uint8)  # oblong: 8 high, 12 wide
GREY = LEVELS[..., 0]


def saved(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def shown(data: bytes, size: tuple[int, int] = (8, 12), channels: int = 3, **how) -> np.ndarray:
    """What the network gets, in grey levels, as (H, W, C)."""
    x = read_image(data, size, channels=channels, **how)
    assert x.dtype == torch.float32
    assert x.shape == (channels, *size)
    assert x.is_contiguous()
    levels = x.numpy().transpose(1, 2, 0) * 255
    np.testing.assert_allclose(levels, levels.round(), atol=1e-4)
    return levels.round().astype(int)


def test_a_picture_of_the_networks_size_is_taken_as_it_is():
    assert (shown(saved(Image.fromarray(LEVELS))) == LEVELS).all()
    assert (shown(saved(Image.fromarray(LEVELS)), resize=100) == LEVELS).all()
    assert (shown(saved(Image.fromarray(LEVELS), "BMP")) == LEVELS).all()
    assert (shown(saved(Image.fromarray(LEVELS), "WEBP", lossless=True)) == LEVELS).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_saved_is_read_back_as_the_picture_rounded_to_8_bits_exactly(channels):
    pixels = np.random.default_rng(2).uniform(0, 1, (channels, 9, 14)).astype(np.float32)
    pixels[0, 0, :3] = [0, 1, 0.5]
    again = read_image(to_png(torch.from_numpy(pixels)), (9, 14), channels=channels)
    expected = (pixels.astype(np.float64) * 255).round().astype(np.float32) / np.float32(255)
    assert np.array_equal(again.numpy(), expected)
    assert read_image(to_png(again), (9, 14), channels=channels).equal(again)


def test_every_one_of_the_256_levels_survives_saving():
    levels = np.arange(256, dtype=np.float32).reshape(1, 8, 32) / np.float32(255)
    again = read_image(to_png(torch.from_numpy(levels)), (8, 32), channels=1)
    assert np.array_equal(again.numpy(), levels)


def test_8_bit_pixels_are_oblong_the_right_way_round():
    x = torch.from_numpy(LEVELS).permute(2, 0, 1).float() / 255
    assert np.array_equal(files.to_8bit(x), LEVELS)
    assert np.array_equal(files.to_8bit(x[:1]), GREY)


PHOTO = Image.open(io.BytesIO(samples.sample("cat")))
SIZES = [(300, 451), (451, 300), (103, 103), (150, 325), (117, 180), (98, 700), (225, 224), (60, 50)]


@pytest.mark.parametrize("mode", ["bicubic", "bilinear"])
@pytest.mark.parametrize(("size", "resize"), [(224, 256), (224, 232), (299, 342), (260, 292)])
def test_any_other_picture_is_resized_and_cropped_as_torchvision_does(size, resize, mode):
    sight = transforms.Compose(
        [
            transforms.Resize(resize, transforms.InterpolationMode(mode), antialias=True),
            transforms.CenterCrop(size),
        ]
    )
    for width, height in SIZES:  # 103 by 256/103 is a little less than 256 in floating point
        picture = PHOTO.resize((width, height))
        expected = np.asarray(sight(picture))
        assert (shown(saved(picture), (size, size), resize=resize, interpolation=mode) == expected).all()


def test_without_a_resize_the_crop_keeps_seven_eighths_of_the_short_side():
    sight = transforms.Compose(
        [transforms.Resize(256, transforms.InterpolationMode.BICUBIC), transforms.CenterCrop(224)]
    )
    assert (shown(saved(PHOTO), (224, 224)) == np.asarray(sight(PHOTO))).all()


def test_an_oblong_network_gets_an_oblong_crop_that_nothing_is_missing_from():
    """From 8 by 12 to 12 by 40: the wide side decides, so that no border is made up."""
    got = shown(saved(Image.fromarray(np.full((8, 12, 3), 200, np.uint8))), (12, 40))
    assert (got == 200).all()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_that_says_it_lies_on_its_side_is_put_upright(kind):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it a quarter clockwise
    blocks = np.kron(np.array([[0, 80, 160], [40, 120, 240]], np.uint8), np.ones((8, 8), np.uint8))
    options = {"exif": exif} | ({"quality": 100} if kind == "JPEG" else {})
    got = shown(saved(Image.fromarray(blocks), kind, **options), (24, 16), channels=1)[..., 0]
    np.testing.assert_allclose(got, np.rot90(blocks, -1), atol=2)


def test_a_palette_is_looked_up():
    image = Image.fromarray(np.arange(96, dtype=np.uint8).reshape(8, 12) % 3, "L").convert("P")
    image.putpalette([255, 0, 0, 0, 255, 0, 10, 20, 30])
    colours = np.array([[255, 0, 0], [0, 255, 0], [10, 20, 30]])
    assert (shown(saved(image)) == colours[np.arange(96).reshape(8, 12) % 3]).all()


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_the_clear_colour_of_a_palette_becomes_white(kind):
    index = np.arange(96, dtype=np.uint8).reshape(8, 12) % 3
    image = Image.fromarray(index, "L").convert("P")
    image.putpalette([255, 0, 0, 0, 255, 0, 10, 20, 30])
    colours = np.array([[255, 0, 0], [255, 255, 255], [10, 20, 30]])
    assert (shown(saved(image, kind, transparency=1)) == colours[index]).all()


def test_transparency_is_put_on_white_by_its_share():
    alpha = np.linspace(0, 255, 96).round().astype(np.uint8).reshape(8, 12)
    image = Image.fromarray(np.dstack([LEVELS, alpha]))
    share = alpha[..., None] / 255
    np.testing.assert_allclose(shown(saved(image)), LEVELS * share + 255 * (1 - share), atol=1)


def test_grey_with_transparency_is_put_on_white_for_networks_of_one_channel_and_of_three():
    alpha = np.linspace(0, 255, 96).round().astype(np.uint8).reshape(8, 12)
    data = saved(Image.fromarray(np.dstack([GREY, alpha])))
    expected = GREY * (alpha / 255) + 255 * (1 - alpha / 255)
    np.testing.assert_allclose(shown(data, channels=1)[..., 0], expected, atol=1)
    np.testing.assert_allclose(shown(data)[..., 2], expected, atol=1)


def test_grey_is_given_to_all_three_channels_and_colour_to_one_by_its_lightness():
    assert (shown(saved(Image.fromarray(GREY))) == GREY[..., None]).all()
    got = shown(saved(Image.fromarray(LEVELS)), channels=1)[..., 0]
    np.testing.assert_allclose(got, LEVELS @ [0.299, 0.587, 0.114], atol=1)


def test_a_picture_of_one_bit_is_black_and_white():
    bits = GREY > 127
    assert (shown(saved(Image.fromarray(bits)), channels=1)[..., 0] == 255 * bits).all()


def test_a_jpeg_in_printers_inks_is_turned_into_light():
    inks = np.broadcast_to(np.array([40, 120, 200, 30], np.uint8), (16, 24, 4))
    got = shown(saved(Image.fromarray(inks, "CMYK"), "JPEG", quality=100), (16, 24))
    expected = (255 - np.array([40, 120, 200])) * (255 - 30) / 255
    np.testing.assert_allclose(got, np.broadcast_to(expected, got.shape), atol=3)


def test_a_tiff_in_the_colours_of_the_eye_is_read_in_grey_as_in_colour():
    pale = LEVELS // 8 + 112  # 8-bit LAB is coarse, and has no room for the most vivid
    data = saved(Image.fromarray(pale).convert("LAB"), "TIFF")
    np.testing.assert_allclose(shown(data), pale, atol=6)
    grey = np.asarray(Image.fromarray(shown(data).astype(np.uint8)).convert("L"))
    assert (shown(data, channels=1)[..., 0] == grey).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_becomes_8_bit_grey(kind):
    deep = np.random.default_rng(4).integers(0, 65536, (8, 12)).astype(np.uint16)
    deep[0, :2] = 0, 65535
    got = shown(saved(Image.fromarray(deep), kind), channels=1)[..., 0]
    assert (got == np.rint(deep / 257)).all()


@pytest.mark.parametrize("top", [1.0, 255.0])
def test_a_floating_point_tiff_may_reach_to_1_or_to_255(top):
    light = np.linspace(0, top, 96, dtype=np.float32).reshape(8, 12)
    got = shown(saved(Image.fromarray(light), "TIFF"), channels=1)[..., 0]
    np.testing.assert_allclose(got, light / top * 255, atol=0.51)


def test_a_floating_point_picture_with_holes_in_it_still_opens():
    light = np.full((8, 12), 0.5, np.float32)
    light[0, 0], light[0, 1] = np.nan, np.inf
    got = shown(saved(Image.fromarray(light), "TIFF"), channels=1)[..., 0]
    assert got[0, 0] == 0
    assert got[0, 1] == 255


def test_of_an_animation_the_first_frame_is_taken():
    frames = [Image.fromarray(np.full((8, 12), level, np.uint8)) for level in (10, 200, 90)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert len(list(ImageSequence.Iterator(Image.open(io.BytesIO(data))))) == 3
    assert (shown(data) == 10).all()


@pytest.mark.parametrize("pixels", [LEVELS, GREY])
def test_encoding_is_exact_and_a_preview_is_close(pixels):
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(files.encode(pixels)))), pixels)
    smooth = np.sort(pixels.reshape(-1)).reshape(pixels.shape)
    near = np.asarray(Image.open(io.BytesIO(files.preview(smooth)))).astype(int)
    assert near.shape == smooth.shape
    assert np.abs(near - smooth).max() < 16


def test_a_difference_is_magnified_on_middle_grey_and_clipped():
    before = np.array([[100, 100, 100, 100, 255]], np.uint8)
    after = np.array([[100, 101, 98, 200, 0]], np.uint8)
    expected = [[128, 138, 108, 255, 0]]  # 127.5 + 10 * (0, 1, -2, 100, -255); halves go to even
    assert files.magnified(before, after, 10).tolist() == expected
    assert files.magnified(before, after, 0.6).tolist() == [[128, 128, 126, 188, 0]]
    assert (files.magnified(LEVELS, LEVELS, 50) == 128).all()


@pytest.mark.parametrize("pixels", [LEVELS, GREY])
@pytest.mark.parametrize(("least", "times"), [(1, 1), (8, 1), (9, 2), (16, 2), (17, 3), (224, 28)])
def test_a_small_picture_is_enlarged_by_whole_pixels_until_its_short_side_is_long_enough(
    pixels, least, times
):
    """8 by 12: the short side is 8, and each pixel becomes a square of so many."""
    large = files.enlarged(pixels, least)
    assert large.dtype == np.uint8
    assert np.array_equal(
        large, np.kron(pixels, np.ones((times, times) + (1,) * (pixels.ndim - 2), np.uint8))
    )


def test_a_picture_that_is_wide_enough_stays_as_it_is():
    wide = np.zeros((224, 300), np.uint8)
    assert files.enlarged(wide) is wide
    assert files.enlarged(wide[:, :100]).shape == (672, 300)


def test_saturated_keeps_hue_and_brightness_makes_tints_full_and_leaves_grey_alone():
    pixels = np.array([[[255, 250, 250], [128, 128, 128], [200, 200, 100]]], np.uint8)
    full = np.array([[[255, 0, 0], [128, 128, 128], [200, 200, 0]]])
    np.testing.assert_allclose(files.saturated(pixels), full, atol=2)  # hues come in 8 bits, too
