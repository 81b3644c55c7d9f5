/* Forces between nodes, after those of CoSE (Dogrusoz et al. 2009): a spring along each tie, all nodes push one another away,
   and a faint pull to the middle. On typed arrays, over all pairs of what moves and what stands: for the few hundred nodes
   of a picture that is some milliseconds, where the layout's own refining takes half a second.

   x, y, reach (half a node's width): a number each; moves: 0 where a node stays; ties: [a, b, length] flattened; push: of each. */

const SPRING = 0.35;
const TO_THE_MIDDLE = 0.012;
/* Steps at most, and the pairs that all of them together may take. */
const STEPS = 300;
const PAIRS = 24_000_000;
/* No step is longer than this, in the units of the picture: at the start, and at the end. */
const [LONG, SHORT] = [60, 1.5];
/* Nearer than this nodes do not push harder: they would fly off. */
const NEAREST = 6;

export function settle({ x, y, reach, moves, push, ties }) {
  const count = x.length;
  const moving = [];
  for (let i = 0; i < count; i++) if (moves[i]) moving.push(i);
  if (!moving.length || count < 2) return;
  const steps = Math.min(STEPS, Math.floor(PAIRS / (moving.length * count)));
  const fx = new Float64Array(count);
  const fy = new Float64Array(count);
  let [cx, cy] = middle(x, y);
  for (let step = 0; step < steps; step++) {
    for (const i of moving) {
      fx[i] = (cx - x[i]) * TO_THE_MIDDLE;
      fy[i] = (cy - y[i]) * TO_THE_MIDDLE;
      for (let j = 0; j < count; j++) {
        if (j === i) continue;
        let dx = x[i] - x[j];
        let dy = y[i] - y[j];
        let far = Math.sqrt(dx * dx + dy * dy);
        if (far < 1e-6) {
          // two at one place part in a direction of their own
          dx = Math.cos(i * 2.399963);
          dy = Math.sin(i * 2.399963);
          far = 1;
        }
        const gap = Math.max(NEAREST, far - reach[i] - reach[j]);
        const force = (push[i] + push[j]) / 2 / (gap * gap) / far;
        fx[i] += dx * force;
        fy[i] += dy * force;
      }
    }
    for (let t = 0; t < ties.length; t += 3) {
      const a = ties[t];
      const b = ties[t + 1];
      const dx = x[b] - x[a];
      const dy = y[b] - y[a];
      const far = Math.max(1e-6, Math.sqrt(dx * dx + dy * dy));
      const force = (SPRING * (far - reach[a] - reach[b] - ties[t + 2])) / far;
      fx[a] += dx * force;
      fy[a] += dy * force;
      fx[b] -= dx * force;
      fy[b] -= dy * force;
    }
    const longest = SHORT + (LONG - SHORT) * (1 - step / steps);
    for (const i of moving) {
      const force = Math.sqrt(fx[i] * fx[i] + fy[i] * fy[i]);
      const part = force > longest ? longest / force : 1;
      x[i] += fx[i] * part;
      y[i] += fy[i] * part;
    }
    fx.fill(0);
    fy.fill(0);
    if (moving.length === count) [cx, cy] = middle(x, y);
  }
}

function middle(x, y) {
  let [cx, cy] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    cx += x[i];
    cy += y[i];
  }
  return [cx / x.length, cy / x.length];
}
