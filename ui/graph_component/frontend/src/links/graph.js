import cytoscape from "cytoscape";
import fcose from "cytoscape-fcose";

import { element, navigate, press, save, theme } from "../shared/dom.js";
import { Frame } from "../shared/frame.js";
import { arrange, arrangeNew } from "./layout.js";
import { look } from "./look.js";
import { svg } from "./svg.js";

cytoscape.use(fcose);

/* Neighbours that come without a question. */
const AT_ONCE = 50;
const KEYS = [
  ["/", "find"],
  ["f", "fit all into the picture"],
  ["e", "expand what is selected"],
  ["n", "select its neighbours"],
  ["p", "path between two that are selected"],
  ["Del", "hide what is selected"],
  ["h", "hide all others"],
  ["u", "undo"],
  ["b", "select with a box"],
  ["Esc", "select nothing"],
  ["arrows", "go to the next node that way"],
  ["Enter", "select the node in focus; with Shift, too"],
  ["m", "menu of the node in focus"],
  ["o", "open the page of the node in focus"],
  ["+ −", "closer, farther"],
  ["?", "this list"],
];

export class Graph {
  constructor(parent, data) {
    this.key = data.key;
    this.known = new Map();
    this.answered = data.answer ? data.answer.number : 0;
    this.off = new Set();
    this.least = 0;
    this.past = [];
    this.touched = false;
    this.frame = new Frame(parent, { label: data.label, height: data.height });
    this.tools(data);
    this.colours = theme(this.frame.root);
    this.cy = cytoscape({
      container: this.frame.canvas,
      style: look(this.colours, data.ties.length),
      minZoom: 0.05,
      maxZoom: 4,
      boxSelectionEnabled: true,
      selectionType: "single",
    });
    this.listen();
    this.resized = new ResizeObserver(() => this.onResize());
    this.resized.observe(this.frame.stage);
    // cytoscape remembers where on the page it is, and hears no scrolling from inside a shadow tree
    this.moved = () => this.cy.renderer().invalidateContainerClientCoordsCache();
    document.addEventListener("scroll", this.moved, { capture: true, passive: true });
    this.frame.stage.addEventListener("pointerenter", this.moved);
    this.scheme = window.matchMedia("(prefers-color-scheme: dark)");
    this.onScheme = () => setTimeout(() => this.recolour(), 200);
    this.scheme.addEventListener("change", this.onScheme);
    // for who looks from outside: tests, and a console
    this.frame.stage.linkage = this;
  }

  destroy() {
    clearTimeout(this.pending);
    this.resized.disconnect();
    document.removeEventListener("scroll", this.moved, { capture: true });
    this.scheme.removeEventListener("change", this.onScheme);
    this.cy.destroy();
    this.frame.remove();
  }

  /* What Python says there is. */
  take(data) {
    this.data = data;
    const fresh = this.add(data);
    const answer = data.answer && data.answer.number > this.answered ? data.answer : null;
    if (answer) this.answered = answer.number;
    if (!this.placed) {
      this.placed = true;
      arrange(this.cy.elements());
      this.fit();
    } else if (fresh.nodes().length) {
      const origin = answer?.node ? this.cy.getElementById(answer.node) : this.cy.collection();
      arrangeNew(this.cy, fresh.nodes(), origin);
    }
    if (answer) this.answer(answer, fresh.nodes());
    else if (fresh.nodes().length && this.past.length === 0) this.frame.say(data.says);
    this.recolour();
    this.legend();
    this.filter();
    this.frame.instead(data.nodes.length ? "" : data.nothing);
    if (!this.frame.status.textContent) this.frame.say(data.says);
  }

  add(data) {
    const nodes = data.nodes.filter((node) => !this.known.has(node.id));
    for (const node of data.nodes) this.known.set(node.id, node);
    const ids = new Set(nodes.map((node) => node.id));
    const made = nodes.map((node) => {
      const mark = data.marks[node.mark];
      const { id, type, size, hollow, other, strength } = node;
      return { data: { id, type, size, hollow, other, strength, mark: node.mark, colour: mark.colour, points: mark.points, shown: node.label, count: "" } };
    });
    for (const [a, b, weight] of data.ties) {
      const [source, target] = [data.nodes[a].id, data.nodes[b].id];
      if (ids.has(source) || ids.has(target)) made.push({ data: { source, target, weight } });
    }
    return this.cy.add(made);
  }

