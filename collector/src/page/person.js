// The head of one person's page: name, all their distinct_ids, their properties. Their
// events are the table below it. Fetches that one person.
import { ApiError, personText } from './api.js';
import { copyButton } from './copy.js';
import { element } from './element.js';
import { jsonElement, prettyMember } from './json.js';
import { timeElement } from './time.js';
import { personMark, personName } from './who.js';

// Ids shown before the rest is folded away: a person of a hundred devices has a page too.
const IDS_SHOWN = 12;

/**
 * `links` has `distinctId(id)` and `everyone()`. `onMoved(uuid)`: the person asked for was
 * merged into the one with this uuid. `onDrawn(person)`: they are shown.
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
    const allIds = card.querySelector('.ids details')?.open ?? false;
    const properties = Object.keys(person.properties).length > 0;
    card.replaceChildren(
      head(person, [
        element('span', {}, standing(person)),
        element('span', {}, count(person.event_count, 'event')),
        element('span', {}, 'since ', timeElement(person.created_at)),
      ]),
      element(
        'div',
        { class: 'person-columns' },
        element('div', { class: 'ids' }, element('h3', {}, count(person.distinct_ids.length, 'distinct_id')), ...idLists(person.distinct_ids, allIds)),
        element(
          'div',
          { class: 'person-properties' },
          element('div', { class: 'block-head' }, element('h3', {}, 'Properties'), properties ? copyButton(() => prettyMember(json, 'properties'), 'the properties') : null),
          properties ? jsonElement(prettyMember(json, 'properties')) : element('p', { class: 'aside' }, 'none set'),
        ),
      ),
    );
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

  function idLists(ids, open) {
    const items = ids.map(({ distinct_id: id, event_count: events }) =>
      element(
        'li',
        {},
        element('a', { href: links.distinctId(id), title: 'Show only this distinct_id', 'data-testid': 'person-distinct-id' }, id),
        element('span', { class: 'aside' }, count(events, 'event')),
      ),
    );
    const lists = [element('ul', {}, items.slice(0, IDS_SHOWN))];
    if (items.length > IDS_SHOWN) {
      lists.push(element('details', { open }, element('summary', {}, `${items.length - IDS_SHOWN} more`), element('ul', {}, items.slice(IDS_SHOWN))));
    }
    return lists;
  }

  function standing(person) {
    if (person.is_identified) return 'identified';
    return person.is_personless ? 'personless, no profile stored' : 'not identified';
  }

  function count(n, noun) {
    return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
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
