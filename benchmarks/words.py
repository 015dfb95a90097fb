"""The catalogues of the languages, brought up to date with the source: python -m benchmarks.words

Messages stand in `_`, `later`, `many` and `later_many`, and in the templates. What is new is added without
a translation, what is gone is dropped; then each catalogue is compiled. A changed English text is a new one:
it has to be translated again.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from trickcore.language import ENGLISH, LANGUAGES, LOCALE

BEGUN = datetime(2026, 11, 27, tzinfo=UTC)  # a date of today would make each file another one every day
ROOT = Path(__file__).resolve().parents[1]
PLURALS = {"fr": "n > 1", "de": "n != 1", "es": "n != 1"}  # of which number is not one
TEMPLATES = [("**.j2", "jinja2")]


def messages() -> Catalog:
    """Every message of the source, with the files that it stands in."""
    found = Catalog(fuzzy=False)
    for folder in ("ui", "trickcore"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for message in in_python(path.read_text("utf-8")):
                found.add(message, locations=[(str(path.relative_to(ROOT)), 0)])
        for file, _, text, _, _ in sorted(extract_from_dir(ROOT / folder, TEMPLATES)):
            found.add(text, locations=[(f"{folder}/{file}", 0)])
    return found


def in_python(source: str) -> Iterator[str | tuple[str, str]]:
    """The messages of a module, in the order of their lines. Babel's own reader leaves out what stands inside
    an f-string.
    """
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        texts = [str(one.value) for one in call.args[:2] if isinstance(one, ast.Constant)]
        if name in ("_", "later") and texts and texts[0]:
            yield texts[0]
        elif name in ("many", "later_many") and len(texts) == 2:
            yield texts[0], texts[1]


def catalogue(language: str) -> Catalog:
    """A language's own."""
    with path(language).open("rb") as file:
        return read_po(file, locale=language)


def empty(language: str) -> Catalog:
    made = Catalog(
        locale=language,
        header_comment=f"# {LANGUAGES[language]}.",
        project="Trick a neural network",
        version="1",
        creation_date=BEGUN,
        revision_date=BEGUN,
        fuzzy=False,
        charset="utf-8",
    )
    made.mime_headers = [("Plural-Forms", f"nplurals=2; plural=({PLURALS[language]});")]
    return made


def path(language: str) -> Path:
    return LOCALE / f"{language}.po"


def compiled(of: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, of)
    return out.getvalue()


def others() -> Iterator[str]:
    """Every language but that of the source."""
    yield from (language for language in LANGUAGES if language != ENGLISH)


def main() -> None:
    template = messages()
    for language in others():
        new = empty(language)
        old = catalogue(language) if path(language).exists() else new
        for message in template:
            if not message.id:
                continue
            there = old.get(message.id[0] if message.pluralizable else message.id)
            said = there.string if there is not None and there.id == message.id else None
            new.add(message.id, said, locations=message.locations)
        with path(language).open("wb") as file:
            write_po(file, new, width=110, omit_header=False, include_lineno=False, sort_output=False)
        path(language).with_suffix(".mo").write_bytes(compiled(catalogue(language)))
        missing = sum(
            not all(one.string or ()) if one.pluralizable else not one.string for one in new if one.id
        )
        print(f"{language}: {len(new)} messages, {missing} without a translation")


if __name__ == "__main__":
    main()
