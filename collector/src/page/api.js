// Asks the collector's JSON API. Knows its paths and its errors, nothing of the page.

/** The collector answered, and refused: `status` is HTTP's, `field` the parameter at fault or null. */
export class ApiError extends Error {
  constructor(status, field, message) {
    super(message);
    this.status = status;
    this.field = field;
  }
}

/** The body of a GET, as text: numbers in it stay as they were sent. Rejects with `ApiError`, or `TypeError` where nothing answers. */
async function getText(path, signal) {
  const response = await fetch(path, { signal, headers: { accept: 'application/json' }, cache: 'no-store' });
  const text = await response.text();
  if (response.ok) return text;
  let error = null;
  try {
    error = JSON.parse(text).error;
  } catch {
    // Not from the API itself: a proxy, or a guard before it. Its text is all there is.
  }
  throw new ApiError(response.status, error?.field ?? null, error?.message ?? (text || `the collector answered ${response.status}`));
}

const getJson = async (path, signal) => JSON.parse(await getText(path, signal));
const base = (environment) => `/api/${encodeURIComponent(environment)}`;

export const environments = async () => (await getJson('/api/environments')).environments;

/** One page of events, newest first: `{events, next}`. */
export function events(environment, filter, limit, cursor, signal) {
  const query = new URLSearchParams(filter);
  query.set('limit', limit);
  if (cursor !== null) query.set('cursor', cursor);
  return getJson(`${base(environment)}/events?${query}`, signal);
}

/** One event in full, as JSON text. */
export const eventText = (environment, uuid, signal) => getText(`${base(environment)}/events/${encodeURIComponent(uuid)}`, signal);

/** One person in full, as JSON text; the uuid of a merged person answers with the one it was merged into. */
export const personText = (environment, uuid, signal) => getText(`${base(environment)}/persons/${encodeURIComponent(uuid)}`, signal);

export const names = async (environment) => (await getJson(`${base(environment)}/names`)).names;

/** All refusals the collector keeps (it bounds them), newest first. */
export async function refusals() {
  const all = [];
  let cursor = null;
  do {
    const page = await getJson(`/api/refusals?limit=1000${cursor === null ? '' : `&cursor=${cursor}`}`);
    all.push(...page.refusals);
    cursor = page.next;
  } while (cursor !== null);
  return all;
}

/** The stream that tells of an environment's events and of all refusals; without an environment, of refusals alone. */
export const streamPath = (environment) => (environment === null ? '/api/refusals/stream' : `${base(environment)}/stream`);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The uuid of the person with that name, distinct_id or uuid; null where there is none. */
export async function findPerson(environment, text) {
  // A name is one of the person's ids. Ids first: one may have the form of a uuid.
  const filter = new URLSearchParams({ distinct_id: text, internal: 'true' });
  const [event] = (await events(environment, filter, 1, null)).events;
  if (event !== undefined) return event.person.uuid;
  if (!UUID.test(text)) return null;
  try {
    return JSON.parse(await personText(environment, text)).uuid;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
