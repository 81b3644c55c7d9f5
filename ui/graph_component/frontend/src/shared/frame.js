/* What is around a picture: a bar of buttons, a legend, a line that says what happens, a menu and dialogs. */

import css from "./frame.css";
import { button, element, symbol, toggle } from "./dom.js";

export class Frame {
  constructor(parent, { label, height }) {
    this.root = element("div", "frame");
    const style = element("style");
    style.textContent = css;
    this.bar = element("div", "bar");
    this.bar.setAttribute("role", "toolbar");
    this.bar.setAttribute("aria-label", `${label}: tools`);
    this.stage = element("div", "stage");
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.stage.setAttribute("aria-label", label);
    this.stage.setAttribute("aria-keyshortcuts", "? / f e h p u n b Delete Escape ArrowUp ArrowDown ArrowLeft ArrowRight Enter");
    // all of it in the window, between what is above it and two lines of the legend and one that says what happens
    this.stage.style.height = `clamp(360px, calc(100vh - 398px), ${height}px)`;
    this.scene = element("div", "scene");
    this.scene.style.height = this.stage.style.height;
    this.stage.style.height = "100%";
    this.corner = element("div", "corner");
    this.corner.setAttribute("role", "toolbar");
    this.corner.setAttribute("aria-label", `${label}: picture`);
    this.canvas = element("div", "canvas");
    this.notice = element("div", "notice");
    this.notice.hidden = true;
    this.tip = element("div", "tip");
    this.tip.hidden = true;
    this.stage.append(this.canvas, this.notice, this.tip);
    this.legend = element("div", "legend");
    this.legend.setAttribute("role", "group");
    this.legend.setAttribute("aria-label", "Legend: press to hide or show");
    this.status = element("div", "status");
    this.status.setAttribute("role", "status");
    this.status.setAttribute("aria-live", "polite");
    this.scene.append(this.stage, this.corner);
    this.root.append(style, this.bar, this.scene, this.legend, this.status);
    this.buttons = {};
    this.menu = null;
    parent.append(this.root);
    this.outside = (event) => {
      if (this.menu && !event.composedPath().includes(this.menu)) this.closeMenu();
    };
    document.addEventListener("pointerdown", this.outside, true);
  }

  tool(name, label, title, act, where = this.bar) {
    this.buttons[name] = button(label, title, act);
    where.append(this.buttons[name]);
    return this.buttons[name];
  }

  /* What is done with the whole picture: over its corner, so that the bar stays one line. */
  picture(view, file, keys) {
    this.tool("fit", "Fit", "Fit all into the picture (f)", () => view.fit(), this.corner);
    this.tool("full", "Full screen", "Fill the screen, or leave it", () => this.fullscreen(), this.corner);
    this.tool("png", "PNG", "Save the picture as PNG", () => view.png(file), this.corner);
    this.tool("svg", "SVG", "Save the picture as SVG", () => view.svg(file), this.corner);
    this.tool("keys", "?", "List the keys", () => this.showKeys(keys), this.corner);
    this.buttons.keys.setAttribute("aria-label", "Keys");
  }

  gap() {
    this.bar.append(element("span", "gap"));
  }

  field(label, input) {
    const box = element("label", "field");
    box.append(element("span", "", label), input);
    this.bar.append(box);
    return input;
  }

  /* The buttons that take parts of a picture away and bring them back. */
  hiding(view) {
    this.tool("hide", "Hide", "Hide what is selected (Del)", () => view.hide());
    this.tool("others", "Hide others", "Hide all that is not selected (h)", () => view.hideOthers());
    this.tool("undo", "Undo", "Take back the last change (u)", () => view.undo());
  }

