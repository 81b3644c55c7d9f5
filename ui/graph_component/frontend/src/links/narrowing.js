/* Showing less: hiding and taking that back, the legend, and the filters by strength and time. */

import { entries } from "../shared/families.js";

export const narrowing = {
  hide(nodes = this.selected()) {
    if (!nodes.length) return;
    nodes.unselect();
    this.vanish(nodes, `${nodes.length} hidden`);
  },

  hideOthers() {
    const kept = this.selected();
    if (!kept.length) return;
    const nodes = this.cy.nodes().not(".gone").difference(kept);
    this.vanish(nodes, `${nodes.length} others hidden`);
  },

  vanish(nodes, said) {
    nodes.addClass("gone");
    this.remember("hiding", () => nodes.removeClass("gone"));
    this.relabel();
    this.frame.say(`${said}. Undo brings them back.`);
  },

  remember(what, back) {
    this.past.push({ what, back });
    this.frame.enable("undo", true);
  },

  undo() {
    const last = this.past.pop();
    this.frame.enable("undo", this.past.length > 0);
    if (!last) return this.frame.say("There is nothing to undo.");
    last.back();
    this.relabel();
    this.frame.say(`Taken back: ${last.what}.`);
  },

  filter() {
    const active = this.data.active ? new Set(this.data.active) : null;
    this.cy.batch(() => {
      this.cy.nodes().forEach((node) => {
        const { mark, strength, type } = node.data();
        const off = this.off.has(mark) || (type === "identifier" && strength < this.least);
        node.toggleClass("off", off);
        node.toggleClass("faint", active !== null && type !== "identifier" && !active.has(node.id()));
      });
    });
    this.relabel();
  },

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
    this.declutter();
  },

  legend() {
    const { marks } = this.data;
    const present = new Set(this.cy.nodes().map((node) => node.data("mark")));
    const key = [...present].join("\n");
    if (key === this.drawn) return;
    this.drawn = key;
    const looks = Object.entries(marks).filter(([name]) => present.has(name));
    const turned = ({ keys, label, on }) => {
      this.filter();
      if (keys.length > 1) {
        this.drawn = "";
        this.legend();
      }
      this.frame.say(`${label}: ${on ? "shown" : "hidden"}.`);
    };
    this.frame.drawLegend(entries(looks, this.off, turned));
  },
};
