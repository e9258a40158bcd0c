// What the server says to a batch, or does not, and what becomes of it. The page's clock moves only as
// a test lets it: when something was sent, its `sent_at` says.

import { arrived, capture, noCopies, refusing, sameOnEveryAttempt } from './delivery.js';
import { expect, tag, test } from './fixtures.js';

const QUIET = { capture_pageview: false };
/** Tells the test what the page is told. */
const REPORTS = '<script>window.reported = []; window.report = (error) => reported.push([error.code, error.detail]);</script>';

/** A page whose clock stands, with `names` captured. */
async function paused({ page, site, wire }, options, ...names) {
  await page.clock.install();
  const head = tag(wire.address, { ...QUIET, ...options }).replace(/}\);<\/script>$/, ', on_error: report });</script>');
  await page.goto(site.page('/', { head: REPORTS + head }));
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1000));
  await capture(page, ...names);
}

/** Lets the page's time pass until something is so: in steps, for what it waits for is set when an answer has been read. */
async function passing(page, step, isSo) {
  await expect
    .poll(async () => {
      await page.clock.runFor(step);
      return isSo();
    }, { intervals: [5] })
    .toBe(true);
}

/** How many milliseconds of the page lie between the attempts. */
function waits(wire) {
  const sent = wire.batches.map(({ json }) => Date.parse(json.sent_at));
  return sent.slice(1).map((at, index) => at - sent[index]);
}

const attempts = (page, wire, count, step = 250) => passing(page, step, () => wire.requests.length >= count);

test('a server in trouble: the same again, after a second, then after twice as long each time', async ({ page, site, wire, demo }) => {
  // Not 408: Chromium itself asks again then.
  const statuses = [503, 500, 429, 502];
  wire.instead = () => (statuses.length ? { status: statuses.shift() } : undefined);
  await paused({ page, site, wire }, {}, 'one', 'two');
  await attempts(page, wire, 5);
  await arrived(demo, wire, ['one', 'two']);
  expect(wire.sent).toEqual(Array(5).fill(['one', 'two']));
  waits(wire).forEach((wait, index) => expect(wait).toBeGreaterThanOrEqual(750 * 2 ** index));
});

test('a server that says when to come back: not before that', async ({ page, site, wire, demo }) => {
  const asked = [[503, 120], [429, 600]];
  wire.instead = () => {
    const [status, seconds] = asked.shift() ?? [];
    return status && { status, headers: { 'retry-after': seconds } };
  };
  await paused({ page, site, wire }, {}, 'one');
  await attempts(page, wire, 1);
  await attempts(page, wire, 3, 5000);
  await arrived(demo, wire, ['one']);
  expect(wire.sent).toEqual(Array(3).fill(['one']));
  const [first, second] = waits(wire);
  expect(first).toBeGreaterThanOrEqual(120_000);
  expect(second).toBeGreaterThanOrEqual(600_000);
});

test('a connection that is dropped once the server has taken a batch: the same again, and stored once', async ({ page, site, wire, demo }) => {
  wire.drops = true;
  await page.goto(site.page('/', { head: tag(wire.address, QUIET) }));
  await capture(page, 'one', 'two');
  await expect.poll(() => wire.requests.length).toBe(2);
  wire.drops = false;
  await expect.poll(() => wire.requests.length).toBe(3);
  await arrived(demo, wire, ['one', 'two']);
});

test('over the quota: what the server did not take is sent again, after a minute', async ({ page, site, wire, demo }) => {
  wire.instead = refusing(200, {}, '{"status":1,"quota_limited":["events"]}');
  await paused({ page, site, wire }, {}, 'one');
  await attempts(page, wire, 1);
  wire.instead = refusing(200, {}, '{"status":1,"quota_limited":["recordings"]}');
  await attempts(page, wire, 2, 1000);
  expect(waits(wire)[0]).toBeGreaterThanOrEqual(60_000);
  await capture(page, 'two');
  wire.instead = null;
  await attempts(page, wire, 3);
  await expect.poll(() => demo.names()).toEqual(['two']);
  expect(wire.sent).toEqual([['one'], ['one'], ['two']]);
});

