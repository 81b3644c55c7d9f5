/* Colours as sigma blends them. */

/* A colour of the page (#rrggbb or rgb()) with an alpha, premultiplied: sigma blends by (ONE, ONE_MINUS_SRC_ALPHA). */
export function mix(colour, alpha) {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = colour;
  const hex = /^#[0-9a-f]{6}$/.test(canvas.fillStyle) ? canvas.fillStyle : "#808080";
  const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) * alpha);
  return `#${[...parts, 255 * alpha].map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}
