// posthog-js as it is published, old and new, in a real browser: every version and transport leaves
// the same table.

import { gunzipSync } from 'node:zlib';
import { BEFORE_LOGIN, expect, leavesTwoAccounts, KEY, stored, test } from './fixtures.js';
import { eventRequests, NEWEST, open, REQUEST_TYPE, TWO_ACCOUNTS, VERSIONS } from './posthog-js.js';

for (const version of Object.keys(VERSIONS)) {
  for (const transport of ['fetch', 'XHR']) {
    test(`${version} by ${transport}`, async ({ page, site, collector }) => {
      const requests = eventRequests(page, collector);
      await open(page, site, collector, version, { api_transport: transport });
      await page.evaluate(() => posthog.capture('pageview'));
      await stored(collector, BEFORE_LOGIN);
      await page.evaluate(TWO_ACCOUNTS);
      await leavesTwoAccounts(collector);
      expect([...new Set(requests.map(({ type }) => type))]).toEqual([REQUEST_TYPE[transport]]);
      const person = await collector.personOf((await collector.events()).find(({ distinct_id }) => distinct_id === 'user_1'));
      expect(person.properties.email).toBe('user_1@example.com');
    });
  }
}

/** The ways in which the newest writes a body: how it is told to, and how one is known. */
const ENCODINGS = {
  gzip: { before: '', options: {}, is: ({ contentType, body }) => contentType === 'text/plain' && isBatch(gunzipSync(body)) },
  base64: {
    before: `window._POSTHOG_REMOTE_CONFIG = { '${KEY}': { config: { supportedCompression: ['base64'] }, siteApps: [] } };`,
    options: {},
    is: ({ contentType, url, body }) =>
      contentType === 'application/x-www-form-urlencoded' && url.includes('compression=base64') && isBatch(formData(body)),
  },
  none: { before: '', options: { disable_compression: true }, is: ({ contentType, body }) => contentType === 'application/json' && isBatch(body) },
};

const isBatch = (text) => JSON.parse(text).api_key === KEY;
const formData = (body) => Buffer.from(new URLSearchParams(body.toString()).get('data'), 'base64');

for (const [encoding, { before, options, is }] of Object.entries(ENCODINGS)) {
  for (const transport of ['fetch', 'XHR']) {
    test(`${NEWEST} by ${transport} with ${encoding}`, async ({ page, site, collector }) => {
      const requests = eventRequests(page, collector);
      await open(page, site, collector, NEWEST, { api_transport: transport, ...options }, before);
      // What it sends before it has its configuration is its own affair.
      await page.evaluate(() => posthog.capture('pageview'));
      await stored(collector, BEFORE_LOGIN);
      const already = requests.length;
      await page.evaluate(TWO_ACCOUNTS);
      await leavesTwoAccounts(collector);
      const later = requests.slice(already);
      expect(later.length).toBeGreaterThan(0);
      expect(later.map((request) => [request.type, is(request)])).toEqual(later.map(() => [REQUEST_TYPE[transport], true]));
    });
  }

  test(`${NEWEST} by sendBeacon with ${encoding}, as the page is left`, async ({ page, site, collector }) => {
    const requests = eventRequests(page, collector);
    // Long enough that nothing but leaving sends what waits.
    const waiting = { request_queue_config: { flush_interval_ms: 5000 }, capture_pageview: false, ...options };
    await open(page, site, collector, NEWEST, waiting, before);
    site.page('/left', {});
    await page.evaluate(`posthog.capture('pageview'); ${TWO_ACCOUNTS}; location.href = '/left'`);
    await page.waitForURL('**/left');
    await leavesTwoAccounts(collector);
    const beacons = requests.filter(({ type }) => type === REQUEST_TYPE.sendBeacon);
    expect(beacons.length).toBeGreaterThan(0);
    // A beacon that would need leave to be sent is written as base64.
    const written = encoding === 'none' ? ENCODINGS.base64.is : is;
    expect(beacons.map(written)).toEqual(beacons.map(() => true));
  });
}

test(`${NEWEST} is told the flags of the config file`, async ({ page, site, collector }) => {
  await open(page, site, collector, NEWEST);
  const flags = () =>
    page.evaluate(() => ['button', 'new_checkout', 'old_checkout', 'for_one'].map((flag) => posthog.getFeatureFlag(flag)));
  await expect.poll(flags).toEqual(['blue', true, false, false]);
  expect(await page.evaluate(() => posthog.getFeatureFlagPayload('button'))).toEqual({ size: 2 });
  await page.evaluate(() => posthog.identify('user_1'));
  await expect.poll(flags).toEqual(['blue', true, false, true]);
});
