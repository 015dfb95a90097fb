// Everything is set as text: what a pupil typed is never read as HTML.
const make = (tag, name, text) => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
};

const row = ({ place, name, score, picture, first }) => {
  const item = make("li", first ? "first" : "");
  const image = make("img");
  image.src = picture;
  image.alt = "";
  const who = make("span", "who");
  who.append(make("span", "name", name));
  if (first) who.append(make("span", "badge", "first in class"));
  item.append(make("span", "place", place || "–"), image, who, make("span", "score", score));
  return item;
};

const bars = ({ text, open, bars, who }) => {
  const made = [make("p", "", text)];
  for (const { option, count, share, right } of bars) {
    const bar = make("div", right ? "bar right" : "bar");
    const fill = make("i");
    fill.style.width = `${100 * share}%`;
    const track = make("div");
    track.append(fill);
    bar.append(make("b", "", option), track, make("span", "", count));
    made.push(bar);
  }
  if (!open && who) made.push(make("span", "", `They foresaw it: ${who}`));
  return made;
};

export default function ({ data, parentElement }) {
  const wall = parentElement.querySelector(".wall");
  const now = JSON.stringify(data);
  if (wall.dataset.shown === now) return; // moves only where something has changed
  wall.dataset.shown = now;
  wall.classList.toggle("large", data.large);
  const set = (name, text) => (wall.querySelector("." + name).textContent = text);
  set("title", data.title);
  set("task", data.task);
  set("code", data.code);
  set("address", data.address);
  set("pupils", data.pupils + (data.frozen ? ", frozen" : ""));
  wall.querySelector(".qr").src = data.qr;
  const rows = wall.querySelector(".rows");
  rows.classList.toggle("many", data.rows.length > 5);
  rows.replaceChildren(...data.rows.map(row));
  wall.querySelector(".question").replaceChildren(...(data.question ? bars(data.question) : []));
  set("empty", data.rows.length ? "" : "Nobody has handed in yet.");
  set("latest", data.latest.length ? "Just now: " + data.latest.join(" · ") : "");
}
