/* What is selected and what is in focus, and going about by keyboard. */

export const picking = {
  selected() {
    return this.cy.nodes(":selected").not(".gone, .off");
  },

  focused() {
    const node = this.cy.nodes(".focus").not(".gone, .off");
    return node.length ? node.first() : null;
  },

  focus(node) {
    this.cy.nodes(".focus").removeClass("focus");
    node.addClass("focus");
    this.declutter();
  },

  choose(node, { add = false, centre = false } = {}) {
    this.cy.batch(() => {
      if (!add) this.cy.nodes(":selected").unselect();
      if (add && node.selected()) node.unselect();
      else node.select();
    });
    this.focus(node);
    if (centre || this.outside(node)) {
      this.cy.animate({ center: { eles: node }, zoom: Math.max(this.cy.zoom(), 0.9), duration: 200 });
    }
  },

  /* Whether a node is out of the picture. */
  outside(node) {
    const { x1, y1, x2, y2 } = this.cy.extent();
    const { x, y } = node.position();
    return x < x1 || x > x2 || y < y1 || y > y2;
  },

  step(dx, dy) {
    const shown = this.cy.nodes().not(".gone, .off");
    if (!shown.length) return;
    const here = this.focused();
    let next = null;
    let best = Infinity;
    if (!here) next = this.selected().first().length ? this.selected().first() : shown.first();
    else {
      const from = here.position();
      shown.forEach((node) => {
        const [x, y] = [node.position("x") - from.x, node.position("y") - from.y];
        const along = x * dx + y * dy;
        if (along <= 0.5) return;
        const far = along + 2.5 * (Math.abs(x * dy) + Math.abs(y * dx));
        if (far < best) [best, next] = [far, node];
      });
    }
    if (!next) return;
    this.focus(next);
    if (this.outside(next)) this.cy.center(next);
    this.tellOf(next);
  },

  /* Say what a node is in the line below the picture. */
  tellOf(node) {
    this.frame.say([...this.known.get(node.id()).title, this.around(node)].join("; "));
  },

  changed(tell = true) {
    const chosen = this.selected();
    this.cy.batch(() => {
      this.cy.edges(".near").removeClass("near");
      if (chosen.length && chosen.length <= 40) chosen.connectedEdges().addClass("near");
    });
    const { frame } = this;
    for (const name of ["expand", "neighbours", "hide", "others"]) frame.enable(name, chosen.length > 0);
    frame.enable("path", chosen.length === 2);
    frame.enable("undo", this.past.length > 0);
    if (!tell) return;
    this.declutter();
    clearTimeout(this.pending);
    this.pending = setTimeout(() => {
      const ids = chosen.map((node) => node.id()).slice(0, 200);
      this.send("select", { nodes: ids, number: Date.now() });
    }, 60);
    if (chosen.length === 1) this.tellOf(chosen.first());
    else frame.say(chosen.length ? `${chosen.length} selected.` : "Nothing selected.");
  },

  clear() {
    this.cy.batch(() => {
      this.cy.nodes(":selected").unselect();
      this.cy.elements().removeClass("way");
    });
    this.box(false);
  },

  selectNeighbours() {
    this.selected().neighborhood().nodes().not(".gone, .off").select();
  },

  box(on = !this.boxing) {
    this.boxing = on;
    this.cy.userPanningEnabled(!on);
    this.frame.press("box", on);
    this.frame.canvas.style.cursor = on ? "crosshair" : "";
    if (on) this.frame.say("Drag a box around what to select.");
  },
};
