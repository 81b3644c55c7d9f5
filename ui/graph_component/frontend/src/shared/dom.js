/* Elements of a page. Texts are an attacker's: they become text, never markup. */

export function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

export function button(label, title, act, className = "") {
  const node = element("button", className, label);
  node.type = "button";
  node.title = title;
  node.addEventListener("click", act);
  return node;
}

export function toggle(node, on) {
  node.setAttribute("aria-pressed", String(on));
}

const SVG = "http://www.w3.org/2000/svg";

/* The mark of a kind: a polygon in a box from -1 to 1, or a circle where there are no points. */
export function symbol(points, colour, hollow = false) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "-1.2 -1.2 2.4 2.4");
  svg.setAttribute("class", "symbol");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, points ? "polygon" : "circle");
  if (points) shape.setAttribute("points", points.join(" "));
  else shape.setAttribute("r", "0.85");
  shape.setAttribute("fill", hollow ? "none" : colour);
  shape.setAttribute("stroke", colour);
  shape.setAttribute("stroke-width", hollow ? "0.4" : "0");
  svg.append(shape);
  return svg;
}

/* Do what a key stands for, and nothing else: `acts` are functions by the name of their key. */
export function press(event, acts) {
  if (!Object.hasOwn(acts, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  acts[event.key]();
}

/* Hand the browser a file. */
export function save(blob, name) {
  const link = element("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/* Go to another page of this application without leaving the session: Streamlit answers a change of the history. */
export function navigate(address) {
  const target = new URL(address, window.location.origin);
  if (target.origin !== window.location.origin) return;
  window.history.pushState({}, "", target);
  window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}

/* Colours and fonts of the page, light or dark, as a canvas needs them. */
export function theme(node) {
  const style = getComputedStyle(node);
  const of = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  return {
    text: of("--st-text-color", "#0f1822"),
    page: of("--st-background-color", "#ffffff"),
    primary: of("--st-primary-color", "#1f5f8b"),
    border: of("--st-border-color", "#d5dce3"),
    // a canvas takes one name, not the page's whole list
    font: of("--st-font", "sans-serif").split(",")[0].replaceAll(/["']/g, "").trim() || "sans-serif",
  };
}
