/* The question that comes before many neighbours: of which kind, which first, how many. */

import { element } from "./dom.js";

/* Neighbours that come without a question, and the most that come at once. */
export const AT_ONCE = 50;
const MOST = 500;

/* `around` is [[name, in words, how many], ...]; `act` is told { among, order, limit }. */
export function askHow(frame, title, around, act) {
  frame.ask(
    title,
    (form) => {
      const kinds = element("fieldset");
      kinds.append(element("legend", "", "Of which kind"));
      for (const [name, said, n] of around) kinds.append(choice("checkbox", "among", name, `${said} (${n.toLocaleString("en")})`, true));
      const order = element("fieldset");
      order.append(element("legend", "", "Which first"));
      order.append(choice("radio", "order", "most", "most connected", true), choice("radio", "order", "least", "least connected", false));
      const number = element("fieldset");
      number.append(element("legend", "", "How many"));
      const field = element("input");
      Object.assign(field, { type: "number", name: "limit", min: 1, max: MOST, value: AT_ONCE, required: true });
      field.setAttribute("aria-label", "How many");
      number.append(field);
      form.append(kinds, order, number);
    },
    (given) => {
      const limit = Math.max(1, Math.min(MOST, Number(given.get("limit")) || AT_ONCE));
      act({ among: given.getAll("among"), order: given.get("order"), limit });
    },
  );
}

function choice(type, name, value, text, on) {
  const label = element("label");
  const input = element("input");
  Object.assign(input, { type, name, value, checked: on });
  label.append(input, element("bdi", "", ` ${text}`));
  return label;
}
