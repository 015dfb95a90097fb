"""Tables of a sweep: accuracy under attack by epsilon, as text, Markdown, CSV and LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from trickcore.measure.robustness import Agreement, Curve, Kind, Paired, Share
from trickcore.text import cell

HEAD = ("network", "attack", "pictures")
KINDS: dict[Kind, str] = {
    "accuracy": "Accuracy under attack",
    "success": "Tricked, of those that were not already",
}


def _columns(curves: Sequence[Curve]) -> list[float | None]:
    """Every epsilon there is, the method's own choice last."""
    found = {eps for curve in curves for eps, _ in curve.points}
    return [*sorted(eps for eps in found if eps is not None), *([None] if None in found else [])]


def attack_of(curve: Curve) -> str:
    """An attack in words: "gradient, targeted, linf, 10 steps"."""
    _, method, goal, norm, steps = curve.attacked
    count = (
        f", {steps} {'questions' if method in ('pixels', 'square', 'hopskipjump') else 'steps'}"
        if steps
        else ""
    )
    return f"{method}, {goal}{f', {norm}' if method != 'pixels' else ''}{count}"


def eps_in_words(eps: float | None, kind: Kind) -> str:
    if eps is None:
        return "any eps"
    return "clean" if eps == 0 and kind == "accuracy" else f"eps {eps:g}"


def _rows(curves: Sequence[Curve], kind: Kind, cell: str) -> tuple[list[str], list[list[str]]]:
    columns = _columns(curves)
    head = [*HEAD, *(eps_in_words(eps, kind) for eps in columns)]
    rows = []
    for curve in curves:
        there = dict(curve.points)
        most = max((share.pictures for share in there.values()), default=0)
        cells = [_cell(there[eps], cell) if eps in there else "" for eps in columns]
        rows.append([curve.attacked.network, attack_of(curve), f"{most:,}", *cells])
    return head, rows


def _cell(share: Share, form: str) -> str:
    return form.format(*(100 * part for part in share[:3])) if share.pictures else ""


def as_text(curves: Sequence[Curve], kind: Kind = "accuracy") -> str:
    """For a terminal: percent, the 95 % interval in brackets."""
    head, rows = _rows(curves, kind, "{:.1f} ({:.1f}-{:.1f})")
    body = aligned([head, *rows], left=2)
    return f"{KINDS[kind]}, % (95\u00a0% interval, Wilson); epsilon in grey levels of 255\n\n{body}"


def aligned(rows: Sequence[Sequence[str]], left: int) -> str:
    """Rows of cells as columns: so many from the left begin where they begin, the rest end where they end."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def as_markdown(curves: Sequence[Curve], kind: Kind = "accuracy") -> str:
    head, rows = _rows(curves, kind, "{:.1f} ({:.1f} to {:.1f})")
    rule = ["---", "---", *["---:"] * (len(head) - 2)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])


def as_csv(curves: Sequence[Curve], kind: Kind = "accuracy") -> str:
    """A line for each share: network, method, goal, norm, steps, eps in levels (empty: the method's own
    choice), the share, its interval's ends, and of how many pictures."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(
        ["network", "method", "goal", "norm", "steps", "eps_levels", kind, "low", "high", "pictures"]
    )
    for curve in curves:
        for eps, share in curve.points:
            numbers = [f"{part:.6g}" for part in share[:3]]
            words = [cell(str(word)) for word in curve.attacked]
            rows.writerow([*words, "" if eps is None else f"{eps:g}", *numbers, share.pictures])
    return out.getvalue()


SPECIAL = {"\\": r"\textbackslash{}", **{sign: f"\\{sign}" for sign in "&%$#_{}"}}


def latex_text(text: str) -> str:
    return "".join(SPECIAL.get(sign, sign) for sign in text)


def as_latex(curves: Sequence[Curve], kind: Kind = "accuracy") -> str:
    """A table with booktabs' rules; each share has its interval below it in a smaller type."""
    head, rows = _rows(curves, kind, r"{:.1f} {{\scriptsize ({:.1f}--{:.1f})}}")
    lines = [
        "% needs \\usepackage{booktabs}",
        "\\begin{table}",
        f"  \\caption{{{KINDS[kind]}, in \\% with 95\\,\\% Wilson intervals;",
        "    $\\varepsilon$ in grey levels of 255.}",
        f"  \\begin{{tabular}}{{ll{'r' * (len(head) - 2)}}}",
        "    \\toprule",
        "    " + " & ".join(name.replace("eps ", "$\\varepsilon=$") for name in head) + r" \\",
        "    \\midrule",
    ]
    for row in rows:
        words, numbers = row[:3], row[3:]
        lines.append("    " + " & ".join([*map(latex_text, words), *numbers]) + r" \\")
    return "\n".join([*lines, "    \\bottomrule", "  \\end{tabular}", "\\end{table}"])


def pairs_as_text(first: str, second: str, pairs: Iterable[Paired]) -> str:
    """McNemar's counts at each epsilon, for a terminal."""
    head = ["eps", "pictures", "A right", "B right", "only A", "only B", "p"]
    rows = [
        [
            "any" if pair.eps_levels is None else f"{pair.eps_levels:g}",
            f"{pair.pictures:,}",
            f"{100 * pair.first / pair.pictures:.1f}\u00a0%",
            f"{100 * pair.second / pair.pictures:.1f}\u00a0%",
            f"{pair.only_first:,}",
            f"{pair.only_second:,}",
            "under 0.0001" if pair.p < 0.0001 else f"{pair.p:.4f}",
        ]
        for pair in pairs
    ]
    return (
        f"A: {first}\nB: {second}\n\n{aligned([head, *rows], left=0)}\n\n"
        "Read right under attack, on the same pictures with the same settings; p: McNemar's exact test, "
        "two-sided."
    )


def agreement_as_text(found: Agreement) -> str:
    both = f"{found.alike:,} of {found.both:,} trials that are in both have the same answers"
    apart = (
        f"; where they do, no probability differs by more than {found.probability:.2g}" if found.alike else ""
    )
    alone = f" Only in the first: {found.only_first:,}, only in the second: {found.only_second:,}."
    return f"{both}{apart}.{alone if found.only_first or found.only_second else ''}"
