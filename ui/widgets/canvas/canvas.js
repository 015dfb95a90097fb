// The function is called again at each run of the script. What is drawn lives on the element, so that no
// run can take it away; Python's strokes are taken only when their revision is a new one.
export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".drawing");
  root.board ??= board(root);
  root.board.update(data, value => setStateValue("strokes", value));
  return () => root.board.rest();
}

const GRID = 28;  // squares a side, as the networks for digits see it
const middle = square => square.map(k => Math.round((k + 0.5) / GRID * 1000) / 1000);

function board(root) {
  const parts = ["canvas", ".hint", ".said", ".keys", ".ring"].map(name => root.querySelector(name));
  const [canvas, hint, said, help, ring] = parts;
  const [pen, eraser, undo, clear] = root.querySelectorAll("button");
  const paper = document.createElement("canvas");  // the ink alone, which the eraser makes transparent again
  let settings, send, revision, strokes = [], cleared = [], current = null, pointer = null, erases = false;
  let hover = null, frame = 0, picture = "";
  let square = [GRID / 2, GRID / 2], spot = middle(square), keyed = false, resting = 0;  // the keyboard's pen

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
      mark();
    });
  }

  // A ring where the keyboard's pen is: dashed while it is up, whole and filled while it is down.
  function mark() {
    const size = Math.max(14, thickness({ erases }) * canvas.clientWidth + 6);
    ring.hidden = !keyed;
    ring.classList.toggle("down", current !== null);
    ring.style.width = ring.style.height = `${size}px`;
    ring.style.left = `${canvas.clientLeft + spot[0] * canvas.clientWidth}px`;
    ring.style.top = `${canvas.clientTop + spot[1] * canvas.clientHeight}px`;
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
    const some = strokes.length > 0, held = root.getRootNode().activeElement;
    hint.hidden = some || current !== null;
    undo.disabled = !some && !cleared.length;
    clear.disabled = !some;
    if (held?.disabled) canvas.focus();  // else the keyboard would be nowhere
    pen.setAttribute("aria-pressed", String(!erases));
    eraser.setAttribute("aria-pressed", String(erases));
    canvas.classList.toggle("erases", erases);
    const count = strokes.length;
    canvas.setAttribute("aria-label", filled(!some ? "empty" : count === 1 ? "one" : "several", { count }));
    paint();
  }

  // Words in the visitor's language, with {names} for the numbers.
  function filled(name, values = {}) {
    return settings.words[name].replace(/{(\w+)}/g, (_whole, value) => values[value]);
  }

  function changed(words) {
    say(words);
    show();
    send({ revision, strokes });
  }

  function place(event) {
    const box = canvas.getBoundingClientRect(), inside = v => Math.min(1, Math.max(0, v));
    const x = (event.clientX - box.left - canvas.clientLeft) / canvas.clientWidth;
    const y = (event.clientY - box.top - canvas.clientTop) / canvas.clientHeight;
    return [inside(x), inside(y)].map(v => Math.round(v * 1000) / 1000);
  }

  function extend(point) {
    const [x, y] = current.points[current.points.length - 1];
    const used = strokes.reduce((sum, stroke) => sum + stroke.points.length, current.points.length);
    if (Math.hypot(point[0] - x, point[1] - y) >= 0.004 && used < settings.most) current.points.push(point);
  }

  function end(words) {
    strokes = [...strokes, current];
    cleared = [];
    current = null;
    changed(words);
  }

  // By the keyboard the pen goes from square to square of a grid, as fine as the pixels of a digit.
  const at = name => filled(name, { row: square[1] + 1, column: square[0] + 1 });

  function say(words) {
    clearTimeout(resting);
    said.textContent = words;
  }

  function put() {
    if (pointer !== null) return;
    keyed = true;
    if (current) {
      end(at(erases ? "eraser_up" : "pen_up"));
      return;
    }
    current = { points: [[...spot]], erases };
    say(at(erases ? "eraser_down" : "pen_down"));
    show();
  }

  function lift() {
    if (current && pointer === null) end(filled(erases ? "erased" : "drawn"));
  }

  function move(across, down, far) {
    keyed = true;
    const step = far ? 4 : 1;
    square = [square[0] + across * step, square[1] + down * step].map(k => Math.min(GRID - 1, Math.max(0, k)));
    spot = middle(square);
    if (current && pointer === null) extend(spot);
    clearTimeout(resting);
    resting = setTimeout(() => { said.textContent = at("where"); }, 1000);  // once it rests, not at each square
    show();
  }

  function choose(eraser) {
    lift();
    erases = eraser;
    say(filled(erases ? "eraser" : "pen"));
    show();
  }

  canvas.onfocus = () => { keyed = canvas.matches(":focus-visible"); paint(); };
  canvas.onblur = () => { lift(); keyed = false; clearTimeout(resting); paint(); };
  canvas.onpointerdown = event => {
    if (pointer !== null || !event.isPrimary || event.button !== 0) return;
    lift();
    keyed = false;
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
      for (const one of between.length ? between : [event]) extend(place(one));
    }
    if (current || erases) paint();
  };
  canvas.onpointerup = canvas.onpointercancel = event => {
    if (event.pointerId !== pointer) return;
    if (event.type === "pointerup") extend(place(event));
    pointer = null;
    if (event.pointerType !== "mouse") hover = null;
    end(filled(erases ? "erased" : "drawn"));
  };
  canvas.onpointerleave = () => { hover = null; paint(); };
  canvas.oncontextmenu = event => event.preventDefault();  // a long press is a dot

  pen.onclick = () => choose(false);
  eraser.onclick = () => choose(true);
  const back = undo.onclick = () => {
    if (pointer !== null) return;
    if (current) {  // put down by the keyboard: it is lifted without a trace
      current = null;
      say(filled("back"));
      show();
      return;
    }
    if (strokes.length) strokes = strokes.slice(0, -1);
    else if (cleared.length) [strokes, cleared] = [cleared, []];
    else return;
    changed(filled("back"));
  };
  const empty = clear.onclick = () => {
    if (pointer !== null) return;
    current = null;
    if (!strokes.length) return;
    [strokes, cleared, erases] = [[], strokes, false];
    changed(filled("cleared"));
  };
  const KEYS = {
    ArrowLeft: far => move(-1, 0, far), ArrowRight: far => move(1, 0, far),
    ArrowUp: far => move(0, -1, far), ArrowDown: far => move(0, 1, far),
    " ": put, Enter: put, e: () => choose(!erases), Backspace: back, Delete: empty,
  };
  root.onkeydown = event => {
    const modified = event.ctrlKey || event.metaKey || event.altKey;
    if (modified) {
      if (event.altKey || event.shiftKey || event.key.toLowerCase() !== "z") return;
      back();
    } else {
      const act = event.target === canvas && KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!act) return;
      if (!(event.repeat && act === put)) act(event.shiftKey);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return {
    update(data, tell) {
      [settings, send] = [data, tell];
      hint.firstElementChild.textContent = data.hint;
      help.textContent = data.keys;
      for (const [button, name] of [[pen, "pen"], [eraser, "eraser"], [undo, "undo"], [clear, "clear"]]) {
        button.textContent = data.words[name];
        if (data.words[`${name}_tip`]) button.title = data.words[`${name}_tip`];
      }
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
