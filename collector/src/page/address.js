// Knows how the page's state stands in the address bar, both ways. Never fetches
// and never draws.

/** What narrows the events, with nothing narrowed. */
export const NO_FILTER = Object.freeze({ events: [], person: null, distinctId: null, text: null, status: null, after: null, before: null });

/**
 * The state an address names.
 * `view` is `events` or `refusals`; `details` names what the panel shows: the uuid of an
 * event, or the key of a refusal (refusals.js). `status` is `ok` for events without
 * warnings, `warning` for those with; `after` and `before` are ISO-8601 times as the API
 * takes them.
 */
export function readAddress(search) {
  const query = new URLSearchParams(search);
  const one = (name) => query.get(name) || null;
  return {
    environment: one('environment'),
    view: query.get('view') === 'refusals' ? 'refusals' : 'events',
    events: [...new Set(query.getAll('event').filter(Boolean))],
    person: one('person'),
    distinctId: one('distinct_id'),
    text: one('text'),
    status: one('status'),
    after: one('after'),
    before: one('before'),
    internal: query.get('internal') === 'true',
    details: one('details'),
  };
}

/** The link to a state; what is at its default is left out. */
export function writeAddress(state) {
  const query = new URLSearchParams();
  const put = (name, value) => value && query.append(name, value);
  put('environment', state.environment);
  if (state.view === 'refusals') put('view', 'refusals');
  filterQuery(state).forEach((value, name) => query.append(name, value));
  put('details', state.details);
  const text = query.toString();
  return text ? `/?${text}` : '/';
}

/** The part of a state that `/api/{environment}/events` takes as its filter. */
export function filterQuery(state) {
  const query = countsQuery(state);
  if (state.text) query.append('text', state.text);
  if (state.status) query.append('status', state.status);
  return query;
}

/** The part of that filter which `/api/{environment}/counts` takes: it knows no text and no status. */
export function countsQuery(state) {
  const query = new URLSearchParams();
  for (const name of state.events) query.append('event', name);
  if (state.person) query.append('person', state.person);
  if (state.distinctId) query.append('distinct_id', state.distinctId);
  if (state.after) query.append('after', state.after);
  if (state.before) query.append('before', state.before);
  if (state.internal) query.append('internal', 'true');
  return query;
}

/** Whether the collector has to look into events to answer, instead of into an index. */
export const isSearch = (state) => Boolean(state.text || state.status);

/** Whether anything but the `$` switch narrows what is shown. */
export function isFiltered(state) {
  return Boolean(isSearch(state) || state.events.length || state.person || state.distinctId || state.after || state.before);
}
