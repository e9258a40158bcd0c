// A button that puts text on the clipboard and says so.
import { element } from './element.js';

const SAID_FOR_MS = 1500;

/** `text()` is asked at the click; `what` completes the button's accessible name. */
export function copyButton(text, what) {
  const button = element('button', { type: 'button', class: 'quiet copy', 'aria-label': `Copy ${what}`, onclick: copy }, 'Copy');
  let timer = null;

  async function copy() {
    let said = 'Copied';
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      said = 'Not allowed';
    }
    button.textContent = said;
    clearTimeout(timer);
    timer = setTimeout(() => (button.textContent = 'Copy'), SAID_FOR_MS);
  }
  return button;
}
