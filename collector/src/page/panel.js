// The panel beside the table: shows one thing in full, an event or a refusal. Fetches it,
// fetches it again on a change, and keeps what the reader has unfolded and scrolled to.
// What it looks like is its kind's.
import { ApiError } from './api.js';
import { element } from './element.js';

/**
 * `onClose` is the close button. A kind is `{label, fetch(environment, key, signal),
 * draw(text, environment, signal, key)}`: `fetch` promises the JSON text, `draw` makes
 * `{title, content}` of it.
 */
export function createPanel({ panel, onClose }) {
  let shown = null;
  let text = null;
  let abort = new AbortController();

  async function load() {
    const { signal } = abort;
    const { kind, environment, key } = shown;
    try {
      const answer = await kind.fetch(environment, key, signal);
      if (signal.aborted || answer === text) return;
      text = answer;
      draw(kind.draw(answer, environment, signal, key));
    } catch (error) {
      // A lost connection is said elsewhere; what is shown stays.
      if (!signal.aborted && error instanceof ApiError) {
        text = null;
        panel.replaceChildren(head('Not found'), element('p', { class: 'panel-problem' }, error.message));
      }
    }
  }

  function draw({ title, content }) {
    // What the reader unfolded and scrolled to stays so when the content changes underneath.
    const open = panel.querySelector('details')?.open ?? false;
    const scroll = panel.scrollTop;
    panel.replaceChildren(head(title), ...content);
    const folded = panel.querySelector('details');
    if (folded !== null) folded.open = open;
    panel.scrollTop = scroll;
  }

  function head(title) {
    return element(
      'header',
      { class: 'panel-head' },
      element('h2', {}, title),
      element('button', { type: 'button', class: 'close', 'aria-label': 'Close details', title: 'Close (Esc)', onclick: onClose }, '×'),
    );
  }

  return {
    show(kind, environment, key) {
      if (shown?.kind === kind && shown.environment === environment && shown.key === key) return;
      abort.abort();
      abort = new AbortController();
      text = null;
      // Until the answer is there, what was shown stands: it is replaced without a flash.
      if (shown?.kind !== kind) panel.replaceChildren();
      shown = { kind, environment, key };
      panel.setAttribute('aria-label', kind.label);
      panel.hidden = false;
      panel.scrollTop = 0;
      load();
    },
    hide() {
      abort.abort();
      abort = new AbortController();
      shown = null;
      text = null;
      panel.hidden = true;
      panel.replaceChildren();
    },
    refresh() {
      if (shown !== null) load();
    },
    get isOpen() {
      return shown !== null;
    },
    focus() {
      if (!panel.contains(document.activeElement)) panel.focus();
    },
  };
}