  answer(answer, fresh) {
    const named = this.cy.collection(answer.nodes.map((id) => this.cy.getElementById(id)).filter((node) => node.length));
    const back = named.filter(".gone").union(fresh);
    named.removeClass("gone");
    if (back.length && answer.kind !== "start") this.remember("what came", () => back.addClass("gone"));
    if (answer.kind === "path") this.showWay(answer.nodes);
    if (answer.kind === "find" && named.length) this.choose(named.first(), { centre: true });
    this.frame.say(answer.says);
  }

  showWay(ids) {
    this.cy.elements().removeClass("way");
    ids.forEach((id, i) => {
      const node = this.cy.getElementById(id).addClass("way");
      if (i) node.edgesWith(this.cy.getElementById(ids[i - 1])).addClass("way");
    });
    const way = this.cy.nodes(".way");
    if (way.length) this.cy.animate({ fit: { eles: way, padding: 90 }, duration: 250 });
  }

  /* Buttons: everything that a key or a click can do. */
  tools(data) {
    const { frame } = this;
    frame.tool("expand", "Expand", "Show what is next to the selected nodes (e, or a double click)", () => this.expand());
    frame.tool("neighbours", "Neighbours", "Select the neighbours that are shown (n)", () => this.selectNeighbours());
    frame.tool("path", "Path", "Show how the two selected nodes are linked (p)", () => this.path());
    frame.tool("box", "Box", "Drag a box to select (b, or Shift and drag)", () => this.box());
    frame.gap();
    frame.hiding(this);
    frame.gap();
    this.search = frame.finder((text) => this.find(text));
    this.slider = element("input");
    Object.assign(this.slider, { type: "range", min: 0, max: 1, step: 0.05, value: 0 });
    this.slider.setAttribute("aria-label", "Least strength of the identifiers shown");
    this.slider.addEventListener("input", () => {
      this.least = Number(this.slider.value);
      this.filter();
      frame.say(this.least ? `Identifiers from a strength of ${this.least.toFixed(2)} on.` : "Identifiers of any strength.");
    });
    this.slider.addEventListener("keydown", (event) => event.stopPropagation());
    frame.field("Strength", this.slider);
    frame.gap();
    frame.tool("fit", "Fit", "Fit all into the picture (f)", () => this.fit());
    frame.tool("full", "Full screen", "Fill the screen, or leave it", () => frame.fullscreen());
    frame.tool("png", "PNG", "Save the picture as PNG", () => this.png(data.file));
    frame.tool("svg", "SVG", "Save the picture as SVG", () => this.svg(data.file));
    frame.tool("keys", "?", "List the keys", () => frame.showKeys(KEYS));
    frame.buttons.keys.setAttribute("aria-label", "Keys");
    frame.press("box", false);
  }

  listen() {
    const { cy, frame } = this;
    cy.on("select unselect", "node", () => this.changed());
    cy.on("dbltap", "node", (event) => this.expand(event.target));
    cy.on("tap", "node", (event) => {
      this.focus(event.target);
      frame.stage.focus({ preventScroll: true });
    });
    cy.on("tap", () => frame.stage.focus({ preventScroll: true }));
    cy.on("cxttap", "node", (event) => {
      if (!event.target.selected()) this.choose(event.target);
      this.menu(event.target);
    });
    cy.on("mouseover", "node", (event) => {
      const node = this.known.get(event.target.id());
      const { x, y } = event.renderedPosition;
      if (node) frame.hover([...node.title, this.around(event.target)], x, y);
    });
    // whoever moved the picture wants it to stay so
    cy.on("dragpan scrollzoom pinchzoom", () => {
      this.touched = true;
    });
    cy.on("mouseout pan zoom drag", () => frame.hover(null));
    // names of accounts come when one looks closely
    cy.on("zoom", () => {
      const close = cy.zoom() > 1.9;
      if (close !== this.close) cy.nodes("[type = 'account']").toggleClass("named", close);
      this.close = close;
    });
    cy.on("boxend", () => setTimeout(() => this.boxing && this.box(false), 0));
    frame.canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    frame.stage.addEventListener("keydown", (event) => this.onKey(event));
    this.changed(false);
  }

