// The events page: follows the address bar, and lets the parts show what it names. The
// parts know nothing of each other; what joins them is here.
import { environments, isEmpty, ApiError } from './api.js';
import { countsQuery, filterQuery, isFiltered, isSearch, readAddress, writeAddress, NO_FILTER } from './address.js';
import { createChart } from './chart.js';
import { eventDetails } from './details.js';
import { firstEvent, noMatch } from './empty.js';
import { createEnd } from './end.js';
import { createFeed, MOST } from './feed.js';
import { createFilters } from './filters.js';
import { createFollower } from './follow.js';
import { createHeader } from './header.js';
import { listenToKeys } from './keys.js';
import { createLiveButton } from './live.js';
import { createPanel } from './panel.js';
import { createPersonCard } from './person.js';
import { refusalDetails, refusalKey } from './refusal.js';
import { createRefusals } from './refusals.js';
import { createSearch } from './search.js';
import { createTable } from './table.js';
import { personName } from './who.js';

const RETRY_START_MS = 1000;
const part = (id) => document.getElementById(id);
const scroller = part('scroller');
// As in panel.css: below this width the details cover the table.
const narrow = matchMedia('(max-width: 900px)');

let known = [];
let state = null;
let shownTarget = null;
let personTitle = null;

// ---- links: each keeps what its target shares with where the reader is ----

const fresh = (changes) => writeAddress({ ...NO_FILTER, view: 'events', environment: state.environment, internal: state.internal, details: null, ...changes });
const changed = (changes) => writeAddress({ ...state, ...changes });
const links = {
  person: (uuid) => fresh({ person: uuid }),
  distinctId: (id) => fresh({ distinctId: id }),
  event: (name) => fresh({ events: [name] }),
};

// ---- parts ----

const table = createTable({
  body: part('rows'),
  scroller,
  detailsLink: (uuid) => changed({ details: uuid }),
  personLink: links.person,
});

const feed = createFeed({ onRows: showRows, onError: showError, isReading: () => scroller.scrollTop > 8 });
const search = createSearch({ onRows: showRows, onError: showError });
// The one of the two that the address asks for.
let list = feed;

const chart = createChart({
  root: part('chart'),
  links: { span: (after, before) => changed({ after, before, details: null }), event: (name) => changed({ events: [name], details: null }) },
  onError: showError,
});

const end = createEnd({
  parts: { end: part('end'), searched: part('searched'), older: part('older'), count: part('count') },
  most: MOST,
  beforeLink: (moment) => changed({ before: moment, details: null }),
  onOlder: () => list.older(),
});

const details = createPanel({ panel: part('details'), onClose: closeDetails });
const kinds = { events: eventDetails(links), refusals: refusalDetails(links) };

const personCard = createPersonCard({
  card: part('person'),
  links: {
    distinctId: (id) => changed({ distinctId: id, details: null }),
    person: links.person,
    event: (uuid) => changed({ details: uuid }),
    refusal: (id) => fresh({ view: 'refusals', details: refusalKey(state.environment, id) }),
    everyone: () => fresh({}),
  },
  onMoved: (uuid) => go(changed({ person: uuid }), { replace: true }),
  onDrawn(person) {
    personTitle = personName(person);
    header.title(state, personTitle);
    filters.namePerson(person);
  },
});

const refusalList = createRefusals({
  link: part('refusals-link'),
  view: part('refusals-view'),
  isOpen: () => state?.view === 'refusals',
  detailsLink: (key) => changed({ details: key }),
  onDrawn(n, more) {
    end.count(n, 'refusal', more);
    refusalList.markOpen(state.details);
  },
  onError: showError,
});

const filters = createFilters({
  form: part('filters'),
  statusLink: (status) => changed({ status, details: null }),
  onChange: (changes, options) => go(changed(changes), options),
});
const header = createHeader({ parts: { environments: part('environments'), home: part('home'), refusals: part('refusals-link') }, fresh });
const live = createLiveButton({ button: part('live'), lost: part('lost'), onPause: (on) => [feed, search, chart].forEach((each) => each.pause(on)) });

const follower = createFollower({
  onConnection: (connection) => live.connection(connection),
  onRefusals: () => refusalList.changed(),
  onEvents(seq, { startOver }) {
    if (startOver) live.restart();
    live.saw(seq);
    if (startOver) {
      showTarget({ again: true });
      return;
    }
    list.changed(seq);
    chart.changed();
  },
});

// ---- the address, and what follows from it ----

function go(href, { replace = false, openedDetails = false } = {}) {
  if (replace) history.replaceState(history.state, '', href);
  else history.pushState({ openedDetails }, '', href);
  apply();
}

function apply() {
  state = readAddress(location.search);
  state.environment ??= known[0]?.name ?? null;
  header.render(state, known);
  filters.render(state);
  part('status-refused').setAttribute('href', fresh({ view: 'refusals' }));
  const inRefusals = state.view === 'refusals';
  part('filters').hidden = inRefusals;
  part('events-view').hidden = inRefusals;
  part('refusals-view').hidden = !inRefusals;

  if (!known.some(({ name }) => name === state.environment)) {
    leaveEnvironment();
    const names = known.map(({ name }) => name).join(', ');
    showProblem(known.length === 0 ? 'The collector’s config names no environment; add one, e.g. [environments.dev].' : `There is no environment named ${state.environment}; pick one of ${names} above.`);
    return;
  }
  showTarget();
  if (state.person !== null && !inRefusals) personCard.show(state.environment, state.person);
  else {
    personTitle = null;
    personCard.hide();
  }
  if (state.details !== null) details.show(kinds[state.view], state.environment, state.details);
  else details.hide();
  table.markOpen(inRefusals ? null : state.details);
  scroller.inert = details.isOpen && narrow.matches;
  if (scroller.inert) details.focus();
  header.title(state, personTitle);
  if (inRefusals) refusalList.draw();
}

