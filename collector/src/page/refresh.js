// Decides when to fetch again: never twice at once, never more often than the
// collector can answer with ease. Knows nothing of what is fetched.

const LEAST_GAP_MS = 150;
// Fetching takes at most a quarter of the time, however large the answer.
const REST_PER_WORK = 3;

/**
 * Wraps `work` (async) so that any number of `request()` calls lead to one run, and one
 * more if a request came while it ran. The first request after a rest runs at once; the
 * rest is `leastGap` milliseconds or more.
 */
export function refresher(work, leastGap = LEAST_GAP_MS) {
  let running = false;
  let wanted = false;
  let notBefore = 0;
  // Asked for at once while running: the next run does not rest first.
  let hurried = false;
  let timer = null;

  async function run() {
    timer = null;
    running = true;
    wanted = false;
    const began = performance.now();
    try {
      await work();
    } finally {
      const ended = performance.now();
      running = false;
      if (!hurried) notBefore = ended + Math.max(leastGap, (ended - began) * REST_PER_WORK);
      hurried = false;
      if (wanted) schedule();
    }
  }

  function schedule() {
    if (timer === null) timer = setTimeout(run, Math.max(0, notBefore - performance.now()));
  }

  return {
    request() {
      wanted = true;
      if (!running) schedule();
    },
    /** As `request`, without the rest: the reader asked for it. */
    requestNow() {
      notBefore = 0;
      hurried = running;
      clearTimeout(timer);
      timer = null;
      this.request();
    },
  };
}
