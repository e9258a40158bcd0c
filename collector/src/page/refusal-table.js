// One table of refused requests with its heading. Changes only what changed. Never fetches.
import { element } from './element.js';
import { refusalKey } from './refusal.js';
import { timeElement } from './time.js';

/**
 * `detailsLink(key)`: the address of one in full; `column` is the column that tells whose
 * a request is: `distinct_id` or `api_key`; `onOlder`: the reader wants more.
 */
export function createRefusalTable({ detailsLink, column, onOlder }) {
  const id = `refusals-by-${column}`;
  const heading = element('h2', { id });
  const lead = element('p', { class: 'lead' });
  const body = element('tbody', { role: 'rowgroup' });
  const none = element('p', { class: 'end' });
  const older = element('p', { class: 'end' }, element('button', { type: 'button', onclick: onOlder, 'data-testid': 'load-older-refusals' }, 'Load older'));
  const head = ['time', 'status', 'reason', 'field', column === 'api_key' ? 'key' : column, 'path'];
  const table = element(
    'table',
    { class: 'refusals', role: 'table', 'aria-labelledby': id },
    element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, head.map((name) => element('th', { role: 'columnheader', scope: 'col' }, name)))),
    body,
  );
  const section = element('section', { 'aria-labelledby': id, 'data-testid': id }, heading, lead, table, none, older);
  // Environment, id and moment -> tr: ids start again in a collector with new data.
  let shown = new Map();

  function row(refusal, key) {
    const cell = (name, ...children) => element('td', { role: 'cell', 'data-col': name }, ...children);
    return element(
      'tr',
      { role: 'row', 'data-testid': 'refusal-row', 'data-key': key },
      cell('time', timeElement(refusal.received_at)),
      element('td', { role: 'cell', 'data-col': 'status', class: refusal.status < 400 ? 'partly' : null }, String(refusal.status)),
      cell('reason', element('a', { class: 'refusal-reason', href: detailsLink(key), tabindex: '-1' }, refusal.reason), context(refusal)),
      cell('field', refusal.field ?? ''),
      element('td', { role: 'cell', 'data-col': 'whose', 'data-name': head[4] }, refusal[column] ?? ''),
      cell('path', `${refusal.method} ${refusal.path}`),
    );
  }

  function context({ event, event_index: index, origin }) {
    const parts = [
      event === null ? null : `event ${event}`,
      index === null ? null : `index ${index}`,
      origin === null ? null : `from ${origin}`,
    ].filter((part) => part !== null);
    return parts.length === 0 ? null : element('p', { class: 'aside' }, parts.join(' · '));
  }

  return {
    section,
    body,
    row: (key) => [...body.rows].find((tr) => tr.dataset.key === key) ?? null,
    /** `environment` whose they are, null for none; `title` and `lead` are its head, `none` what stands where there are none. */
    render({ environment, rows, more, title, lead: text, none: noneText }) {
      heading.textContent = title;
      lead.textContent = text;
      const before = shown;
      shown = new Map(
        rows.map((refusal) => {
          const identity = `${environment}/${refusal.id}/${refusal.received_at}`;
          return [identity, before.get(identity) ?? row(refusal, refusalKey(environment, refusal.id))];
        }),
      );
      // Moving a row that is there would take its focus.
      let place = null;
      for (const tr of shown.values()) {
        const expected = place === null ? body.firstElementChild : place.nextElementSibling;
        if (expected !== tr) body.insertBefore(tr, expected);
        place = tr;
      }
      while (body.rows.length > shown.size) body.lastElementChild.remove();
      table.hidden = rows.length === 0;
      lead.hidden = rows.length === 0;
      none.hidden = rows.length > 0;
      none.textContent = noneText;
      older.hidden = !more;
    },
  };
}
