/* A table whose rows are pages of their own. It draws what Python prepared and knows nothing of its meaning.
   Texts are an attacker's: they reach the page by textContent and setAttribute only, never as markup. */

const SVG = "http://www.w3.org/2000/svg";
const state = new WeakMap();

function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

function anchor(address, text) {
  const link = element("a", "", text);
  link.setAttribute("href", address);
  link.setAttribute("target", "_self");
  link.addEventListener("click", (event) => {
    // A new tab or window is the browser's own affair; a plain click stays in this session.
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(address);
  });
  return link;
}

function bar(cell) {
  const box = element("span", `bar ${cell.tone || ""}`);
  const track = element("span", "track");
  const fill = element("span", "fill");
  fill.style.width = `${Math.max(0, Math.min(1, cell.share)) * 100}%`;
  track.append(fill);
  box.append(element("span", "figure", cell.text), track);
  return box;
}

/* Points for grow to the right of the middle line, points against to the left. */
function balance(cell) {
  const box = element("span", `balance ${cell.share < 0 ? "against" : "for"}`);
  const track = element("span", "track");
  const fill = element("span", "fill");
  const share = Math.max(-1, Math.min(1, cell.share));
  fill.style.width = `${Math.abs(share) * 50}%`;
  fill.style.left = share < 0 ? `${50 + share * 50}%` : "50%";
  track.append(fill);
  box.append(track, element("span", "figure", cell.text));
  return box;
}

/* The mark of a kind in the picture of the graph, so that table and picture are read together. */
function symbol(cell) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "-8 -8 16 16");
  svg.setAttribute("class", "symbol");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", cell.path);
  path.setAttribute("fill", cell.colour);
  svg.append(path);
  return svg;
}

function content(cell) {
  const box = element("span", "content");
  if (cell.type === "bar") box.append(bar(cell));
  else if (cell.type === "balance") box.append(balance(cell));
  else {
    if (cell.symbol) box.append(symbol(cell.symbol));
    if (cell.address) box.append(anchor(cell.address, cell.text));
    else box.append(element("bdi", "", cell.text));
  }
  if (cell.mark) box.append(element("span", `chip ${cell.mark.tone || ""}`, cell.mark.text));
  if (cell.note) box.append(element("span", "note", cell.note));
  if (cell.title) box.title = cell.title;
  return box;
}

function head(columns, sorted, sort) {
  const row = element("tr");
  for (const column of columns) {
    const th = element("th", column.align || "");
    th.scope = "col";
    if (column.width) th.style.width = column.width;
    if (column.help) th.title = column.help;
    if (column.order) {
      const button = element("button", "sort", column.label);
      button.type = "button";
      const on = column.order === sorted;
      if (on) th.setAttribute("aria-sort", column.rising ? "ascending" : "descending");
      button.append(element("span", "arrow", on ? (column.rising ? " ↑" : " ↓") : ""));
      button.addEventListener("click", () => sort(column.order));
      th.append(button);
    } else th.textContent = column.label;
    row.append(th);
  }
  const thead = element("thead");
  thead.append(row);
  return thead;
}

function draw(root, data, sort) {
  const box = element("div", "scroll");
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", data.label);
  const table = element("table");
  const caption = element("caption", "", data.label);
  const body = element("tbody");
  for (const cells of data.rows) {
    const row = element("tr");
    cells.forEach((cell, i) => {
      const column = data.columns[i];
      const td = element(column.header ? "th" : "td", column.align || "");
      if (column.header) td.scope = "row";
      td.append(content(cell));
      row.append(td);
    });
    body.append(row);
  }
  table.append(caption, head(data.columns, data.sorted, sort), body);
  box.append(table);
  root.replaceChildren(box);
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let root = state.get(parentElement);
  if (!root) {
    root = element("div", "root");
    parentElement.append(root);
    state.set(parentElement, root);
  }
  draw(
    root,
    data,
    (order) => setTriggerValue("sort", order),
  );
  return () => {
    root.remove();
    state.delete(parentElement);
  };
}