  onKey(event) {
    const field = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || ["INPUT", "SELECT"].includes(field.tagName)) {
      if (!((event.ctrlKey || event.metaKey) && event.key === "z")) return;
    }
    const acts = {
      "/": () => this.search.focus(),
      f: () => this.fit(),
      e: () => this.expand(),
      n: () => this.selectNeighbours(),
      p: () => this.path(),
      h: () => this.hideOthers(),
      Delete: () => this.hide(),
      Backspace: () => this.hide(),
      u: () => this.undo(),
      z: () => (event.ctrlKey || event.metaKey) && this.undo(),
      b: () => this.box(),
      m: () => this.focused() && this.menu(this.focused()),
      ContextMenu: () => this.focused() && this.menu(this.focused()),
      o: () => this.focused() && this.open(this.focused()),
      Escape: () => this.clear(),
      "?": () => this.frame.showKeys(KEYS),
      "+": () => this.zoom(1.25),
      "=": () => this.zoom(1.25),
      "-": () => this.zoom(0.8),
      Enter: () => this.focused() && this.choose(this.focused(), { add: event.shiftKey }),
      " ": () => this.focused() && this.choose(this.focused(), { add: true }),
      ArrowUp: () => this.step(0, -1),
      ArrowDown: () => this.step(0, 1),
      ArrowLeft: () => this.step(-1, 0),
      ArrowRight: () => this.step(1, 0),
    };
    press(event, acts);
  }

  // Selecting and going about.

  selected() {
    return this.cy.nodes(":selected").not(".gone, .off");
  }

  focused() {
    const node = this.cy.nodes(".focus").not(".gone, .off");
    return node.length ? node.first() : null;
  }

  focus(node) {
    this.cy.nodes(".focus").removeClass("focus");
    node.addClass("focus");
  }

  choose(node, { add = false, centre = false } = {}) {
    this.cy.batch(() => {
      if (!add) this.cy.nodes(":selected").unselect();
      if (add && node.selected()) node.unselect();
      else node.select();
    });
    this.focus(node);
    const { x1, y1, x2, y2 } = this.cy.extent();
    const { x, y } = node.position();
    if (centre || x < x1 || x > x2 || y < y1 || y > y2) this.cy.animate({ center: { eles: node }, zoom: Math.max(this.cy.zoom(), 0.9), duration: 200 });
  }

  step(dx, dy) {
    const shown = this.cy.nodes().not(".gone, .off");
    if (!shown.length) return;
    const here = this.focused();
    let next = null;
    let best = Infinity;
    if (!here) next = this.selected().first().length ? this.selected().first() : shown.first();
    else {
      const from = here.position();
      shown.forEach((node) => {
        const [x, y] = [node.position("x") - from.x, node.position("y") - from.y];
        const along = x * dx + y * dy;
        if (along <= 0.5) return;
        const aside = Math.abs(x * dy) + Math.abs(y * dx);
        const far = along + 2.5 * aside;
        if (far < best) [best, next] = [far, node];
      });
    }
    if (!next) return;
    this.focus(next);
    const { x1, y1, x2, y2 } = this.cy.extent();
    const { x, y } = next.position();
    if (x < x1 || x > x2 || y < y1 || y > y2) this.cy.center(next);
    const node = this.known.get(next.id());
    this.frame.say([...node.title, this.around(next)].join("; "));
  }

  changed(tell = true) {
    const chosen = this.selected();
    this.cy.batch(() => {
      this.cy.edges(".near").removeClass("near");
      if (chosen.length && chosen.length <= 40) chosen.connectedEdges().addClass("near");
    });
    const { frame } = this;
    frame.enable("expand", chosen.length > 0);
    frame.enable("neighbours", chosen.length > 0);
    frame.enable("path", chosen.length === 2);
    frame.enable("hide", chosen.length > 0);
    frame.enable("others", chosen.length > 0);
    frame.enable("undo", this.past.length > 0);
    if (!tell) return;
    clearTimeout(this.pending);
    this.pending = setTimeout(() => {
      const ids = chosen.map((node) => node.id()).slice(0, 200);
      this.send("select", { nodes: ids, number: Date.now() });
    }, 60);
    if (chosen.length === 1) {
      const node = this.known.get(chosen.id());
      frame.say([...node.title, this.around(chosen)].join("; "));
    } else frame.say(chosen.length ? `${chosen.length} selected.` : "Nothing selected.");
  }

  clear() {
    this.cy.batch(() => {
      this.cy.nodes(":selected").unselect();
      this.cy.elements().removeClass("way");
    });
    this.box(false);
  }

  selectNeighbours() {
    this.selected().neighborhood().nodes().not(".gone, .off").select();
  }

  box(on = !this.boxing) {
    this.boxing = on;
    this.cy.userPanningEnabled(!on);
    this.frame.press("box", on);
    this.frame.canvas.style.cursor = on ? "crosshair" : "";
    if (on) this.frame.say("Drag a box around what to select.");
  }

  // Showing more.

  missing(node) {
    let shown = node.neighborhood().nodes().not(".gone");
    if (node.data("type") === "group") shown = shown.filter("[type = 'account']");
    const total = this.known.get(node.id()).around.reduce((sum, [, , n]) => sum + n, 0);
    return Math.max(0, total - shown.length);
  }

  around(node) {
    const hidden = this.missing(node);
    return hidden ? `${hidden.toLocaleString("en")} neighbours not shown` : "all neighbours shown";
  }

  expand(node = null) {
    const chosen = node ? node.collection() : this.selected();
    if (!chosen.length) return this.frame.say("Select a node first.");
    const wanted = chosen.filter((each) => this.missing(each) > 0);
    if (!wanted.length) return this.frame.say("All of its neighbours are shown.");
    if (wanted.length > 1) {
      const ids = wanted.map((each) => each.id()).slice(0, 20);
      return this.send("expand", { nodes: ids, among: null, order: "most", limit: 10, number: Date.now() });
    }
    const one = wanted.first();
    if (this.missing(one) > AT_ONCE) return this.askHow(one);
    return this.send("expand", { nodes: [one.id()], among: null, order: "most", limit: AT_ONCE, number: Date.now() });
  }

  askHow(node) {
    const { label, around } = this.known.get(node.id());
    const hidden = this.missing(node);
    this.frame.ask(
      `${label}: ${hidden.toLocaleString("en")} neighbours are not shown. Which?`,
      (form) => {
        const kinds = element("fieldset");
        kinds.append(element("legend", "", "Of which kind"));
        for (const [name, said, n] of around) kinds.append(choice("checkbox", "among", name, `${said} (${n.toLocaleString("en")})`, true));
        const order = element("fieldset");
        order.append(element("legend", "", "Which first"));
        order.append(choice("radio", "order", "most", "most connected", true), choice("radio", "order", "least", "least connected", false));
        const number = element("fieldset");
        number.append(element("legend", "", "How many"));
        const field = element("input");
        Object.assign(field, { type: "number", name: "limit", min: 1, max: 500, value: AT_ONCE, required: true });
        field.setAttribute("aria-label", "How many");
        number.append(field);
        form.append(kinds, order, number);
      },
      (given) => {
        const limit = Math.max(1, Math.min(500, Number(given.get("limit")) || AT_ONCE));
        const value = { nodes: [node.id()], among: given.getAll("among"), order: given.get("order"), limit, number: Date.now() };
        this.send("expand", value);
      },
    );
  }

  path() {
    const chosen = this.selected();
    if (chosen.length !== 2) return this.frame.say("Select two nodes; then their path is shown.");
    return this.send("path", { nodes: chosen.map((node) => node.id()), number: Date.now() });
  }

  find(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return;
    const hits = this.cy.nodes().filter((node) => !node.hasClass("off") && this.known.get(node.id()).find.toLowerCase().includes(wanted));
    if (!hits.length) return this.send("find", { text: text.trim().slice(0, 500), number: Date.now() });
    const exact = hits.filter((node) => this.known.get(node.id()).find.toLowerCase() === wanted);
    const list = exact.length ? exact : hits;
    this.at = this.found === wanted ? ((this.at ?? -1) + 1) % list.length : 0;
    this.found = wanted;
    const node = list[this.at];
    if (node.hasClass("gone")) {
      node.removeClass("gone");
      this.remember("what was found", () => node.addClass("gone"));
    }
    this.choose(node, { centre: true });
    this.frame.say(`${this.at + 1} of ${list.length}: ${this.known.get(node.id()).title.join("; ")}`);
  }

  // Showing less.

  hide(nodes = this.selected()) {
    if (!nodes.length) return;
    nodes.unselect();
    nodes.addClass("gone");
    this.remember("hiding", () => nodes.removeClass("gone"));
    this.relabel();
    this.frame.say(`${nodes.length} hidden. Undo brings them back.`);
  }

  hideOthers() {
    const kept = this.selected();
    if (!kept.length) return;
    const nodes = this.cy.nodes().not(".gone").difference(kept);
    nodes.addClass("gone");
    this.remember("hiding", () => nodes.removeClass("gone"));
    this.relabel();
    this.frame.say(`${nodes.length} others hidden. Undo brings them back.`);
  }

  remember(what, back) {
    this.past.push({ what, back });
    this.frame.enable("undo", true);
  }

  undo() {
    const last = this.past.pop();
    this.frame.enable("undo", this.past.length > 0);
    if (!last) return this.frame.say("There is nothing to undo.");
    last.back();
    this.relabel();
    this.frame.say(`Taken back: ${last.what}.`);
  }

  filter() {
    const active = this.data.active ? new Set(this.data.active) : null;
    this.cy.batch(() => {
      this.cy.nodes().forEach((node) => {
        const { mark, strength, type } = node.data();
        const off = this.off.has(mark) || (type === "identifier" && strength < this.least);
        node.toggleClass("off", off);
        node.toggleClass("faint", active !== null && type === "account" && !active.has(node.id()));
      });
    });
    this.relabel();
  }

  /* A node's label says how many of its neighbours are not shown. */
  relabel() {
    this.cy.batch(() => {
      this.cy.nodes().forEach((node) => {
        const { label, type } = this.known.get(node.id());
        const hidden = this.missing(node);
        node.data("count", hidden ? `+${hidden.toLocaleString("en")}` : "");
        node.data("shown", hidden && type !== "group" ? `+${hidden.toLocaleString("en")} ${label}` : label);
      });
    });
  }

  legend() {
    const { marks } = this.data;
    const present = new Set(this.cy.nodes().map((node) => node.data("mark")));
    const key = [...present].join("\n");
    if (key === this.drawn) return;
    this.drawn = key;
    const entries = [];
    const families = new Map();
    for (const [name, mark] of Object.entries(marks)) {
      if (!present.has(name)) continue;
      if (!mark.family) entries.push(this.entry([name], mark));
      else families.set(mark.family, [...(families.get(mark.family) || []), name]);
    }
    for (const [family, names] of families) {
      if (names.length > 1) entries.push(this.entry(names, { label: family }, "family"));
      for (const name of names) entries.push(this.entry([name], marks[name]));
    }
    this.frame.drawLegend(entries);
  }

  entry(names, mark, className = "") {
    return {
      ...mark,
      className,
      on: names.some((name) => !this.off.has(name)),
      turn: (on) => {
        for (const name of names) this.off[on ? "delete" : "add"](name);
        this.drawn = "";
        this.filter();
        if (names.length > 1) this.legend();
        this.frame.say(`${mark.label}: ${on ? "shown" : "hidden"}.`);
      },
    };
  }

  // Menus, files, sizes.

  menu(node) {
    const { x, y } = node.renderedPosition();
    const known = this.known.get(node.id());
    const entries = [
      ["Expand", () => this.expand(node)],
      ["Select neighbours", () => node.neighborhood().nodes().not(".gone, .off").select()],
    ];
    const others = this.selected().difference(node);
    if (others.length === 1) {
      entries.push(["Path to the selected node", () => this.send("path", { nodes: [others.id(), node.id()], number: Date.now() })]);
    } else entries.push(["Select too, for a path", () => this.choose(node, { add: true })]);
    entries.push(["Hide", () => this.hide(node.collection())]);
    entries.push([
      "Hide others",
      () => {
        this.choose(node);
        this.hideOthers();
      },
    ]);
    if (known.address) entries.push(["Open its page", () => this.open(node)]);
    this.frame.openMenu(x + 8, y + 8, entries);
  }

  open(node) {
    const { address } = this.known.get(node.id());
    if (address) navigate(address);
  }

  zoom(by) {
    const { width, height } = this.frame.canvas.getBoundingClientRect();
    this.cy.zoom({ level: this.cy.zoom() * by, renderedPosition: { x: width / 2, y: height / 2 } });
  }

  fit() {
    const shown = this.cy.elements().not(".gone, .off");
    if (shown.length && this.frame.canvas.clientWidth) {
      this.touched = false;
      this.cy.fit(shown, 34);
      if (this.cy.zoom() > 1.6) {
        this.cy.zoom(1.6);
        this.cy.center(shown);
      }
    }
  }

  onResize() {
    this.cy.resize();
    // a picture that came into being where there was no room yet
    if (!this.touched || document.fullscreenElement) this.fit();
  }

  recolour() {
    const now = theme(this.frame.root);
    if (JSON.stringify(now) === JSON.stringify(this.colours) && this.styled === this.cy.edges().length) return;
    this.colours = now;
    this.styled = this.cy.edges().length;
    this.cy.style(look(now, this.styled));
  }

  async png(name) {
    save(await this.cy.png({ output: "blob-promise", full: true, scale: 2, bg: this.colours.page, maxWidth: 8000, maxHeight: 8000 }), `${name}.png`);
  }

  svg(name) {
    save(new Blob([svg(this.cy, this.colours)], { type: "image/svg+xml" }), `${name}.svg`);
  }
}

function choice(type, name, value, text, on) {
  const label = element("label");
  const input = element("input");
  Object.assign(input, { type, name, value, checked: on });
  label.append(input, element("bdi", "", ` ${text}`));
  return label;
}