  /* The field in which to look for a node: Enter finds, Escape goes back to the picture. */
  finder(find) {
    const input = element("input");
    Object.assign(input, { type: "search", placeholder: "Find a name or value", maxLength: 500 });
    input.setAttribute("aria-label", "Find in the graph");
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") find(input.value);
      if (event.key === "Escape") this.stage.focus();
    });
    this.bar.append(input);
    return input;
  }

  /* The slider below whose strength identifiers are hidden. */
  strength(act) {
    const slider = element("input");
    Object.assign(slider, { type: "range", min: 0, max: 1, step: 0.05, value: 0 });
    slider.setAttribute("aria-label", "Least strength of the identifiers shown");
    slider.title = "Hide identifiers that are weaker";
    slider.addEventListener("input", () => {
      const least = Number(slider.value);
      act(least);
      this.say(least ? `Identifiers from a strength of ${least.toFixed(2)} on.` : "Identifiers of any strength.");
    });
    slider.addEventListener("keydown", (event) => event.stopPropagation());
    return this.field("Strength", slider);
  }

  enable(name, on) {
    if (this.buttons[name]) this.buttons[name].disabled = !on;
  }

  press(name, on) {
    toggle(this.buttons[name], on);
  }

  say(text) {
    this.status.textContent = text;
  }

  /* Words in place of a picture; nothing takes them away again. */
  instead(text) {
    this.notice.hidden = !text;
    this.notice.textContent = text || "";
  }

  drawLegend(entries) {
    this.legend.replaceChildren(
      ...entries.map((entry) => {
        const node = button("", entry.title || `Hide or show: ${entry.label}`, () => {
          const on = node.getAttribute("aria-pressed") !== "true";
          toggle(node, on);
          entry.turn(on);
        });
        node.className = `entry ${entry.className || ""}`;
        toggle(node, entry.on);
        if (entry.colour) node.append(symbol(entry.points, entry.colour, entry.hollow));
        node.append(element("bdi", "", entry.label));
        if (!entry.turn) {
          node.disabled = true;
          node.removeAttribute("aria-pressed");
        }
        return node;
      }),
    );
  }

  openMenu(x, y, entries) {
    this.closeMenu();
    const menu = element("div", "menu");
    menu.setAttribute("role", "menu");
    for (const [label, act] of entries) {
      const item = button(label, "", () => {
        this.closeMenu();
        act();
      });
      item.removeAttribute("title");
      item.setAttribute("role", "menuitem");
      menu.append(item);
    }
    menu.addEventListener("keydown", (event) => {
      const items = [...menu.children];
      const here = items.indexOf(this.root.getRootNode().activeElement);
      if (event.key === "Escape") this.closeMenu();
      else if (event.key === "ArrowDown") items[(here + 1) % items.length].focus();
      else if (event.key === "ArrowUp") items[(here + items.length - 1) % items.length].focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.stage.append(menu);
    menu.style.left = `${Math.max(0, Math.min(x, this.stage.clientWidth - menu.offsetWidth - 4))}px`;
    menu.style.top = `${Math.max(0, Math.min(y, this.stage.clientHeight - menu.offsetHeight - 4))}px`;
    this.menu = menu;
    menu.firstChild.focus();
  }

  closeMenu() {
    if (!this.menu) return;
    const focused = this.menu.contains(this.root.getRootNode().activeElement);
    this.menu.remove();
    this.menu = null;
    if (focused) this.stage.focus();
  }

  /* A question with its answers; the form's fields are made by `fill`, and `act` is called with them when it is sent. */
  ask(title, fill, act, done = "Show") {
    const dialog = element("dialog", "ask");
    const form = element("form");
    form.method = "dialog";
    form.append(element("h2", "", title));
    dialog.setAttribute("aria-label", title);
    fill(form);
    const row = element("div", "row");
    if (act) {
      const go = element("button", "go", done);
      go.value = "go";
      row.append(go);
    }
    const close = element("button", "", act ? "Cancel" : "Close");
    close.value = "";
    row.append(close);
    form.append(row);
    dialog.append(form);
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "go" && act) act(new FormData(form));
      dialog.remove();
      this.stage.focus();
    });
    this.root.append(dialog);
    dialog.showModal();
  }

  showKeys(keys) {
    this.ask("Keys, with the picture in focus", (form) => {
      const list = element("dl", "keys");
      for (const [key, what] of keys) {
        const dt = element("dt");
        dt.append(element("kbd", "", key));
        list.append(dt, element("dd", "", what));
      }
      form.append(list);
    });
  }

  hover(lines, x, y) {
    this.tip.hidden = !lines;
    if (!lines) return;
    this.tip.replaceChildren(...lines.map((line, i) => element("div", i ? "" : "name", line)));
    const width = this.tip.offsetWidth;
    this.tip.style.left = `${Math.max(2, Math.min(x + 14, this.stage.clientWidth - width - 4))}px`;
    const below = y + 18 + this.tip.offsetHeight < this.stage.clientHeight;
    this.tip.style.top = `${below ? y + 14 : Math.max(2, y - this.tip.offsetHeight - 12)}px`;
  }

  async fullscreen() {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await this.root.requestFullscreen().catch(() => this.say("The browser refuses to fill the screen."));
  }

  remove() {
    document.removeEventListener("pointerdown", this.outside, true);
    this.root.remove();
  }
}
