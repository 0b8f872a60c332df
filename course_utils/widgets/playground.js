// The optimizer playground: six update rules walk down a surface from wherever it is clicked. No network; and no kernel,
// unless the learner's own rules walk.
(root, settings) => {
  "use strict";

  // The formulas of course_utils/widgets/surfaces.py and of the notebook's rules; a test walks both and compares.
  const square = (x) => x * x;
  const beale = (x, y) => [1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y];
  const LOSSES = {
    ravine: (x, y) => 0.5 * (0.1 * x * x + 2 * y * y),
    saddle: (x, y) => 0.5 * x * x - 0.5 * y * y + 0.125 * y ** 4,
    Beale: (x, y) => beale(x, y).map(square).reduce((a, b) => a + b),
    Himmelblau: (x, y) => square(x * x + y - 11) + square(x + y * y - 7),
    "noisy bowl": (x, y) => 0.5 * (0.5 * x * x + 2 * y * y),
  };
  const SLOPES = {
    ravine: (x, y) => [0.1 * x, 2 * y],
    saddle: (x, y) => [x, -y + 0.5 * y ** 3],
    Beale: (x, y) => {
      const [a, b, c] = beale(x, y);
      return [
        2 * (a * (y - 1) + b * (y ** 2 - 1) + c * (y ** 3 - 1)),
        2 * x * (a + 2 * b * y + 3 * c * y ** 2),
      ];
    },
    Himmelblau: (x, y) => {
      const a = x * x + y - 11, b = x + y * y - 7;
      return [4 * x * a + 2 * b, 2 * a + 4 * y * b];
    },
    "noisy bowl": (x, y) => [0.5 * x, 2 * y],
  };

  // Each rule gives the move of one coordinate; s is what it remembers of that coordinate.
  const RULES = {
    SGD: (g, s, p) => -p.rate * g,
    momentum: (g, s, p) => (s.v = p.momentum * (s.v || 0) - p.rate * g),
    Nesterov: (g, s, p) => {
      const before = s.v || 0;
      s.v = p.momentum * before - p.rate * g;
      return -p.momentum * before + (1 + p.momentum) * s.v;
    },
    AdaGrad: (g, s, p) => {
      s.c = (s.c || 0) + g * g;
      return (-p.step * g) / (Math.sqrt(s.c) + 1e-8);
    },
    RMSProp: (g, s, p) => {
      s.c = p.decay * (s.c || 0) + (1 - p.decay) * g * g;
      return (-p.step * g) / (Math.sqrt(s.c) + 1e-8);
    },
    Adam: (g, s, p) => {
      s.t = (s.t || 0) + 1;
      s.m = p.beta1 * (s.m || 0) + (1 - p.beta1) * g;
      s.v = p.beta2 * (s.v || 0) + (1 - p.beta2) * g * g;
      const m = s.m / (1 - p.beta1 ** s.t), v = s.v / (1 - p.beta2 ** s.t);
      return (-p.step * m) / (Math.sqrt(v) + 1e-8);
    },
  };

  // Normal numbers from a seed, the same for every rule, so that all meet the same noise.
  const normals = (seed) => () => {
    const uniform = () => {
      seed = (seed + 0x6d2b79f5) | 0;
      let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  };

  const walk = (name, rule, start, p) => {
    const surface = settings.surfaces[name], noise = normals(1), states = [{}, {}];
    const points = [start.slice()];
    for (let t = 0; t < p.steps; t++) {
      const w = points[t];
      const slopes = SLOPES[name](w[0], w[1]).map((g) => (surface.noise ? g + surface.noise * noise() : g));
      const next = w.map((x, i) => x + RULES[rule](slopes[i], states[i], p));
      if (!next.every((x) => Math.abs(x) < 1e6)) break;
      points.push(next);
    }
    return points;
  };

  // Controls

  const make = (tag, properties = {}, style = {}, children = []) => {
    const element = Object.assign(document.createElement(tag), properties);
    Object.assign(element.style, style);
    element.append(...children);
    return element;
  };
  const state = { name: settings.surface, start: null, walks: {}, course: {}, notes: [], shown: new Set(Object.keys(RULES)), playing: 0 };
  // JupyterLab and Notebook 7 say on the page's body which kind of theme is chosen.
  const look = () => settings.looks[document.body.dataset.jpThemeLight === "false" ? "dark" : "light"];
  const numbers = {};
  const slider = (key, label, low, high, step, read = Number, digits = 2) => {
    const input = make("input", { type: "range", min: low, max: high, step }, { flex: "0 1 110px", minWidth: "50px" });
    const value = make("span", {}, { display: "inline-block", width: "3.6em", fontVariantNumeric: "tabular-nums" });
    numbers[key] = {
      get: () => read(Number(input.value)),
      set: (number) => { input.value = read === Number ? number : Math.log10(number); show(); },
    };
    const show = () => (value.textContent = Number(numbers[key].get().toPrecision(digits)));
    input.addEventListener("input", () => { show(); run(false); });
    return make("label", {}, { display: "flex", alignItems: "center", gap: "6px" },
      [make("span", { textContent: label }, { flex: "0 0.2 13em" }), input, value]);
  };
  const power = (x) => 10 ** x;
  const sliders = [
    slider("rate", "rate (SGD … Nesterov)", -4, 0.5, "any", power),
    slider("step", "rate (AdaGrad … Adam)", -4, 0.5, "any", power),
    slider("momentum", "momentum", 0, 0.99, 0.01),
    slider("decay", "decay rate of RMSProp", 0, 0.999, 0.001, Number, 3),
    slider("beta1", "beta1 of Adam", 0, 0.99, 0.01),
    slider("beta2", "beta2 of Adam", 0, 0.999, 0.001, Number, 3),
    slider("steps", "steps", 10, 500, 10, Number, 3),
  ];
  const choice = make("select", { ariaLabel: "surface" }, {},
    Object.keys(settings.surfaces).map((name) => make("option", { value: name, textContent: name })));
  choice.addEventListener("change", () => choose(choice.value));
  const again = make("button", { textContent: "Run again" });
  again.addEventListener("click", () => run(true));
  const lines = [];
  const legend = Object.keys(RULES).map((rule) => {
    const box = make("input", { type: "checkbox", checked: true });
    box.addEventListener("change", () => { 
      state.shown[box.checked ? "add" : "delete"](rule);
      said.textContent = inWords();
      draw(state.drawn);
    });
    const line = make("span", {}, { width: "18px", height: "4px", background: look().colours[rule] });
    lines.push([rule, line]);
    return make("label", {}, { display: "flex", alignItems: "center", gap: "4px", cursor: "pointer" },
      [box, line, make("span", { textContent: rule })]);
  });

  const SIZE = [440, 330], CHART = [310, 150];
  const canvas = (size, label) => {
    const scale = window.devicePixelRatio || 1;
    const element = make("canvas", { width: size[0] * scale, height: size[1] * scale, ariaLabel: label, role: "img" },
      { width: `${size[0]}px`, maxWidth: "100%", aspectRatio: `${size[0]} / ${size[1]}`, flex: "none" });
    element.getContext("2d").scale(scale, scale);
    return element;
  };
  const map = canvas(SIZE, "the surface and the paths of the rules; arrow keys move the start");
  const chart = canvas(CHART, "the loss of each rule, step by step");
  const said = make("div", {}, { maxWidth: "760px" });
  said.setAttribute("role", "status");
  map.style.cursor = "crosshair";
  map.tabIndex = 0;
  map.setAttribute("role", "application");
  map.setAttribute("aria-roledescription", "map");
  map.addEventListener("click", (event) => {
    const box = map.getBoundingClientRect();
    const [left, right, bottom, top] = settings.surfaces[state.name].limits;
    state.start = [
      left + ((event.clientX - box.left) / box.width) * (right - left),
      top - ((event.clientY - box.top) / box.height) * (top - bottom),
    ];
    run(true);
  });
  const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  map.addEventListener("keydown", (event) => {
    const surface = settings.surfaces[state.name], [left, right, bottom, top] = surface.limits;
    const move = MOVES[event.key], share = event.shiftKey ? 0.1 : 0.02;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (move) {
      state.start = [
        Math.min(right, Math.max(left, state.start[0] + move[0] * share * (right - left))),
        Math.min(top, Math.max(bottom, state.start[1] + move[1] * share * (top - bottom))),
      ];
    } else if (event.key === "Home") state.start = surface.start.slice();
    else if (event.key !== "Enter") return;
    event.preventDefault();
    run(event.key === "Enter");
  });

  // Pictures

  const toMap = ([x, y]) => {
    const [left, right, bottom, top] = settings.surfaces[state.name].limits;
    return [((x - left) / (right - left)) * SIZE[0], ((top - y) / (top - bottom)) * SIZE[1]];
  };
  const landscape = document.createElement("canvas");
  const drawLandscape = () => {
    const [left, right, bottom, top] = settings.surfaces[state.name].limits, loss = LOSSES[state.name];
    [landscape.width, landscape.height] = SIZE;
    const context = landscape.getContext("2d"), image = context.createImageData(...SIZE);
    const heights = new Float64Array(SIZE[0] * SIZE[1]);
    for (let j = 0; j < SIZE[1]; j++)
      for (let i = 0; i < SIZE[0]; i++)
        heights[j * SIZE[0] + i] =
          loss(left + ((i + 0.5) / SIZE[0]) * (right - left), top - ((j + 0.5) / SIZE[1]) * (top - bottom));
    let low = Infinity, high = -Infinity;
    for (const h of heights) { low = Math.min(low, h); high = Math.max(high, h); }
    const { levels, paper, ink } = look(), floor = (high - low) / 1e4, last = levels.length - 1;
    const contour = [1, 3, 5].map((at) => parseInt(paper.slice(at, at + 2), 16));
    const level = heights.map((h) =>
      Math.round((last * Math.log((h - low + floor) / floor)) / Math.log((high - low + floor) / floor)));
    for (let k = 0; k < level.length; k++) {
      const edge = level[k] !== level[k + 1] && (k + 1) % SIZE[0] || level[k] !== level[k + SIZE[0]] && k + SIZE[0] < level.length;
      const colour = edge ? contour : levels[level[k]];
      image.data.set([...colour, 255], 4 * k);
    }
    context.putImageData(image, 0, 0);
    context.font = "24px sans-serif";
    context.lineWidth = 2;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const minimum of settings.surfaces[state.name].minima) {
      context.strokeStyle = ink;
      context.strokeText("★", ...toMap(minimum));
      context.fillStyle = paper;
      context.fillText("★", ...toMap(minimum));
    }
  };

  const drawLine = (context, points) => {
    context.beginPath();
    points.forEach((point) => context.lineTo(...point));
    context.stroke();
  };
  const draw = (count) => {
    state.drawn = count;
    const { colours, paper } = look(), context = map.getContext("2d");
    context.drawImage(landscape, 0, 0, ...SIZE);
    for (const [rule, points] of Object.entries(state.walks)) {
      if (!state.shown.has(rule)) continue;
      const seen = points.slice(0, count + 1).map(toMap);
      context.strokeStyle = context.fillStyle = colours[rule];
      context.lineWidth = 1.8;
      drawLine(context, seen);
      if (state.course[rule]) {
        context.setLineDash([3, 5]);
        drawLine(context, state.course[rule].slice(0, count + 1).map(toMap));
        context.setLineDash([]);
      }
      context.beginPath();
      context.arc(...seen[seen.length - 1], 5, 0, 2 * Math.PI);
      context.fill();
      context.strokeStyle = paper;
      context.stroke();
    }
    drawChart(count);
  };
  const drawChart = (count) => {
    const { colours, grid, ink } = look(), context = chart.getContext("2d"), left = 34, bottom = CHART[1] - 20, steps = numbers.steps.get();
    context.clearRect(0, 0, ...CHART);
    const lowest = Math.min(...settings.surfaces[state.name].minima.map((w) => LOSSES[state.name](...w)));
    const excess = (w) => Math.log10(Math.max(LOSSES[state.name](...w) - lowest, 1e-8));
    const high = Math.max(excess(state.start) + 0.5, -6), low = -8;
    const place = (t, height) => [
      left + (t / steps) * (CHART[0] - left - 6),
      Math.max(4, bottom - ((height - low) / (high - low)) * (bottom - 18)),
    ];
    context.strokeStyle = grid;
    context.fillStyle = ink;
    context.font = "11px sans-serif";
    context.lineWidth = 1;
    for (let k = low; k <= high; k += 2) {
      const y = place(0, k)[1];
      context.beginPath();
      context.moveTo(left, y);
      context.lineTo(CHART[0], y);
      context.stroke();
      context.fillText(`1e${k}`, 2, y + 4);
    }
    context.fillText("loss above the lowest", left, 11);
    context.textAlign = "right";
    context.fillText(`${steps} steps`, CHART[0] - 2, CHART[1] - 5);
    context.textAlign = "left";
    for (const [rule, points] of Object.entries(state.walks)) {
      if (!state.shown.has(rule)) continue;
      context.strokeStyle = colours[rule];
      context.lineWidth = 1.6;
      context.beginPath();
      points.slice(0, count + 1).forEach((w, t) => context.lineTo(...place(t, excess(w))));
      context.stroke();
    }
  };

  // Running

  const settingsNow = () => Object.fromEntries(Object.entries(numbers).map(([key, number]) => [key, number.get()]));
  const inWords = () => {
    const lowest = Math.min(...settings.surfaces[state.name].minima.map((w) => LOSSES[state.name](...w)));
    const ends = Object.entries(state.walks).filter(([rule]) => state.shown.has(rule)).map(([rule, points]) => {
      const ran = points.length > numbers.steps.get() ? "" : " (ran away)";
      return `${rule} ${(LOSSES[state.name](...points[points.length - 1]) - lowest).toPrecision(2)}${ran}`;
    });
    const start = state.start.map((x) => Number(x.toPrecision(3))).join(", ");
    const notes = state.notes.map((note) => ` ${note}.`).join("");
    return `Start (${start}). Loss above the lowest after ${numbers.steps.get()} steps: ${ends.join(", ")}.${notes}`;
  };

  // A learner's own rules walk in the kernel: a hidden text field of its widgets takes the question, and a hidden piece of
  // HTML holds the answer. One question at a time; of those that wait, the last is asked.
  const part = (name) => document.querySelector(`.${root.id}-${name}`);
  const PATIENCE = 5000;
  const ask = (question) => {
    state.question = question;
    if (!state.waiting) send();
  };
  const send = () => {
    const question = (state.waiting = state.question), input = part("asked").querySelector("input");
    if (!state.listening) {
      state.listening = new MutationObserver(hear);
      state.listening.observe(part("answered"), { childList: true, subtree: true, characterData: true });
    }
    input.value = JSON.stringify(question);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => {
      if (state.waiting !== question) return;
      state.waiting = null;
      show(state.question, courseWalks(state.question), ["The kernel does not answer: these are the course's rules"]);
    }, PATIENCE);
  };
  const hear = () => {
    const text = part("answered")?.textContent.trim();
    const answer = text ? JSON.parse(text) : {}, question = state.waiting;
    if (!question || answer.id !== question.id) return;
    state.waiting = null;
    showOwn(question, answer.walks);
    if (state.question !== question) send();
  };
  const showOwn = (question, own) => {
    const notes = Object.entries(own).filter(([, each]) => each.said).map(([rule, each]) => `Your ${rule} ${each.said}`);
    if (Object.values(own).some((each) => each.course)) notes.push("Dashed: where the rule goes");
    show(question, Object.fromEntries(Object.entries(own).map(([rule, each]) => [rule, each.points])), notes,
      Object.fromEntries(Object.entries(own).map(([rule, each]) => [rule, each.course])));
  };
  const courseWalks = ({ surface, start, settings: p }) =>
    Object.fromEntries(Object.keys(RULES).map((rule) => [rule, walk(surface, rule, start, p)]));
  const run = (animated) => {
    const question = { id: ++state.playing, surface: state.name, start: state.start.slice(), settings: settingsNow(), animated };
    if (!settings.own) return show(question, courseWalks(question));
    if (question.id === 1) return showOwn(question, settings.own);
    if (part("asked")?.querySelector("input")) return ask(question);
    show(question, courseWalks(question), ["No kernel answers: these are the course's rules. Run the cell to see yours"]);
  };
  const show = ({ id, surface, start, settings: p, animated }, walks, notes = [], course = {}) => {
    if (surface !== state.name) return;
    Object.assign(state, { walks, notes, course });
    said.textContent = inWords();
    root.playground = { start, walks, settings: p, surface, notes, answered: id };
    if (!animated || matchMedia("(prefers-reduced-motion: reduce)").matches) return draw(p.steps);
    const began = performance.now(), seconds = 2 + p.steps / 100;
    const frame = (now) => {
      if (walks !== state.walks || !root.isConnected) return;
      const count = Math.min(p.steps, Math.max(0, Math.floor(((now - began) / (1000 * seconds)) * p.steps)));
      draw(count);
      if (count < p.steps) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  };
  const choose = (name) => {
    const surface = settings.surfaces[name];
    state.name = choice.value = name;
    state.start = surface.start.slice();
    numbers.rate.set(surface.rates[0]);
    numbers.step.set(surface.rates[1]);
    drawLandscape();
    run(true);
  };

  const row = { display: "flex", flexWrap: "wrap", gap: "14px", alignItems: "center", margin: "4px 0" };
  root.replaceChildren(
    make("div", {}, row, [make("label", {}, {}, ["surface ", choice]), again, ...legend]),
    make("div", {}, { ...row, alignItems: "flex-start" }, [map, make("div", {}, {}, [...sliders, chart])]),
    make("div", { textContent: "Click on the map to start there; or focus it and use the arrow keys (Shift: longer steps, " +
      "Home: back, Enter: run)." }),
    said,
  );
  const watch = new MutationObserver(() => {
    if (!root.isConnected) return watch.disconnect();
    for (const [rule, line] of lines) line.style.background = look().colours[rule];
    drawLandscape();
    draw(state.drawn);
  });
  watch.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  // JupyterLab's own keys would move from cell to cell instead; it looks for this where the focus is.
  for (const each of root.querySelectorAll("input, select, button, canvas")) each.setAttribute("data-lm-suppress-shortcuts", "true");
  Object.assign(root.style, { fontFamily: "sans-serif", fontSize: "13px" });
  for (const [key, value] of Object.entries(settings.defaults)) numbers[key].set(value);
  choose(settings.surface);
}
