// Knows how the page's state stands in the address bar, both ways. Never fetches
// and never draws.

/**
 * The state an address names.
 * `details` is the uuid of the event whose panel is open, `view` is `events` or
 * `refusals`; `after` and `before` are ISO-8601 times as the API takes them.
 */
export function readAddress(search) {
  const query = new URLSearchParams(search);
  return {
    environment: query.get('environment') || null,
    view: query.get('view') === 'refusals' ? 'refusals' : 'events',
    events: [...new Set(query.getAll('event').filter(Boolean))],
    person: query.get('person') || null,
    distinctId: query.get('distinct_id') || null,
    after: query.get('after') || null,
    before: query.get('before') || null,
    internal: query.get('internal') === 'true',
    details: query.get('details') || null,
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
  const query = new URLSearchParams();
  for (const name of state.events) query.append('event', name);
  if (state.person) query.append('person', state.person);
  if (state.distinctId) query.append('distinct_id', state.distinctId);
  if (state.after) query.append('after', state.after);
  if (state.before) query.append('before', state.before);
  if (state.internal) query.append('internal', 'true');
  return query;
}

/** Whether anything but the `$` switch narrows what is shown. */
export function isFiltered(state) {
  return Boolean(state.events.length || state.person || state.distinctId || state.after || state.before);
}
