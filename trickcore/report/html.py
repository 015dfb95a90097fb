"""A run as one HTML file: pictures, chart, numbers and settings, with nothing to fetch and no script."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from html import escape

from trickcore.measure.verdict import Reading, Verdict, convincing
from trickcore.pictures.files import Pixels, encode, magnified
from trickcore.pictures.samples import truth
from trickcore.plots import run as charts
from trickcore.plots.style import DARK, LIGHT, evenly_spaced
from trickcore.report import sentences, svg
from trickcore.report.stylesheet import CSS
from trickcore.runs import script
from trickcore.runs.frames import Frame, automatic_gain
from trickcore.runs.machine import Machine
from trickcore.runs.recipe import Recipe
from trickcore.text import named, percent, unbroken

MOST_ROWS = 200
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # nothing is fetched or run
HINT = (
    "All of it was measured on the saved 8-bit PNG. Above a PSNR of 40 dB a change is hard to see; "
    "an SSIM of 1 means the same picture."
)


def html(
    run: Sequence[Frame],
    labels: Sequence[str],
    recipe: Recipe,
    said: Verdict,
    *,
    gain: float | None = None,
    watch: Sequence[int] | None = None,
    noun: str = "picture",
    picture: str = "file",
    advice: str = "",
    stopped: bool = False,
    repaired: Sequence[int] = (),
    when: str = "",
    machine: Machine | None = None,
) -> str:
    """A finished run, whose first and last Frame kept their pictures, as a page that needs no network.

    `gain` magnifies the perturbation and `watch` lists the classes with a line; both can be left to be
    chosen. `picture` is where it came from, as in `settings.Settings`; `advice` is what to
    try next; `stopped` says that somebody ended the run before its last step, `repaired` how many steps
    each repair took that followed it; `when` is printed as it is; `machine` is what it was made on.
    Touches no tensor. Raises ValueError for a run without its pictures.
    """
    if not run or run[0].pixels is None or run[-1].pixels is None:
        raise ValueError("expected a run that kept its first and last picture")
    gain = automatic_gain(recipe) if gain is None else gain
    watch = charts.watchlist(run, recipe.target) if watch is None else watch
    five = [
        _five(title, one, labels, said) for title, one in (("Original", said.before), ("Tricked", said.after))
    ]
    advice = " ".join(filter(None, (sentences.apart(run, said, labels, recipe, advice), advice)))
    changed = [*sentences.measured(said, labels), *sentences.epsilons(said.change, recipe, run[0].pixels)]
    made = sentences.made_with(recipe, labels, picture)
    made += [("Made on", str(machine))] if machine is not None else []
    parts = [
        _header(said, run, recipe, noun, advice, when, picture),
        _pictures(run[0].pixels, run[-1].pixels, said, gain, recipe),
        _chart(run, labels, watch, recipe),
        _section("Top five", _two(*five)),
        _two(
            _section("What changed", _table(changed) + _hint(HINT)),
            _section("Settings", _table(made)),
        ),
        _again(
            script.until(recipe, run[-1].index) if stopped else recipe,
            picture,
            labels,
            noun,
            said,
            repaired,
            machine,
        ),
        _steps(run, labels, watch),
        "<footer>Made with trickcore. Nothing in this file is fetched from elsewhere.</footer>",
    ]
    light, dark = ("".join(f"{k}:{v};" for k, v in svg.variables(look).items()) for look in (LIGHT, DARK))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>{escape(sentences.headline(said, noun, truth(picture)))}</title>
<style>
:root {{ color-scheme: light dark; {light} }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}
{CSS}
</style>
</head>
<body>
<main>
{chr(10).join(parts)}
</main>
</body>
</html>
"""


def _header(
    said: Verdict, run: Sequence[Frame], recipe: Recipe, noun: str, advice: str, when: str, picture: str
) -> str:
    right = truth(picture)
    last = run[-1].index
    steps = f"{last} step{'' if last == 1 else 's'}" + (f" of {recipe.steps}" if last < recipe.steps else "")
    facts = [sentences.title_of(recipe.network), steps, f"epsilon {recipe.eps:g} of 255", when]
    return (
        f'<header class="{convincing(said, right)}"><h1>{escape(sentences.headline(said, noun, right))}</h1>'
        f'<p class="lead">{_text(" ".join(filter(None, (sentences.told(said, right), advice))))}</p>'
        f'<p class="facts">{_text(" · ".join(filter(None, facts)))}</p></header>'
    )


