/* All accounts of a cluster, drawn by sigma. The parts of the class are by subject: picking (what is selected), widening
   (showing more), narrowing (showing less), files.

   Nodes are numbers: accounts, then identifiers, then what came from outside of the cluster. Columns: x, y, look, size (tenths),
   strength (hundredths), around (neighbours everywhere), source, target, active (by account, or none), names. */

import Graph from "graphology";
import Sigma from "sigma";
import { EdgeLineProgram, EdgeRectangleProgram } from "sigma/rendering";

import { press, theme } from "../shared/dom.js";
import { Frame } from "../shared/frame.js";
import { mix } from "./colours.js";
import { alike, texts } from "./columns.js";
import { files } from "./files.js";
import { narrowing } from "./narrowing.js";
import { picking } from "./picking.js";
import { SHAPES, ShapeProgram } from "./shapes.js";
import { widening } from "./widening.js";

const KEYS = [
  ["/", "find"],
  ["f", "fit all into the picture"],
  ["e", "expand what is selected"],
  ["n", "select the neighbours of what is selected"],
  ["p", "path between two that are selected"],
  ["b", "select with a box"],
  ["Del", "hide what is selected"],
  ["h", "hide all others"],
  ["u", "undo"],
  ["Esc", "select nothing"],
  ["arrows", "go about"],
  ["Enter", "select the node nearest to the middle"],
  ["m", "menu of what is selected"],
  ["o", "open the page of what is selected"],
  ["+ −", "closer, farther"],
  ["?", "this list"],
];
const WAY = "#d1453b";
/* links from which on faint ones are hairlines */
const MANY_LINKS = 5_000;

export class Whole {
  constructor(parent, header, columns) {
    this.key = header.key;
    this.header = header;
    this.off = new Set();
    this.gone = new Set();
    this.chosen = new Set();
    this.way = new Set();
    this.extra = new Map();
    this.ids = new Map();
    this.next = header.count;
    this.answered = header.answer ? header.answer.number : 0;
    this.active = null;
    this.least = 0;
    this.faint = "#88888822";
    this.past = [];
    this.name = texts(columns, "names");
    this.around = columns.around;
    this.frame = new Frame(parent, { label: header.label, height: header.height });
    this.tools(header);
    this.colours = theme(this.frame.root);
    this.looks = header.looks.map((look) => ({ ...look, faint: mix(look.colour, 0.13) }));
    if (!webgl()) {
      this.frame.instead("This browser draws no WebGL 2, which this view needs. The view Groups shows the same accounts, folded.");
      setTimeout(() => this.send("fallback", { number: Date.now() }), 0);
      return;
    }
    this.build(columns);
    this.sigma = new Sigma(this.graph, this.frame.canvas, {
      allowInvalidContainer: true,
      defaultNodeType: "shape",
      nodeProgramClasses: { shape: ShapeProgram },
      // a hairline is two corners, a line of any width six with a share of each dot: without a graphics card that is seconds
      edgeProgramClasses: { hair: EdgeLineProgram, line: EdgeRectangleProgram },
      nodeReducer: (node, data) => this.reduce(Number(node), data),
      edgeReducer: (edge, data) => this.reduceEdge(edge, data),
      labelColor: { color: this.colours.text },
      labelFont: this.colours.font,
      labelSize: 11,
      labelDensity: 0.25,
      labelGridCellSize: 120,
      labelRenderedSizeThreshold: 7,
      minEdgeThickness: 0.35,
      hideEdgesOnMove: header.count > 6000,
      zIndex: true,
      stagePadding: 20,
      defaultDrawNodeHover: () => {},
      defaultDrawNodeLabel: (context, data, settings) => this.label(context, data, settings),
    });
    this.listen();
    this.resized = new ResizeObserver(() => this.sigma.refresh());
    this.resized.observe(this.frame.stage);
    this.scheme = window.matchMedia("(prefers-color-scheme: dark)");
    this.onScheme = () => setTimeout(() => this.recolour(), 200);
    this.scheme.addEventListener("change", this.onScheme);
    // for who looks from outside: tests, and a console
    this.frame.stage.linkage = this;
  }

