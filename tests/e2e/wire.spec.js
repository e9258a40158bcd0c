// What goes over the wire, byte for byte: when, in which form, and that it arrives.

import { expect, KEYS, tag, test, UUID_V7 } from './fixtures.js';

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const QUIET = { capture_pageview: false };
/** Batches wait their three seconds, so that nothing leaves before the page does. */
const UNHURRIED = { ...QUIET, request_queue_config: undefined };

const capture = (page, ...names) => page.evaluate((all) => all.forEach((name) => posthog.capture(name)), names);

test('the first event leaves at once, with all that its task captured; later ones in one batch', async ({ page, site, wire, demo }) => {
  await page.goto(site.page('/', { head: tag(wire.address, QUIET) }));
  await capture(page, 'one', 'two');
  await expect.poll(() => wire.sent).toEqual([['one', 'two']]);
  await capture(page, 'three', 'four');
  await expect.poll(() => wire.sent).toEqual([['one', 'two'], ['three', 'four']]);
  await expect.poll(() => demo.names()).toEqual(['four', 'one', 'three', 'two']);
});

test('a full batch leaves early', async ({ page, site, wire }) => {
  await page.clock.install();
  await page.goto(site.page('/', { head: tag(wire.address, { ...UNHURRIED, flush_at: 3 }) }));
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1000));
  await capture(page, 'one');
  await page.clock.runFor(1);
  await expect.poll(() => wire.sent).toEqual([['one']]);
  await capture(page, 'two', 'three');
  await page.clock.runFor(1000);
  expect(wire.sent).toEqual([['one']]);
  await capture(page, 'four');
  await page.clock.runFor(1);
  await expect.poll(() => wire.sent).toEqual([['one'], ['two', 'three', 'four']]);
});

for (const [named, options, interval] of [
  ['three seconds by default', UNHURRIED, 3000],
  ['as long as init says', { request_queue_config: { flush_interval_ms: 4500 } }, 4500],
  ['five seconds at most', { request_queue_config: { flush_interval_ms: 60_000 } }, 5000],
]) {
  test(`later events wait ${named}`, async ({ page, site, wire }) => {
    // The page's clock moves only as the test lets it.
    await page.clock.install();
    await page.goto(site.page('/', { head: tag(wire.address, { ...QUIET, ...options }) }));
    await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1000));
    await capture(page, 'one');
    await page.clock.runFor(1);
    await expect.poll(() => wire.sent).toEqual([['one']]);
    await capture(page, 'two');
    await page.clock.runFor(interval - 10);
    await capture(page, 'three');
    expect(wire.sent).toEqual([['one']]);
    await page.clock.runFor(20);
    await expect.poll(() => wire.sent).toEqual([['one'], ['two', 'three']]);
  });
}