def _pictures(before: Pixels, after: Pixels, said: Verdict, gain: float, recipe: Recipe) -> str:
    """The two pictures exactly as they are: saved from the report, they are the run's files."""
    moved = round(said.change.linf * 255)
    most = sentences.at_most(moved, recipe) if moved else "nothing moved"
    cells = (
        (before, "Original", said.before.name, percent(said.before.probability)),
        (
            magnified(before, after, gain),
            f"Perturbation, magnified {gain:g} times",
            f"change × {gain:g}",
            most,
        ),
        (after, "Tricked", said.after.name, percent(said.after.probability)),
    )
    small = ' class="small"' if min(before.shape[:2]) < 100 else ""
    figures = [
        f'<figure><img src="{_data_url(pixels)}" alt="{escape(f"{alt}: {name}, {value}")}"{small}>'
        f"<figcaption><b>{escape(name)}</b> <span>{_text(value)}</span></figcaption></figure>"
        for pixels, alt, name, value in cells
    ]
    plus, equals = (f'<span class="sign" aria-hidden="true">{sign}</span>' for sign in "+=")
    return f'<div class="row">{figures[0]}{plus}{figures[1]}{equals}{figures[2]}</div>'


def _chart(run: Sequence[Frame], labels: Sequence[str], watch: Sequence[int], recipe: Recipe) -> str:
    """Twice, for a wide page and for a phone: letters in an SVG shrink with it."""
    last = run[-1]
    ends = ", ".join(f"{named(labels, k)} {percent(float(last.probs[k]))}" for k in watch)
    drawn = []
    for place, narrow, size in (("wide", False, (940, 330)), ("narrow", True, (380, 300))):
        figure = charts.probability_chart(
            run, labels, watch, target=recipe.target, steps=last.index or 1, narrow=narrow
        )
        chart = svg.lines(figure, *size, f"Probability at each step; at step {last.index}: {ends}")
        drawn.append(f'<div class="{place}">{chart}</div>')
    hint = _hint("Point at the chart, or touch it, to read a step.")
    return _section("Probability at each step", "".join(drawn) + hint)


def _five(title: str, reading: Reading, labels: Sequence[str], said: Verdict) -> str:
    original = said.before.label
    goal = said.target if said.target is not None or said.after.label == original else said.after.label
    rows = []
    for k in map(int, reading.probs.argsort()[::-1][:5]):
        role = "target" if k == goal else "original" if k == original else "other"
        p = float(reading.probs[k])
        rows.append(
            f'<li class="{role}"><span class="name">{escape(named(labels, k))}</span>'
            f'<span class="value">{percent(p)}</span>'
            f'<span class="bar"><i style="width:{100 * p:.2f}%"></i></span></li>'
        )
    return f'<div><h3>{title}</h3><ol class="five">{"".join(rows)}</ol></div>'


def _again(
    recipe: Recipe,
    picture: str,
    labels: Sequence[str],
    noun: str,
    said: Verdict,
    repaired: Sequence[int],
    machine: Machine | None,
) -> str:
    """What makes the run again, where it can be made elsewhere."""

    def python() -> str:
        return script.script(
            recipe, picture, labels, noun=noun, said=said, repaired=repaired, machine=machine
        )

    ways: list[tuple[str, str, Callable[[], str]]] = [("In Python", "code", python)]
    if not repaired:  # which no terminal line can do
        ways.append(("In a terminal", "code wrap", lambda: script.command(recipe, picture)))
    found = []
    if picture == "file":
        own = f"Save the original above as {script.FILE} first: it is the very picture the network saw."
        found.append(_hint(own))
    for title, style, make in ways:
        try:
            found.append(f'<h3>{title}</h3><pre class="{style}"><code>{escape(make())}</code></pre>')
        except ValueError as error:
            found.append(f"<h3>{title}</h3><p>{escape(str(error))}</p>")
    return _section("Make it again", "".join(found))


def _steps(run: Sequence[Frame], labels: Sequence[str], watch: Sequence[int]) -> str:
    rows = []
    for i in evenly_spaced(len(run), MOST_ROWS):
        frame = run[i]
        chances = (percent(float(frame.probs[k])) for k in watch)
        cells = (str(frame.index), *chances, f"{frame.loss:.4g}", f"{frame.distance:.4g}")
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    heads = ("Step", *(named(labels, k) for k in watch), "Loss (nats)", "Distance")
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    return (
        '<details><summary>Every step as a table</summary><div class="scroll"><table class="steps">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>"


def _two(left: str, right: str) -> str:
    return f'<div class="two">{left}{right}</div>'


def _table(rows: sentences.Rows) -> str:
    cells = (f'<tr><th scope="row">{escape(name)}</th><td>{_text(value)}</td></tr>' for name, value in rows)
    return f'<table class="pairs">{"".join(cells)}</table>'


def _hint(text: str) -> str:
    return f'<p class="hint">{_text(text)}</p>'


def _text(text: str) -> str:
    """Escaped, with what belongs together kept on one line."""
    kept = unbroken(escape(text))
    return kept.replace("L-infinity", "L\u2011infinity")


def _data_url(pixels: Pixels) -> str:
    return f"data:image/png;base64,{base64.b64encode(encode(pixels)).decode()}"
