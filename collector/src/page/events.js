// The events page: follows the address bar, and lets the parts show what it names. The
// parts know nothing of each other; what joins them is here.
import { environments, streamPath, ApiError } from './api.js';
import { filterQuery, isFiltered, readAddress, writeAddress } from './address.js';
import { createDetails } from './details.js';
import { element } from './element.js';
import { firstEvent, noMatch } from './empty.js';
import { createFeed, MOST } from './feed.js';
import { createFilters } from './filters.js';
import { listenToKeys } from './keys.js';
import { createLiveButton } from './live.js';
import { createPersonCard } from './person.js';
import { createRefusals } from './refusals.js';
import { openStream } from './stream.js';
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
let closeStream = null;
// The environment whose stream is open; null while it tells of refusals alone.
let followed = null;
let lastSeq = 0;
let personTitle = null;

// ---- links: each keeps what its target shares with where the reader is ----

const fresh = (changes) => writeAddress({ view: 'events', environment: state.environment, events: [], person: null, distinctId: null, after: null, before: null, internal: state.internal, details: null, ...changes });
const changed = (changes) => writeAddress({ ...state, ...changes });

// ---- parts ----

const table = createTable({
  body: part('rows'),
  scroller,
  detailsLink: (uuid) => changed({ details: uuid }),
  personLink: (uuid) => fresh({ person: uuid }),
});

const feed = createFeed({
  onRows: showRows,
  onError: showError,
  isReading: () => scroller.scrollTop > 8,
});

const details = createDetails({
  panel: part('details'),
  links: {
    person: (uuid) => fresh({ person: uuid }),
    distinctId: (id) => fresh({ distinctId: id }),
    event: (name) => fresh({ events: [name] }),
  },
  onClose: closeDetails,
});

const personCard = createPersonCard({
  card: part('person'),
  links: { distinctId: (id) => changed({ distinctId: id, details: null }), everyone: () => fresh({}) },
  onMoved: (uuid) => go(changed({ person: uuid }), { replace: true }),
  onDrawn(person) {
    personTitle = personName(person);
    setTitle();
    filters.namePerson(person);
  },
});

const refusalList = createRefusals({
  link: part('refusals-link'),
  body: part('refusal-rows'),
  empty: part('refusals-empty'),
  isOpen: () => state?.view === 'refusals',
  onDrawn: (n) => setCount(n, 'refusal', false),
  onError: showError,
});

const filters = createFilters({ form: part('filters'), onChange: (changes, options) => go(changed(changes), options) });
const live = createLiveButton({ button: part('live'), lost: part('lost'), onPause: (on) => feed.pause(on) });

// ---- the address, and what follows from it ----

function go(href, { replace = false, openedDetails = false } = {}) {
  if (replace) history.replaceState(history.state, '', href);
  else history.pushState({ openedDetails }, '', href);
  apply();
}

function apply() {
  state = readAddress(location.search);
  state.environment ??= known[0]?.name ?? null;
  drawHeader();
  filters.render(state);
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
  if (state.details !== null && !inRefusals) details.show(state.environment, state.details);
  else details.hide();
  table.markOpen(state.details);
  scroller.inert = details.isOpen && narrow.matches;
  if (scroller.inert) details.focus();
  setTitle();
  if (inRefusals) refusalList.draw();
}

/** Turns feed and stream to the environment and filter of the address, if those changed. */
function showTarget() {
  const filter = filterQuery(state);
  const target = `${state.environment}?${filter}`;
  if (target === shownTarget) return;
  showProblem(null);
  follow(state.environment);
  shownTarget = target;
  scroller.scrollTop = 0;
  feed.show(state.environment, filter);
}

/** Opens the one stream of this page: a browser allows few, over all its windows. */
function follow(environment) {
  if (closeStream !== null && followed === environment) return;
  closeStream?.();
  followed = environment;
  lastSeq = known.find(({ name }) => name === environment)?.last_seq ?? 0;
  live.restart();
  // What the stream told last; nothing since it was opened, so that all is fetched again then.
  let told = {};
  closeStream = openStream(
    streamPath(environment),
    (change) => {
      if (change.last_id !== told.last_id) refusalList.changed();
      if (environment !== null && change.last_seq !== told.last_seq) {
        lastSeq = change.last_seq;
        live.saw(lastSeq);
        feed.changed();
      }
      told = change;
    },
    (connection) => {
      if (connection === 'open') told = {};
      live.connection(connection);
    },
  );
}

