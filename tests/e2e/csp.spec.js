// Pages that forbid WebAssembly: the same core comes as JavaScript, and only then.

import { ANONYMOUS, BRISK, expect, KEYS, tag, test } from './fixtures.js';

const SCRIPT = '/dist/backstitch.js';
/** Scripts from the site alone, and no wasm: what a strict site sends. */
const STRICT = { 'content-security-policy': "script-src 'self'" };

/** A script that is held keeps a page from being loaded in full. */
const BEFORE_LOAD = { waitUntil: 'domcontentloaded' };

/** A page under a strict policy, which allows no inline script. */
function strictPage(site, host, calls, options = {}) {
  site.file('/page.js', `posthog.init('${KEYS.dev}', ${JSON.stringify({ api_host: host, ...BRISK, ...options })});\n${calls}`);
  return site.page('/', { head: `<script src="${SCRIPT}"></script>\n<script src="/page.js"></script>`, headers: STRICT });
}

test('a page that allows WebAssembly never fetches the other build', async ({ page, site, demo }) => {
  await page.goto(site.page('/', { head: tag(demo.collector) }));
  await page.evaluate(() => posthog.capture('here'));
  await expect.poll(() => demo.names()).toEqual(['$pageview', 'here']);
  expect(site.fetched).toEqual([SCRIPT]);
});

test('a page with wasm-unsafe-eval never fetches it either', async ({ page, site, demo }) => {
  const address = strictPage(site, demo.collector, "posthog.capture('here');");
  site.page('/', {
    head: `<script src="${SCRIPT}"></script>\n<script src="/page.js"></script>`,
    headers: { 'content-security-policy': "script-src 'self' 'wasm-unsafe-eval'" },
  });
  await page.goto(address);
  await expect.poll(() => demo.names()).toEqual(['$pageview', 'here']);
  expect(site.fetched).toEqual([SCRIPT]);
});

test('a page that forbids WebAssembly sends its events all the same', async ({ page, site, demo, complaints }) => {
  await page.goto(strictPage(site, demo.collector, "posthog.capture('here', { n: 1.5, s: 'é😀' });"));
  await expect.poll(() => demo.names()).toEqual(['$pageview', 'here']);
  expect(site.fetched[0]).toBe(SCRIPT);
  expect(site.fetched.length).toBe(2);
  const here = (await demo.stored()).find(({ event }) => event === 'here');
  expect(here.properties).toMatchObject({ n: 1.5, s: 'é😀' });
  expect(complaints.errors).toEqual([]);
});

test('until it is there calls wait, and the id given out is kept', async ({ page, site, wire, demo }) => {
  await page.clock.install();
  const release = site.hold((path) => path.startsWith('/dist/') && path !== SCRIPT);
  const calls = `
    window.answers = [posthog.capture('early', { at: 1 }), posthog.get_distinct_id()];
    posthog.identify('user_1', { email: 'a@example.com' });
    window.called = Date.now();`;
  await page.goto(strictPage(site, wire.address, calls, { capture_pageview: false }), BEFORE_LOAD);
  const [captured, anonymous] = await page.evaluate(() => window.answers);
  expect(captured).toBeFalsy();
  expect(anonymous).toMatch(ANONYMOUS);
  expect(wire.requests).toEqual([]);

  await page.clock.fastForward(600_000);
  release();
  await expect.poll(() => wire.sent.flat()).toEqual(['early', '$identify']);
  for (const event of wire.batches.flatMap(({ json }) => json.batch)) {
    expect(Date.parse(event.timestamp), event.event).toBeLessThanOrEqual(await page.evaluate(() => window.called));
  }
  await expect.poll(() => demo.names()).toEqual(['$identify', 'early']);
  const events = Object.fromEntries((await demo.stored()).map((event) => [event.event, event]));
  expect(events.early.distinct_id).toBe(anonymous);
  expect(events.$identify).toMatchObject({ distinct_id: 'user_1', properties: { $anon_distinct_id: anonymous } });
  expect(await page.evaluate(() => posthog.get_distinct_id())).toBe('user_1');
});

test('the id given out before the core is there outlives the page', async ({ page, site, demo }) => {
  const release = site.hold((path) => path.startsWith('/dist/') && path !== SCRIPT);
  const address = strictPage(site, demo.collector, 'window.early = posthog.get_distinct_id();');
  await page.goto(address, BEFORE_LOAD);
  const early = await page.evaluate(() => window.early);
  release();
  await expect.poll(() => demo.names()).toEqual(['$pageview']);
  expect((await demo.stored())[0].distinct_id).toBe(early);
  await page.reload();
  expect(await page.evaluate(() => window.early)).toBe(early);
});

test('a page that demands trusted types as well gets it too', async ({ page, site, demo, complaints }) => {
  const address = strictPage(site, demo.collector, "posthog.capture('here');");
  site.page('/', {
    head: `<script src="${SCRIPT}?v=7"></script>\n<script src="/page.js"></script>`,
    headers: { 'content-security-policy': "script-src 'self'; require-trusted-types-for 'script'" },
  });
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(address);
  await expect.poll(() => demo.names()).toEqual(['$pageview', 'here']);
  // A release is fetched as a whole: an older copy in a cache would not fit.
  expect(asked).toContain(`${site.origin}/dist/backstitch.nowasm.js?v=7`);
  expect(complaints.errors).toEqual([]);
});
