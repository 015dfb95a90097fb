"""`python -m trickcore`: what it says, what it saves, and the codes a script can go by."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys

import pytest
import torch
from PIL import Image

from tests.faults.disks import filled, small_disk
from tests.helpers import ROOT
from tests.web_server import gives, serving
from trickcore import Classifier, Recipe
from trickcore.__main__ import main
from trickcore.cli import options
from trickcore.pictures import drawing, samples
from trickcore.pictures import files as images
from trickcore.runs import settings_json as settings
from ui import session_run as pages
from ui.sidebar import controls

QUICK = ("--steps", "6")
LABELS = ("great white shark", "crane", "Siamese cat", "Egyptian cat", "crane", "tabby", "jay")


def process(*words: str, **more) -> subprocess.CompletedProcess[str]:
    """The command line as anyone starts it, from the folder of the project."""
    return subprocess.run(
        [sys.executable, "-m", "trickcore", *words], cwd=ROOT, capture_output=True, text=True, **more
    )


def heeding() -> None:
    """Ctrl-C counts in this process: a shell that starts the tests in the background has it ignored, and
    what is ignored is inherited."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def ran(*words: str, capsys) -> tuple[int, str, str]:
    code = main(words)
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return code, told.out, told.err


def test_0_when_tricked_with_a_table_on_stdout_and_the_bar_on_stderr(tmp_path):
    saved = tmp_path / "tricked.png"
    done = process("digit:5", "--target", "8", *QUICK, "--save", str(saved))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Tricked: the 5 is taken for an 8\nThe saved PNG is read as 8, ")
    assert "SSIM" in done.stdout
    assert re.search(r"Epsilon, as saved +77 of 255 \(76\.5 asked\)", done.stdout)
    assert re.search(r"Made on +torch \S+, cpu, \d+ threads?\n", done.stdout)
    assert str(saved) in done.stdout
    assert "/6" in done.stderr
    assert "/6" not in done.stdout
    assert images.read_image(saved.read_bytes(), (28, 28), channels=1).shape == (1, 28, 28)


def test_1_when_not_tricked_and_the_file_is_saved_all_the_same(tmp_path):
    saved = tmp_path / "same.png"
    done = process("digit:5", "--eps", "0", *QUICK, "--quiet", "--save", str(saved))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert saved.exists()


def test_what_was_in_the_way_is_told(capsys):
    code, out, _ = ran("digit:5", "--eps", "0", *QUICK, capsys=capsys)
    assert code == 1
    assert "\nEpsilon is 0, so nothing may move." in out
    _, out, _ = ran("digit:5", "--eps", "0", *QUICK, "--json", capsys=capsys)
    assert json.loads(out)["advice"].startswith("Epsilon is 0")


def test_2_when_the_picture_cannot_be_read(tmp_path):
    broken = tmp_path / "photo.jpg"
    broken.write_text("hello, I am a text")
    done = process(str(broken))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("trickcore: This is not a picture that can be read.")
    assert done.stderr.count("\n") == 1


def test_2_when_the_disk_is_full_and_the_file_that_was_there_is_kept(tmp_path, capsys):
    with small_disk(tmp_path / "disk") as disk:
        saved = disk / "tricked.png"
        saved.write_bytes(b"of an earlier run")
        filled(disk)
        code, out, err = ran("digit:5", "--target", "8", *QUICK, "--save", str(saved), capsys=capsys)
        assert (code, out) == (2, "")
        assert f"{saved}: No space left on device." in err
        assert saved.read_bytes() == b"of an earlier run"
        assert sorted(path.name for path in disk.iterdir()) == ["filling", "tricked.png"]


def test_a_graphics_card_without_memory_is_told_and_the_run_made_on_the_cpu(capsys, monkeypatch):
    """There is none here: the error that torch raises then is raised by hand, until the CPU is asked for."""
    monkeypatch.setenv("TRICKCORE_DEVICE", "")
    read = Classifier.read

    def full(classifier: Classifier, data: bytes) -> torch.Tensor:
        if os.environ["TRICKCORE_DEVICE"] != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return read(classifier, data)

    monkeypatch.setattr(Classifier, "read", full)
    code, out, err = ran("digit:5", "--target", "8", *QUICK, capsys=capsys)
    assert code == 0
    assert "memory is full: begun again on the CPU" in err
    assert "begun on a graphics card, whose memory was full" in out


