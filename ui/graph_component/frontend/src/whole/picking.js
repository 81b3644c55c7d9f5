/* What is selected in the whole of a cluster, by mouse, box and keyboard. */

import { element } from "../shared/dom.js";

/* As many nodes as one answer takes. */
const MOST = 200;

export const picking = {
  choose(nodes, add = false) {
    if (!add) this.chosen.clear();
    for (const node of nodes) {
      if (add && nodes.length === 1 && this.chosen.has(node)) this.chosen.delete(node);
      else this.chosen.add(node);
    }
    this.sigma.refresh({ skipIndexation: true });
    this.changed();
  },

  changed(tell = true) {
    const { frame } = this;
    const some = this.chosen.size > 0;
    for (const name of ["expand", "neighbours", "hide", "others"]) frame.enable(name, some);
    frame.enable("path", this.chosen.size === 2);
    frame.enable("undo", this.past.length > 0);
    if (!tell) return;
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.send("select", { nodes: this.named([...this.chosen].slice(0, MOST)), number: Date.now() }), 60);
    const only = this.only();
    frame.say(only !== null ? this.told(only).join("; ") : some ? `${this.chosen.size.toLocaleString("en")} selected.` : "Nothing selected.");
  },

  /* The one node that is selected; null where it is none or several. */
  only() {
    return this.chosen.size === 1 ? [...this.chosen][0] : null;
  },

  neighbours() {
    const near = [...this.chosen].flatMap((node) => this.near(node));
    if (near.length) this.choose([...this.chosen, ...near]);
  },

  /* The neighbours of a node to which a link is drawn. */
  near(node) {
    return this.graph.neighbors(String(node)).map(Number).filter((other) => this.shown(other));
  },

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
  },

  box(on = !this.boxing) {
    this.boxing = on;
    this.frame.press("box", on);
    this.frame.canvas.style.cursor = on ? "crosshair" : "";
    this.sigma.setSetting("enableCameraPanning", !on);
    if (on) this.frame.say("Drag a box around what to select.");
  },

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
  },

  menu(node, x, y) {
    const others = [...this.chosen].filter((each) => each !== node);
    const items = [
      ["Expand", () => this.expand(node)],
      ["Select neighbours", () => this.choose([node, ...this.near(node)])],
    ];
    if (others.length === 1) items.push(["Path to the selected node", () => this.askPath([others[0], node])]);
    else items.push(["Select too, for a path", () => this.choose([...others, node])]);
    items.push(["Hide", () => this.vanish([node])]);
    items.push([
      "Hide others",
      () => {
        this.choose([node]);
        this.hideOthers();
      },
    ]);
    items.push(["Open its page", () => this.open(node)]);
    this.frame.openMenu(x + 8, y + 8, items);
  },

  /* The menu of the one that is selected, where it is. */
  menuOfChosen() {
    const node = this.only();
    if (node === null) return this.frame.say("Select one node; then m opens its menu.");
    const at = this.sigma.graphToViewport(this.graph.getNodeAttributes(String(node)));
    return this.menu(node, at.x, at.y);
  },

  open(node) {
    if (node !== null) this.send("open", { nodes: this.named([node]), number: Date.now() });
  },
};
