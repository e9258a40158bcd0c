// The stub that a page inlines: what is called before the script arrives is not lost, and stays
// as it was called.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ANONYMOUS, BRISK, expect, inMode, KEYS, MODES, test } from './fixtures.js';

const SCRIPT = '/dist/backstitch.js';
const MINUTE = 60_000;

/** A page with the stub and `calls`, with the script at an address of the test's choice. */
function stubbed(site, host, calls, options = {}, script = SCRIPT) {
  const stub = readFileSync(join(process.env.BACKSTITCH_DIST, 'snippet.js'), 'utf8').replace('"/backstitch.js"', JSON.stringify(script));
  const init = JSON.stringify({ api_host: host, ...BRISK, ...options });
  return site.page('/', { head: `<script>${stub}</script>\n<script>posthog.init('${KEYS.dev}', ${init});\n${calls}</script>` });
}

for (const mode of MODES) {
  test(`calls made before the script keep their order, time and address, ${mode}`, async ({ page, site, wire, demo }) => {
    await inMode(mode, page);
    await page.clock.install();
    const release = site.hold((path) => path === SCRIPT);
    const calls = `
      posthog.capture('one', { n: 1 });
      posthog.capture('two');
      posthog.identify('user_1', { email: 'a@example.com' });
      posthog.capture('three');
      history.pushState(null, '', '/elsewhere');`;
    const address = stubbed(site, wire.address, calls, { capture_pageview: false });
    await page.goto(address, { waitUntil: 'commit' });
    await expect.poll(() => page.evaluate(() => location.pathname)).toBe('/elsewhere');
    const called = await page.evaluate(() => Date.now());
    expect(wire.requests).toEqual([]);

    await page.clock.fastForward(10 * MINUTE);
    release();
    await page.waitForFunction(() => posthog.__loaded);
    await page.evaluate(() => posthog.capture('four'));
    await page.clock.runFor(10_000);
    await expect.poll(() => wire.sent.flat()).toEqual(['one', 'two', '$identify', 'three', 'four']);
    await expect.poll(() => demo.names()).toEqual(['$identify', 'four', 'one', 'three', 'two']);

    const events = Object.fromEntries(wire.batches.flatMap(({ json }) => json.batch).map((event) => [event.event, event]));
    // What is sent late is said to be sent late: the server corrects clocks by it.
    for (const { json } of wire.batches) expect(Date.parse(json.sent_at)).toBeGreaterThanOrEqual(called + 10 * MINUTE);
    for (const name of ['one', 'two', '$identify', 'three']) {
      expect(Date.parse(events[name].timestamp), name).toBeLessThanOrEqual(called);
      expect(events[name].properties.$current_url, name).toBe(address);
    }
    expect(Date.parse(events.four.timestamp)).toBeGreaterThanOrEqual(called + 10 * MINUTE);
    expect(events.four.properties.$current_url).toBe(`${site.origin}/elsewhere`);
    expect(events.one.properties.n).toBe(1);
    expect(events.one.properties.distinct_id).toMatch(ANONYMOUS);
    expect(events.three.properties.distinct_id).toBe('user_1');
  });
}

test('a login from long before the script waits for its claim as any other', async ({ page, site, demo }) => {
  await page.addInitScript(() => (IDBFactory.prototype.open = () => new EventTarget()));
  const calls = "posthog.identify('user_1'); posthog[0].at -= 60_000; posthog.capture('bought');";
  await page.goto(stubbed(site, demo.collector, calls, { capture_pageview: false }));
  const loaded = await page.evaluate(() => performance.timeOrigin);
  await expect.poll(() => demo.names()).toEqual(['$identify', 'bought']);
  const [login] = (await demo.stored()).filter(({ event }) => event === '$identify');
  expect(Date.parse(login.timestamp)).toBeLessThan(loaded - 50_000);
  expect(Date.parse(login.received_at)).toBeGreaterThan(loaded + 1_900);
});

test('every method may be called on the stub, and both names are the instance afterwards', async ({ page, site, demo, complaints }) => {
  const calls = `
    posthog.get_distinct_id();
    posthog.reset();
    posthog.identify('user_1');
    backstitch.capture('by_the_other_name');`;
  await page.goto(stubbed(site, demo.collector, calls));
  await expect.poll(() => demo.names()).toEqual(['$identify', '$pageview', 'by_the_other_name']);
  expect(await page.evaluate(() => posthog === backstitch)).toBe(true);
  expect(await page.evaluate(() => posthog.get_distinct_id())).toBe('user_1');
  expect(complaints.errors).toEqual([]);
});

test('where the script never comes, no call throws', async ({ page, site, demo, complaints }) => {
  const calls = "posthog.capture('lost'); posthog.identify('user_1', {}); posthog.reset(); window.done = true;";
  await page.goto(stubbed(site, demo.collector, calls, {}, '/blocked.js'));
  expect(await page.evaluate(() => window.done)).toBe(true);
  expect(await demo.names()).toEqual([]);
  expect(complaints.errors).toEqual([]);
});

test('a second init on the stub repeats nothing', async ({ page, site, demo }) => {
  const again = `posthog.capture('one'); posthog.init('${KEYS.dev}', {}); posthog.capture('two');`;
  await page.goto(stubbed(site, demo.collector, again));
  await expect.poll(() => demo.names()).toEqual(['$pageview', 'one', 'two']);
  await page.evaluate(() => posthog.capture('three'));
  await expect.poll(() => demo.names()).toEqual(['$pageview', 'one', 'three', 'two']);
});

test('what was called before a late init waits for it', async ({ page, site, demo }) => {
  const stub = readFileSync(join(process.env.BACKSTITCH_DIST, 'snippet.js'), 'utf8').replace('"/backstitch.js"', `"${SCRIPT}"`);
  await page.goto(site.page('/', { head: `<script>${stub}</script>\n<script>posthog.capture('early');</script>` }));
  await page.waitForFunction(() => !Array.isArray(posthog));
  await page.evaluate(([key, options]) => posthog.init(key, options), [KEYS.dev, { api_host: demo.collector, ...BRISK }]);
  await expect.poll(() => demo.names()).toEqual(['$pageview', 'early']);
});

test('the stub hands the nonce of its page on', async ({ page, site, demo }) => {
  const stub = readFileSync(join(process.env.BACKSTITCH_DIST, 'snippet.js'), 'utf8').replace('"/backstitch.js"', `"${SCRIPT}"`);
  const init = `posthog.init('${KEYS.dev}', ${JSON.stringify({ api_host: demo.collector, ...BRISK })});`;
  const headers = { 'content-security-policy': "script-src 'nonce-abc' 'wasm-unsafe-eval'" };
  await page.goto(site.page('/', { head: `<script nonce="abc">${stub}\n${init}</script>`, headers }));
  await expect.poll(() => demo.names()).toEqual(['$pageview']);
});
