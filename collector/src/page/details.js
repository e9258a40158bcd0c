// What the panel shows of one event in full: its fields, the person of its moment beside
// the person of now, its warnings, its JSON. Fetches that one event.
import { eventText } from './api.js';
import { block } from './block.js';
import { copyButton } from './copy.js';
import { element } from './element.js';
import { jsonElement, prettyJson, prettyMember } from './json.js';
import { localTime, timeElement } from './time.js';
import { personMark, personName } from './who.js';

/** A kind of panel content (panel.js). `links` has `person(uuid)`, `distinctId(id)`, `event(name)`: addresses. */
export function eventDetails(links) {
  function draw(json) {
    const event = JSON.parse(json);
    return {
      title: event.event,
      content: [
        fields(event),
        ...warnings(event.warnings ?? []),
        ...jsonBlock('Properties', prettyMember(json, 'properties') ?? '{}', 'properties'),
        ...personProperties(event, json),
        element(
          'details',
          {},
          element('summary', {}, 'Whole event'),
          element('div', { class: 'block-head' }, copyButton(() => prettyJson(json), 'the whole event as JSON')),
          jsonElement(json),
        ),
      ],
    };
  }

  function fields(event) {
    const list = element('dl', { class: 'fields' });
    const add = (name, ...value) => list.append(element('dt', {}, name), element('dd', {}, ...value));
    add('event', element('a', { href: links.event(event.event), title: 'Show only this event' }, event.event));
    add('distinct_id', element('a', { href: links.distinctId(event.distinct_id), title: 'Show only this distinct_id' }, event.distinct_id));
    add('person now', personLine(event.person), event.person.is_personless ? element('span', { class: 'aside' }, 'personless: no profile is stored') : '');
    add('at ingest', ...atIngest(event));
    add('person_mode', event.person_mode);
    add('timestamp', timeElement(event.timestamp), element('span', { class: 'aside' }, localTime(event.timestamp)));
    if (event.sent_at) add('sent_at', timeElement(event.sent_at));
    add('received_at', timeElement(event.received_at));
    add('uuid', event.uuid);
    add('seq', String(event.seq));
    return list;
  }

  function personLine(person) {
    return element('a', { class: 'person', href: links.person(person.uuid), title: person.uuid }, personMark(person), element('span', { class: 'person-name' }, personName(person)));
  }

  function atIngest(event) {
    if (!event.person_at_ingest) return ['no person'];
    if (event.person_at_ingest === event.person.uuid) return [personMark(event.person), element('span', { class: 'note' }, 'the same person')];
    if (event.person_mode === 'propertyless') return [element('span', { class: 'note' }, 'captured without a person; its distinct_id joined this one since')];
    const mark = personMark({ uuid: event.person_at_ingest, name: null });
    return [mark, element('span', { class: 'note' }, 'another person, since merged into this one'), element('span', { class: 'aside' }, event.person_at_ingest)];
  }

  function warnings(list) {
    if (list.length === 0) return [];
    return [
      element('h3', {}, 'Warnings'),
      element('ul', { class: 'warnings' }, list.map(({ code, message }) => element('li', {}, element('code', {}, code), ' ', message))),
    ];
  }

  function personProperties(event, json) {
    if (Object.keys(event.person_properties ?? {}).length === 0) return [];
    return jsonBlock('Person properties at ingest', prettyMember(json, 'person_properties'), 'the person properties');
  }

  const jsonBlock = (title, pretty, what) => block(title, what, pretty, jsonElement(pretty));

  return { label: 'Event details', fetch: eventText, draw };
}
