/* How nodes and ties look: a kind by shape and colour, an account by whether it is core and flagged. */

/* `scale` is by how much names are larger than the picture around them. */
export function look(colours, count, scale) {
  // many ties lie over one another: the more there are, the fainter each
  const faint = Math.max(0.1, Math.min(0.7, 5.5 / Math.sqrt(1 + count)));
  return [
    {
      selector: "node",
      style: {
        width: "data(size)",
        height: "data(size)",
        "background-color": "data(colour)",
        "border-width": 1.5,
        "border-color": "data(colour)",
        label: "data(shown)",
        color: colours.text,
        "font-family": colours.font,
        "font-size": 10 * scale,
        "text-valign": "bottom",
        "text-margin-y": 3 * scale,
        "text-max-width": 110 * scale,
        "text-wrap": "ellipsis",
        "min-zoomed-font-size": 5,
        "text-outline-color": colours.page,
        "text-outline-width": 2 * scale,
        "overlay-opacity": 0,
      },
    },
    { selector: "node[?points]", style: { shape: "polygon", "shape-polygon-points": "data(points)" } },
    { selector: "node[?hollow]", style: { "background-color": colours.page, "border-width": 2.5 } },
    { selector: "node[?other]", style: { "border-style": "dashed", "border-width": 2.5, "background-color": colours.page } },
    { selector: "node[type = 'account']", style: { label: "data(count)", "font-size": 8 * scale } },
    { selector: "node.named, node[type = 'account']:selected, node[type = 'account'].focus", style: { label: "data(shown)", "font-size": 10 * scale } },
    { selector: "node[type = 'group']", style: { "font-size": 12 * scale } },
    { selector: "node.mute", style: { label: "" } },
    { selector: "node.way, node:selected, node.focus", style: { label: "data(shown)" } },
    {
      selector: "edge",
      style: {
        width: count > 600 ? "mapData(weight, 0, 1, 0.4, 1.6)" : "mapData(weight, 0, 1, 0.6, 2.6)",
        "line-color": colours.text,
        opacity: faint * 0.7,
        "curve-style": "haystack",
        "overlay-opacity": 0,
      },
    },
    { selector: ".gone, .off", style: { display: "none" } },
    { selector: "node.faint", style: { opacity: 0.18 } },
    { selector: "edge.near", style: { opacity: 0.95, "line-color": colours.primary, "z-index": 5 } },
    { selector: ".way", style: { opacity: 1, "line-color": "#d1453b", "z-index": 8 } },
    { selector: "edge.way", style: { width: 4 } },
    { selector: "node.way", style: { "underlay-color": "#d1453b", "underlay-opacity": 0.35, "underlay-padding": 6 } },
    {
      selector: "node:selected",
      style: {
        "underlay-color": colours.primary,
        "underlay-opacity": 0.45,
        "underlay-padding": 6,
        "border-color": colours.text,
        "border-width": 3,
        "min-zoomed-font-size": 0,
        "z-index": 10,
      },
    },
    {
      selector: "node.focus",
      style: { "outline-color": colours.text, "outline-width": 2, "outline-offset": 4, "outline-style": "dashed", "z-index": 11 },
    },
  ];
}
