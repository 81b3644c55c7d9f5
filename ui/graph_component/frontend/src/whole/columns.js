/* What Python sends as bytes: the length of a header, the header as JSON, and columns (see ui/graph_component/__init__.py). */

const TYPES = { f4: Float32Array, u4: Uint32Array, u2: Uint16Array, u1: Uint8Array };

export function unpack(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  // copied, so that columns begin where their type asks for it
  const body = bytes.slice(4 + length).buffer;
  const columns = {};
  for (const [name, [type, offset, count]] of Object.entries(header.columns)) columns[name] = new TYPES[type](body, offset, count);
  return { header, columns };
}

/* The texts of a column, decoded one by one as they are wanted. */
export function texts(columns, name) {
  const ends = columns[`${name}.ends`];
  const bytes = columns[name];
  const decoder = new TextDecoder();
  return (i) => decoder.decode(bytes.subarray(i ? ends[i - 1] : 0, ends[i]));
}

/* Whether both say the same of who was active; null says nothing of anybody. */
export function alike(one, other) {
  if (one === null || other === null) return one === other;
  return one.length === other.length && one.every((value, i) => value === other[i]);
}
