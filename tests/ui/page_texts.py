"""Every text that a page without a browser sends to one, and which of them the browser reads as markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from streamlit.testing.v1 import AppTest

# Streamlit's fields that are read as Markdown; of the rest some are plain, and some are nobody's words.
MARKDOWN = {"body", "label", "help", "text", "content", "content_help", "caption", "placeholder_text"}
PLAIN = {"text_area", "text_input", "code"}  # whole elements

# One text with all that Markdown, Streamlit and Plotly would make something of, and what is left if they do.
HOSTILE = (
    "<img src=x onerror=alert(1)><a href='http://e.vil/h'>h</a>[l](javascript:alert(1))![i](http://e.vil/i)"
    " **s** `c` $x^2$ :red[r] :material/bomb: :smile: http://e.vil/a www.e.vil a@e.vil | ~~d~~ # t"
)
LIVE = (
    "<img", "<a href", "[l](", "![i](", "**s**", "`c`", "$x^2$", ":red[", ":material/bomb", ":smile:",
    "http://e.vil/a", "www.e.vil", "a@e.vil", "~~d~~",
)  # fmt: skip


def live(markdown: str) -> list[str]:
    """Those of LIVE that no backslash stands before."""
    return [token for token in LIVE if re.search(rf"(?<!\\){re.escape(token)}", markdown)]


def strings(proto: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a message, with the name of its field."""
    for field, value in proto.ListFields():
        many = value if field.is_repeated else [value]
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            continue
        for one in many:
            if field.message_type is not None:
                yield from strings(one, f"{path}.{field.name}")
            elif isinstance(one, str):
                yield f"{path}.{field.name}", one


def told(page: AppTest) -> Iterator[tuple[str, str, str]]:
    """The kind of every element, the field of each of its texts, and the text."""
    waiting: list[Any] = list(page._tree.children.values())
    while waiting:
        node = waiting.pop()
        waiting += list(getattr(node, "children", {}).values())
        if (proto := getattr(node, "proto", None)) is not None:
            for path, text in strings(proto):
                yield str(node.type), path, text
        if node.type in ("table", "arrow_table"):
            for word in [*map(str, node.value.columns), *map(str, node.value.to_numpy().ravel())]:
                yield "table", ".body", word


def markup(page: AppTest) -> list[tuple[str, str, str]]:
    """What of HOSTILE would come to life on a page: where, the token, and a part of the text."""
    found = []
    for kind, path, text in told(page):
        field = path.rpartition(".")[2]
        if kind == "plotly_chart" and field == "spec":
            drawn = json.dumps(json.loads(text), ensure_ascii=False)
            found += [(kind, tag, drawn[drawn.index(tag) - 80 :][:160]) for tag in LIVE[:2] if tag in drawn]
        elif field in MARKDOWN and kind not in PLAIN:
            found += [(f"{kind}{path}", token, text[:200]) for token in live(text)]
    return found
