import Graph from "graphology";
import Sigma from "sigma";

import { element, press, save, theme } from "../shared/dom.js";
import { Frame } from "../shared/frame.js";
import { texts } from "./columns.js";
import { SHAPES, ShapeProgram } from "./shapes.js";

const KEYS = [
  ["/", "find"],
  ["f", "fit all into the picture"],
  ["n", "select the neighbours of what is selected"],
  ["b", "select with a box"],
  ["Del", "hide what is selected"],
  ["h", "hide all others"],
  ["u", "undo"],
  ["Esc", "select nothing"],
  ["arrows", "go about"],
  ["Enter", "select the node nearest to the middle"],
  ["+ −", "closer, farther"],
  ["?", "this list"],
];
/* As many nodes as one answer takes. */
const MOST = 200;

export class Whole {
  constructor(parent, header, columns) {
    this.key = header.key;
    this.off = new Set();
    this.gone = new Set();
    this.chosen = new Set();
    this.active = null;
    this.faint = "#88888822";
    this.past = [];
    this.name = texts(columns, "names");
    this.frame = new Frame(parent, { label: header.label, height: header.height });
    this.tools(header);
    this.colours = theme(this.frame.root);
    this.looks = header.looks;
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
    const { x, y, look, size, source, target } = columns;
    this.graph = new Graph({ type: "undirected", multi: false, allowSelfLoops: false });
    for (let i = 0; i < x.length; i++) {
      this.graph.addNode(String(i), { x: x[i], y: y[i], size: size[i] / 10, look: look[i] });
    }
    for (let i = 0; i < source.length; i++) this.graph.mergeUndirectedEdge(String(source[i]), String(target[i]));
  }

  take(header, columns) {
    this.header = header;
    this.active = columns.active?.length ? columns.active : null;
    if (!this.sigma) return;
    this.recolour();
    this.legend();
    this.sigma.refresh();
    this.frame.say(header.says);
    this.frame.instead(header.count ? "" : header.nothing);
  }

  shown(i) {
    return !this.gone.has(i) && !this.off.has(this.graph.getNodeAttribute(String(i), "look"));
  }

  reduce(i, data) {
    const look = this.looks[data.look];
    const chosen = this.chosen.has(i);
    const faint = this.active !== null && !look.kind && !this.active[i];
    const hidden = this.gone.has(i) || this.off.has(data.look);
    const colour = chosen ? this.colours.primary : look.colour;
    return {
      x: data.x,
      y: data.y,
      size: chosen ? data.size + 4 : data.size,
      shape: SHAPES.indexOf(look.shape),
      color: faint ? `${look.colour}22` : colour,
      hidden,
      zIndex: chosen ? 3 : look.kind ? 2 : 1,
      label: chosen || look.kind ? String(i) : null,
      forceLabel: chosen && this.chosen.size < 30,
      type: "shape",
    };
  }

  reduceEdge(edge, data) {
    const [a, b] = this.graph.extremities(edge).map(Number);
    const near = this.chosen.has(a) || this.chosen.has(b);
    return { ...data, hidden: !this.shown(a) || !this.shown(b), color: near ? this.colours.primary : this.faint, size: near ? 1.2 : 0.4, zIndex: near ? 1 : 0 };
  }

  label(context, data, settings) {
    if (!data.label) return;
    const text = this.name(Number(data.label));
    const size = settings.labelSize;
    context.font = `${size}px ${settings.labelFont}`;
    context.lineWidth = 3;
    context.strokeStyle = this.colours.page;
    context.strokeText(text, data.x + data.size + 3, data.y + size / 3);
    context.fillStyle = this.colours.text;
    context.fillText(text, data.x + data.size + 3, data.y + size / 3);
  }

  recolour() {
    const now = theme(this.frame.root);
    this.faint = mix(now.text, this.graph.size > 20_000 ? 0.05 : 0.12);
    if (JSON.stringify(now) === JSON.stringify(this.colours)) return;
    this.colours = now;
    this.sigma.setSetting("labelColor", { color: now.text });
    this.sigma.refresh();
  }

  tools(header) {
    const { frame } = this;
    frame.tool("neighbours", "Neighbours", "Select the neighbours of what is selected (n)", () => this.neighbours());
    frame.tool("box", "Box", "Drag a box to select (b)", () => this.box());
    frame.gap();
    frame.hiding(this);
    frame.gap();
    this.search = frame.finder((text) => this.find(text));
    frame.gap();
    frame.tool("fit", "Fit", "Fit all into the picture (f)", () => this.fit());
    frame.tool("full", "Full screen", "Fill the screen, or leave it", () => frame.fullscreen());
    frame.tool("png", "PNG", "Save the picture as PNG", () => this.png(header.file));
    frame.tool("keys", "?", "List the keys", () => frame.showKeys(KEYS));
    frame.buttons.keys.setAttribute("aria-label", "Keys");
    frame.press("box", false);
  }

