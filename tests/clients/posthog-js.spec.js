// posthog-js as it is published, old and new, in a real browser: every version and transport leaves
// the same table.

import { gunzipSync } from 'node:zlib';
import { BEFORE_LOGIN, expect, KEY, leavesTwoAccounts, stored, test } from './fixtures.js';
import { carriesEvents, eventRequestTypes, NEWEST, open, requestType, TWO_ACCOUNTS, VERSIONS } from './posthog-js.js';

for (const version of Object.keys(VERSIONS)) {
  for (const transport of ['fetch', 'XHR']) {
    test(`${version} by ${transport}`, async ({ page, site, collector }) => {
      const types = eventRequestTypes(page);
      await open(page, site, collector.address, version, { api_transport: transport });
      await page.evaluate(() => posthog.capture('pageview'));
      await stored(collector, BEFORE_LOGIN);
      await page.evaluate(TWO_ACCOUNTS);
      await leavesTwoAccounts(collector);
      expect([...types]).toEqual([requestType(version, transport)]);
      const person = await collector.personOf((await collector.events()).find(({ distinct_id }) => distinct_id === 'user_1'));
      expect(person.properties.email).toBe('user_1@example.com');
    });
  }
}

/** The ways in which the newest writes a body: its name for it, how it is told to, and how one looks on the wire. */
const ENCODINGS = {
  gzip: {
    name: 'gzip-js',
    looks: ({ headers, body }) => headers['content-type'] === 'text/plain' && isBatch(gunzipSync(body)),
  },
  base64: {
    name: 'base64',
    before: `window._POSTHOG_REMOTE_CONFIG = { '${KEY}': { config: { supportedCompression: ['base64'] }, siteApps: [] } };`,
    looks: ({ headers, url, body }) =>
      headers['content-type'] === 'application/x-www-form-urlencoded' && url.includes('compression=base64') && isBatch(formData(body)),
  },
  none: {
    options: { disable_compression: true },
    looks: ({ headers, body }) => headers['content-type'] === 'application/json' && isBatch(body),
  },
};

const isBatch = (text) => JSON.parse(text).api_key === KEY;
const formData = (body) => Buffer.from(new URLSearchParams(body.toString()).get('data'), 'base64');

/** What went over the wire with events in it, from the request of that number on. */
const withEvents = (wire, from = 0) => wire.requests.slice(from).filter(({ method, url }) => method === 'POST' && carriesEvents(url));

/** Opens a page with the newest, and waits until it writes bodies in a way: its configuration comes later than itself. */
async function openWith(encoding, page, site, wire, options) {
  const { name, before, options: own } = ENCODINGS[encoding];
  await open(page, site, wire.address, NEWEST, { ...options, ...own }, before);
  await page.waitForFunction((wanted) => posthog.compression === wanted, name);
}

for (const [encoding, { looks }] of Object.entries(ENCODINGS)) {
  for (const transport of ['fetch', 'XHR']) {
    test(`${NEWEST} by ${transport} with ${encoding}`, async ({ page, site, collector, wire }) => {
      await openWith(encoding, page, site, wire, { api_transport: transport });
      await page.evaluate(() => posthog.capture('pageview'));
      await stored(collector, BEFORE_LOGIN);
      const already = wire.requests.length;
      const types = eventRequestTypes(page);
      await page.evaluate(TWO_ACCOUNTS);
      await leavesTwoAccounts(collector);
      const sent = withEvents(wire, already);
      expect(sent.length).toBeGreaterThan(0);
      expect(sent.map(looks)).toEqual(sent.map(() => true));
      expect([...types]).toEqual([requestType(NEWEST, transport)]);
    });
  }

  test(`${NEWEST} by sendBeacon with ${encoding}, as the page is left`, async ({ page, site, collector, wire }) => {
    await page.clock.install();
    await openWith(encoding, page, site, wire, { capture_pageview: false });
    // From here on nothing but leaving sends what waits.
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.evaluate(`posthog.capture('pageview'); ${TWO_ACCOUNTS}`);
    // A login is sent at once; one that a page is left in the middle of is lost, which is posthog-js's own affair.
    const logins = async () => (await collector.events(true)).filter(({ event }) => event === '$identify').length;
    await expect.poll(logins).toBe(2);
    expect(await collector.names()).toEqual([]);
    site.page('/left', {});
    await page.evaluate(() => (location.href = '/left'));
    await page.waitForURL('**/left');
    await leavesTwoAccounts(collector);
    // What fetch and XHR send across origins asks for the answer, a beacon does not.
    const beacons = withEvents(wire).filter(({ headers }) => headers['sec-fetch-mode'] === 'no-cors');
    expect(beacons.length).toBeGreaterThan(0);
    // A beacon may not ask for leave first, as plain JSON would: it is written as base64.
    const written = encoding === 'none' ? ENCODINGS.base64.looks : looks;
    expect(beacons.map(written)).toEqual(beacons.map(() => true));
  });
}

test(`${NEWEST} is told the flags of the config file`, async ({ page, site, collector }) => {
  await open(page, site, collector.address, NEWEST);
  const flags = () =>
    page.evaluate(() => ['button', 'new_checkout', 'old_checkout', 'for_one'].map((flag) => posthog.getFeatureFlag(flag)));
  await expect.poll(flags).toEqual(['blue', true, false, false]);
  expect(await page.evaluate(() => posthog.getFeatureFlagPayload('button'))).toEqual({ size: 2 });
  await page.evaluate(() => posthog.identify('user_1'));
  await expect.poll(flags).toEqual(['blue', true, false, true]);
});

test(`${NEWEST} is told the features in early access`, async ({ page, site, collector }) => {
  await open(page, site, collector.address, NEWEST);
  const features = await page.evaluate(() => new Promise((told) => posthog.getEarlyAccessFeatures(told, true)));
  expect(features).toMatchObject([{ name: 'For one', flagKey: 'for_one', stage: 'beta' }]);
});
