// What the panel shows of one refusal: the reason, what of the request was kept, and its
// body as it came. Fetches that one refusal and whose distinct_id it names.
import { findPerson, refusalBodyPath, refusalText } from './api.js';
import { block } from './block.js';
import { counted, element } from './element.js';
import { jsonElement } from './json.js';
import { localTime, timeElement } from './time.js';

// Longer bodies are shown plain: colours need an element for each token.
const COLOURED_CHARS = 100_000;
const UNNAMED = 'unnamed-';

/** The key of a refusal in the address: those that named no environment are numbered on their own. */
export const refusalKey = (environment, id) => (environment === null ? `${UNNAMED}${id}` : String(id));

/** The environment and id that a key stands for. */
function readKey(environment, key) {
  return key.startsWith(UNNAMED) ? [null, key.slice(UNNAMED.length)] : [environment, key];
}

/** A kind of panel content (panel.js). `links` has `person(uuid)` and `distinctId(id)`: addresses. */
export function refusalDetails(links) {
  function draw(json, environment, signal, key) {
    const refusal = JSON.parse(json);
    const [owner] = readKey(environment, key);
    return {
      title: refusal.status < 400 ? 'Event let go' : 'Request refused',
      content: [
        element('p', { class: 'reason', 'data-testid': 'refusal-reason' }, refusal.reason),
        fields(refusal, owner, signal),
        ...body(refusal, owner),
      ],
    };
  }

  function fields(refusal, owner, signal) {
    const list = element('dl', { class: 'fields' });
    const add = (name, ...value) => list.append(element('dt', {}, name), element('dd', {}, ...value));
    const addKept = (name, value) => value !== null && value !== undefined && value !== '' && add(name, String(value));
    add('status', String(refusal.status), element('span', { class: 'aside' }, refusal.status < 400 ? 'the rest of its request is stored' : 'nothing of the request is stored'));
    addKept('field', refusal.field);
    addKept('event', refusal.event);
    addKept('event index', refusal.event_index);
    if (refusal.distinct_id) add('distinct_id', ...distinctId(refusal.distinct_id, owner, signal));
    add('environment', owner ?? element('span', { class: 'note' }, 'none is known by its key'));
    addKept('api_key', refusal.api_key);
    add('received_at', timeElement(refusal.received_at), element('span', { class: 'aside' }, localTime(refusal.received_at)));
    add('request', `${refusal.method} ${refusal.path}`);
    addKept('origin', refusal.origin);
    addKept('user agent', refusal.user_agent);
    return list;
  }

  function distinctId(id, owner, signal) {
    if (owner === null) return [id];
    const person = element('span', { class: 'aside' });
    findPerson(owner, id, signal).then(
      (uuid) => uuid !== null && person.append(element('a', { href: links.person(uuid), 'data-testid': 'refusal-person' }, 'their person')),
      () => {
        // Lost, or the panel shows something else by now: the link is a convenience.
      },
    );
    return [element('a', { href: links.distinctId(id), title: 'Show the events of this distinct_id' }, id), person];
  }

  function body({ id, body: { size, kept, text, base64 } }, owner) {
    if (size === 0) return [element('h3', {}, 'Body'), element('p', { class: 'aside' }, 'The request had none.')];
    const download = element('a', { href: refusalBodyPath(owner, id), download: true, 'data-testid': 'refusal-download' }, 'Download as it came');
    const about = element('p', { class: 'aside' }, `${sizeOf(size, kept)} `, download);
    if (text === null) return block('Body, as base64: it is no text', 'the body', base64, about, plain(base64));
    const shown = text.length <= COLOURED_CHARS && isJson(text) ? jsonElement(text) : plain(text);
    return block('Body', 'the body', text, about, shown);
  }

  return {
    label: 'Refusal details',
    fetch: (environment, key, signal) => refusalText(...readKey(environment, key), signal),
    draw,
  };
}

const plain = (text) => element('pre', { class: 'json', tabindex: '0' }, text);

function sizeOf(size, kept) {
  const bytes = counted(size, 'byte');
  return kept < size ? `The first ${kept.toLocaleString('en')} of ${bytes} are kept.` : `${bytes}.`;
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
