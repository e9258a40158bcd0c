// Holds the rows that a search has found. The collector looks into a bounded number of
// events for each answer, so a search goes on piece by piece, with bounded effort, and
// says how far it came. What was searched is not searched again: on a change only new
// events are, and the rows that are shown are read again, for a merge rewrites their
// person. Knows nothing of how rows look.
import { events } from './api.js';
import { MOST, PAGE } from './feed.js';
import { refresher } from './refresh.js';

// Then it waits for the reader to want more.
const EFFORT_MS = 1500;
const LEAST_GAP_MS = 500;
// Requests in one run for the rows that are shown; the others wait for the next run.
const REREADS = 4;

/**
 * `onRows(rows, {first, more, searched, searching})`: what to show now; `searched` is how
 * many events were looked into, newest first, null once that is all, and `searching`
 * whether it goes on by itself. `onError(error)`: as feed.js.
 */
export function createSearch({ onRows, onError }) {
  let target = null;
  let rows = [];
  let first = true;
  // The newest sequence number there is, and the one up to which all was searched.
  let newest = 0;
  let top = 0;
  // All from there up to the newest was searched; null before the first answer and once
  // nothing is left below.
  let bottom = null;
  let begun = false;
  // The rows to go on for, 0 while the reader has not asked for more.
  let wanted = 0;
  // Rows below this sequence number are to be read again; null when none is.
  let stale = null;
  let paused = false;
  let abort = new AbortController();

  const ask = (limit, cursor, signal) => events(target.environment, target.filter, limit, cursor, signal);

  function show(searching = false) {
    const wasFirst = first;
    first = false;
    const more = bottom !== null;
    onRows(rows, { first: wasFirst, more, searched: more ? top - bottom + 1 : null, searching });
  }

  /** Goes on downwards until enough rows are found or it has taken long enough. */
  async function searchDown(signal) {
    const until = performance.now() + EFFORT_MS;
    let goesOn = rows.length < wanted && (!begun || bottom !== null);
    while (goesOn) {
      if (!begun) top = newest;
      const page = await ask(Math.min(PAGE, wanted - rows.length), bottom, signal);
      if (signal.aborted) return;
      begun = true;
      rows = rows.concat(page.events);
      top = Math.max(top, rows[0]?.seq ?? 0);
      bottom = page.next;
      goesOn = rows.length < wanted && bottom !== null && performance.now() < until;
      show(goesOn);
    }
    wanted = 0;
  }

  /** Searches what came since, and puts it above. */
  async function searchNew(signal) {
    const from = newest;
    const found = [];
    let cursor = null;
    do {
      const page = await ask(PAGE, cursor, signal);
      if (signal.aborted) return;
      found.push(...page.events.filter((event) => event.seq > top));
      cursor = page.next;
    } while (cursor !== null && cursor > top + 1 && found.length < MOST);
    top = Math.max(from, found[0]?.seq ?? 0);
    if (found.length === 0) return;
    rows = found.concat(rows);
    cut();
    show();
  }

  /** Leaves the newest; the search goes on below them. */
  function cut() {
    if (rows.length <= MOST) return;
    rows.length = MOST;
    bottom = rows[MOST - 1].seq;
  }

  /** Reads again what is shown: beginning at a row, an answer looks into little but the rows. */
  async function reread(signal) {
    for (let requests = 0; requests < REREADS && stale !== null; requests += 1) {
      const at = rows.findIndex((row) => row.seq < stale);
      if (at < 0) {
        stale = null;
        return;
      }
      const page = await ask(Math.min(PAGE, rows.length - at), rows[at].seq + 1, signal);
      if (signal.aborted) return;
      const fresh = new Map(page.events.map((event) => [event.uuid, event]));
      rows = rows.map((row) => fresh.get(row.uuid) ?? row);
      stale = page.next;
      show();
    }
  }

  async function work() {
    if (target === null) return;
    const { signal } = abort;
    try {
      if (!paused && begun && newest > top) await searchNew(signal);
      if (!signal.aborted) await searchDown(signal);
      if (!signal.aborted && !paused) await reread(signal);
      if (!signal.aborted && stale !== null && !paused) refreshing.request();
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
  }

  const refreshing = refresher(work, LEAST_GAP_MS);

  return {
    /** Begins a search at the newest event; `lastSeq` is its sequence number. */
    show(environment, filter, lastSeq) {
      this.leave();
      target = { environment, filter };
      newest = lastSeq;
      wanted = PAGE;
      refreshing.requestNow();
    },
    leave() {
      abort.abort();
      abort = new AbortController();
      target = null;
      rows = [];
      first = true;
      bottom = null;
      begun = false;
      wanted = 0;
      stale = null;
    },
    /** Something changed; `lastSeq` is the newest sequence number now. */
    changed(lastSeq) {
      newest = lastSeq;
      stale = Infinity;
      if (!paused) refreshing.request();
    },
    /** Searches further. */
    older() {
      wanted = Math.min(MOST, rows.length + PAGE);
      refreshing.requestNow();
    },
    pause(on) {
      paused = on;
      if (!on) refreshing.requestNow();
    },
  };
}
