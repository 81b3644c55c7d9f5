/* Showing more of a cluster: links that were not drawn, accounts of other clusters, and the path between two nodes.

   Numbers name what the cluster has, ids what came from outside of it. */

import { askHow, AT_ONCE } from "../shared/asking.js";

const GOLDEN = 2.399963;

export const widening = {
  /* How many neighbours of a node have no link drawn to it. */
  missing(node) {
    const around = node < this.header.count ? this.around[node] : this.extra.get(node).around;
    return Math.max(0, around - this.near(node).length);
  },

  named(nodes) {
    return nodes.map((node) => (node < this.header.count ? node : this.extra.get(node).id));
  },

  expand(node = null) {
    const wanted = (node === null ? [...this.chosen] : [node]).filter((each) => this.missing(each) > 0);
    if (!wanted.length) return this.frame.say(this.chosen.size || node !== null ? "All of its neighbours are shown." : "Select a node first.");
    const ask = (nodes, how) => this.send("expand", { nodes: this.named(nodes), near: nodes.map((each) => this.named(this.near(each))), ...how, number: Date.now() });
    if (wanted.length > 1) return ask(wanted.slice(0, 20), { among: null, order: "most", limit: 10 });
    if (this.missing(wanted[0]) <= AT_ONCE) return ask(wanted, { among: null, order: "most", limit: AT_ONCE });
    // which kinds there are is known to the snapshot: the question comes with its answer
    return this.send("around", { nodes: this.named(wanted), number: Date.now() });
  },

  path() {
    if (this.chosen.size !== 2) return this.frame.say("Select two nodes; then their path is shown.");
    return this.askPath([...this.chosen]);
  },

  askPath(nodes) {
    this.send("path", { nodes: this.named(nodes), number: Date.now() });
  },

  /* What Python answered: { kind, says, node, around, fresh, links, way }. */
  answer(answer) {
    if (answer.kind === "around") {
      const node = this.numbered(answer.node);
      const title = `${answer.says}: ${this.missing(node).toLocaleString("en")} neighbours are not shown. Which?`;
      const near = this.named(this.near(node));
      return askHow(this.frame, title, answer.around, (how) => this.send("expand", { nodes: [answer.node], near: [near], ...how, number: Date.now() }));
    }
    const made = this.bring(answer);
    if (answer.way?.length) this.showWay(answer.way.map((node) => this.numbered(node)));
    if (made.nodes.length || made.edges.length || made.back.length) {
      this.remember("what came", () => {
        for (const edge of made.edges) this.graph.dropEdge(edge);
        for (const node of made.nodes) {
          this.graph.dropNode(String(node));
          this.chosen.delete(node);
          this.ids.delete(this.extra.get(node).id);
          this.extra.delete(node);
        }
        for (const node of made.back) this.gone.add(node);
        this.way.clear();
      });
    }
    this.legend();
    this.sigma.refresh();
    return this.frame.say(answer.says);
  },

  numbered(node) {
    return typeof node === "number" ? node : this.ids.get(node);
  },

  /* Put into the picture what was not in it: round the node it came from, and nothing else moves. */
  bring({ node, fresh = [], links = [] }) {
    const nodes = [];
    const edges = [];
    const back = [];
    const home = node === null || node === undefined ? undefined : this.numbered(node);
    const at = home === undefined ? { x: 0, y: 0 } : this.graph.getNodeAttributes(String(home));
    const away = Math.atan2(at.y, at.x);
    fresh.forEach((each, i) => {
      if (this.ids.has(each.id)) return;
      const number = this.next++;
      const turn = away + (i % 2 ? 1 : -1) * Math.ceil(i / 2) * GOLDEN;
      const far = 0.02 + 0.006 * Math.sqrt(i);
      this.ids.set(each.id, number);
      this.extra.set(number, each);
      this.graph.addNode(String(number), { x: at.x + far * Math.cos(turn), y: at.y + far * Math.sin(turn), size: each.size, look: each.look, strength: each.strength });
      nodes.push(number);
    });
    for (const [a, b] of links) {
      const [source, target] = [this.numbered(a), this.numbered(b)];
      if (source === undefined || target === undefined) continue;
      for (const end of [source, target]) {
        if (this.gone.delete(end)) back.push(end);
      }
      if (!this.graph.hasEdge(String(source), String(target))) edges.push(this.graph.addUndirectedEdge(String(source), String(target)));
    }
    return { nodes, edges, back };
  },

  showWay(nodes) {
    this.way = new Set(nodes);
    for (const node of nodes) this.gone.delete(node);
    const places = nodes.map((node) => this.sigma.getNodeDisplayData(String(node))).filter(Boolean);
    if (!places.length) return;
    const [xs, ys] = [places.map((place) => place.x), places.map((place) => place.y)];
    const wide = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys), 0.08);
    const middle = { x: (Math.max(...xs) + Math.min(...xs)) / 2, y: (Math.max(...ys) + Math.min(...ys)) / 2 };
    this.sigma.getCamera().animate({ ...middle, ratio: Math.min(1, wide * 1.5) }, { duration: 250 });
  },

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
    if (!this.hits.length) return this.frame.say("Nothing of that name is in this cluster; the view Links finds any account and identifier.");
    this.at = (this.at + 1) % this.hits.length;
    const node = this.hits[this.at];
    this.gone.delete(node);
    this.choose([node]);
    const at = this.sigma.getNodeDisplayData(String(node));
    this.sigma.getCamera().animate({ x: at.x, y: at.y, ratio: 0.15 }, { duration: 250 });
    this.frame.say(`${this.at + 1} of ${this.hits.length}: ${this.told(node).join("; ")}`);
  },
};
