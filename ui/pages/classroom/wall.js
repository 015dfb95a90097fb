// All words are set as text: what a pupil typed is never markup.
export default function ({ data, parentElement, setTriggerValue }) {
  const wall = parentElement.querySelector(".wall");
  // The wall has no controls: Escape, or a double click where there is no keyboard, ends it.
  const leave = (event) => {
    if (event.type === "dblclick" || event.key === "Escape") setTriggerValue("leave", true);
  };
  document.onkeydown = leave;
  wall.ondblclick = leave;
  draw(wall, data);
  return () => {
    if (document.onkeydown === leave) document.onkeydown = null;
  };
}

function draw(wall, data) {
  const drawn = JSON.stringify(data);
  if (wall.dataset.drawn === drawn) return;
  const known = new Set(JSON.parse(wall.dataset.ids || "[]"));
  const again = Boolean(wall.dataset.drawn);
  const make = (tag, kind, words) => {
    const one = document.createElement(tag);
    if (kind) one.className = kind;
    if (words !== undefined) one.textContent = words;
    return one;
  };
  const picture = (url, alt) => {
    const one = make("img");
    one.src = url;
    one.alt = alt;
    return one;
  };
  const row = (entry, list) => {
    const item = make("li", again && !known.has(`${list}${entry.id}`) ? "new" : "");
    if (entry.place) item.append(make("span", "place", entry.place));
    if (entry.picture) item.append(picture(entry.picture, ""));
    item.append(make("span", "name", entry.name));
    return item;
  };

  // How many pupils told so many pairs apart, from none to all.
  const columns = (games) => {
    const chart = make("div", "columns");
    const most = Math.max(...games.counts);
    games.counts.forEach((count, right) => {
      const one = make("div");
      const bar = make("div", "column");
      bar.style.height = `${(8 * count) / most}em`;
      one.append(make("span", "", count || ""), bar, make("span", "", right));
      chart.append(one);
    });
    return chart;
  };

  const game = data.games && !data.challenge && !data.question; // the game alone is on
  const head = make("header");
  head.append(make("h1", "", data.question ? data.words.predict : game ? data.games.title : data.title), make("span", "count", data.pupils));

  if (data.trouble) head.append(make("p", "trouble", data.trouble));

  const main = make("section");
  if (data.question) {
    main.className = data.question.told ? "told" : "";
    main.append(make("p", "", data.question.text));
    for (const option of data.question.options) {
      const one = make("div", option.right ? "option right" : "option");
      one.append(make("div", "", option.words));
      const bar = make("div", "bar");
      bar.style.width = `${(100 * option.count) / Math.max(1, data.question.total)}%`;
      one.append(bar);
      main.append(one);
    }
  } else if (data.rows.length) {
    const list = make("ol");
    for (const entry of data.rows) {
      const item = row(entry, "r");
      item.append(make("span", "score", entry.score));
      list.append(item);
    }
    main.append(list);
  } else if (game) {
    main.append(make("p", "", `${data.games.mean}: ${data.games.words}.`), columns(data.games));
  } else main.append(make("p", "", data.task));

  const side = make("aside");
  if (data.first && !data.question)
    side.append(make("div", again && !known.has(`f${data.first.id}`) ? "first new" : "first", data.first.words));
  if (data.latest.length && !data.question) {
    side.append(make("h2", "", data.words.latest));
    const list = make("ul");
    for (const entry of data.latest) {
      const item = row(entry, "l");
      item.append(make("span", "score", entry.reached));
      list.append(item);
    }
    side.append(list);
  }
  if (data.games && data.challenge && !data.question) {
    const box = make("div", "games");
    box.append(make("h2", "", data.games.title), make("div", "name", data.games.mean), make("div", "", data.games.words));
    side.append(box);
  }
  const door = make("div", "door");
  const words = make("div");
  words.append(make("span", "", data.words.join), make("span", "", data.address), make("strong", "", data.code));
  door.append(picture(data.qr, data.words.code), words);
  side.append(door);

  wall.replaceChildren(head, main, side);
  wall.dataset.drawn = drawn;
  const ids = [...data.rows.map((one) => `r${one.id}`), ...data.latest.map((one) => `l${one.id}`)];
  if (data.first) ids.push(`f${data.first.id}`);
  wall.dataset.ids = JSON.stringify(ids);
}
