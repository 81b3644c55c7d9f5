/* Texts of the page, inside shadow trees too, that stand out from what is behind them by less than WCAG 2.2 asks at level AA (1.4.3):
   4.5 to 1, for large ones 3 to 1. What cannot be used, icons and what is not shown are exempt. */
() => {
  const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = colour;
    pixel.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (one, under) => [0, 1, 2].map((i) => one[i] * one[3] + under[i] * (1 - one[3]));
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const above = (node) => node.parentElement ?? (node.getRootNode() instanceof ShadowRoot ? node.getRootNode().host : null);
  const chain = (node) => (node ? [node, ...chain(above(node))] : []);
  const behind = (node) =>
    chain(node)
      .map((each) => rgba(getComputedStyle(each).backgroundColor))
      .reverse()
      .reduce((under, colour) => over(colour, under), [255, 255, 255]);

  const faint = new Set();
  const look = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) look(node.shadowRoot);
      const written = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
      const asks = node.matches("input[placeholder], textarea[placeholder]") && !node.value;
      const { width, height } = node.getBoundingClientRect();
      if (!(written.length || asks) || !width || !height) continue;
      if (node.closest(":disabled, [data-testid='stIconMaterial'], script, style, noscript, caption")) continue;
      const style = getComputedStyle(node, asks ? "::placeholder" : null);
      const opacity = chain(node).reduce((so, each) => so * Number(getComputedStyle(each).opacity), asks ? Number(style.opacity) : 1);
      if (style.visibility === "hidden" || opacity === 0) continue;
      const under = behind(node);
      const colour = rgba(node instanceof SVGElement ? style.fill : style.color);
      if (colour[3] === 0) continue;
      colour[3] *= opacity;
      const [light, dark] = [luminance(over(colour, under)), luminance(under)].sort((one, other) => other - one);
      const size = parseFloat(style.fontSize);
      const asked = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
      const ratio = (light + 0.05) / (dark + 0.05);
      if (ratio < asked) faint.add(`${ratio.toFixed(2)}: ${(asks ? node.placeholder : written[0].data).trim().slice(0, 40)}`);
    }
  };
  look(document.body);
  return [...faint];
};
