/* Where nodes stand: once for all that is there at the start, and for what comes later without moving what stands. */

/* The layout draws lots; from one seed it always draws the same. */
function seeded(run) {
  const random = Math.random;
  let state = 0x9e3779b9;
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  try {
    return run();
  } finally {
    Math.random = random;
  }
}

const SETTINGS = {
  name: "fcose",
  animate: false,
  fit: false,
  nodeDimensionsIncludeLabels: false,
  // what ties many stands apart from its like, and leaves those it ties room around it
  idealEdgeLength: (edge) => 70 + 9 * Math.sqrt(Math.max(edge.source().degree(), edge.target().degree())),
  nodeRepulsion: (node) => 14000 * (1 + node.degree() / 12),
  nodeSeparation: 70,
  edgeElasticity: 0.35,
  gravity: 0.18,
  tile: true,
};

export function arrange(elements) {
  if (!elements.nodes().length) return;
  const start = performance.now();
  const many = elements.nodes().length > 600;
  const quality = many ? "draft" : "default";
  seeded(() => elements.layout({ ...SETTINGS, quality, randomize: true, numIter: 500, sampleSize: 40 }).run());
  performance.measure("linkage: layout", { start });
}

/* New nodes go round the one they came from, away from where most others are, and settle; nothing else moves. */
export function arrangeNew(cy, fresh, origin) {
  const standing = cy.nodes().difference(fresh);
  const places = new Map(standing.map((node) => [node.id(), { ...node.position() }]));
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
  fresh.forEach((node, i) => {
    const turn = angle + (i % 2 ? 1 : -1) * Math.ceil(i / 2) * 2.399963;
    const radius = 55 + 16 * Math.sqrt(i);
    node.position({ x: centre.x + radius * Math.cos(turn), y: centre.y + radius * Math.sin(turn) });
  });
  const near = fresh.union(fresh.neighborhood().nodes());
  if (near.length <= 400) {
    const fixed = near.difference(fresh).map((node) => ({ nodeId: node.id(), position: places.get(node.id()) }));
    const part = near.union(near.edgesWith(near));
    seeded(() =>
      part
        .layout({
          ...SETTINGS,
          quality: "proof",
          randomize: false,
          numIter: 250,
          idealEdgeLength: 48,
          nodeRepulsion: 3000,
          fixedNodeConstraint: fixed.length ? fixed : undefined,
        })
        .run(),
    );
  }
  cy.batch(() => places.forEach((place, id) => cy.getElementById(id).position(place)));
}
