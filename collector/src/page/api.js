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

export const eventStreamPath = (environment) => `${base(environment)}/stream`;
export const refusalStreamPath = '/api/refusals/stream';
