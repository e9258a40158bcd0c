// Makes DOM elements from plain values. Text goes in as text nodes only: nothing
// an event carries can become markup.

/**
 * An element with attributes and children. `on…` functions become listeners,
 * `true` an empty attribute; `null`, `undefined` and `false` leave it out.
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}