  listen() {
    const { sigma, frame } = this;
    sigma.on("clickNode", ({ node, event }) => this.choose([Number(node)], event.original.shiftKey));
    sigma.on("clickStage", () => this.boxing || this.choose([]));
    sigma.on("enterNode", ({ node, event }) => frame.hover(this.told(Number(node)), event.x, event.y));
    sigma.on("leaveNode", () => frame.hover(null));
    frame.canvas.addEventListener("pointerdown", () => frame.stage.focus({ preventScroll: true }));
    frame.stage.addEventListener("keydown", (event) => this.onKey(event));
    this.drag();
    this.changed(false);
  }

  onKey(event) {
    const field = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || field.tagName === "INPUT") return;
    const camera = this.sigma.getCamera();
    const go = (dx, dy) => camera.animate({ x: camera.x + dx * 0.1 * camera.ratio, y: camera.y + dy * 0.1 * camera.ratio }, { duration: 100 });
    const acts = {
      "/": () => this.search.focus(),
      f: () => this.fit(),
      n: () => this.neighbours(),
      b: () => this.box(),
      h: () => this.hideOthers(),
      Delete: () => this.hide(),
      Backspace: () => this.hide(),
      u: () => this.undo(),
      Escape: () => (this.boxing ? this.box(false) : this.choose([])),
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

  told(i) {
    const look = this.looks[this.graph.getNodeAttribute(String(i), "look")];
    const near = this.graph.degree(String(i));
    return [this.name(i), look.kind ? `${look.label}, on ${near.toLocaleString("en")} accounts drawn to it` : `account, ${look.label}`];
  }

  choose(nodes, add = false) {
    if (!add) this.chosen.clear();
    for (const node of nodes) {
      if (add && nodes.length === 1 && this.chosen.has(node)) this.chosen.delete(node);
      else this.chosen.add(node);
    }
    this.sigma.refresh({ skipIndexation: true });
    this.changed();
  }

  changed(tell = true) {
    const { frame } = this;
    const some = this.chosen.size > 0;
    for (const name of ["neighbours", "hide", "others"]) frame.enable(name, some);
    frame.enable("undo", this.past.length > 0);
    if (!tell) return;
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.send("select", { nodes: [...this.chosen].slice(0, MOST), number: Date.now() }), 60);
    const only = this.chosen.size === 1 ? [...this.chosen][0] : null;
    frame.say(only !== null ? this.told(only).join("; ") : some ? `${this.chosen.size.toLocaleString("en")} selected.` : "Nothing selected.");
  }

  neighbours() {
    const near = [];
    for (const node of this.chosen) for (const other of this.graph.neighbors(String(node))) if (this.shown(Number(other))) near.push(Number(other));
    if (near.length) this.choose([...this.chosen, ...near]);
  }

  nearest() {
    const { width, height } = this.sigma.getDimensions();
    let best = Infinity;
    let found = null;
    this.graph.forEachNode((node, { x, y }) => {
      if (!this.shown(Number(node))) return;
      const at = this.sigma.graphToViewport({ x, y });
      const far = (at.x - width / 2) ** 2 + (at.y - height / 2) ** 2;
      if (far < best) [best, found] = [far, Number(node)];
    });
    if (found !== null) this.choose([found]);
  }

  find(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return;
    if (this.found !== wanted) {
      this.found = wanted;
      this.hits = [];
      this.at = -1;
      for (let i = 0; i < this.header.count; i++) if (this.name(i).toLowerCase().includes(wanted)) this.hits.push(i);
      this.hits.sort((a, b) => this.name(a).length - this.name(b).length || a - b);
    }
    if (!this.hits.length) return this.frame.say("Nothing of that name is in this cluster.");
    this.at = (this.at + 1) % this.hits.length;
    const node = this.hits[this.at];
    this.gone.delete(node);
    this.choose([node]);
    const at = this.sigma.getNodeDisplayData(String(node));
    this.sigma.getCamera().animate({ x: at.x, y: at.y, ratio: 0.15 }, { duration: 250 });
    this.frame.say(`${this.at + 1} of ${this.hits.length}: ${this.told(node).join("; ")}`);
  }

  hide() {
    this.vanish([...this.chosen]);
  }

  hideOthers() {
    if (!this.chosen.size) return;
    const rest = [];
    for (let i = 0; i < this.header.count; i++) if (!this.chosen.has(i) && !this.gone.has(i)) rest.push(i);
    this.vanish(rest);
  }

  vanish(nodes) {
    if (!nodes.length) return;
    for (const node of nodes) this.gone.add(node);
    this.past.push(nodes);
    this.choose([...this.chosen].filter((node) => !this.gone.has(node)));
    this.frame.say(`${nodes.length.toLocaleString("en")} hidden. Undo brings them back.`);
  }

