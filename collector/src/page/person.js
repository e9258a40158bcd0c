// The head of one person's page: name, all their distinct_ids and what brought each, their
// properties, their history and their warnings. Their events are the table below it.
// Fetches that one person.
import { ApiError, personText } from './api.js';
import { block } from './block.js';
import { counted, element } from './element.js';
import { bringerOf, eventLink, historyList } from './history.js';
import { jsonElement, prettyMember } from './json.js';
import { timeElement } from './time.js';
import { personMark, personName } from './who.js';

// Ids and warnings shown before the rest is folded away: a person of a hundred devices has a page too.
const IDS_SHOWN = 8;
const WARNINGS_SHOWN = 2;

/**
 * `links` has `distinctId(id)`, `person(uuid)`, `event(uuid)`, `refusal(id)` and
 * `everyone()`: addresses. `onMoved(uuid)`: the person asked for was merged into the one
 * with this uuid. `onDrawn(person)`: they are shown.
 */
export function createPersonCard({ card, links, onMoved, onDrawn }) {
  let shown = null;
  let text = null;
  let abort = new AbortController();

  async function load() {
    const { signal } = abort;
    const { environment, uuid } = shown;
    try {
      const answer = await personText(environment, uuid, signal);
      if (signal.aborted || answer === text) return;
      text = answer;
      const person = JSON.parse(answer);
      draw(person, answer);
      onDrawn(person);
      if (person.uuid !== uuid) onMoved(person.uuid);
    } catch (error) {
      if (!signal.aborted && error instanceof ApiError) {
        text = null;
        drawUnknown(uuid, error);
      }
    }
  }

  function draw(person, json) {
    // What the reader unfolded and scrolled to stays so when something changes underneath.
    const kept = [...card.querySelectorAll('[data-keep]')].map((part) => [part.dataset.keep, part.open ?? false, part.scrollTop]);
    const wasOpen = (name) => kept.some(([keep, open]) => keep === name && open);
    card.replaceChildren(
      head(person, [
        element('span', {}, standing(person)),
        element('span', {}, counted(person.event_count, 'event')),
        element('span', {}, 'since ', timeElement(person.created_at)),
      ]),
      element(
        'div',
        { class: 'person-columns' },
        element(
          'div',
          { class: 'ids' },
          element('h3', {}, counted(person.distinct_ids.length, 'distinct_id')),
          folded('ids', 'id-list', idItems(person), IDS_SHOWN, wasOpen('ids')),
          ...warnings(person.warnings, wasOpen('warnings')),
          properties(person, json),
        ),
        element(
          'div',
          { class: 'person-story' },
          element('h3', {}, 'History'),
          person.history.length === 0 ? element('p', { class: 'aside' }, 'nothing kept') : historyList(person, links, wasOpen('history')),
        ),
      ),
    );
    for (const [keep, , scroll] of kept) {
      const part = card.querySelector(`[data-keep="${keep}"]`);
      if (part !== null) part.scrollTop = scroll;
    }
  }

  function drawUnknown(uuid, error) {
    card.replaceChildren(head({ uuid, name: null }, []), element('p', { class: 'aside' }, error.message));
  }

  function head(person, facts) {
    return element(
      'header',
      { class: 'person-head' },
      personMark(person),
      element('div', {}, element('h2', { 'data-testid': 'person-name' }, personName(person)), element('p', { class: 'person-facts' }, ...facts, element('code', {}, person.uuid))),
      element('a', { class: 'everyone', href: links.everyone() }, '× all persons'),
    );
  }

  function idItems(person) {
    return person.distinct_ids.map(({ distinct_id: id, event_count: events }) => {
      const bringer = bringerOf(person, id);
      return element(
        'li',
        {},
        element('a', { href: links.distinctId(id), title: 'Show only this distinct_id', 'data-testid': 'person-distinct-id' }, id),
        element('span', { class: 'aside' }, counted(events, 'event'), bringer === undefined ? null : [', came by ', eventLink(bringer.event, links)]),
      );
    });
  }

  function properties(person, json) {
    if (Object.keys(person.properties).length === 0) return [element('h3', {}, 'Properties'), element('p', { class: 'aside' }, 'none set')];
    const pretty = prettyMember(json, 'properties');
    const shownJson = jsonElement(pretty);
    shownJson.dataset.keep = 'properties';
    return block('Properties', 'the properties', pretty, shownJson);
  }

  function warnings(list, open) {
    if (list.length === 0) return [];
    const items = list.map(({ code, message, at, event, refusal }) =>
      element(
        'li',
        { 'data-testid': 'person-warning' },
        element('code', {}, code),
        ` ${message}`,
        element('p', { class: 'aside' }, timeElement(at), event === null ? null : [' · ', eventLink(event, links)], refusal === null ? null : [' · ', element('a', { class: 'by', href: links.refusal(refusal) }, 'the refusal')]),
      ),
    );
    return [element('h3', {}, counted(list.length, 'warning')), folded('warnings', 'warnings', items, WARNINGS_SHOWN, open)];
  }

  /** A list whose end is folded away where it is long; `keep` names it. */
  function folded(keep, className, items, most, open) {
    const list = (part) => element('ul', { class: className }, part);
    if (items.length <= most) return [list(items)];
    return [list(items.slice(0, most)), element('details', { open, 'data-keep': keep }, element('summary', {}, `${items.length - most} more`), list(items.slice(most)))];
  }

  function standing(person) {
    if (person.is_identified) return 'identified';
    return person.is_personless ? 'personless, no profile stored' : 'not identified';
  }

  return {
    show(environment, uuid) {
      if (shown?.environment === environment && shown.uuid === uuid) return;
      const same = text !== null && shown?.environment === environment && JSON.parse(text).uuid === uuid;
      shown = { environment, uuid };
      card.hidden = false;
      if (same) return;
      abort.abort();
      abort = new AbortController();
      text = null;
      card.replaceChildren();
      load();
    },
    hide() {
      abort.abort();
      shown = null;
      text = null;
      card.hidden = true;
      card.replaceChildren();
    },
    refresh() {
      if (shown !== null) load();
    },
  };
}
