"""Drawn digits against MNIST's form: sizes, masses and widths worked out by hand, and what networks say."""

from __future__ import annotations

import io
import json
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from trickcore import engine, load
from trickcore.pictures import drawing
from trickcore.pictures.drawing import (
    DRAWN,
    Stroke,
    drawn,
    drawn_png,
    from_json,
    from_photo,
    rendered,
    to_json,
)
from trickcore.pictures.files import ImageError

NETWORKS = ["digits-standard", "digits-robust"]


def line(*points: tuple[float, float], erases: bool = False) -> Stroke:
    return Stroke(points, erases)


def arc(
    x: float, y: float, rx: float, ry: float, start: float, end: float
) -> tuple[tuple[float, float], ...]:
    """Part of an ellipse; angles in degrees, 0 to the right, 90 down."""
    angles = np.radians(np.linspace(start, end, 30))
    return tuple((x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles)


# Ten digits by ruler and compasses, written without a look at the samples.
PLAIN: dict[int, tuple[Stroke, ...]] = {
    0: (Stroke(arc(0.5, 0.5, 0.22, 0.34, -90, 270)),),
    1: (line((0.5, 0.15), (0.5, 0.85)),),
    2: (Stroke((*arc(0.5, 0.34, 0.2, 0.19, 190, 395), (0.3, 0.85), (0.72, 0.85))),),
    3: (Stroke((*arc(0.48, 0.33, 0.18, 0.18, 200, 440), *arc(0.48, 0.67, 0.21, 0.18, -80, 155))),),
    4: (line((0.35, 0.15), (0.28, 0.52), (0.72, 0.52)), line((0.63, 0.15), (0.6, 0.87))),
    5: (Stroke(((0.68, 0.15), (0.36, 0.15), (0.33, 0.46), *arc(0.47, 0.63, 0.2, 0.21, -110, 140))),),
    6: (Stroke(((0.6, 0.13), (0.42, 0.35), *arc(0.5, 0.67, 0.18, 0.18, 190, -160))),),
    7: (line((0.28, 0.17), (0.7, 0.17), (0.45, 0.87)),),
    8: (Stroke((*arc(0.5, 0.32, 0.15, 0.16, 90, 450), *arc(0.5, 0.67, 0.19, 0.19, -90, 270))),),
    9: (Stroke((*arc(0.5, 0.33, 0.17, 0.17, 0, -360), (0.67, 0.33), (0.62, 0.87))),),
}


def moved(strokes, scale=1.0, dx=0.0, dy=0.0, slant=0.0, turn=0.0):
    """The drawing on another place of the canvas: about its middle, turned by degrees, and leaning."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))

    def to(x: float, y: float) -> tuple[float, float]:
        x, y = x - 0.5 - slant * (y - 0.5), y - 0.5
        return 0.5 + dx + scale * (c * x - s * y), 0.5 + dy + scale * (s * x + c * y)

    return tuple(Stroke(tuple(to(*point) for point in stroke.points), stroke.erases) for stroke in strokes)


def box(picture: np.ndarray) -> tuple[int, int]:
    """Height and width of the ink."""
    rows, columns = np.flatnonzero(picture.any(1)), np.flatnonzero(picture.any(0))
    return int(rows[-1] - rows[0] + 1), int(columns[-1] - columns[0] + 1)


def mass(picture: np.ndarray) -> tuple[float, float]:
    weights = picture / picture.sum()
    index = np.arange(28)
    return float(weights.sum(1) @ index), float(weights.sum(0) @ index)


def apart(a: np.ndarray, b: np.ndarray) -> float:
    """Mean difference, as a share of the ink."""
    return float(np.abs(a.astype(float) - b).sum() / b.sum())


def read(png: bytes) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(png)))


def photo(
    strokes, *, pen=0.02, size=(800, 600), light=(235, 120), ink=0.25, noise=5.0, scale=0.5, at=(0.5, 0.45)
):
    """A photo (H, W) of a drawing on paper, the light falling off to one corner, with a camera's noise.

    Ink by distance to the lines, point by point, which is another way than the one tested.
    """
    height, width = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    inked = np.zeros(size, np.float32)
    side = scale * min(size) / 0.7
    for stroke in strokes:
        points = (np.array(stroke.points) - 0.5) * side + (at[0] * width, at[1] * height)
        for a, b in pairwise(points):
            along = (b - a) / max(1e-9, float((b - a) @ (b - a)))
            t = ((x - a[0]) * along[0] + (y - a[1]) * along[1]).clip(0, 1)
            distance = np.hypot(x - a[0] - t * (b - a)[0], y - a[1] - t * (b - a)[1])
            inked = np.maximum(inked, (pen * side / 2 + 0.5 - distance).clip(0, 1))
    falling = light[0] + (light[1] - light[0]) * (x / width + y / height) / 2
    seen = falling * (1 - (1 - ink) * inked)
    return (seen + np.random.default_rng(0).normal(0, noise, size)).clip(0, 255).astype(np.uint8)


def file(pixels: np.ndarray, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


def test_no_ink_is_all_black():
    for nothing in ((), (Stroke(()),), (line((0.1, 0.1), (0.9, 0.9), erases=True),)):
        picture = rendered(nothing)
        assert picture.shape == (28, 28)
        assert picture.dtype == np.uint8
        assert not picture.any()


@pytest.mark.parametrize("digit", PLAIN)
@pytest.mark.parametrize("scale", [0.25, 1.0, 1.3])
def test_the_ink_fills_20_pixels_and_its_mass_lies_in_the_middle_as_mnist_has_it(digit, scale):
    picture = rendered(moved(PLAIN[digit], scale))
    assert 19 <= max(box(picture)) <= 20
    assert mass(picture) == pytest.approx((14, 14), abs=0.51)
    assert picture.max() == 255


def test_a_lopsided_drawing_is_not_cut_off():
    middles = {(0.5, 0.9): (0.5, 0.1), (0.5, 0.1): (0.5, 0.9), (0.9, 0.5): (0.1, 0.5), (0.1, 0.5): (0.9, 0.5)}
    for (x, y), dot in middles.items():
        bar = line((0.1, y), (0.9, y)) if x == 0.5 else line((x, 0.1), (x, 0.9))
        picture = rendered((bar, line(dot)))
        assert box(picture) == (20, 20)
        edges = (picture[0], picture[-1], picture[:, 0], picture[:, -1])
        assert any(edge.any() for edge in edges), "though its mass is not in the middle then"


@pytest.mark.parametrize("digit", PLAIN)
def test_large_or_small_here_or_there_the_same_drawing_gives_the_same_picture(digit):
    picture = rendered(PLAIN[digit])
    for scale, dx, dy in ((0.25, 0, 0), (0.3, -0.3, 0.3), (1.2, 0.02, -0.03)):
        assert apart(rendered(moved(PLAIN[digit], scale, dx, dy)), picture) < 0.03


def test_the_pen_is_as_wide_as_mnists_however_large_one_drew():
    for length in (0.2, 0.5, 0.95):
        upright = rendered([line((0.5, 0.5 - length / 2), (0.5, 0.5 + length / 2))])
        across = upright[14].sum() / 255
        assert across == pytest.approx(2.4, abs=0.15), "the mean of MNIST's digits is 2.3 to 2.6"


def test_edges_are_grey_as_mnists_are():
    pictures = np.stack([rendered(strokes) for strokes in PLAIN.values()])
    grey = ((pictures > 10) & (pictures < 200)).sum() / (pictures > 10).sum()
    assert 0.35 < grey < 0.55, "0.46 in MNIST"


def test_a_dot_stays_a_dot():
    picture = rendered([line((0.2, 0.8))])
    assert max(box(picture)) <= 4
    assert picture.sum() / 255 == pytest.approx(math.pi * 1.2**2, rel=0.1)
    assert mass(picture) == pytest.approx((14, 14), abs=0.51)
    comma = rendered([line((0.5, 0.5), (0.5, 0.55))])
    assert max(box(comma)) == pytest.approx(0.05 / 0.15 * 17.6 + 2.4, abs=2), "enlarged as if 0.15 long"


def test_what_is_erased_counts_no_more_not_even_for_the_size():
    digit, blot = moved(PLAIN[3], 0.4, -0.2), line((0.9, 0.1), (0.9, 0.3))
    rubber = line((0.9, 0.05), (0.9, 0.35), erases=True)
    assert rendered((*digit, blot, rubber)).tolist() == rendered(digit).tolist()
    assert apart(rendered((*digit, blot)), rendered(digit)) > 0.5


def test_the_eraser_cuts_a_gap_as_wide_as_it_is_and_only_into_what_was_there_before():
    bar, rubber = line((0.1, 0.5), (0.9, 0.5)), line((0.5, 0.3), (0.5, 0.7), erases=True)
    cut = rendered((bar, rubber))
    gap = (cut.sum(0)[5:23] / cut.sum(0).max() < 0.5).sum()
    assert gap == pytest.approx(0.18 * 17.6 / 0.8, abs=1)
    assert rendered((rubber, bar)).tolist() == rendered((bar,)).tolist()
    assert rendered((bar, rubber, bar)).tolist() == rendered((bar,)).tolist()


def test_a_trembling_hand_is_smoothed():
    zigzag = Stroke(tuple((x, 0.5 + 0.03 * (-1) ** i) for i, x in enumerate(np.linspace(0.1, 0.9, 60))))
    band = rendered([zigzag])[:, 10:18].sum(0).mean() / 255
    assert band < 3.3, "2.4 of the pen, and of the zigzag's 0.06 of 0.8, which are 1.3, less than half"


def test_strokes_pass_through_json_to_three_decimals():
    strokes = (line((0.12345, 0.5), (1, 0)), line((0.25, 0.75), erases=True))
    again = from_json(to_json(strokes))
    assert again == (line((0.123, 0.5), (1, 0)), line((0.25, 0.75), erases=True))
    assert from_json(json.loads(to_json(strokes))) == again
    assert from_json("[]") == ()


def test_points_beyond_the_canvas_are_brought_to_its_edge():
    assert from_json([{"points": [[-3, 0.5], [0.5, 7]]}]) == (line((0, 0.5), (0.5, 1)),)


@pytest.mark.parametrize(
    ("junk", "said"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("7", "list of strokes, got int"),
        (None, "list of strokes, got NoneType"),
        ("[3]", "object with a list"),
        ('[{"points": 3}]', "object with a list"),
        ('[{"points": [[1]]}]', "two numbers"),
        ('[{"points": [["a", 1]]}]', "two numbers"),
        ('[{"points": [[true, 1]]}]', "two numbers"),
        ('[{"points": [[NaN, 1]]}]', "two numbers"),
        ('[{"points": [[Infinity, 1]]}]', "two numbers"),
        ('[{"points": [[0, 1]], "erases": 1}]', "erases"),
        ([{"points": [[0, 0]] * 20_001}], "more than 20,000 points"),
    ],
)
def test_junk_is_refused_with_a_sentence(junk, said):
    with pytest.raises(ValueError, match=said):
        from_json(junk)


@pytest.mark.parametrize("digit", [2, 4, 8])
def test_a_photo_in_uneven_light_becomes_what_the_same_strokes_would(digit):
    slanted = moved(PLAIN[digit], slant=-0.15)
    picture = read(from_photo(file(photo(slanted), "JPEG")))
    assert picture.shape == (28, 28)
    assert max(box(picture)) == 20
    assert apart(picture, rendered(slanted)) < 0.35


@pytest.mark.parametrize(
    "options",
    [
        {"pen": 0.008, "ink": 0.5},
        {"pen": 0.12},
        {"scale": 0.12, "pen": 0.06},
        {"at": (0.3, 0.2), "noise": 20.0},
        {"size": (120, 90), "scale": 0.8, "pen": 0.08, "at": (0.5, 0.5)},
    ],
    ids=["hairline", "marker", "far away", "noisy, in a corner", "few pixels"],
)
def test_any_pen_becomes_mnists(options: dict[str, Any]):
    picture = read(from_photo(file(photo(PLAIN[5], **options), "JPEG")))
    assert picture.sum() == pytest.approx(float(rendered(PLAIN[5]).sum()), rel=0.15)
    assert apart(picture, rendered(PLAIN[5])) < 0.4


def test_chalk_on_a_board_is_ink_too():
    board = 255 - photo(PLAIN[5], light=(225, 190))
    assert apart(read(from_photo(file(board))), rendered(PLAIN[5])) < 0.35


def test_a_photo_is_turned_as_its_camera_said():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter to the right
    lying = np.ascontiguousarray(np.rot90(photo(PLAIN[7])))
    picture = read(from_photo(file(lying, "JPEG", exif=exif)))
    assert apart(picture, rendered(PLAIN[7])) < 0.35


def test_specks_and_what_comes_in_from_the_edge_are_not_part_of_the_digit():
    pixels = photo(PLAIN[3])
    alone = read(from_photo(file(pixels)))
    pixels[100:104, 500:504] = 20
    pixels[700:708] = 40
    pixels[:, :40] = 50
    assert apart(read(from_photo(file(pixels))), alone) < 0.05
    reaching = photo(PLAIN[1], at=(0.5, 0.1))
    reaching[500:510, 300:310] = 20
    height, width = box(read(from_photo(file(reaching))))
    assert height == 20
    assert width <= 5, "a digit at the edge is better than a speck"


def test_28_by_28_is_taken_as_it_is():
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    assert read(from_photo(file(pixels))).tolist() == pixels.tolist()


@pytest.mark.parametrize(
    "sheet",
    [np.full((300, 200), 255, np.uint8), np.zeros((300, 200), np.uint8), photo(()), photo((), noise=25)],
    ids=["white", "black", "paper", "noise"],
)
def test_a_blank_sheet_is_refused_and_the_visitor_told_what_to_do(sheet):
    with pytest.raises(ImageError, match=r"No ink was found.*Write one digit"):
        from_photo(file(sheet, "JPEG"))


def test_what_is_no_picture_is_refused():
    with pytest.raises(ImageError, match="not a picture"):
        from_photo(b"five")


def test_the_samples_are_two_hands_of_ten_digits_and_a_doubtful_one():
    assert DRAWN[:10] == tuple("0123456789")
    assert DRAWN[10:20] == tuple(f"{digit}-upright" for digit in range(10))
    assert DRAWN[20:] == ("5-or-6",)
    pictures = [read(drawn_png(name)) for name in DRAWN]
    assert all(
        picture.tolist() == rendered(drawn(name)).tolist()
        for name, picture in zip(DRAWN, pictures, strict=True)
    )
    assert len({picture.tobytes() for picture in pictures}) == 21
    assert [drawing.drawn_title(name) for name in ("5", "5-or-6")] == ["5", "5 or 6?"]
    with pytest.raises(ValueError, match="expected one of 0, 1"):
        drawn("ten")


@pytest.fixture(scope="module")
def asked():
    """The probabilities (N, 10) that a network gives to pictures (28, 28)."""

    def ask(name: str, pictures: list[np.ndarray]) -> np.ndarray:
        def probs() -> np.ndarray:
            x = torch.from_numpy(np.stack(pictures)).float().unsqueeze(1) / 255
            with torch.no_grad():
                return load(name).net(x.to(engine.device())).softmax(1).cpu().numpy()

        return engine.call(probs)

    return ask


@pytest.mark.parametrize("name", NETWORKS)
def test_every_sample_is_recognised_and_the_doubtful_5_could_be_a_6(name, asked):
    probs = asked(name, [rendered(drawn(sample)) for sample in DRAWN])
    assert probs.argmax(1).tolist() == [int(sample[0]) for sample in DRAWN]
    assert probs[:20].max(1).min() > 0.8
    assert probs[20].argsort()[-2] == 6
    if name == "digits-standard":
        assert 0.05 < probs[20, 6] < 0.45


@pytest.mark.parametrize("name", NETWORKS)
def test_plain_digits_are_recognised_at_any_size_and_place_and_leaning_either_way(name, asked):
    ways: list[dict[str, float]] = [
        {},
        {"scale": 0.2, "dx": -0.3},
        {"scale": 1.3, "dy": 0.02},
        {"slant": 0.25},
        {"slant": -0.2},
        {"turn": 8},
    ]
    pictures = [rendered(moved(PLAIN[digit], **way)) for way in ways for digit in PLAIN]
    answers = asked(name, pictures).argmax(1).reshape(len(ways), 10)
    assert answers.tolist() == [list(PLAIN)] * len(ways)


@pytest.mark.parametrize("name", NETWORKS)
def test_photos_of_digits_are_recognised(name, asked):
    pictures = [read(from_photo(file(photo(PLAIN[digit], size=(400, 300)), "JPEG"))) for digit in PLAIN]
    assert asked(name, pictures).argmax(1).tolist() == list(PLAIN)
