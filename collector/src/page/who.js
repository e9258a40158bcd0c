// How a person is shown: the name, and a mark that is always the same for the same person.
import { element } from './element.js';

/** The text of a person column: the person's name, or `(Anonymous)`. */
export function personName(person) {
  return person.name ?? '(Anonymous)';
}

/**
 * The person's mark: a filled disc with initials once there is a name, a ring before.
 * The initials are drawn by the stylesheet, so that they are no part of any text.
 */
export function personMark(person) {
  const named = person.name !== null;
  const mark = element('span', {
    class: named ? 'mark mark-named' : 'mark',
    'aria-hidden': 'true',
    'data-initials': named ? initials(person.name) : null,
  });
  const hash = hashOf(person.uuid);
  mark.style.setProperty('--hue', hash % 360);
  mark.style.setProperty('--shade', ((hash >>> 12) % 3) - 1);
  return mark;
}

// FNV-1a of the uuid alone: the colour is the same in every session, for everyone.
function hashOf(uuid) {
  let hash = 0x811c9dc5;
  for (const char of uuid) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return hash;
}

/** Two letters: of the first and last word before any `@`. `user_123` gives U1. */
function initials(name) {
  const words = name.split('@')[0].split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  if (words.length === 0) return Array.from(name)[0] ?? '';
  const first = Array.from(words[0])[0];
  const last = words.length > 1 ? Array.from(words[words.length - 1])[0] : '';
  return (first + last).toUpperCase();
}
