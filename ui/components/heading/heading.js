/* The name of what a page is about. Texts are set as text only, as in table.js. */
function element(name, className, text) {
  const node = document.createElement(name);
  node.className = className;
  node.textContent = text;
  return node;
}

export default function (component) {
  const { data, parentElement } = component;
  let heading = parentElement.querySelector("h1");
  if (!heading) {
    heading = document.createElement("h1");
    parentElement.append(heading);
  }
  heading.replaceChildren(
    element("span", "what", data.what),
    " ",
    element("bdi", "name", data.name),
    ...data.chips.flatMap((chip) => [" ", element("span", `chip ${chip.tone}`, chip.text)]),
  );
}
