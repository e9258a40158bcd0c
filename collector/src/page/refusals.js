// The refused requests, those of an environment and those that named none: their lists,
// and the badge in the header that counts both. Knows which were there when the reader
// last looked.
import { refusals } from './api.js';
import { refresher } from './refresh.js';
import { createRefusalTable } from './refusal-table.js';
import { createRoving } from './roving.js';

const SEEN = 'backstitch_page_refusals_seen';
// Refusals of a list fetched at first, and by each "load older".
const PAGE = 100;
const MOST = 1000;

/**
 * `link` is the badge's, `view` where the lists stand. `isOpen()`: whether they are what
 * the page shows now; `detailsLink(key)`: the address of one in full; `onDrawn(n, more)`:
 * the lists were drawn; `onError(error)`: they could not be fetched.
 */
export function createRefusals({ link, view, isOpen, detailsLink, onDrawn, onError }) {
  const badge = link.querySelector('.badge');
  let environment = null;
  // Of the environment (null where none is shown), and of none.
  const own = createList();
  const unnamed = createList();
  const ownTable = createRefusalTable({ detailsLink, column: 'distinct_id', onOlder: () => older(own) });
  const unnamedTable = createRefusalTable({ detailsLink, column: 'api_key', onOlder: () => older(unnamed) });
  const roving = createRoving({ bodies: [ownTable.body, unnamedTable.body], main: 'a.refusal-reason' });
  view.append(ownTable.section, unnamedTable.section);

  const refreshing = refresher(async () => {
    const asked = environment;
    try {
      if (asked !== null) await own.fetch(asked);
      await unnamed.fetch(null);
      if (asked === environment) draw();
    } catch (error) {
      if (asked === environment) onError(error);
    }
  });

  function older(list) {
    list.wanted = Math.min(MOST, list.wanted + PAGE);
    refreshing.requestNow();
  }

  function draw() {
    const total = own.rows.length + unnamed.rows.length;
    const more = own.more || unnamed.more;
    if (isOpen()) {
      if (environment !== null) writeSeen(environment, own.newest);
      writeSeen(null, unnamed.newest);
      drawTables();
      onDrawn(total, more);
    }
    badge.textContent = `${total.toLocaleString('en')}${more ? '+' : ''}`;
    link.classList.toggle('has-unseen', hasUnseen(environment, own) || hasUnseen(null, unnamed));
    link.classList.toggle('is-empty', total === 0);
  }

  function drawTables() {
    const hadFocus = roving.hasFocus();
    ownTable.section.hidden = environment === null;
    ownTable.render({
      environment,
      rows: own.rows,
      more: own.more && own.wanted < MOST,
      title: `Refusals of ${environment}`,
      lead: 'Their key is this environment’s. Of a request with an error status nothing is stored; a status of 200 is one event that the person rules let go: the rest of its request is stored.',
      none: `Nothing sent to ${environment} was refused.`,
    });
    unnamedTable.render({
      environment: null,
      rows: unnamed.rows,
      more: unnamed.more && unnamed.wanted < MOST,
      title: 'Refusals of no environment',
      lead: 'They had no key, or one that no environment has, so nobody can tell whose they are. Nothing of them is stored.',
      none: 'Every request named an environment.',
    });
    roving.settle(hadFocus);
  }

  return {
    /** Shows those of another environment; null for none. */
    show(next) {
      if (next === environment) return;
      environment = next;
      own.clear();
      refreshing.requestNow();
    },
    changed: () => refreshing.request(),
    draw,
    markOpen: (key) => roving.markOpen(key === null ? null : (ownTable.row(key) ?? unnamedTable.row(key))),
    move: roving.move,
    focus: roving.focus,
  };
}

/** The newest refusals of one list, as many as the reader wants. */
function createList() {
  return {
    rows: [],
    more: false,
    wanted: PAGE,
    get newest() {
      return this.rows[0]?.id ?? 0;
    },
    clear() {
      this.rows = [];
      this.more = false;
      this.wanted = PAGE;
    },
    async fetch(environment) {
      const page = await refusals(environment, this.wanted, null);
      this.rows = page.refusals;
      this.more = page.next !== null;
    },
  };
}

const seenKey = (environment) => (environment === null ? SEEN : `${SEEN}_${environment}`);

// Not "greater": ids start again in a collector with new data.
const hasUnseen = (environment, list) => list.rows.length > 0 && list.newest !== readSeen(environment);

// Storage may be blocked; the badge then merely does not remember.
function readSeen(environment) {
  try {
    return Number(localStorage.getItem(seenKey(environment))) || 0;
  } catch {
    return 0;
  }
}

function writeSeen(environment, id) {
  try {
    localStorage.setItem(seenKey(environment), String(id));
  } catch {
    // As above.
  }
}