  undo() {
    const last = this.past.pop();
    if (!last) return this.frame.say("There is nothing to undo.");
    for (const node of last) this.gone.delete(node);
    this.sigma.refresh();
    this.changed(false);
    this.frame.say("Taken back: hiding.");
  }

  box(on = !this.boxing) {
    this.boxing = on;
    this.frame.press("box", on);
    this.frame.canvas.style.cursor = on ? "crosshair" : "";
    this.sigma.setSetting("enableCameraPanning", !on);
    if (on) this.frame.say("Drag a box around what to select.");
  }

  drag() {
    let start = null;
    const frame = element("div");
    Object.assign(frame.style, { position: "absolute", border: `1.5px dashed ${this.colours.primary}`, pointerEvents: "none", zIndex: 4 });
    const stage = this.frame.canvas;
    const place = (event) => {
      const box = stage.getBoundingClientRect();
      return { x: event.clientX - box.x, y: event.clientY - box.y };
    };
    const draw = (to) => {
      frame.style.left = `${Math.min(start.x, to.x)}px`;
      frame.style.top = `${Math.min(start.y, to.y)}px`;
      frame.style.width = `${Math.abs(start.x - to.x)}px`;
      frame.style.height = `${Math.abs(start.y - to.y)}px`;
    };
    stage.addEventListener("pointerdown", (event) => {
      if (!this.boxing || event.button !== 0) return;
      start = place(event);
      draw(start);
      this.frame.stage.append(frame);
    });
    stage.addEventListener("pointermove", (event) => start && draw(place(event)));
    stage.addEventListener("pointerup", (event) => {
      if (!start) return;
      const to = place(event);
      frame.remove();
      const inside = [];
      this.graph.forEachNode((node, { x, y }) => {
        const at = this.sigma.graphToViewport({ x, y });
        const within = at.x >= Math.min(start.x, to.x) && at.x <= Math.max(start.x, to.x) && at.y >= Math.min(start.y, to.y) && at.y <= Math.max(start.y, to.y);
        if (within && this.shown(Number(node))) inside.push(Number(node));
      });
      start = null;
      this.box(false);
      this.choose(inside);
    });
  }

  legend() {
    const present = new Set();
    this.graph.forEachNode((_, { look }) => present.add(look));
    this.frame.drawLegend(
      this.looks
        .map((look, i) => ({
          ...look,
          label: look.kind ? `${look.label}` : look.label,
          points: POINTS[look.shape],
          hollow: look.shape === "ring",
          on: !this.off.has(i),
          present: present.has(i),
          turn: (on) => {
            this.off[on ? "delete" : "add"](i);
            this.sigma.refresh();
            this.frame.say(`${look.label}: ${on ? "shown" : "hidden"}.`);
          },
        }))
        .filter((entry) => entry.present),
    );
  }

  fit() {
    this.sigma.getCamera().animatedReset({ duration: 200 });
  }

  png(name) {
    this.sigma.refresh();
    const { width, height } = this.sigma.getDimensions();
    const ratio = window.devicePixelRatio || 1;
    const canvas = element("canvas");
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const context = canvas.getContext("2d");
    context.fillStyle = this.colours.page;
    context.fillRect(0, 0, canvas.width, canvas.height);
    // what is drawn is gone from a WebGL canvas once the browser has shown it: copied in the same turn
    this.sigma.once("afterRender", () => {
      const layers = this.sigma.getCanvases();
      for (const layer of ["edges", "nodes", "edgeLabels", "labels"]) if (layers[layer]) context.drawImage(layers[layer], 0, 0);
      canvas.toBlob((blob) => save(blob, `${name}.png`));
    });
    this.sigma.scheduleRender();
  }
}

const POINTS = {
  square: [-0.85, -0.85, 0.85, -0.85, 0.85, 0.85, -0.85, 0.85],
  diamond: [0, -1, 1, 0, 0, 1, -1, 0],
  triangle: [0, -1, 0.95, 0.8, -0.95, 0.8],
  hexagon: [1, 0, 0.5, 0.87, -0.5, 0.87, -1, 0, -0.5, -0.87, 0.5, -0.87],
  star: [0, -1, 0.27, -0.37, 0.95, -0.31, 0.44, 0.14, 0.59, 0.81, 0, 0.46, -0.59, 0.81, -0.44, 0.14, -0.95, -0.31, -0.27, -0.37],
  cross: [-0.35, -1, 0.35, -1, 0.35, -0.35, 1, -0.35, 1, 0.35, 0.35, 0.35, 0.35, 1, -0.35, 1, -0.35, 0.35, -1, 0.35, -1, -0.35, -0.35, -0.35],
};

function webgl() {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(context);
}

/* A colour of the page (#rrggbb or rgb()) with an alpha. */
function mix(colour, alpha) {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = colour;
  const hex = canvas.fillStyle;
  return `${hex.startsWith("#") ? hex : "#808080"}${Math.round(alpha * 255).toString(16).padStart(2, "0")}`;
}
