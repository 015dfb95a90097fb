// The function is called again at each run of the script. What is drawn lives on the element, so that no
// run can take it away; Python's strokes are taken only when their revision is a new one.
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