def test_3_when_the_weights_are_not_here(tmp_path):
    done = process("sample:cat", "--network", "alexnet", env={**os.environ, "TORCH_HOME": str(tmp_path)})
    assert (done.returncode, done.stdout) == (3, "")
    assert "AlexNet is not on this machine: a download of 233 MB. Run it again with --download" in done.stderr
    assert "Traceback" not in done.stderr


def test_130_when_stopped_and_nothing_is_saved(tmp_path):
    saved = tmp_path / "never.png"
    words = ["digit:5", "--target", "8", "--steps", "100000", "--save", str(saved)]
    started = subprocess.Popen(
        [sys.executable, "-m", "trickcore", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeding,
    )
    assert started.stderr is not None
    while "/100000" not in (said := started.stderr.read(200)):
        assert said, "it ended before it began"
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=60)
    assert (started.returncode, out) == (130, "")
    assert err.endswith("Stopped. Nothing was saved.\n")
    assert "Traceback" not in err
    assert not saved.exists()


def test_the_page_and_the_terminal_agree_to_the_last_bit(tmp_path, capsys):
    """The page's own run, frame by frame as it is drawn, and the same settings in a terminal."""
    recipe = Recipe(target=673, eps=3, steps=5, momentum=0.5, random_start=True, seed=4)
    run = pages.start(pages.load_once(recipe.network), samples.sample("rocket"), "rocket", recipe)
    while run.grow():
        pass
    run.finish()
    assert run.verdict is not None
    saved = tmp_path / "tricked.png"
    words = ["sample:rocket", "--target", "673", "--eps", "3", "--steps", "5", "--momentum", ".5"]
    words += ["--random-start", "--seed", "4", "--json"]
    code, out, _ = ran(*words, "--save", str(saved), capsys=capsys)
    found = json.loads(out)
    assert code == (0 if run.verdict.outcome == "tricked" else 1)
    assert saved.read_bytes() == run.png
    assert found["outcome"] == run.verdict.outcome
    assert found["after"]["probability"] == run.verdict.after.probability
    assert found["wanted"] == run.verdict.wanted
    assert found["change"]["l2"] == run.verdict.change.l2
    assert [one["label"] for one in found["before"]["top"]] == run.verdict.before.probs.argsort()[::-1][
        :5
    ].tolist()


def test_a_digit_of_ones_own_is_read_as_the_page_reads_it(tmp_path, capsys):
    """A photo of dark ink on light paper, off the middle."""
    sheet = Image.new("L", (300, 400), 235)
    ink = Image.fromarray(drawing.rendered(drawing.drawn("5"))).resize((140, 140))
    sheet.paste(20, (40, 200), ink)
    photo = tmp_path / "photo.png"
    sheet.save(photo)
    code, out, _ = ran(str(photo), "--network", "digits-standard", *QUICK, "--json", capsys=capsys)
    found = json.loads(out)
    assert (code, found["before"]["name"], found["settings"]["picture"]) == (0, "5", "file")
    assert found["settings"]["target"] == 8, "a digit starts as it does on the page"
    assert found["settings"]["eps"] == 76.5


def test_the_result_for_a_program_is_json_alone_and_its_settings_make_the_run_again(tmp_path, capsys):
    words = ("digit:3", "--untargeted", "--eps", "40", "--norm", "l2", "--mask", "frame", *QUICK, "--json")
    code, out, _ = ran(*words, capsys=capsys)
    first = json.loads(out)
    assert first["tricked"] is (code == 0)
    assert first["epsilon"]["asked"] == 40
    assert 20 < first["epsilon"]["saved"] <= 41, "the root mean square over the frame"
    assert first["machine"]["device"] == "cpu"
    kept = tmp_path / "settings.json"
    kept.write_text(json.dumps(first["settings"]))
    assert settings.from_json(kept.read_text()).recipe.mask == "frame"
    _, out, _ = ran("--settings", str(kept), "--json", capsys=capsys)
    again = json.loads(out)
    assert {**again, "seconds": 0} == {**first, "seconds": 0}
    _, out, _ = ran("--settings", str(kept), "--eps", "0", "--quiet", "--json", capsys=capsys)
    assert json.loads(out)["change"]["linf"] == 0, "an option wins over the settings"
    assert json.loads(out)["change"]["psnr"] is None, "infinity is no JSON"


