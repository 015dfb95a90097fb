"""What a photo's file tells besides its pixels stays with the file: it gets into nothing that is saved."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from benchmarks.picture_files import levels_of
from tests.pictures.seed_files import exif
from trickcore import Recipe, read_image, to_png
from trickcore.classroom.challenges import of_run
from trickcore.pictures import drawing, files, reencode, samples
from trickcore.pictures.reading.notes import without_notes

PERSON, COMMENT = b"A. Person", b"a comment of hers"
FORMS = ("JPEG", "PNG", "WEBP", "TIFF", "MPO")


def photo(form: str, orientation: int = 6) -> bytes:
    """With a place, a name, a comment and a colour profile in it."""
    image = Image.fromarray(levels_of(64, 48))
    options: dict[str, Any] = {"exif": exif(orientation), "icc_profile": b"profile of " + PERSON}
    if form == "PNG":
        notes = PngImagePlugin.PngInfo()
        notes.add_text("Comment", COMMENT.decode())
        options["pnginfo"] = notes
    elif form in ("JPEG", "MPO"):
        options["comment"] = COMMENT
    if form == "MPO":
        options |= {"save_all": True, "append_images": [image]}
    out = io.BytesIO()
    image.save(out, form, **options)
    assert PERSON in out.getvalue()
    return out.getvalue()


def tells(data: bytes) -> set[str]:
    """Which notes are in a picture file."""
    image = Image.open(io.BytesIO(data))
    kinds = {"exif", "icc_profile", "comment", "xmp", "Comment", "photoshop", "mp"} & set(image.info)
    found = {what.decode() for what in (PERSON, COMMENT, b"Maker") if what in data}
    return kinds | found | {f"tag {tag}" for tag in image.getexif() if image.format != "TIFF"}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_saved_of_a_photo_has_none_of_its_notes(form):
    data = photo(form)
    assert tells(data)
    x = read_image(data, (24, 24))
    assert tells(to_png(x)) == set()
    assert tells(files.encode(files.to_8bit(x))) == tells(files.preview(files.to_8bit(x))) == set()
    for name, save in reencode.FORMS.items():
        again = save(data, 0.5) if name == "resized" else save(data)
        assert tells(again) == set(), name


def test_a_digit_cut_out_of_a_photo_has_none_of_its_notes():
    image = Image.open(io.BytesIO(drawing.drawn_png("3"))).resize((280, 280))
    out = io.BytesIO()
    image.save(out, "PNG", exif=exif(1), icc_profile=PERSON)
    assert tells(out.getvalue())
    assert tells(drawing.from_photo(out.getvalue())) == set()


@pytest.mark.parametrize("orientation", [1, 6, 8])
@pytest.mark.parametrize("form", FORMS)
def test_without_its_notes_a_file_has_the_same_pixels_the_same_way_up(form, orientation):
    data = photo(form, orientation)
    bare = without_notes(data)
    assert tells(bare) <= {"exif", "tag 274"}  # how the camera was held
    assert read_image(bare, (24, 24)).equal(read_image(data, (24, 24)))
    assert np.array_equal(np.asarray(files.decoded(bare)), np.asarray(files.decoded(data)))


def test_a_class_gets_a_teachers_photo_without_where_it_was_taken():
    challenge = of_run("smallest-epsilon", photo("JPEG", 1), "garden", "file", Recipe(target=145, eps=8.0))
    assert tells(challenge.picture) == set()
    shipped = samples.sample("cat")
    assert of_run("smallest-epsilon", shipped, "cat", "sample:cat", Recipe(target=145)).picture == shipped
