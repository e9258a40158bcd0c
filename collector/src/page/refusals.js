// The refused requests: their list, and the badge in the header that counts them. Knows
// which were there when the reader last looked.
import { refusals } from './api.js';
import { element } from './element.js';
import { refresher } from './refresh.js';
import { timeElement } from './time.js';

const SEEN = 'backstitch_page_refusals_seen';

/** `isOpen()`: whether the list is what the page shows now; `onDrawn(n)`:
 * it was drawn, with n refusals; `onError(error)`: it could not be fetched. */
export function createRefusals({ link, body, empty, isOpen, onDrawn, onError }) {
  const badge = link.querySelector('.badge');
  let list = [];
  let drawn = new Map();

  const refreshing = refresher(async () => {
    try {
      list = await refusals();
      draw();
    } catch (error) {
      onError(error);
    }
  });

  function draw() {
    const newest = list[0]?.id ?? 0;
    if (isOpen()) {
      writeSeen(newest);
      drawRows();
    }
    badge.textContent = list.length.toLocaleString('en');
    // Not "greater": ids start again in a collector with new data.
    link.classList.toggle('has-unseen', newest > 0 && newest !== readSeen());
    link.classList.toggle('is-empty', list.length === 0);
  }

  function drawRows() {
    const before = drawn;
    drawn = new Map(list.map((refusal) => [refusal.id, before.get(refusal.id) ?? row(refusal)]));
    body.replaceChildren(...drawn.values());
    empty.hidden = list.length > 0;
    onDrawn(list.length);
  }

  function row(refusal) {
    const cell = (column, ...children) => element('td', { role: 'cell', 'data-col': column }, ...children);
    return element(
      'tr',
      { role: 'row', 'data-testid': 'refusal-row', 'data-id': String(refusal.id) },
      cell('time', timeElement(refusal.received_at)),
      element('td', { role: 'cell', 'data-col': 'status', class: refusal.status < 400 ? 'partly' : null }, String(refusal.status)),
      cell('reason', element('p', {}, refusal.reason), context(refusal)),
      cell('field', refusal.field ?? ''),
      cell('key', refusal.api_key ?? ''),
      cell('path', `${refusal.method} ${refusal.path}`),
    );
  }

  function context({ event, event_index: index, environment, origin, user_agent: agent }) {
    const parts = [
      event === null ? null : `event ${event}`,
      index === null ? null : `index ${index}`,
      environment === null ? null : `environment ${environment}`,
      origin === null ? null : `from ${origin}`,
      agent || null,
    ].filter((part) => part !== null);
    return parts.length === 0 ? null : element('p', { class: 'aside' }, parts.join(' · '));
  }

  return {
    changed: () => refreshing.request(),
    draw,
  };
}

// Storage may be blocked; the badge then merely does not remember.
function readSeen() {
  try {
    return Number(localStorage.getItem(SEEN)) || 0;
  } catch {
    return 0;
  }
}

function writeSeen(id) {
  try {
    localStorage.setItem(SEEN, String(id));
  } catch {
    // As above.
  }
}