test('a request has the form of posthog-js', async ({ page, site, wire }) => {
  await page.goto(site.page('/', { head: tag(wire.address, QUIET) }));
  await capture(page, 'one', 'two');
  await expect.poll(() => wire.sent.flat()).toEqual(['one', 'two']);
  const version = await page.evaluate(() => posthog.version);
  const ids = new Set();
  for (const { url, headers, body, json } of wire.batches) {
    expect(url).toBe('/e/');
    expect(headers['content-type']).toMatch(/^text\/plain(;|$)/);
    expect([...body.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
    expect(Object.keys(json).sort()).toEqual(['api_key', 'batch', 'sent_at']);
    expect(json.api_key).toBe(KEYS.dev);
    expect(json.sent_at).toMatch(ISO);
    for (const event of json.batch) {
      expect(event.uuid).toMatch(UUID_V7);
      expect(event.timestamp).toMatch(ISO);
      expect(event).not.toHaveProperty('offset');
      expect(event.properties).toMatchObject({ token: KEYS.dev, $lib: 'web', $lib_version: version });
      ids.add(event.uuid);
    }
  }
  expect(ids.size).toBe(2);
});

test('nothing is preflighted, though the collector is another origin', async ({ page, site, wire }) => {
  await page.goto(site.page('/', { head: tag(wire.address) }));
  await page.evaluate(() => posthog.identify('user_1'));
  await capture(page, 'last');
  await expect.poll(() => wire.sent.flat().sort()).toEqual(['$identify', '$pageview', 'last']);
  expect(new Set(wire.requests.map(({ method }) => method))).toEqual(new Set(['POST']));
});

test('the first event without a bidding is the pageview', async ({ page, site, wire }) => {
  await page.goto(site.page('/', { head: tag(wire.address) }));
  await expect.poll(() => wire.sent).toEqual([['$pageview']]);
  const [event] = wire.batches[0].json.batch;
  expect(event.properties).toMatchObject({ $current_url: `${site.origin}/`, $pathname: '/', title: 'A page' });
});

test.describe('in a browser of another language', () => {
  test.use({ locale: 'de-AT' });

  test('the language is named with its prefix', async ({ page, site, wire }) => {
    await page.goto(site.page('/', { head: tag(wire.address) }));
    await expect.poll(() => wire.sent).toEqual([['$pageview']]);
    const [event] = wire.batches[0].json.batch;
    expect(event.properties).toMatchObject({ $browser_language: 'de-AT', $browser_language_prefix: 'de' });
  });
});

test('what is captured right before leaving arrives', async ({ page, site, demo }) => {
  const names = Array.from({ length: 20 }, (_, index) => `last_${String(index).padStart(2, '0')}`);
  await page.goto(site.page('/', { head: tag(demo.collector, UNHURRIED) }));
  const next = site.page('/next', {});
  await page.evaluate(
    ([all, address]) => {
      all.forEach((name) => posthog.capture(name));
      location.href = address;
    },
    [names, next],
  );
  await page.waitForURL(next);
  await expect.poll(() => demo.names()).toEqual(names);
});

test('what is captured right before the tab closes arrives', async ({ context, site, demo }) => {
  const page = await context.newPage();
  await page.goto(site.page('/', { head: tag(demo.collector, UNHURRIED) }));
  await capture(page, 'first');
  await expect.poll(() => demo.names()).toEqual(['first']);
  await capture(page, 'second', 'third');
  await page.close({ runBeforeUnload: true });
  await expect.poll(() => demo.names()).toEqual(['first', 'second', 'third']);
});

test('a server that is down loses nothing and gets nothing twice', async ({ page, site, wire, demo }) => {
  await page.goto(site.page('/', { head: tag(wire.address, QUIET) }));
  await wire.cut();
  const failed = page.waitForEvent('requestfailed');
  await capture(page, 'one', 'two', 'three');
  await failed;
  expect(wire.requests).toEqual([]);
  await wire.mend();
  await expect.poll(() => wire.sent.flat().sort(), { timeout: 40_000 }).toEqual(['one', 'three', 'two']);
  await expect.poll(() => demo.names()).toEqual(['one', 'three', 'two']);
});

test('what is sent again is the same event', async ({ page, site, wire, demo }) => {
  await page.goto(site.page('/', { head: tag(wire.address, QUIET) }));
  wire.instead = () => ({ status: 503 });
  await capture(page, 'one');
  await expect.poll(() => wire.sent).toEqual([['one']]);
  wire.instead = null;
  await expect.poll(() => wire.sent, { timeout: 40_000 }).toEqual([['one'], ['one']]);
  const [first, second] = wire.batches.map(({ json }) => json.batch[0]);
  expect(second).toEqual(first);
  await expect.poll(() => demo.names()).toEqual(['one']);
});

test('a server that never answers is not waited for longer than a minute', async ({ page, site, wire, demo }) => {
  await page.addInitScript(() => {
    // The browser's own timer, which no test clock moves.
    AbortSignal.timeout = (limit) => {
      const controller = new AbortController();
      window.passMinute = () => limit <= 60_000 && controller.abort(new DOMException('', 'TimeoutError'));
      return controller.signal;
    };
  });
  await page.goto(site.page('/', { head: tag(wire.address, QUIET) }));
  wire.silent = true;
  await capture(page, 'one', 'two');
  await expect.poll(() => wire.sent).toEqual([['one', 'two']]);
  wire.silent = false;
  await page.evaluate(() => window.passMinute());
  await expect.poll(() => wire.sent).toEqual([['one', 'two'], ['one', 'two']]);
  await expect.poll(() => demo.names()).toEqual(['one', 'two']);
});

test('an answer that is final is not asked for again', async ({ page, site, wire }) => {
  await page.clock.install();
  await page.goto(site.page('/', { head: tag(wire.address, QUIET, 'phc_unknown') }));
  const answered = page.waitForResponse((response) => response.status() === 401);
  await capture(page, 'one');
  await answered;
  await page.clock.runFor(120_000);
  await capture(page, 'two');
  await page.clock.runFor(120_000);
  expect(wire.sent).toEqual([['one']]);
});
