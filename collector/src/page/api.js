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
// Refusals that named no environment have a list of their own.
const refusalsPath = (environment) => (environment === null ? '/api/refusals' : `${base(environment)}/refusals`);

/** A list's path with a page's parameters; `filter` may be absent. */
function pagePath(path, filter, limit, cursor) {
  const query = new URLSearchParams(filter);
  query.set('limit', limit);
  if (cursor !== null) query.set('cursor', cursor);
  return `${path}?${query}`;
}

export const environments = async () => (await getJson('/api/environments')).environments;

/** One page of events, newest first: `{events, next}`. `next` is the sequence number below which the next page begins, null at the end. */
export const events = (environment, filter, limit, cursor, signal) => getJson(pagePath(`${base(environment)}/events`, filter, limit, cursor), signal);

/** Whether an environment holds no event at all. */
export const isEmpty = async (environment) => (await events(environment, { internal: 'true' }, 1, null)).events.length === 0;

/** Events by name and span of time: `{from, to, step_seconds, counts: [{event, total, buckets}]}`. */
export const counts = (environment, filter, buckets, signal) => getJson(`${base(environment)}/counts?${filter}${filter === '' ? '' : '&'}buckets=${buckets}`, signal);

/** One event in full, as JSON text. */
export const eventText = (environment, uuid, signal) => getText(`${base(environment)}/events/${encodeURIComponent(uuid)}`, signal);

/** One person in full, as JSON text; the uuid of a merged person answers with the one it was merged into. */
export const personText = (environment, uuid, signal) => getText(`${base(environment)}/persons/${encodeURIComponent(uuid)}`, signal);

export const names = async (environment) => (await getJson(`${base(environment)}/names`)).names;

/** One page of refusals, newest first: `{refusals, next}`; `environment` is null for those that named none. */
export const refusals = (environment, limit, cursor) => getJson(pagePath(refusalsPath(environment), undefined, limit, cursor));

/** One refusal in full, as JSON text. */
export const refusalText = (environment, id, signal) => getText(`${refusalsPath(environment)}/${id}`, signal);

/** Where a refused request's body is, byte for byte. */
export const refusalBodyPath = (environment, id) => `${refusalsPath(environment)}/${id}/body`;

/** The stream that tells of an environment's events and of all refusals; without an environment, of the refusals that named none. */
export const streamPath = (environment) => (environment === null ? '/api/refusals/stream' : `${base(environment)}/stream`);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The uuid of the person with that name, distinct_id or uuid; null where there is none. */
export async function findPerson(environment, text, signal) {
  // A name is one of the person's ids. Ids first: one may have the form of a uuid.
  const filter = new URLSearchParams({ distinct_id: text, internal: 'true' });
  const [event] = (await events(environment, filter, 1, null, signal)).events;
  if (event !== undefined) return event.person.uuid;
  if (!UUID.test(text)) return null;
  try {
    return JSON.parse(await personText(environment, text, signal)).uuid;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
