// Draws the rows of the events table and keeps the row the keyboard is at. Changes only
// what changed, so that selection, focus and scroll position stay. Never fetches.
import { element } from './element.js';
import { timeElement } from './time.js';
import { personMark, personName } from './who.js';

const ANONYMOUS_PREFIX = 'ph_anonymous_';

/**
 * `scroller` is the element that scrolls the table. `detailsLink(uuid)`, `personLink(uuid)`
 * give the addresses rows lead to.
 */
export function createTable({ body, scroller, detailsLink, personLink }) {
  // uuid -> {tr, person}
  let shown = new Map();
  let newestSeq = 0;
  let current = null;

  function cell(column, ...children) {
    return element('td', { role: 'cell', 'data-col': column }, ...children);
  }

  function idText(id) {
    if (!id.startsWith(ANONYMOUS_PREFIX)) return [element('span', { class: 'id-rest' }, id)];
    return [
      element('span', { class: 'id-prefix' }, ANONYMOUS_PREFIX),
      element('span', { class: 'id-rest' }, id.slice(ANONYMOUS_PREFIX.length)),
    ];
  }

  function personLinkElement(person, was) {
    return element(
      'a',
      {
        class: ['person', person.name === null ? 'person-anonymous' : '', was === null ? '' : 'person-rewritten'].join(' ').trim(),
        href: personLink(person.uuid),
        tabindex: '-1',
        'data-was': was,
        title: person.uuid,
        // The parts' own, shorter animations end here too.
        onanimationend: (event) => event.animationName === 'rewritten' && event.currentTarget.classList.remove('person-rewritten'),
      },
      personMark(person),
      element('span', { class: 'person-name' }, personName(person)),
    );
  }

  function makeRow(event, isNew) {
    return element(
      'tr',
      {
        role: 'row',
        class: [event.event.startsWith('$') ? 'internal' : '', isNew ? 'arrived' : ''].join(' ').trim() || null,
        'data-testid': 'event-row',
        'data-uuid': event.uuid,
        'data-event': event.event,
        onanimationend: (ended) => ended.animationName === 'arrived' && ended.currentTarget.classList.remove('arrived'),
      },
      cell('event', element('a', { class: 'event-name', href: detailsLink(event.uuid), tabindex: '-1' }, event.event)),
      cell('distinct_id', element('span', { class: 'id', title: event.distinct_id }, idText(event.distinct_id))),
      cell('person', personLinkElement(event.person, null)),
      cell('timestamp', timeElement(event.timestamp)),
    );
  }

  function rewritePerson(row, person) {
    const was = personName(row.person);
    const link = row.tr.querySelector('a.person');
    const made = personLinkElement(person, was === personName(person) ? null : was);
    made.tabIndex = link.tabIndex;
    const focused = document.activeElement === link;
    link.replaceWith(made);
    if (focused) made.focus({ preventScroll: true });
    row.person = person;
  }

  // The topmost row in sight and its place, to put it back there after rows came above it.
  function anchor() {
    if (scroller.scrollTop < 8) return null;
    const top = scroller.getBoundingClientRect().top;
    for (const tr of body.rows) {
      const place = tr.getBoundingClientRect();
      if (place.bottom > top + 30) return { tr, top: place.top };
    }
    return null;
  }

  function setCurrent(tr, focus) {
    if (current !== null && current !== tr) for (const link of current.querySelectorAll('a')) link.tabIndex = -1;
    current = tr;
    if (tr === null) return;
    for (const link of tr.querySelectorAll('a')) link.tabIndex = 0;
    if (focus) {
      tr.querySelector('a.event-name').focus({ preventScroll: true });
      tr.scrollIntoView({ block: 'nearest' });
    }
  }

  body.addEventListener('focusin', (event) => setCurrent(event.target.closest('tr'), false));

  return {
    /** Shows these events; with `first` nothing is marked as new. */
    render(events, first) {
      const held = first ? null : anchor();
      const before = first ? new Map() : shown;
      const hadFocus = current !== null && current.contains(document.activeElement);
      shown = new Map();
      let place = null;
      if (first) body.replaceChildren();
      for (const event of events) {
        let row = before.get(event.uuid);
        if (row === undefined) {
          row = { tr: makeRow(event, !first && event.seq > newestSeq), person: event.person };
        } else {
          before.delete(event.uuid);
          if (row.person.uuid !== event.person.uuid || row.person.name !== event.person.name) rewritePerson(row, event.person);
        }
        shown.set(event.uuid, row);
        const expected = place === null ? body.firstElementChild : place.nextElementSibling;
        if (expected !== row.tr) body.insertBefore(row.tr, expected);
        place = row.tr;
      }
      for (const gone of before.values()) gone.tr.remove();
      newestSeq = events.length > 0 ? Math.max(first ? 0 : newestSeq, events[0].seq) : newestSeq;
      if (first && events.length === 0) newestSeq = 0;
      if (current === null || !current.isConnected) setCurrent(body.rows[0] ?? null, hadFocus);
      if (held !== null && held.tr.isConnected) scroller.scrollTop += held.tr.getBoundingClientRect().top - held.top;
    },

    /** Marks the row whose details are open; null for none. */
    markOpen(uuid) {
      body.querySelector('tr[aria-current]')?.removeAttribute('aria-current');
      const row = shown.get(uuid);
      if (row === undefined) return;
      row.tr.setAttribute('aria-current', 'true');
      if (!row.tr.contains(document.activeElement)) setCurrent(row.tr, false);
    },

    /** Moves the keyboard by rows and focuses where it lands; answers that event's uuid, or null. */
    move(step) {
      const within = current?.contains(document.activeElement) || current?.hasAttribute('aria-current');
      const rows = body.rows;
      if (rows.length === 0) return null;
      const at = current === null || !within ? -1 : current.sectionRowIndex;
      const to = Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step));
      setCurrent(rows[to], true);
      return rows[to].dataset.uuid;
    },

    /** Gives the keyboard back to the row it was at. */
    focus() {
      if (current !== null) setCurrent(current, true);
    },
  };
}
