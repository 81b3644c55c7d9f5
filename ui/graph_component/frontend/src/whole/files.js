/* The whole of a cluster as a file. */

import { element, save } from "../shared/dom.js";
import { POINTS } from "./shapes.js";

export const files = {
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
  },

  svg(name) {
    save(new Blob([this.asSvg()], { type: "image/svg+xml" }), `${name}.svg`);
  },

  /* The picture in a box of 2,000 by 2,000. Everything but names is numbers of ours; names become text and are escaped. */
  asSvg() {
    const writer = new XMLSerializer();
    // what XML does not know is left out
    const told = (text) => writer.serializeToString(document.createTextNode(text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")));
    const at = (node) => {
      const { x, y } = this.graph.getNodeAttributes(node);
      return [(1000 + x * 950).toFixed(1), (1000 - y * 950).toFixed(1)];
    };
    const parts = [`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2000 2000" width="2000" height="2000" font-family="sans-serif" font-size="10">`];
    parts.push(`<rect width="2000" height="2000" fill="${this.colours.page}"/>`, `<g stroke="${this.colours.text}" stroke-opacity="0.15" stroke-width="0.5">`);
    this.graph.forEachEdge((_, __, a, b) => {
      if (!this.shown(Number(a)) || !this.shown(Number(b))) return;
      const [[x1, y1], [x2, y2]] = [at(a), at(b)];
      const way = this.way.has(Number(a)) && this.way.has(Number(b)) ? ' stroke="#d1453b" stroke-opacity="1" stroke-width="3"' : "";
      parts.push(`<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"${way}/>`);
    });
    parts.push("</g>");
    this.graph.forEachNode((node, { size, look }) => {
      const number = Number(node);
      if (!this.shown(number)) return;
      const { colour, shape, kind } = this.looks[look];
      const [x, y] = at(node);
      const points = POINTS[shape];
      const paint = shape === "ring" ? `fill="${this.colours.page}" stroke="${colour}" stroke-width="1.5"` : `fill="${colour}"`;
      const title = `<title>${told(this.nameOf(number))}</title>`;
      if (points) {
        const corners = [];
        for (let i = 0; i < points.length; i += 2) corners.push(`${(Number(x) + points[i] * size).toFixed(1)},${(Number(y) + points[i + 1] * size).toFixed(1)}`);
        parts.push(`<polygon points="${corners.join(" ")}" ${paint}>${title}</polygon>`);
      } else parts.push(`<circle cx="${x}" cy="${y}" r="${size.toFixed(1)}" ${paint}>${title}</circle>`);
      if (this.chosen.has(number) || (kind && size > 7)) {
        parts.push(`<text x="${(Number(x) + size + 3).toFixed(1)}" y="${(Number(y) + 3).toFixed(1)}" fill="${this.colours.text}">${told(this.nameOf(number))}</text>`);
      }
    });
    return [...parts, "</svg>"].join("\n");
  },
};
