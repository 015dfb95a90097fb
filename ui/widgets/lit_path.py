"""Hovering a part of a drawn network lights up its path: the other lines fade while the pointer is there."""

from __future__ import annotations

import streamlit as st

# Only the browser knows where the pointer is. Which unit and which answers a line is on the path of stands
# in its trace's `meta`: see trickcore.plots.digits.network_drawing.
_JS = """
const FADED = 0.05;
const show = (chart, lit) => {
  for (const line of chart.querySelectorAll(".scatterlayer .trace")) {
    const meta = line.__data__?.[0]?.trace.meta;
    if (!meta?.paths) continue;
    const seen = lit === null ? meta.seen : lit(meta) ? 1 : Math.min(FADED, meta.seen);
    for (const part of line.querySelectorAll("path.js-line")) part.style.strokeOpacity = seen;
  }
};
export default function () {
  const known = new WeakSet();
  const begin = (event) => {
    const chart = event.target.closest?.(".st-key-network-drawing .js-plotly-plot");
    if (!chart?.on || known.has(chart)) return;
    known.add(chart);
    chart.on("plotly_hover", ({ points }) => {
      const [kind, number] = String(points[0].customdata).split(" ");
      show(chart, ({ unit, paths }) => kind === "unit" ? unit === +number : paths.includes(+number));
    });
    chart.on("plotly_unhover", () => show(chart, null));
  };
  // A finger does not hover, and Plotly selects only what was hovered before: the first tap would be lost.
  const touch = (event) => {
    if (event.pointerType === "mouse" || !event.target.closest?.(".st-key-network-drawing")) return;
    const { clientX, clientY } = event;
    event.target.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true }));
  };
  document.addEventListener("pointerover", begin);
  document.addEventListener("pointerdown", touch);
  return () => {
    document.removeEventListener("pointerover", begin);
    document.removeEventListener("pointerdown", touch);
  };
}
"""
_watch = st.components.v2.component("trick.lit_path", js=_JS)
KEY = "network-drawing"  # of the container in which the drawing is


def watched() -> None:
    """From now on a drawing in a container with the key KEY lights up where it is hovered."""
    with st.sidebar:
        _watch(key="lit-path", height=1)