def test_everything_that_can_be_saved_is_saved(tmp_path, capsys):
    files = {name: tmp_path / f"run{ends[0]}" for name, ends in options.FILES.items()}
    words = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    code, out, _ = ran("digit:5", *QUICK, *words, capsys=capsys)
    assert code == 0
    assert all(str(path) in out for path in files.values())
    assert Image.open(files["save"]).size == (28, 28)
    assert Image.open(files["gif"]).size == (3 * 224 + 16, 224)
    rows = list(csv.reader(io.StringIO(files["csv"].read_text())))
    assert [row[0] for row in rows] == ["step", *map(str, range(7))]
    assert "Tricked: the 5 is taken for an 8" in files["report"].read_text(encoding="utf-8")


def test_a_picture_may_come_from_standard_input(capsys, monkeypatch):
    class Given:
        buffer = io.BytesIO(drawing.drawn_png("4"))

    monkeypatch.setattr(sys, "stdin", Given)
    _, out, _ = ran("-", "--network", "digits-robust", *QUICK, "--json", capsys=capsys)
    assert json.loads(out)["before"]["name"] == "4"


def test_a_blank_canvas_is_as_large_as_the_network_wants_it(capsys, tmp_path):
    saved = tmp_path / "noise.png"
    words = ("blank:noise", "--network", "digits-standard", "--seed", "3", "--eps", "0", "--steps", "1")
    ran(*words, "--save", str(saved), capsys=capsys)
    assert saved.read_bytes() == samples.blank("noise", (28, 28), channels=1, seed=3)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Which picture?"),
        (("nowhere.png",), "nowhere.png: No such file"),
        (("sample:dog",), "There is no 'sample:dog'"),
        (("digit:x",), "There is no 'digit:x'"),
        ((".",), ".: Is a directory"),
        (("sample:cat", "--target", "cat"), "'cat' fits"),
        (("sample:cat", "--target", "unicornfish"), "No class is called 'unicornfish'"),
        (("sample:cat", "--target", "5000"), "A class is a number from 0 to 999, got 5000."),
        (("digit:5", "--target", "12"), "A class is a number from 0 to 9, got 12."),
        (("sample:cat", "--target", "1", "--untargeted"), "not allowed with argument"),
        (("sample:cat", "--network", "skynet"), "No network is called 'skynet'"),
        (("sample:cat", "--eps", "-1"), "eps is a number of grey levels from 0 to 255, got -1.0."),
        (("sample:cat", "--eps", "nan"), "eps is a number of grey levels"),
        (("sample:cat", "--eps", "two"), "invalid float value"),
        (("sample:cat", "--steps", "0"), "steps is a whole number from 1"),
        (("sample:cat", "--stop-at", "98"), "stop_at is a probability above 0 and at most 1"),
        (("sample:cat", "--mask", "hat"), "invalid choice"),
        (("digit:5", "--mask", "painted"), "Nothing is painted"),
        (("sample:cat", "--save", "tricked.jpg"), "--save takes a name that ends in .png"),
        (("sample:cat", "--save", "no/such/folder.png"), "there is no such folder"),
        (("sample:cat", "--settings", "README.md"), "The settings are not JSON"),
        (("sample:cat", "--settings", "none.json"), "none.json: No such file"),
        (("sample:cat", "--speed", "9"), "unrecognized arguments"),
    ],
    ids=" ".join,
)
def test_2_for_what_makes_no_sense_with_a_sentence(words, says, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    code, out, err = ran(*words, capsys=capsys)
    assert (code, out) == (2, "")
    assert says in err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tabby", 5),
        ("  SIAMESE  cat ", 2),
        ("shark", 0),
        ("crane (4)", 4),
        ("6", 6),
        ("jay", 6),
    ],
)
def test_a_class_is_found_by_number_name_or_a_part_that_fits_no_other(text, expected):
    assert options.find_class(LABELS, text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("crane", "'crane' fits 2 classes: crane (1), crane (4). Give more of the name, or the number."),
        ("cat", "'cat' fits 2 classes: Siamese cat (2), Egyptian cat (3)."),
        ("tabbi", "No class is called 'tabbi'. Close to it: tabby (5)."),
        ("zzzz", "No class is called 'zzzz'. --list-classes lists them."),
        ("", "No class is called ''."),
        ("7", "A class is a number from 0 to 6, got 7."),
    ],
)
def test_where_none_or_several_fit_it_says_which_are_near(text, says):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # what it says is compared below
        options.find_class(LABELS, text)
    assert str(caught.value).startswith(says)


