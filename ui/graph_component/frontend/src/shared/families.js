/* The entries of a legend: kinds of accounts first, then each family with its kinds, so that either can be hidden. */

/* `looks` is [[key, { label, family, ... }], ...]; `off` a set of keys; `turned` is told { keys, label, on }. */
export function entries(looks, off, turned) {
  const made = [];
  const families = new Map();
  for (const [key, look] of looks) {
    if (!look.family) made.push(entry([key], look, off, turned));
    else families.set(look.family, [...(families.get(look.family) || []), [key, look]]);
  }
  for (const [family, members] of families) {
    if (members.length > 1) {
      const keys = members.map(([key]) => key);
      made.push({ ...entry(keys, { label: family }, off, turned), className: "family", title: `Hide or show the family ${family}` });
    }
    for (const [key, look] of members) made.push(entry([key], look, off, turned));
  }
  return made;
}

function entry(keys, look, off, turned) {
  return {
    ...look,
    on: keys.some((key) => !off.has(key)),
    turn: (on) => {
      for (const key of keys) off[on ? "delete" : "add"](key);
      turned({ keys, label: look.label, on });
    },
  };
}
