"""A place to draw a digit, or to paint over a picture: mouse, finger or pen, on a desktop and on a phone."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import streamlit as st

from trickcore.pictures.drawing import CANVAS_ERASER, CANVAS_PEN, MOST, Stroke, from_json
from ui import state

_HTML = """
<div class="drawing">
  <canvas tabindex="0" role="img" aria-keyshortcuts="Control+Z Delete"></canvas>
  <div class="hint" aria-hidden="true"><span></span></div>
  <div class="tools" role="toolbar">
    <button type="button" class="pen" aria-pressed="true">Pen</button>
    <button type="button" class="eraser" aria-pressed="false">Eraser</button>
    <button type="button" class="undo" title="Take back the last stroke (Ctrl+Z)">Undo</button>
    <button type="button" class="clear" title="Start again (Delete)">Clear</button>
  </div>
  <div class="said" role="status"></div>
</div>
"""
_CSS = """
.drawing { position: relative; max-width: min(100%, 80vh); font-family: var(--st-font); }
canvas {
  display: block; box-sizing: border-box; width: 100%; aspect-ratio: 1; cursor: crosshair;
  background: #000 0 0 / 100% 100% no-repeat;
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
  touch-action: none; user-select: none; -webkit-user-select: none; -webkit-touch-callout: none;
}
canvas.erases { cursor: none; }
.hint {
  position: absolute; inset: 0 0 auto; aspect-ratio: 1; display: grid; place-items: center;
  color: #8c8c8c; pointer-events: none; user-select: none; -webkit-user-select: none;
}
.hint[hidden] { display: none; }
.over .hint { color: #fff; }
.over .hint span { padding: 4px 10px; background: #000a; border-radius: var(--st-base-radius); }
.tools { display: grid; grid-template-columns: repeat(4, 1fr); gap: 4px; margin-top: 6px; }
button {
  min-height: 36px; padding: 0; font: inherit; font-size: 0.875rem; cursor: pointer;
  touch-action: manipulation;
  color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
}
@media (pointer: coarse) { button { min-height: 44px; } }
button:hover:enabled, button[aria-pressed="true"] { border-color: var(--st-primary-color); }
button[aria-pressed="true"] { box-shadow: inset 0 0 0 1px var(--st-primary-color); font-weight: 600; }
button:disabled { opacity: 0.45; cursor: default; }
:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""
# The function is called again at each run of the script. What is drawn lives on the element, so that
# no run can take it away; Python's strokes are taken only when their revision is a new one.
_JS = """
export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".drawing");
  root.board ??= board(root);
  root.board.update(data, value => setStateValue("strokes", value));
  return () => root.board.rest();
}

function board(root) {
  const [canvas, hint, said] = ["canvas", ".hint", ".said"].map(name => root.querySelector(name));
  const [pen, eraser, undo, clear] = root.querySelectorAll("button");
  const paper = document.createElement("canvas");  // the ink alone, which the eraser makes transparent again
  let settings, send, revision, strokes = [], cleared = [], current = null, pointer = null, erases = false;
  let hover = null, frame = 0, picture = "";

  const watch = new ResizeObserver(paint);
  const thickness = stroke => stroke.erases ? settings.eraser : settings.pen;

  function paint() {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      const side = Math.round(canvas.clientWidth * devicePixelRatio);
      if (!side || !settings) return;
      if (canvas.width !== side) canvas.width = canvas.height = paper.width = paper.height = side;
      const brush = paper.getContext("2d"), screen = canvas.getContext("2d");
      brush.clearRect(0, 0, side, side);
      for (const stroke of current ? [...strokes, current] : strokes) trace(brush, stroke, side);
      screen.clearRect(0, 0, side, side);
      screen.globalAlpha = settings.cover;
      screen.drawImage(paper, 0, 0);
      screen.globalAlpha = 1;
      if (erases && hover) {
        screen.beginPath();
        screen.arc(hover[0] * side, hover[1] * side, settings.eraser / 2 * side, 0, 7);
        screen.strokeStyle = "#b0b0b0";
        screen.lineWidth = devicePixelRatio;
        screen.stroke();
      }
    });
  }

  function trace(brush, stroke, side) {
    const points = stroke.points.map(([x, y]) => [x * side, y * side]), last = points[points.length - 1];
    brush.globalCompositeOperation = stroke.erases ? "destination-out" : "source-over";
    brush.strokeStyle = brush.fillStyle = settings.ink;
    brush.lineWidth = thickness(stroke) * side;
    brush.lineCap = brush.lineJoin = "round";
    brush.beginPath();
    if (points.length === 1) {  // a line of no length leaves no mark
      brush.arc(...last, brush.lineWidth / 2, 0, 7);
      brush.fill();
      return;
    }
    brush.moveTo(...points[0]);
    for (let i = 1; i < points.length - 1; i++) {  // through the middles, so that corners are round
      const [x, y] = points[i], [next, below] = points[i + 1];
      brush.quadraticCurveTo(x, y, (x + next) / 2, (y + below) / 2);
    }
    brush.lineTo(...last);
    brush.stroke();
  }

  function show() {
    const some = strokes.length > 0;
    hint.hidden = some || current !== null;
    undo.disabled = !some && !cleared.length;
    clear.disabled = !some;
    pen.setAttribute("aria-pressed", String(!erases));
    eraser.setAttribute("aria-pressed", String(erases));
    canvas.classList.toggle("erases", erases);
    const count = strokes.length === 1 ? "1 stroke" : `${strokes.length} strokes`;
    canvas.setAttribute("aria-label", `${settings.label}: ${some ? count : "empty"}`);
    paint();
  }

  function changed(words) {
    said.textContent = words;
    show();
    send({ revision, strokes });
  }

  function place(event) {
    const box = canvas.getBoundingClientRect(), inside = v => Math.min(1, Math.max(0, v));
    const x = (event.clientX - box.left - canvas.clientLeft) / canvas.clientWidth;
    const y = (event.clientY - box.top - canvas.clientTop) / canvas.clientHeight;
    return [inside(x), inside(y)].map(v => Math.round(v * 1000) / 1000);
  }

  function extend(event) {
    const point = place(event), [x, y] = current.points[current.points.length - 1];
    const used = strokes.reduce((sum, stroke) => sum + stroke.points.length, current.points.length);
    if (Math.hypot(point[0] - x, point[1] - y) >= 0.004 && used < settings.most) current.points.push(point);
  }

  canvas.onpointerdown = event => {
    if (pointer !== null || !event.isPrimary || event.button !== 0) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    current = { points: [place(event)], erases };
    hover = current.points[0];
    show();
  };
  canvas.onpointermove = event => {
    hover = place(event);
    if (event.pointerId === pointer) {
      const between = event.getCoalescedEvents?.() ?? [];
      for (const one of between.length ? between : [event]) extend(one);
    }
    if (current || erases) paint();
  };
  canvas.onpointerup = canvas.onpointercancel = event => {
    if (event.pointerId !== pointer) return;
    if (event.type === "pointerup") extend(event);
    pointer = null;
    strokes = [...strokes, current];
    cleared = [];
    current = null;
    if (event.pointerType !== "mouse") hover = null;
    changed(erases ? "Erased" : "Stroke drawn");
  };
  canvas.onpointerleave = () => { hover = null; paint(); };
  canvas.oncontextmenu = event => event.preventDefault();  // a long press is a dot

  pen.onclick = () => { erases = false; show(); };
  eraser.onclick = () => { erases = true; show(); };
  undo.onclick = () => {
    if (current) return;
    if (strokes.length) strokes = strokes.slice(0, -1);
    else if (cleared.length) [strokes, cleared] = [cleared, []];
    else return;
    changed("Taken back");
  };
  clear.onclick = () => {
    if (current || !strokes.length) return;
    [strokes, cleared, erases] = [[], strokes, false];
    changed("Cleared");
  };
  root.onkeydown = event => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z") undo.click();
    else if (event.key === "Delete" && event.target === canvas) clear.click();
    else return;
    event.preventDefault();
  };

  return {
    update(data, tell) {
      [settings, send] = [data, tell];
      hint.firstElementChild.textContent = data.hint;
      if (data.picture !== picture) {
        picture = data.picture;
        canvas.style.backgroundImage = picture && `url(${picture})`;
        root.classList.toggle("over", Boolean(picture));
      }
      root.querySelector(".tools").setAttribute("aria-label", data.tools);
      if (data.revision !== revision) {
        revision = data.revision;
        [strokes, cleared, current, pointer] = [data.strokes, [], null, null];
      }
      watch.observe(canvas);
      show();
    },
    rest() { watch.disconnect(); },
  };
}
"""
_canvas = st.components.v2.component("trick.canvas", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True, slots=True)
class Paper:
    """What is drawn on, and with what. Nothing here is a visitor's text, nor a file as they sent it."""

    hint: str = "Draw a digit here"
    picture: bytes = b""  # a PNG made by us, under the ink; without one the paper is black
    ink: str = "#fff"
    cover: float = 1.0  # how much of the picture the ink hides, 0 to 1
    pen: float = CANVAS_PEN  # widths in sides of the canvas
    eraser: float = CANVAS_ERASER


BLACK = Paper()


def canvas(key: str, strokes: tuple[Stroke, ...], paper: Paper = BLACK) -> tuple[Stroke, ...]:
    """What is drawn now. `strokes` is what to start from; when they change, they replace the drawing.

    The drawing is kept in the session under f"{key}.strokes", through reruns and changes of page.
    """
    given, drawn = state.given_strokes(key), state.strokes(key)
    if given.get() != strokes:
        given.set(strokes)
        replace(key, strokes)
    revision = state.canvas_revision(key).get()
    result = _canvas(
        key=key,
        data={
            "revision": revision,
            "strokes": [_plain(stroke) for stroke in drawn.get()],
            "label": "Drawing area",
            "tools": "Drawing tools",
            "hint": paper.hint,
            "picture": _url(paper.picture),
            "ink": paper.ink,
            "cover": paper.cover,
            "pen": paper.pen,
            "eraser": paper.eraser,
            "most": MOST,
        },
        default={"strokes": None},
        on_strokes_change=lambda: None,
    )
    return drawn.set(_told(result.strokes, revision, drawn.get()))


def replace(key: str, strokes: tuple[Stroke, ...]) -> None:
    """Put these strokes on the canvas in place of what is drawn, before `canvas` is called with them."""
    state.strokes(key).set(strokes)
    revision = state.canvas_revision(key)
    revision.set(revision.get() + 1)


def _told(value: Any, revision: int, otherwise: tuple[Stroke, ...]) -> tuple[Stroke, ...]:
    """The browser's strokes, unless they belong to a drawing that was replaced meanwhile."""
    if not isinstance(value, dict) or value.get("revision") != revision:
        return otherwise
    try:
        return from_json(value.get("strokes"))  # type: ignore[arg-type]  # whatever it is, it is checked
    except ValueError:
        return otherwise


def _url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}" if png else ""


def _plain(stroke: Stroke) -> dict[str, Any]:
    return {"points": [list(point) for point in stroke.points], "erases": stroke.erases}
