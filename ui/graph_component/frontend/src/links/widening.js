/* Showing more: what is next to a node, the path between two, what is looked for by its name. */

import { askHow, AT_ONCE } from "../shared/asking.js";

export const widening = {
  /* How many neighbours of a node are not shown. */
  missing(node) {
    let shown = node.neighborhood().nodes().not(".gone");
    if (node.data("type") === "group") shown = shown.filter("[type = 'account']");
    const total = this.known.get(node.id()).around.reduce((sum, [, , n]) => sum + n, 0);
    return Math.max(0, total - shown.length);
  },

  around(node) {
    const hidden = this.missing(node);
    return hidden ? `${hidden.toLocaleString("en")} neighbours not shown` : "all neighbours shown";
  },

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
    const hidden = this.missing(one);
    const ask = (how) => this.send("expand", { nodes: [one.id()], ...how, number: Date.now() });
    if (hidden <= AT_ONCE) return ask({ among: null, order: "most", limit: AT_ONCE });
    const { label, around } = this.known.get(one.id());
    return askHow(this.frame, `${label}: ${hidden.toLocaleString("en")} neighbours are not shown. Which?`, around, ask);
  },

  path() {
    const chosen = this.selected();
    if (chosen.length !== 2) return this.frame.say("Select two nodes; then their path is shown.");
    return this.send("path", { nodes: chosen.map((node) => node.id()), number: Date.now() });
  },

  showWay(ids) {
    this.cy.elements().removeClass("way");
    ids.forEach((id, i) => {
      const node = this.cy.getElementById(id).addClass("way");
      if (i) node.edgesWith(this.cy.getElementById(ids[i - 1])).addClass("way");
    });
    const way = this.cy.nodes(".way");
    if (way.length) this.cy.animate({ fit: { eles: way, padding: 90 }, duration: 250 });
    this.declutter();
  },

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
  },
};
