/* Draws nothing: goes to the address it is given, once for each number. */
let last = null;

export default function (component) {
  const { address, number } = component.data;
  if (number === last) return;
  last = number;
  navigate(address);
}
