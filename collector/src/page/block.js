// A titled block of text that can be copied.
import { copyButton } from './copy.js';
import { element } from './element.js';

/** Heading and content; `text` is what the button copies, `what` completes its name. */
export function block(title, what, text, ...content) {
  return [element('div', { class: 'block-head' }, element('h3', {}, title), copyButton(() => text, what)), ...content];
}