function leaveEnvironment() {
  follow(null);
  shownTarget = null;
  part('events-view').hidden = true;
  personCard.hide();
  details.hide();
}

// ---- what is shown ----

function showRows(rows, { first, more }) {
  showProblem(null);
  table.render(rows, first);
  table.markOpen(state.details);
  details.refresh();
  personCard.refresh();
  document.querySelector('table.events').hidden = rows.length === 0;
  part('empty').hidden = rows.length > 0;
  if (rows.length === 0) {
    const { environment } = state;
    const internalHref = state.internal || state.events.length > 0 ? null : changed({ internal: true });
    const never = !isFiltered(state) && (lastSeq === 0 || internalHref === null);
    part('empty').replaceChildren(...(never ? firstEvent(environment, location.origin, fresh({ view: 'refusals' })) : noMatch(isFiltered(state), internalHref, fresh({}))));
  }
  showEnd(rows, more);
  if (state.view === 'events') setCount(rows.length, 'event', more);
}

function showEnd(rows, more) {
  part('end').hidden = !more;
  part('older').hidden = rows.length >= MOST;
  part('end').querySelector('a')?.remove();
  if (more && rows.length >= MOST) {
    const { timestamp } = rows[rows.length - 1];
    part('end').append(element('a', { href: changed({ before: timestamp, details: null }) }, `Show events before ${timestamp}`));
  }
}

function showError(error) {
  // Nothing answers: the stream notices too, says so, and fetches again once it is back.
  if (error instanceof ApiError) showProblem(error.message);
}

function showProblem(message) {
  part('problem').hidden = message === null;
  part('problem').textContent = message ?? '';
  if (message !== null) setCount(0, 'event', false);
}

function setCount(n, noun, more) {
  part('count').textContent = `${more ? 'newest ' : ''}${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}

function setTitle() {
  const what = state.view === 'refusals' ? 'Refusals' : (personTitle ?? 'Events');
  document.title = `${what} · ${state.environment} · Backstitch`;
}

function drawHeader() {
  const { environment, events, distinctId, after, before, internal } = state;
  const links = known.map(({ name }) =>
    element('a', {
      // A person and an event belong to one environment; the other filters carry over.
      href: writeAddress({ view: 'events', environment: name, events, person: null, distinctId, after, before, internal, details: null }),
      'aria-current': name === environment ? 'page' : null,
    }, name),
  );
  part('environments').replaceChildren(...links);
  part('home').setAttribute('href', fresh({}));
  part('refusals-link').setAttribute('href', state.view === 'refusals' ? fresh({}) : fresh({ view: 'refusals' }));
  if (state.view === 'refusals') part('refusals-link').setAttribute('aria-current', 'page');
  else part('refusals-link').removeAttribute('aria-current');
}

// ---- what the reader does ----

function openDetails(uuid) {
  const wasOpen = details.isOpen;
  go(changed({ details: uuid }), { replace: wasOpen, openedDetails: !wasOpen });
}

function closeDetails() {
  if (!details.isOpen) return;
  details.hide();
  // Opening added an entry to the history; closing takes it back, unless others came since.
  if (history.state?.openedDetails) history.back();
  else go(changed({ details: null }));
  scroller.inert = false;
  table.focus();
}

document.addEventListener('click', (event) => {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.defaultPrevented) return;
  const link = event.target.closest('a');
  if (link !== null) {
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || url.pathname !== '/') return;
    event.preventDefault();
    if (link.matches('.event-name')) openDetails(link.closest('tr').dataset.uuid);
    else go(url.pathname + url.search);
    return;
  }
  const row = event.target.closest('#rows tr');
  if (row !== null && getSelection().isCollapsed) openDetails(row.dataset.uuid);
});

part('older').addEventListener('click', () => feed.older());
narrow.addEventListener('change', () => (scroller.inert = details.isOpen && narrow.matches));

listenToKeys({
  move(step) {
    const uuid = state?.view === 'events' ? table.move(step) : null;
    if (uuid !== null && details.isOpen) openDetails(uuid);
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
