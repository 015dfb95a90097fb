"""Names of visitors' files: a text for people, never a path, and no reason for two files to be one."""

from __future__ import annotations

import pytest

from trickcore.pictures import samples
from trickcore.sweep.background import Sweeps

NAMES = ("../../evil.png", "/etc/passwd", "C:\\con.png", "a\0b.png", "\ud800.png", "", "x" * 5000, "-rf.png")


@pytest.mark.parametrize("name", NAMES)
def test_two_uploads_of_one_name_do_not_meet_and_no_name_is_a_path(tmp_path, name):
    cat, rocket = samples.sample("cat"), samples.sample("rocket")
    server = Sweeps(tmp_path / "own")
    together = server.given([(name, cat), (name, rocket)])
    assert [together.read(place) for place in range(2)] == [cat, rocket]
    one, other = server.given([(name, cat)]), server.given([(name, rocket)])
    assert (one.read(0), other.read(0), together.read(0)) == (cat, rocket, cat)
    assert {path.name for path in tmp_path.rglob("*.png")} == {"0000.png", "0001.png"}
    assert [path.name for path in tmp_path.iterdir()] == ["own"]