def test_help_shows_every_option_the_pictures_the_codes_and_examples_that_work(capsys):
    code, out, _ = ran("--help", capsys=capsys)
    assert code == 0
    for word in (*samples.SAMPLES, *samples.CANVASES, "exit codes", "130", "king penguin", "--report"):
        assert word in out
    examples = [line.strip() for line in out.splitlines() if line.startswith("  python -m trickcore ")]
    assert len(examples) >= 4
    for line in examples:
        words = line.replace('"king penguin"', "king_penguin").split()[3:]
        asked = options.parser().parse_args([word.replace("_", " ") for word in words])
        if "settings" not in asked:
            assert options.order(asked).picture == words[0]
    assert max(map(len, out.splitlines())) <= 106


@pytest.mark.parametrize("words", [["--help"], ["sample:cat", "--steps", "two"]], ids=" ".join)
def test_the_help_and_a_slip_wait_for_no_torch(words):
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['trickcore', *{words!r}]\n"
        "try:\n"
        "    runpy.run_module('trickcore', run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    print('code', end.code)\n"
        "    print('imported', *sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    *_, code_line, imported = done.stdout.splitlines()
    assert code_line == f"code {0 if words == ['--help'] else 2}", done.stderr
    assert "trickcore.cli.run" in imported.split()
    heavy = {"torch", "torchvision", "timm", "scipy", "sklearn", "plotly", "streamlit"}
    assert heavy.isdisjoint(imported.split())


def test_the_lists_name_networks_and_classes(capsys):
    code, out, _ = ran("--list-networks", capsys=capsys)
    assert code == 0
    assert "efficientnet-lite0        ready" in out
    assert "alexnet" in out
    code, out, _ = ran("--list-classes", capsys=capsys)
    assert (code, len(out.splitlines())) == (0, 1000)
    assert " 145 king penguin" in out
    assert ran("--list-classes", "--network", "digits-robust", capsys=capsys)[1].split() == [
        word for k in range(10) for word in (str(k), str(k))
    ]


def test_what_is_not_asked_for_is_as_the_page_has_it():
    for picture, start in (("sample:cat", controls.PHOTOS), ("digit:5", controls.DIGITS)):
        recipe = options.order(options.parser().parse_args([picture])).recipe
        assert (recipe.target, recipe.eps) == (start.target, start.eps)
    assert options.order(options.parser().parse_args(["sample:cat"])).recipe == Recipe()


def test_a_picture_is_named_by_its_address_on_the_web_and_the_guard_holds(monkeypatch, capsys):
    with serving({"/five.png": gives(drawing.drawn_png("5")), "/page": gives(b"hello", "text/html")}) as web:
        words = (f"{web.url}/five.png", "--network", "digits-standard", "--target", "8", *QUICK, "--quiet")
        code, _, err = ran(*words, capsys=capsys)
        assert (code, web.asked) == (2, [])
        assert err.startswith("trickcore: This address leads to this computer or into a network that is not")
        monkeypatch.setenv("TRICK_WEB_ALLOW", "127.0.0.1")
        assert ran(*words, capsys=capsys)[0] == 0
        code, _, err = ran(f"{web.url}/page", capsys=capsys)
        assert code == 2
        assert "no picture at this address" in err
        start = ("--method", "hopskipjump", "--start", f"{web.url}/five.png")
        assert options.order(options.parser().parse_args(["digit:7", *start])).start is not None
