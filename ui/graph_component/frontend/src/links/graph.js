/* A cluster's accounts and what ties them. The parts of the class are by subject: picking (what is selected), widening
   (showing more), narrowing (showing less), labels (which names are shown).

   Data: nodes [{ id, type, label, find, mark, size, hollow, other, strength, around [[name, in words, how many]], address,
   title [lines] }], ties [[node, node, weight]] by place in nodes, places [x, y of each node in turn, where it begins], marks { name: { label, colour, points, family, hollow } },
   active [ids] or null, answer { number, kind, says, nodes, node } or null, key, label, file, height, says, nothing. */

import cytoscape from "cytoscape";

import { navigate, press, save, theme } from "../shared/dom.js";
import { Frame } from "../shared/frame.js";
import { declutter, labelScale } from "./labels.js";
import { arrange, arrangeNew } from "./layout.js";
import { look } from "./look.js";
import { narrowing } from "./narrowing.js";
import { picking } from "./picking.js";
import { svg } from "./svg.js";
import { widening } from "./widening.js";

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
    this.scale = 1;
    this.frame = new Frame(parent, { label: data.label, height: data.height });
    this.tools(data);
    this.colours = theme(this.frame.root);
    this.cy = cytoscape({
      container: this.frame.canvas,
      style: look(this.colours, data.ties.length, this.scale),
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
    clearTimeout(this.tidying);
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
    const nodes = data.nodes.map((node, i) => ({ ...node, position: { x: data.places[2 * i], y: data.places[2 * i + 1] } })).filter((node) => !this.known.has(node.id));
    for (const node of data.nodes) this.known.set(node.id, node);
    const ids = new Set(nodes.map((node) => node.id));
    const made = nodes.map((node) => {
      const mark = data.marks[node.mark];
      const { id, type, size, hollow, other, strength, position } = node;
      return { data: { id, type, size, hollow, other, strength, mark: node.mark, colour: mark.colour, points: mark.points, shown: node.label, count: "" }, position };
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
    frame.strength((least) => {
      this.least = least;
      this.filter();
    });
    frame.picture(this, data.file, KEYS);
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
    cy.on("free", () => this.declutter());
    cy.on("zoom", () => this.onZoom());
    cy.on("boxend", () => setTimeout(() => this.boxing && this.box(false), 0));
    frame.canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    frame.stage.addEventListener("keydown", (event) => this.onKey(event));
    this.changed(false);
  }

  onZoom() {
    // names of accounts come when one looks closely
    const close = this.cy.zoom() > 1.9;
    if (close !== this.close) this.cy.nodes("[type = 'account']").toggleClass("named", close);
    this.close = close;
    const scale = labelScale(this.cy.zoom());
    if (scale === this.scale) return;
    this.scale = scale;
    this.recolour(true);
    this.declutter();
  }

  /* Soon, and once for many changes. */
  declutter() {
    clearTimeout(this.tidying);
    this.tidying = setTimeout(() => declutter(this.cy, this.scale), 40);
  }

  onKey(event) {
    const field = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || field !== this.frame.stage) {
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

  menu(node) {
    const { x, y } = node.renderedPosition();
    const known = this.known.get(node.id());
    const items = [
      ["Expand", () => this.expand(node)],
      ["Select neighbours", () => node.neighborhood().nodes().not(".gone, .off").select()],
    ];
    const others = this.selected().difference(node);
    if (others.length === 1) {
      items.push(["Path to the selected node", () => this.send("path", { nodes: [others.id(), node.id()], number: Date.now() })]);
    } else items.push(["Select too, for a path", () => this.choose(node, { add: true })]);
    items.push(["Hide", () => this.hide(node.collection())]);
    items.push([
      "Hide others",
      () => {
        this.choose(node);
        this.hideOthers();
      },
    ]);
    if (known.address) items.push(["Open its page", () => this.open(node)]);
    this.frame.openMenu(x + 8, y + 8, items);
  }

  open(node) {
    const { address } = this.known.get(node.id());
    if (address) navigate(address);
  }

  // Sizes, colours, files.

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
      this.onZoom();
    }
  }

  onResize() {
    this.cy.resize();
    // a picture that came into being where there was no room yet
    if (!this.touched || document.fullscreenElement) this.fit();
  }

  recolour(anyway = false) {
    const now = theme(this.frame.root);
    if (!anyway && JSON.stringify(now) === JSON.stringify(this.colours) && this.styled === this.cy.edges().length) return;
    this.colours = now;
    this.styled = this.cy.edges().length;
    this.cy.style(look(now, this.styled, this.scale));
  }

  async png(name) {
    save(await this.cy.png({ output: "blob-promise", full: true, scale: 2, bg: this.colours.page, maxWidth: 8000, maxHeight: 8000 }), `${name}.png`);
  }

  svg(name) {
    save(new Blob([svg(this.cy, this.colours, this.scale)], { type: "image/svg+xml" }), `${name}.svg`);
  }
}

Object.assign(Graph.prototype, picking, widening, narrowing);
