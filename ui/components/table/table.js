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
  if (address.startsWith("/download?")) {
    // a file, not a page: the browser fetches it
    link.setAttribute("download", "");
    return link;
  }
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

/* Figures over time as bars; said in words to who cannot see them. */
function spark(cell) {
  const svg = document.createElementNS(SVG, "svg");
  const count = Math.max(cell.values.length, 1);
  svg.setAttribute("viewBox", `0 0 ${count * 4} 22`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "spark");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", cell.text);
  const most = Math.max(1, ...cell.values);
  cell.values.forEach((value, i) => {
    const rect = document.createElementNS(SVG, "rect");
    const high = value ? Math.max(1, (value / most) * 22) : 0;
    for (const [name, at] of [["x", i * 4], ["y", 22 - high], ["width", 3], ["height", high]]) rect.setAttribute(name, String(at));
    svg.append(rect);
  });
  return svg;
}

function content(cell) {
  const box = element("span", "content");
  if (cell.type === "bar") box.append(bar(cell));
  else if (cell.type === "balance") box.append(balance(cell));
  else if (cell.type === "spark") {
    box.append(spark(cell));
    box.title = cell.text;
  }
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

/* A box before a row, or before all of them. */
function pickBox(label, on, act) {
  const input = element("input");
  input.type = "checkbox";
  input.checked = on;
  input.setAttribute("aria-label", label);
  input.addEventListener("change", () => act(input.checked));
  return input;
}

function head(columns, sorted, sort, all) {
  const row = element("tr");
  if (all) {
    const th = element("th", "pick");
    th.append(all);
    row.append(th);
  }
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

function draw(root, data, sort, pick, choose) {
  const box = element("div", "scroll");
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", data.label);
  const table = element("table");
  const caption = element("caption", "", data.label);
  const body = element("tbody");
  const picked = new Set(data.picked);
  const boxes = [];
  const tell = () => pick(data.picks.filter((name) => picked.has(name)));
  const set = (name, on) => picked[on ? "add" : "delete"](name);
  const all = !data.pickable
    ? null
    : pickBox("Pick all rows", picked.size > 0 && picked.size === data.picks.length, (on) => {
        for (const name of data.picks) set(name, on);
        for (const box of boxes) box.checked = on;
        tell();
      });
  data.rows.forEach((cells, number) => {
    const row = element("tr");
    const name = data.picks?.[number];
    if (data.pickable) {
      const td = element("td", "pick");
      const box = pickBox(`Pick ${cells[data.columns.findIndex((column) => column.header)]?.text ?? number + 1}`, picked.has(name), (on) => {
        set(name, on);
        tell();
      });
      boxes.push(box);
      td.append(box);
      row.append(td);
    }
    if (data.choosable && name === data.chosen) row.classList.add("chosen");
    cells.forEach((cell, i) => {
      const column = data.columns[i];
      const td = element(column.header ? "th" : "td", column.align || "");
      if (column.header) td.scope = "row";
      td.append(content(cell));
      if (data.choosable && column.header) {
        const button = element("button", "choose", "Preview");
        button.type = "button";
        button.setAttribute("aria-pressed", String(name === data.chosen));
        button.addEventListener("click", () => choose(name));
        td.append(button);
      }
      row.append(td);
    });
    body.append(row);
  });
  table.append(caption, head(data.columns, data.sorted, sort, all), body);
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
    (names) => setTriggerValue("pick", names),
    (name) => setTriggerValue("choose", name),
  );
  return () => {
    root.remove();
    state.delete(parentElement);
  };
}
