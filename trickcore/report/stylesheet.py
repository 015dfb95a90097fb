"""What a report wears: its style sheet. Colours come as variables, see `svg.variables`."""

CSS = """
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, "Source Sans 3",
  "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 980px; margin: 0 auto; padding: 28px 20px 40px; }
header { border-left: 5px solid var(--other-0-line); padding-left: 16px; margin-bottom: 22px; }
header.nearly { border-color: var(--other-2-line); }
header.not { border-color: var(--faint); }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 6px; text-wrap: balance; }
h2 { font-size: 1.15rem; margin: 30px 0 8px; }
h3 { font-size: .95rem; margin: 12px 0 6px; }
p { margin: 0 0 4px; }
.lead { font-size: 1.05rem; }
.hint { margin-top: 8px; }
.facts, .hint, footer { color: var(--faint); font-size: .9rem; }
.row { display: flex; align-items: flex-start; gap: 10px; }
.row .sign { flex: none; font-size: 1.8rem; align-self: center; padding-bottom: 34px; }
figure { flex: 1 1 0; min-width: 0; margin: 0; }
figure img { display: block; width: 100%; height: auto; border-radius: 8px; }
figure img.small { image-rendering: pixelated; }
figcaption { margin-top: 6px; line-height: 1.3; font-size: .95rem; }
figcaption span { color: var(--faint); }
.chart { display: block; width: 100%; height: auto; font-family: inherit; overflow: visible; }
.chart .grid { stroke: var(--rule); }
.chart .tick { fill: var(--faint); font-size: 13px; }
.chart .seen { visibility: hidden; pointer-events: none; }
.chart .step:hover .seen { visibility: visible; }
.narrow { display: none; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 0 36px; }
.five { list-style: none; margin: 0; padding: 0; }
.five li { display: grid; grid-template-columns: 1fr auto; gap: 0 9px; margin-bottom: 9px; line-height: 1.3; }
.five .name { overflow-wrap: anywhere; }
.five .value { font-variant-numeric: tabular-nums; }
.five .bar { grid-column: 1 / -1; height: 6px; border-radius: 3px;
  overflow: hidden; background: var(--rule); }
.five i { display: block; height: 100%; background: var(--faint); }
.five .target i { background: var(--target-line); }
.five .target .name { color: var(--target-text); font-weight: 650; }
.five .original i { background: var(--original-line); }
.five .original .name { color: var(--original-text); font-weight: 650; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th { font-weight: 400; text-align: left; color: var(--faint); }
th, td { padding: 5px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
.pairs th { width: 38%; padding-right: 14px; }
pre { margin: 0; padding: 12px 14px; border: 1px solid var(--rule); border-radius: 8px; overflow-x: auto;
  font: .82rem/1.5 ui-monospace, "Source Code Pro", Menlo, Consolas, monospace; }
pre.wrap { white-space: pre-wrap; overflow-wrap: anywhere; }
details { margin-top: 28px; }
summary { cursor: pointer; font-weight: 600; }
.scroll { overflow-x: auto; }
.steps th, .steps td { padding: 4px 12px 4px 0; white-space: nowrap; }
footer { margin-top: 30px; border-top: 1px solid var(--rule); padding-top: 12px; }
@media screen and (max-width: 640px) {
  main { padding: 18px 14px 30px; }
  h1 { font-size: 1.4rem; }
  .two { grid-template-columns: 1fr; }
  .row .sign { display: none; }
  .row { gap: 6px; }
  figcaption { font-size: .82rem; }
  figcaption b, figcaption span { display: block; }
  .wide { display: none; }
  .narrow { display: block; }
}
@media print {
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .row, section, header, .five li, tr, pre { break-inside: avoid; }
  h2 { break-after: avoid; margin-top: 18px; }
  pre { white-space: pre-wrap; }
  .hint, details { display: none; }
}
"""