test('a batch that is refused is halved until the event at fault stands alone, which is dropped and told', async ({ page, site, wire, demo }) => {
  wire.instead = (batch) => (batch.some(({ event }) => event === 'bad') ? { status: batch.length === 1 ? 400 : 413 } : undefined);
  await paused({ page, site, wire }, {}, 'a', 'b', 'c', 'bad', 'd', 'e', 'f');
  await passing(page, 250, () => wire.sent.at(-1)?.includes('f') && !wire.sent.at(-1).includes('bad'));
  await expect.poll(() => demo.names()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  expect(wire.sent.filter((names) => names.join() === 'bad')).toEqual([['bad']]);
  expect(sameOnEveryAttempt(wire).map(({ event }) => event)).toEqual(['a', 'b', 'c', 'bad', 'd', 'e', 'f']);
  const [[code, detail], ...more] = await page.evaluate(() => reported);
  expect([code, JSON.parse(detail).event, more]).toEqual([8, 'bad', []]);
});

for (const status of [401, 404]) {
  test(`${status}: nothing more is sent, it is told once, and nothing is lost`, async ({ page, site, wire, demo }) => {
    wire.instead = refusing(status);
    await paused({ page, site, wire }, {}, 'one');
    await attempts(page, wire, 1);
    await expect.poll(() => page.evaluate(() => reported.length)).toBe(1);
    await capture(page, 'two');
    await page.clock.runFor(3_600_000);
    expect(wire.sent).toEqual([['one']]);
    expect(await page.evaluate(() => reported.length)).toBe(1);
    wire.instead = null;
    await page.reload();
    await passing(page, 250, () => wire.sent.flat().includes('two'));
    await arrived(demo, wire, ['one', 'two']);
  });
}

test('max_retries: so many attempts more, and what is left is the next page\'s', async ({ page, site, wire, demo }) => {
  wire.instead = refusing(503);
  await paused({ page, site, wire }, { max_retries: 2 }, 'one', 'two');
  await attempts(page, wire, 3);
  await page.clock.runFor(3_600_000);
  expect(wire.sent).toEqual(Array(3).fill(['one', 'two']));
  wire.instead = null;
  await page.reload();
  await attempts(page, wire, 4);
  await arrived(demo, wire, ['one', 'two']);
});

test('flush: what waits leaves at once, and what came of it is told', async ({ page, site, wire, demo }) => {
  await paused({ page, site, wire }, {}, 'one');
  const flush = () => page.evaluate(() => posthog.flush());
  expect(await flush()).toEqual({ sent: 1, pending: 0 });
  await capture(page, 'two', 'three');
  expect(await flush()).toEqual({ sent: 2, pending: 0 });
  expect(await flush()).toEqual({ sent: 0, pending: 0 });
  wire.instead = refusing(503);
  await capture(page, 'four');
  expect(await flush()).toEqual({ sent: 0, pending: 1 });
  await wire.cut();
  await capture(page, 'five');
  expect(await flush()).toEqual({ sent: 0, pending: 2 });
  await wire.mend();
  wire.instead = null;
  expect(await flush()).toEqual({ sent: 2, pending: 0 });
  await arrived(demo, wire, ['one', 'two', 'three', 'four', 'five']);
});

test('shutdown: what waits leaves, and nothing is captured from then on', async ({ page, site, wire, demo }) => {
  await paused({ page, site, wire }, {}, 'one', 'two');
  expect(await page.evaluate(() => posthog.shutdown())).toEqual({ sent: 2, pending: 0 });
  expect(await page.evaluate(() => posthog.capture('three'))).toBe(undefined);
  await page.clock.runFor(60_000);
  await arrived(demo, wire, ['one', 'two']);
  noCopies(wire);
});
