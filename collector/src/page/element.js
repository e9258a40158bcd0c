// Makes DOM elements from plain values. Text goes in as text nodes only: nothing
// an event carries can become markup.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An element with attributes and children. `on…` functions become listeners,
 * `true` an empty attribute; `null`, `undefined` and `false` leave it out.
 */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** As `element`, for the elements of a drawing. */
export function svgElement(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

/** `1 event`, `1,204 events`. */
export function counted(n, noun) {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}