/** Turns the rows, the chart and the stream to the environment and filter of the address, if those changed. */
function showTarget({ again = false } = {}) {
  const filter = filterQuery(state).toString();
  const target = `${state.environment}?${filter}`;
  if (target === shownTarget && !again) return;
  showProblem(null);
  follow(state.environment);
  refusalList.show(state.environment);
  shownTarget = target;
  scroller.scrollTop = 0;
  list.leave();
  list = isSearch(state) ? search : feed;
  list.show(state.environment, filter, follower.lastSeq);
  // The counts know no text and no status.
  if (isSearch(state)) chart.hide();
  else chart.show(state.environment, countsQuery(state).toString());
}

function follow(environment) {
  if (follower.follow(environment, known.find(({ name }) => name === environment)?.last_seq ?? 0)) live.restart();
}

function leaveEnvironment() {
  follow(null);
  refusalList.show(null);
  shownTarget = null;
  list.leave();
  chart.hide();
  part('events-view').hidden = true;
  personCard.hide();
  details.hide();
}

// ---- what is shown ----

function showRows(rows, { first, ...found }) {
  const { more } = found;
  showProblem(null);
  table.render(rows, { first, lastSeq: follower.lastSeq });
  if (state.view === 'events') table.markOpen(state.details);
  details.refresh();
  personCard.refresh();
  document.querySelector('table.events').hidden = rows.length === 0;
  if (rows.length === 0) showEmpty(more);
  else part('empty').hidden = true;
  end.render(rows, found);
  if (state.view === 'events') end.count(rows.length, 'event', more);
}

async function showEmpty(more) {
  const target = shownTarget;
  const filtered = isFiltered(state);
  // The SDK's own events may be all there is; after a reset there is none, whatever was.
  let never = !filtered && (follower.lastSeq === 0 || state.internal);
  if (!filtered && !never) never = await isEmpty(state.environment).catch(() => false);
  if (target !== shownTarget || document.querySelector('table.events').hidden === false) return;
  const { environment } = state;
  const internalHref = state.internal || state.events.length > 0 ? null : changed({ internal: true });
  part('empty').replaceChildren(...(never ? firstEvent(environment, location.origin, fresh({ view: 'refusals' })) : noMatch({ filtered, more, internalHref, clearHref: fresh({}) })));
  part('empty').hidden = false;
}

function showError(error) {
  // Nothing answers: the stream notices too, says so, and fetches again once it is back.
  if (!(error instanceof ApiError)) return;
  // The session has ended: the collector asks for the token instead of giving the page.
  if (error.status === 401) location.reload();
  else showProblem(error.message);
}

function showProblem(message) {
  part('problem').hidden = message === null;
  part('problem').textContent = message ?? '';
  if (message !== null) end.count(0, 'event', false);
}

// ---- what the reader does ----

function openDetails(key) {
  const wasOpen = details.isOpen;
  go(changed({ details: key }), { replace: wasOpen, openedDetails: !wasOpen });
  if (state.view === 'refusals') refusalList.markOpen(key);
}

function closeDetails() {
  if (!details.isOpen) return;
  details.hide();
  // Opening added an entry to the history; closing takes it back, unless others came since.
  if (history.state?.openedDetails) history.back();
  else go(changed({ details: null }));
  scroller.inert = false;
  rowsInView().focus();
}

const rowsInView = () => (state?.view === 'refusals' ? refusalList : table);
const keyOf = (row) => row.dataset.uuid ?? row.dataset.key;

document.addEventListener('click', (event) => {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.defaultPrevented) return;
  const link = event.target.closest('a');
  if (link !== null) {
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || url.pathname !== '/') return;
    event.preventDefault();
    if (link.matches('.event-name, .refusal-reason')) openDetails(keyOf(link.closest('tr')));
    else go(url.pathname + url.search);
    return;
  }
  const row = event.target.closest('tr[data-uuid], tr[data-key]');
  if (row !== null && getSelection().isCollapsed) openDetails(keyOf(row));
});

narrow.addEventListener('change', () => (scroller.inert = details.isOpen && narrow.matches));

listenToKeys({
  move(step) {
    const row = rowsInView().move(step);
    if (row !== null && details.isOpen) openDetails(keyOf(row));
  },
  close: closeDetails,
  focusFilter: () => filters.focus(),
  pause: () => live.toggle(),
});

// ---- start ----

async function start() {
  try {
    known = await environments();
  } catch (error) {
    live.connection('lost');
    showError(error);
    setTimeout(start, RETRY_START_MS);
    return;
  }
  showProblem(null);
  part('filters').inert = false;
  window.addEventListener('popstate', apply);
  apply();
}

start();
