// A person's history: which event made them, which added which id, who was merged into
// them, when, and what was not merged, and why. Draws; never fetches.
import { element } from './element.js';
import { timeElement } from './time.js';
import { personMark } from './who.js';

// Entries shown before the older ones are folded away.
const SHOWN = 6;

/** `links` has `person(uuid)`, `event(uuid)`: addresses; `open`: whether older entries are unfolded. */
export function historyList(person, links, open) {
  const entries = person.history.map((entry) => item(entry, person, links));
  const older = entries.slice(0, -SHOWN);
  const list = (items, attributes = {}) => element('ol', { class: 'history', ...attributes }, items);
  const newest = list(entries.slice(-SHOWN), { 'data-testid': 'history' });
  if (older.length === 0) return [newest];
  return [element('details', { class: 'older-history', open, 'data-keep': 'history' }, element('summary', {}, `${older.length.toLocaleString('en')} older`), list(older)), newest];
}

/** What brought an id to the person: the entry of the history, or undefined. */
export function bringerOf(person, id) {
  const brought = (kinds) => person.history.find((entry) => kinds.includes(entry.kind) && entry.distinct_id === id);
  // A merge names but one id of those it brought; each came to the other person by an entry of its own.
  return brought(['created', 'id_added']) ?? brought(['merged']);
}

/** A link to the event of an entry, by its name. */
export function eventLink({ uuid, event }, links) {
  return element('a', { class: 'by', href: links.event(uuid), title: 'Show this event' }, event);
}

function item(entry, person, links) {
  // What was done to someone else then, who has become this person.
  const asAnother = entry.person !== person.uuid && entry.kind !== 'not_merged';
  return element(
    'li',
    { class: `did did-${entry.kind.replace('_', '-')}`, 'data-testid': 'history-entry', 'data-kind': entry.kind },
    element('p', { class: 'what' }, sentence(entry, person, links), asAnother ? [element('span', { class: 'aside' }, ', then as '), who(entry.person, null, links)] : null),
    element('p', { class: 'aside' }, timeElement(entry.at)),
    entry.warning === null ? null : element('p', { class: 'why' }, entry.warning.message, ' ', element('code', {}, entry.warning.code)),
  );
}

function sentence({ kind, distinct_id: distinctId, event, person: subject, other_person: other }, person, links) {
  const by = eventLink(event, links);
  const id = element('code', {}, distinctId);
  const them = other === null ? 'another person' : who(other.uuid, other.name, links);
  switch (kind) {
    case 'created':
      return [by, ' made this person with ', id];
    case 'id_added':
      return [by, ' added ', id];
    case 'identified':
      return [by, ' identified them as ', id];
    case 'merged':
      return [by, ' merged ', them, ' into this person, by their id ', id];
    case 'not_merged':
      if (subject === person.uuid) return [by, ' did not merge ', them, ', by their id ', id];
      return [by, ' did not merge this person into ', who(subject, null, links), ', by the id ', id];
    default:
      return [by, ` ${kind} `, id];
  }
}

function who(uuid, name, links) {
  return element('a', { class: 'person', href: links.person(uuid), title: uuid }, personMark({ uuid, name }), element('span', { class: 'person-name' }, name ?? uuid.slice(0, 8)));
}
