/* Figures with their labels. Texts are set as text only, as in table.js. */

export default function (component) {
  const { data, parentElement } = component;
  let list = parentElement.querySelector("dl");
  if (!list) {
    list = document.createElement("dl");
    parentElement.append(list);
  }
  list.className = data.flat ? "flat" : "";
  list.replaceChildren(
    ...data.facts.map(([label, figure, below]) => {
      const box = document.createElement("div");
      const dt = document.createElement("dt");
      const dd = document.createElement("dd");
      dt.textContent = label;
      dd.textContent = figure;
      box.append(dt, dd);
      if (below) {
        const note = document.createElement("dd");
        note.className = "note";
        note.textContent = below;
        box.append(note);
      }
      return box;
    }),
  );
}
