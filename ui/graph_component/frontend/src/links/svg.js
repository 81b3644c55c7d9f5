/* The picture as SVG: built as a document and serialised, so every text in it is escaped. */

const SVG = "http://www.w3.org/2000/svg";

export function svg(cy, colours, scale) {
  const shown = cy.elements(":visible");
  const box = shown.boundingBox();
  const make = (name, attributes, parent) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
    parent?.append(node);
    return node;
  };
  const pad = 20;
  const root = make("svg", {
    xmlns: SVG,
    viewBox: [box.x1 - pad, box.y1 - pad, box.w + 2 * pad, box.h + 2 * pad].map((n) => n.toFixed(1)).join(" "),
    width: Math.round(box.w + 2 * pad),
    height: Math.round(box.h + 2 * pad),
    "font-family": "sans-serif",
    "font-size": 10 * scale,
  });
  make("rect", { x: box.x1 - pad, y: box.y1 - pad, width: "100%", height: "100%", fill: colours.page }, root);
  const lines = make("g", { stroke: colours.text, "stroke-opacity": 0.35 }, root);
  shown.edges().forEach((edge) => {
    const [a, b] = [edge.source().position(), edge.target().position()];
    const way = edge.hasClass("way") ? { stroke: "#d1453b", "stroke-opacity": 1, "stroke-width": 4 } : {};
    const at = { x1: a.x.toFixed(1), y1: a.y.toFixed(1), x2: b.x.toFixed(1), y2: b.y.toFixed(1) };
    make("line", { ...at, "stroke-width": (0.6 + 2 * edge.data("weight")).toFixed(2), ...way }, lines);
  });
  shown.nodes().forEach((node) => {
    const { x, y } = node.position();
    const { size, colour, points, hollow, other, shown: label } = node.data();
    const filled = hollow || other ? colours.page : colour;
    const paint = { fill: filled, stroke: colour, "stroke-width": hollow || other ? 2.5 : 1.5 };
    if (points) {
      const at = [];
      for (let i = 0; i < points.length; i += 2) at.push(`${(x + (points[i] * size) / 2).toFixed(1)},${(y + (points[i + 1] * size) / 2).toFixed(1)}`);
      make("polygon", { points: at.join(" "), ...paint }, root);
    } else make("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: size / 2, ...paint }, root);
    // a title is shown under the pointer by whatever shows the file
    make("title", {}, root.lastChild).textContent = label;
    if (node.hasClass("mute")) return;
    const text = make("text", { x: x.toFixed(1), y: (y + size / 2 + 11 * scale).toFixed(1), "text-anchor": "middle", fill: colours.text }, root);
    text.textContent = label;
  });
  return new XMLSerializer().serializeToString(root);
}