  destroy() {
    clearTimeout(this.pending);
    this.resized?.disconnect();
    this.scheme?.removeEventListener("change", this.onScheme);
    // gives its WebGL contexts back
    this.sigma?.kill();
    this.frame.remove();
  }

  build(columns) {
    const { x, y, look, size, strength, source, target } = columns;
    this.graph = new Graph({ type: "undirected", multi: false, allowSelfLoops: false });
    for (let i = 0; i < x.length; i++) {
      this.graph.addNode(String(i), { x: x[i], y: y[i], size: size[i] / 10, look: look[i], strength: strength[i] / 100 });
    }
    for (let i = 0; i < source.length; i++) this.graph.mergeUndirectedEdge(String(source[i]), String(target[i]));
  }

  take(header, columns) {
    const before = this.active;
    this.header = header;
    this.active = columns.active?.length ? columns.active : null;
    if (!this.sigma) return;
    // what is selected runs the page's script, and changes nothing here; without a graphics card a frame is what takes longest
    const same = this.taken && alike(before, this.active);
    this.taken = true;
    this.recolour();
    const answer = header.answer && header.answer.number > this.answered ? header.answer : null;
    if (answer) {
      this.answered = answer.number;
      this.answer(answer);
      return;
    }
    if (!same) {
      this.legend();
      this.sigma.refresh();
    }
    if (!this.frame.status.textContent) this.frame.say(header.says);
    this.frame.instead(header.count ? "" : header.nothing);
  }

  reduce(i, data) {
    const look = this.looks[data.look];
    const chosen = this.chosen.has(i);
    const told = chosen || this.way.has(i);
    const faint = this.active !== null && !look.kind && i < this.active.length && !this.active[i];
    const colour = chosen ? this.colours.primary : look.colour;
    return {
      x: data.x,
      y: data.y,
      size: told ? data.size + 4 : data.size,
      shape: SHAPES.indexOf(look.shape),
      color: faint && !chosen ? look.faint : colour,
      hidden: !this.shown(i),
      zIndex: told ? 3 : look.kind ? 2 : 1,
      label: told || look.kind || i >= this.header.count ? String(i) : null,
      forceLabel: told && this.chosen.size + this.way.size < 30,
      type: "shape",
    };
  }

  reduceEdge(edge, data) {
    const [a, b] = this.graph.extremities(edge).map(Number);
    const hidden = !this.shown(a) || !this.shown(b);
    if (this.way.has(a) && this.way.has(b)) return { ...data, hidden, color: WAY, size: 3, zIndex: 2 };
    const near = this.chosen.has(a) || this.chosen.has(b);
    const type = near || this.graph.size <= MANY_LINKS ? "line" : "hair";
    return { ...data, type, hidden, color: near ? this.colours.primary : this.faint, size: near ? 1.2 : this.thin, zIndex: near ? 1 : 0 };
  }

  nameOf(i) {
    return i < this.header.count ? this.name(i) : this.extra.get(i).label;
  }

  label(context, data, settings) {
    if (!data.label) return;
    const number = Number(data.label);
    const hidden = this.chosen.has(number) ? this.missing(number) : 0;
    const text = hidden ? `+${hidden.toLocaleString("en")} ${this.nameOf(number)}` : this.nameOf(number);
    const size = settings.labelSize;
    context.font = `${size}px ${settings.labelFont}`;
    context.lineWidth = 3;
    context.strokeStyle = this.colours.page;
    context.strokeText(text, data.x + data.size + 3, data.y + size / 3);
    context.fillStyle = this.colours.text;
    context.fillText(text, data.x + data.size + 3, data.y + size / 3);
  }

  /* What a node is, as lines. */
  told(i) {
    const look = this.looks[this.graph.getNodeAttribute(String(i), "look")];
    const hidden = this.missing(i);
    const around = hidden ? `${hidden.toLocaleString("en")} of its links not drawn` : "all of its links drawn";
    if (i >= this.header.count) return [...this.extra.get(i).title, around];
    const near = this.graph.degree(String(i));
    return [this.name(i), look.kind ? `${look.label}, on ${near.toLocaleString("en")} accounts drawn to it` : `account, ${look.label}`, around];
  }

