// The end of a page: what it hands over in one request, and what it leaves to the next one. On a
// healthy network nothing is lost between pages, and nothing goes twice.

import { arrived, capture, noCopies, numbered, refusing } from './delivery.js';
import { expect, tag, test } from './fixtures.js';

/** Batches wait their three seconds, so that nothing leaves before the page does. */
const UNHURRIED = { capture_pageview: false, request_queue_config: undefined };
/** 60 kB, as a browser counts them. */
const LIMIT = 60 * 1024;

/** A page whose first event has arrived, so that what follows is under way at its end. */
async function begun({ page, site, wire, demo }, options = {}) {
  const address = site.page('/', { head: tag(wire.address, { ...UNHURRIED, ...options }) });
  await page.goto(address);
  const answered = page.waitForResponse((response) => response.url().endsWith('/e/'));
  await capture(page, 'first');
  await (await answered).finished();
  await expect.poll(() => demo.names()).toEqual(['first']);
  return address;
}

test('what waits is handed over in one plain request, as much as a browser carries; the rest goes with the next page', async ({ page, site, wire, demo }) => {
  const names = numbered('last', 200);
  const address = await begun({ page, site, wire, demo }, { flush_at: 1000 });
  wire.requests = [];
  await page.evaluate((all) => all.forEach((name) => posthog.capture(name, { text: 'x'.repeat(300) })), names);
  await page.goto(site.page('/next', {}));
  await expect.poll(() => wire.requests.length).toBe(1);
  const [{ method, headers, body, json }] = wire.batches;
  expect([method, headers['content-type']]).toEqual(['POST', 'text/plain']);
  expect(body.toString()[0], 'not compressed').toBe('{');
  expect(body.length).toBeLessThanOrEqual(LIMIT);
  expect(body.length).toBeGreaterThan(LIMIT / 2);
  const handed = json.batch.map(({ event }) => event);
  expect(handed).toEqual(names.slice(0, handed.length));
  expect(handed.length).toBeLessThan(names.length);
  await page.goto(address);
  await expect.poll(() => demo.names()).toEqual(['first', ...names]);
  expect(wire.sent.flat()).toEqual(names);
  expect(new Set(wire.requests.map((request) => request.method)), 'no preflight').toEqual(new Set(['POST']));
});

test('a page that is hidden hands over what waits, and goes on when it is seen again', async ({ page, site, wire, demo }) => {
  await begun({ page, site, wire, demo });
  /** The page as if its tab were in front, or not. */
  const turn = (state) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'visibilityState', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await capture(page, 'second', 'third');
  await turn('hidden');
  await expect.poll(() => wire.sent).toEqual([['first'], ['second', 'third']]);
  await capture(page, 'unseen');
  await turn('visible');
  await capture(page, 'seen');
  await arrived(demo, wire, ['first', 'second', 'third', 'unseen', 'seen']);
  noCopies(wire);
});

test('what a page hands over and the server refuses goes with the next page', async ({ page, site, wire, demo }) => {
  const address = site.page('/', { head: tag(wire.address, UNHURRIED) });
  await page.goto(address);
  wire.instead = refusing(503);
  await capture(page, 'first');
  await expect.poll(() => wire.sent).toEqual([['first']]);
  await capture(page, 'second');
  await page.goto(site.page('/next', {}));
  wire.instead = null;
  await page.goto(address);
  await capture(page, 'third');
  await arrived(demo, wire, ['first', 'second', 'third']);
});

test('ten pages, one after the other: nothing is lost, nothing goes twice, and all is in order', async ({ page, site, wire, demo }) => {
  const pages = numbered('page', 10);
  const script = `for (const name of ['a', 'b', 'c']) posthog.capture(location.pathname.slice(1) + '_' + name);`;
  const head = tag(wire.address, UNHURRIED);
  pages.forEach((name, index) => {
    const body = `<a href="/${pages[index + 1] ?? 'end'}">On</a>`;
    site.page(`/${name}`, { head, body: `<script>${script}</script>${body}<script>document.querySelector('a').onclick = () => posthog.capture('${name}_left')</script>` });
  });
  site.page('/end', { head });
  await page.goto(`${site.origin}/${pages[0]}`);
  for (const next of [...pages.slice(1), 'end']) {
    await page.click('a');
    await page.waitForURL(`${site.origin}/${next}`);
  }
  const names = pages.flatMap((name) => [`${name}_a`, `${name}_b`, `${name}_c`, `${name}_left`]);
  await expect.poll(() => demo.names()).toEqual([...names].sort());
  noCopies(wire);
});
