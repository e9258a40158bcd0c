// The chart above the table: events by name over time. Fetches the counts, politely, and
// says them three ways: as bars, as a sentence, and as a link for each bar that narrows
// the time. Closed, it asks for nothing.
import { ApiError, counts } from './api.js';
import { drawBars } from './bars.js';
import { counted, element } from './element.js';
import { createLegend } from './legend.js';
import { refresher } from './refresh.js';
import { spanText, ticks } from './span.js';

const CLOSED = 'backstitch_page_chart_closed';
const BUCKETS = 60;
const NARROW_BUCKETS = 30;
const NARROW_PX = 560;
// What a mark of the axis takes, with its text.
const MARK_PX = 110;
// Counts of many events are read again no more often than a reader can follow.
const LEAST_GAP_MS = 1000;

/**
 * `root` is a `<details>` with a summary. `links` has `span(after, before)` and
 * `event(name)`: addresses. `onError(error)`: the counts could not be fetched.
 */
export function createChart({ root, links, onError }) {
  const facts = root.querySelector('.chart-facts');
  const legend = createLegend({ list: root.querySelector('.legend'), eventLink: links.event });
  const plot = root.querySelector('.plot');
  const drawing = root.querySelector('svg');
  const spans = root.querySelector('.spans');
  const axis = root.querySelector('.axis');
  let target = null;
  let data = null;
  let paused = false;
  let abort = new AbortController();
  root.open = !isClosed();

  const refreshing = refresher(async () => {
    if (target === null || !root.open) return;
    const { signal } = abort;
    try {
      const answer = await counts(target.environment, target.filter, plot.clientWidth < NARROW_PX ? NARROW_BUCKETS : BUCKETS, signal);
      if (signal.aborted) return;
      data = answer;
      draw();
    } catch (error) {
      if (!signal.aborted && error instanceof ApiError) {
        root.hidden = true;
        onError(error);
      }
    }
  }, LEAST_GAP_MS);

  function draw() {
    const buckets = data.counts[0]?.buckets.length ?? 0;
    root.hidden = buckets === 0;
    if (buckets === 0) return;
    const sums = Array.from({ length: buckets }, (_, at) => data.counts.reduce((sum, { buckets: own }) => sum + own[at], 0));
    const total = data.counts.reduce((sum, { total: own }) => sum + own, 0);
    const most = Math.max(...sums);
    const places = legend.render(data.counts);
    const step = spanText(data.step_seconds);
    // Of a person with very many events the collector counts the newest alone.
    facts.textContent = `${data.is_complete ? '' : 'newest '}${counted(total, 'event')}, at most ${most.toLocaleString('en')} in ${step}`;
    drawing.setAttribute('aria-label', `Events over time, ${data.from} to ${data.to}: ${facts.textContent}. ${legend.text(data.counts)}`);
    drawBars(drawing, data.counts.map(({ buckets: own }, at) => ({ place: places[at], buckets: own })), most);
    drawSpans(sums);
    drawAxis(buckets);
  }

  function drawAxis(buckets) {
    const most = Math.max(1, Math.floor(plot.clientWidth / MARK_PX));
    const marks = ticks(data.from, data.step_seconds, buckets, most).map(({ at, text }) => {
      const mark = element('span', {}, text);
      mark.style.left = `${(at / buckets) * 100}%`;
      return mark;
    });
    axis.replaceChildren(...marks);
  }

  /** A link over each bar. They stay where they are, so that focus and pointer do. */
  function drawSpans(sums) {
    while (spans.childElementCount > sums.length) spans.lastElementChild.remove();
    while (spans.childElementCount < sums.length) spans.append(element('a', { tabindex: '-1' }));
    const start = Date.parse(data.from);
    sums.forEach((sum, at) => {
      const [after, before] = [at, at + 1].map((step) => new Date(start + step * data.step_seconds * 1000).toISOString());
      const link = spans.children[at];
      const parts = data.counts.filter(({ buckets }) => buckets[at] > 0).map(({ event, buckets }) => `${event ?? 'other names'} ${buckets[at].toLocaleString('en')}`);
      link.href = links.span(after, before);
      const said = `${after.slice(0, 19).replace('T', ' ')} UTC, ${spanText(data.step_seconds)}: ${[counted(sum, 'event'), ...parts].join(', ')}`;
      link.setAttribute('aria-label', said);
      link.title = [after.replace('T', ' ').slice(0, 19) + ' UTC', counted(sum, 'event'), ...parts].join('\n');
    });
    if (spans.querySelector('[tabindex="0"]') === null) spans.lastElementChild.tabIndex = 0;
  }

  function moveTo(link) {
    for (const other of spans.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    link.tabIndex = 0;
    link.focus();
  }

  spans.addEventListener('keydown', (event) => {
    const moves = { ArrowLeft: 'previousElementSibling', ArrowRight: 'nextElementSibling' };
    const ends = { Home: 'firstElementChild', End: 'lastElementChild' };
    const to = event.key in moves ? event.target[moves[event.key]] : event.key in ends ? spans[ends[event.key]] : null;
    if (to === null) return;
    event.preventDefault();
    moveTo(to);
  });
  root.addEventListener('toggle', () => {
    rememberClosed(!root.open);
    if (root.open) refreshing.requestNow();
    else facts.textContent = '';
  });
  new ResizeObserver(() => data !== null && root.open && draw()).observe(plot);

  return {
    /** Shows the counts of another environment or filter. */
    show(environment, filter) {
      this.hide();
      target = { environment, filter };
      // Closed, there is nothing to wait for.
      root.hidden = root.open;
      refreshing.requestNow();
    },
    hide() {
      abort.abort();
      abort = new AbortController();
      target = null;
      data = null;
      root.hidden = true;
      legend.clear();
    },
    changed() {
      if (!paused) refreshing.request();
    },
    pause(on) {
      paused = on;
      if (!on) refreshing.request();
    },
  };
}

// Storage may be blocked; the chart then merely opens again.
function isClosed() {
  try {
    return localStorage.getItem(CLOSED) === 'true';
  } catch {
    return false;
  }
}

function rememberClosed(closed) {
  try {
    if (closed) localStorage.setItem(CLOSED, 'true');
    else localStorage.removeItem(CLOSED);
  } catch {
    // As above.
  }
}
