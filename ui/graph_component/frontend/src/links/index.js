/* Accounts and what ties them, drawn by cytoscape. Python says what there is; what is hidden, selected and where it stands
   is kept here, and a new answer changes only what it changes. */

import { Graph } from "./graph.js";

const graphs = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let graph = graphs.get(parentElement);
  if (graph && graph.key !== data.key) {
    graph.destroy();
    graph = null;
  }
  if (!graph) {
    graph = new Graph(parentElement, data);
    graphs.set(parentElement, graph);
  }
  graph.send = (name, value) => setTriggerValue(name, value);
  graph.take(data);
  return () => {
    graphs.get(parentElement)?.destroy();
    graphs.delete(parentElement);
  };
}
