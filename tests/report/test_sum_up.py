"""The sum-up for a class: all that it is given, as text, and nothing fetched or run."""

from __future__ import annotations

import base64
import re

import numpy as np

from trickcore.pictures.files import decoded
from trickcore.report.sum_up import TO_THINK_ABOUT, WORDS, Finding, Tile, sum_up

PICTURE = np.arange(8 * 9 * 3, dtype=np.uint8).reshape(8, 9, 3)
TILES = [Tile(PICTURE, f"Picture {i}", f"name {i}", "99.9 %") for i in range(3)]
FINDINGS = [Finding(f"<b>{i}</b>", f"Done {i}.", "Yes & no", f"It took {i} steps") for i in range(7)]


def test_it_has_every_picture_finding_word_and_question():
    page = sum_up(TILES, FINDINGS, "26 November 2026")
    for i, finding in enumerate(FINDINGS):
        assert f"&lt;b&gt;{i}&lt;/b&gt;." in page
        assert finding.done in page.replace("\u00a0", " ")
        assert finding.words in page.replace("\u00a0", " ")
    assert page.count("Yes &amp; no") == 7
    assert all(word in page for word, _ in WORDS)
    assert all(question in page for question in TO_THINK_ABOUT)
    assert page.count('class="line"') == len(TO_THINK_ABOUT)
    assert "26 November 2026" in page
    assert re.findall(r'alt="([^"]*)"', page) == ["Picture 0", "Picture 1", "Picture 2"]


def test_its_pictures_are_those_it_was_given():
    page = sum_up(TILES, FINDINGS)
    for found in re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", page):
        np.testing.assert_array_equal(np.asarray(decoded(base64.b64decode(found))), PICTURE)


def test_nothing_in_it_is_fetched_or_run():
    page = sum_up(TILES, FINDINGS)
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
