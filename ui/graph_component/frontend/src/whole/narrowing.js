/* Showing less of a cluster: hiding and taking that back, the legend, and the filter by strength. */

import { entries } from "../shared/families.js";
import { POINTS } from "./shapes.js";

export const narrowing = {
  /* Whether a node is in the picture: neither hidden, nor its kind, nor weaker than asked for. */
  shown(i) {
    const { look, strength } = this.graph.getNodeAttributes(String(i));
    return !this.gone.has(i) && !this.off.has(look) && !(this.looks[look].kind && strength < this.least);
  },

  hide() {
    this.vanish([...this.chosen]);
  },

  hideOthers() {
    if (!this.chosen.size) return;
    this.vanish(this.graph.nodes().map(Number).filter((i) => !this.chosen.has(i) && !this.gone.has(i)));
  },

  vanish(nodes) {
    if (!nodes.length) return;
    for (const node of nodes) this.gone.add(node);
    this.remember("hiding", () => {
      for (const node of nodes) this.gone.delete(node);
    });
    this.choose([...this.chosen].filter((node) => !this.gone.has(node)));
    this.frame.say(`${nodes.length.toLocaleString("en")} hidden. Undo brings them back.`);
  },

  remember(what, back) {
    this.past.push({ what, back });
    this.frame.enable("undo", true);
  },

  undo() {
    const last = this.past.pop();
    if (!last) return this.frame.say("There is nothing to undo.");
    last.back();
    this.legend();
    this.sigma.refresh();
    this.changed(false);
    return this.frame.say(`Taken back: ${last.what}.`);
  },

  legend() {
    const present = new Set();
    this.graph.forEachNode((_, { look }) => present.add(look));
    const looks = this.looks
      .map((look, i) => [i, { ...look, points: POINTS[look.shape], hollow: look.shape === "ring" }])
      .filter(([i]) => present.has(i));
    const turned = ({ keys, label, on }) => {
      this.sigma.refresh();
      if (keys.length > 1) this.legend();
      this.frame.say(`${label}: ${on ? "shown" : "hidden"}.`);
    };
    this.frame.drawLegend(entries(looks, this.off, turned));
  },
};
