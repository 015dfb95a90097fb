"""The rooms: who imports whom, as the import statements say."""

from __future__ import annotations

from benchmarks import architecture

DOMAIN = architecture.ROOMS[: architecture.ROOMS.index("plots")]
SHOWN = {"plots", "report", "cli", "ui", "dashboard"}


def test_the_picture_of_the_imports_is_up_to_date():
    text = architecture.PAGE.read_text("utf-8")
    assert architecture.page(text) == text, "make architecture draws it anew"


def test_what_computes_knows_nothing_of_what_shows():
    rooms, _ = architecture.read()
    for room in DOMAIN:
        assert not rooms.get(room, set()) & SHOWN, room
    for room in architecture.ROOMS:
        if room not in ("ui", "dashboard"):
            assert not rooms.get(room, set()) & {"ui", "dashboard"}, room


def test_the_library_knows_nothing_of_streamlit_and_the_page_nothing_of_torch():
    _, outside = architecture.read()
    assert [room for room in architecture.ROOMS if "streamlit" in outside.get(room, ())] == ["ui"]
    assert "torch" not in outside["ui"] | outside.get("plots", set()) | outside.get("report", set())


def test_an_arrow_that_runs_back_is_found(tmp_path):
    for name, text in {"plots/a.py": "", "measure/b.py": "from trickcore.plots import a\n"}.items():
        file = tmp_path / "trickcore" / name
        file.parent.mkdir(parents=True)
        file.write_text(text)
    (tmp_path / "dashboard.py").write_text("from ui import app\nimport trickcore.measure.b\n")
    rooms, _ = architecture.read(tmp_path)
    assert architecture.backward(rooms) == [("measure", "plots")]
    assert rooms["dashboard"] == {"ui", "measure"}
