"""A thousand photos for a sweep, cut at random out of real ones: python -m benchmarks.sweep_photos OUT

The photos on board, and those of `--photos FOLDER`, are cut at random places, sizes and flips: no two are
the same, but they are no thousand photographers' work, and their figures are of speed, not of a network.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from trickcore.pictures import samples
from trickcore.pictures.files import decoded, flattened

LEAST, MOST = 0.45, 1.0  # of the short side, that a photo keeps
LARGEST = 500  # pixels a side, as ImageNet's are


def made(out: Path, count: int, photos: Path | None, seed: int = 0) -> None:
    """So many JPEG files in a folder."""
    rng = np.random.default_rng(seed)
    names = (*samples.SAMPLES, *samples.MADE_OVER, *samples.HELD_OUT)
    found = {name: samples.sample(name) for name in dict.fromkeys(names)}
    found |= {path.stem: path.read_bytes() for path in sorted(photos.iterdir())} if photos else {}
    pictures = {name: flattened(decoded(data), 3) for name, data in found.items()}
    out.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        name = list(pictures)[number % len(pictures)]
        picture = pictures[name]
        side = int(min(picture.size) * rng.uniform(LEAST, MOST))
        left, top = (int(rng.integers(length - side + 1)) for length in picture.size)
        cut = picture.crop((left, top, left + side, top + side))
        cut = ImageOps.mirror(cut) if rng.random() < 0.5 else cut
        cut.thumbnail((LARGEST, LARGEST), Image.Resampling.BICUBIC)
        cut.save(out / f"{number:04}-{name}.jpg", quality=90)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--photos", type=Path, help="a folder with more photos to cut from")
    asked = parser.parse_args(arguments)
    made(asked.out, asked.count, asked.photos)
    print(f"{asked.count:,} photos in {asked.out}")


if __name__ == "__main__":
    main()
