/* Where nodes stand: once for all that is there at the start, from where Python says that they begin, and for what comes later
   without moving what stands. */

import { settle } from "./settle.js";

/* What ties many stands apart from its like, and leaves those it ties room around it. */
const room = (tie) => 70 + 9 * Math.sqrt(Math.max(tie.source().degree(), tie.target().degree()));
const push = (node) => 14000 * (1 + node.degree() / 12);
/* Distance between nodes that nothing ties, which stand in rows below the others. */
const ROW = 60;
/* New nodes stand close to what they came from. */
const CLOSE = 48;

export function arrange(elements) {
  const nodes = elements.nodes();
  if (!nodes.length) return;
  const start = performance.now();
  const alone = nodes.filter((node) => node.degree() === 0);
  const tied = nodes.difference(alone);
  if (tied.length) place(tied, tied, room, push);
  const { x1, x2, y2 } = tied.length ? tied.boundingBox({ includeLabels: false }) : { x1: 0, x2: 0, y2: 0 };
  const wide = Math.max(1, Math.ceil(Math.max((x2 - x1) / ROW, Math.sqrt(alone.length * 2))));
  alone.forEach((node, i) => {
    node.position({ x: (x1 + x2) / 2 + ROW * ((i % wide) - (Math.min(wide, alone.length) - 1) / 2), y: y2 + ROW * (1 + Math.floor(i / wide)) });
  });
  performance.measure("linkage: layout", { start });
}

/* Let the forces act on nodes, of which only some move. */
function place(nodes, moving, long, away) {
  const number = new Map(nodes.map((node, i) => [node.id(), i]));
  const column = (of) => Float64Array.from(nodes.map(of));
  const places = {
    x: column((node) => node.position("x")),
    y: column((node) => node.position("y")),
    reach: column((node) => node.data("size") / 2),
    moves: Uint8Array.from(nodes.map((node) => (moving.has(node) ? 1 : 0))),
    push: column(away),
    ties: nodes.edgesWith(nodes).map((tie) => [number.get(tie.source().id()), number.get(tie.target().id()), long(tie)]).flat(),
  };
  settle(places);
  moving.positions((node) => {
    const i = number.get(node.id());
    return { x: places.x[i], y: places.y[i] };
  });
}

/* New nodes go round the one they came from, away from where most others are, and settle; nothing else moves. */
export function arrangeNew(cy, fresh, origin) {
  const standing = cy.nodes().difference(fresh);
  const centre = origin.length ? origin.position() : { x: 0, y: 0 };
  let angle = 0;
  const others = origin.length ? origin.neighborhood().nodes().difference(fresh) : standing;
  if (others.length) {
    let x = 0;
    let y = 0;
    others.forEach((node) => {
      x += node.position("x") - centre.x;
      y += node.position("y") - centre.y;
    });
    angle = Math.atan2(-y, -x);
  }
  cy.batch(() =>
    fresh.forEach((node, i) => {
      const turn = angle + (i % 2 ? 1 : -1) * Math.ceil(i / 2) * 2.399963;
      const radius = 55 + 16 * Math.sqrt(i);
      node.position({ x: centre.x + radius * Math.cos(turn), y: centre.y + radius * Math.sin(turn) });
    }),
  );
  place(cy.nodes(), fresh, () => CLOSE, () => 3000);
}
