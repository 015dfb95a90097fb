"""The picture of who imports whom, in docs."""

from __future__ import annotations

from benchmarks import architecture


def test_the_picture_of_the_imports_is_up_to_date():
    text = architecture.PAGE.read_text("utf-8")
    assert architecture.page(text) == text, "make architecture draws it anew"


def test_an_arrow_that_runs_back_is_found(tmp_path):
    for name, text in {"plots/a.py": "", "measure/b.py": "from trickcore.plots import a\n"}.items():
        file = tmp_path / "trickcore" / name
        file.parent.mkdir(parents=True)
        file.write_text(text)
    (tmp_path / "dashboard.py").write_text("from ui import app\nimport trickcore.measure.b\n")
    rooms, _ = architecture.read(tmp_path)
    assert architecture.backward(rooms) == [("measure", "plots")]
    assert rooms["dashboard"] == {"ui", "measure"}