  recolour() {
    const now = theme(this.frame.root);
    // many links lie over one another: the more there are, the fainter each
    const alpha = Math.max(0.05, Math.min(0.5, 15 / Math.sqrt(1 + this.graph.size)));
    // a hairline is a whole dot wide, the thin line that it stands for less than half of one
    this.faint = mix(now.text, this.graph.size > MANY_LINKS ? alpha / 2 : alpha);
    this.thin = this.graph.size > MANY_LINKS ? 0.4 : 0.9;
    if (JSON.stringify(now) === JSON.stringify(this.colours)) return;
    this.colours = now;
    this.sigma.setSetting("labelColor", { color: now.text });
    this.sigma.refresh();
  }

  tools(header) {
    const { frame } = this;
    frame.tool("expand", "Expand", "Show what is next to the selected nodes (e, or a double click)", () => this.expand());
    frame.tool("neighbours", "Neighbours", "Select the neighbours of what is selected (n)", () => this.neighbours());
    frame.tool("path", "Path", "Show how the two selected nodes are linked (p)", () => this.path());
    frame.tool("box", "Box", "Drag a box to select (b)", () => this.box());
    frame.gap();
    frame.hiding(this);
    frame.gap();
    this.search = frame.finder((text) => this.find(text));
    frame.strength((least) => {
      this.least = least;
      this.sigma.refresh();
    });
    frame.picture(this, header.file, KEYS);
    frame.press("box", false);
  }

  listen() {
    const { sigma, frame } = this;
    sigma.on("clickNode", ({ node, event }) => this.choose([Number(node)], event.original.shiftKey));
    sigma.on("doubleClickNode", ({ node, event }) => {
      event.preventSigmaDefault();
      this.expand(Number(node));
    });
    sigma.on("rightClickNode", ({ node, event }) => {
      event.original.preventDefault();
      if (!this.chosen.has(Number(node))) this.choose([Number(node)]);
      this.menu(Number(node), event.x, event.y);
    });
    sigma.on("clickStage", () => this.boxing || this.choose([]));
    sigma.on("enterNode", ({ node, event }) => frame.hover(this.told(Number(node)), event.x, event.y));
    sigma.on("leaveNode", () => frame.hover(null));
    frame.canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    frame.canvas.addEventListener("pointerdown", () => frame.stage.focus({ preventScroll: true }));
    frame.stage.addEventListener("keydown", (event) => this.onKey(event));
    this.drag();
    this.changed(false);
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.composedPath()[0] !== this.frame.stage) return;
    const camera = this.sigma.getCamera();
    const go = (dx, dy) => camera.animate({ x: camera.x + dx * 0.1 * camera.ratio, y: camera.y + dy * 0.1 * camera.ratio }, { duration: 100 });
    const acts = {
      "/": () => this.search.focus(),
      f: () => this.fit(),
      e: () => this.expand(),
      n: () => this.neighbours(),
      p: () => this.path(),
      b: () => this.box(),
      h: () => this.hideOthers(),
      Delete: () => this.hide(),
      Backspace: () => this.hide(),
      u: () => this.undo(),
      m: () => this.menuOfChosen(),
      ContextMenu: () => this.menuOfChosen(),
      o: () => this.open(this.only()),
      Escape: () => this.clear(),
      "?": () => this.frame.showKeys(KEYS),
      "+": () => camera.animatedZoom({ duration: 150 }),
      "=": () => camera.animatedZoom({ duration: 150 }),
      "-": () => camera.animatedUnzoom({ duration: 150 }),
      ArrowUp: () => go(0, 1),
      ArrowDown: () => go(0, -1),
      ArrowLeft: () => go(-1, 0),
      ArrowRight: () => go(1, 0),
      Enter: () => this.nearest(),
    };
    press(event, acts);
  }

  clear() {
    if (this.boxing) return this.box(false);
    this.way.clear();
    return this.choose([]);
  }

  fit() {
    this.sigma.getCamera().animatedReset({ duration: 200 });
  }
}

Object.assign(Whole.prototype, picking, widening, narrowing, files);

function webgl() {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(context);
}
