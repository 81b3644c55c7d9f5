/* Which names are shown: all are as large on the screen at any zoom, and of those that would lie over one another the most
   telling stays. */

const CELL = 80;
/* Zooms between which names keep their size, as powers of two. */
const STEP = 0.5;

/* By how much names are to be drawn smaller or larger than the picture, at a zoom. */
export function labelScale(zoom) {
  const step = Math.round(Math.log2(1 / zoom) / STEP) * STEP;
  return Math.min(6, Math.max(0.25, 2 ** step));
}

/* Mutes names that would lie over others; selected ones, those in focus and those on a path are never muted. */
export function declutter(cy, scale) {
  const taken = new Map();
  const listed = [];
  const bodies = [];
  cy.nodes().forEach((node) => {
    if (node.hasClass("gone") || node.hasClass("off")) return;
    const { size, type, shown, count } = node.data();
    bodies.push({ node, box: around(node, type === "identifier" ? size / 4 : size * 0.4), faint: type !== "identifier" });
    const told = node.selected() || node.hasClass("focus") || node.hasClass("way");
    const account = type === "account" && !told && !node.hasClass("named");
    const text = account ? count : shown;
    if (!text) return;
    const font = (account ? 8 : type === "group" ? 12 : 10) * scale;
    const { x, y } = node.position();
    const half = Math.min(110 * scale, text.length * font * 0.58) / 2 + font * 0.2;
    const top = y + size / 2 + 3 * scale;
    const rank = told ? 0 : type === "group" ? 1 : type === "identifier" ? 2 : 3;
    listed.push({ node, rank, size, told, small: account || type === "group", box: [x - half, top, x + half, top + font * 1.15] });
  });
  listed.sort((a, b) => a.rank - b.rank || b.size - a.size);
  const side = CELL * scale;
  const take = (node, box, cells, faint = false) => {
    for (const cell of cells) {
      if (!taken.has(cell)) taken.set(cell, []);
      taken.get(cell).push({ node, box, faint });
    }
  };
  // a name does not lie over the mark of another; a count, which is small, may touch that of an account or group
  for (const { node, box, faint } of bodies) take(node, box, cellsOf(box, side), faint);
  cy.batch(() => {
    for (const { node, told, small, box } of listed) {
      const cells = cellsOf(box, side);
      const lies = (other) => other.node !== node && !(small && other.faint) && !apart(box, other.box);
      const free = !cells.some((cell) => (taken.get(cell) || []).some(lies));
      node.toggleClass("mute", !free && !told);
      if (free || told) take(node, box, cells);
    }
  });
}

function cellsOf(box, side) {
  const cells = [];
  for (let i = Math.floor(box[0] / side); i <= Math.floor(box[2] / side); i++) {
    for (let j = Math.floor(box[1] / side); j <= Math.floor(box[3] / side); j++) cells.push(`${i},${j}`);
  }
  return cells;
}

function around(node, reach) {
  const { x, y } = node.position();
  return [x - reach, y - reach, x + reach, y + reach];
}

function apart(a, b) {
  return a[2] < b[0] || b[2] < a[0] || a[3] < b[1] || b[3] < a[1];
}
