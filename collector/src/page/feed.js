// Holds the rows that are shown: fetches them, fetches them again on every change (a
// merge rewrites the person of old rows), and keeps what the reader has scrolled to.
// Knows nothing of how rows look.
import { events } from './api.js';
import { refresher } from './refresh.js';

/** Rows fetched at first, and by each "load older". */
export const PAGE = 100;
/** Rows beyond which no older ones are added: the table stays quick, and time filters reach the rest. */
export const MOST = 2000;
const LARGEST_ANSWER = 1000;
// Rows that may have arrived since the last fetch, so that one answer mostly covers them.
const SLACK = 20;

/**
 * `onRows(rows, {first, more, searched, searching})`: what to show now; `first` after a
 * change of filter, `more` whether older rows exist; the others are of a search (search.js).
 * `onError(error)`: the fetch failed; the rows stand. `isReading()`: whether the reader is
 * below the top, so that no row may leave at the end.
 */
export function createFeed({ onRows, onError, isReading }) {
  let target = null;
  let rows = [];
  let more = false;
  let first = true;
  // Sequence number down to which rows are kept, null to keep just the newest page.
  let oldest = null;
  // Whether the reader asked for that depth, rather than just having scrolled.
  let deepened = false;
  let olderWanted = false;
  // While paused: the newest sequence number that may be shown.
  let newest = null;
  let paused = false;
  let abort = new AbortController();

  async function fetchRows({ environment, filter }, signal) {
    const kept = oldest === null ? 0 : rows.filter((row) => row.seq >= oldest).length;
    let wanted = Math.min(MOST, Math.max(PAGE, oldest === null ? 0 : kept + SLACK));
    if (olderWanted) wanted = Math.min(MOST, rows.length + PAGE);
    const found = [];
    let next = null;
    do {
      const limit = Math.min(LARGEST_ANSWER, Math.max(PAGE, wanted - found.length));
      const page = await events(environment, filter, limit, next, signal);
      found.push(...page.events);
      next = page.next;
    } while (next !== null && found.length < MOST && (found.length < wanted || (oldest !== null && found[found.length - 1].seq > oldest)));
    return { found, next };
  }

  async function work() {
    if (target === null) return;
    const { signal } = abort;
    try {
      if (!isReading() && !deepened) oldest = null;
      else if (oldest === null && rows.length > 0) oldest = rows[rows.length - 1].seq;
      const older = olderWanted;
      const { found, next } = await fetchRows(target, signal);
      if (signal.aborted) return;
      rows = newest === null ? found : found.filter((row) => row.seq <= newest);
      if (paused && newest === null) newest = rows[0]?.seq ?? 0;
      more = next !== null;
      if (older) {
        olderWanted = false;
        deepened = true;
        oldest = rows[rows.length - 1]?.seq ?? null;
      } else if (rows.length >= MOST) {
        oldest = null;
        deepened = false;
      }
      const wasFirst = first;
      first = false;
      onRows(rows, { first: wasFirst, more, searched: null, searching: false });
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
  }

  const refreshing = refresher(work);

  return {
    /** Shows another environment or filter from its newest row. */
    show(environment, filter) {
      this.leave();
      target = { environment, filter };
      refreshing.requestNow();
    },
    leave() {
      abort.abort();
      abort = new AbortController();
      target = null;
      rows = [];
      first = true;
      oldest = null;
      deepened = false;
      olderWanted = false;
      newest = null;
    },
    /** Something changed: fetches again what is shown, unless paused. */
    changed() {
      if (!paused || first) refreshing.request();
    },
    older() {
      olderWanted = true;
      refreshing.requestNow();
    },
    pause(on) {
      paused = on;
      newest = on && !first ? (rows[0]?.seq ?? 0) : null;
      if (!on) refreshing.requestNow();
    },
  };
}
