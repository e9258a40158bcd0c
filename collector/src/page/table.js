// Draws the rows of the events table. Changes only what changed, so that selection, focus
// and scroll position stay. Never fetches.
import { counted, element } from './element.js';
import { createRoving } from './roving.js';
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
  const roving = createRoving({ bodies: [body], main: 'a.event-name' });

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

  // Drawn by the stylesheet, so that it is no part of the event's name.
  function warned(warnings) {
    if (warnings === 0) return null;
    const said = counted(warnings, 'warning');
    return element('span', { class: 'warned', role: 'img', 'aria-label': said, title: said, 'data-testid': 'warned' });
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
      cell('event', element('a', { class: 'event-name', href: detailsLink(event.uuid), tabindex: '-1' }, event.event), warned(event.warning_count)),
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

  return {
    /** Shows these events; with `first` nothing is marked as new but what is newer than `lastSeq`, from then on. */
    render(events, { first, lastSeq }) {
      const held = first ? null : anchor();
      const before = first ? new Map() : shown;
      const hadFocus = roving.hasFocus();
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
      newestSeq = Math.max(first ? lastSeq : newestSeq, events[0]?.seq ?? 0);
      roving.settle(hadFocus);
      if (held !== null && held.tr.isConnected) scroller.scrollTop += held.tr.getBoundingClientRect().top - held.top;
    },

    /** Marks the row of the event whose details are open; null for none. */
    markOpen: (uuid) => roving.markOpen(shown.get(uuid)?.tr ?? null),
    move: roving.move,
    focus: roving.focus,
  };
}
