/* The whole of a cluster, drawn by sigma: where everything stands was computed ahead. */

import { Whole } from "./whole.js";
import { unpack } from "./columns.js";

const drawn = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const { header, columns } = unpack(data);
  let whole = drawn.get(parentElement);
  if (whole && whole.key !== header.key) {
    whole.destroy();
    whole = null;
  }
  if (!whole) {
    whole = new Whole(parentElement, header, columns);
    drawn.set(parentElement, whole);
  }
  whole.send = (name, value) => setTriggerValue(name, value);
  whole.take(header, columns);
  return () => {
    drawn.get(parentElement)?.destroy();
    drawn.delete(parentElement);
  };
}
