// Who a visitor is, from one page to the next: what is stored, in whose format, and what a
// record of posthog-js becomes.

import { ANONYMOUS, expect, KEYS, tag, test } from './fixtures.js';

const RECORD = `ph_${KEYS.dev}_posthog`;
const DEVICE = '01890a5d-ac96-774b-bcce-b302099a8057';

const distinctId = (page) => page.evaluate(() => posthog.get_distinct_id());
const record = (page) => page.evaluate((key) => JSON.parse(localStorage.getItem(key)), RECORD);

test('an anonymous id is made once, stored, and the same after a reload', async ({ page, demo, site }) => {
  const address = site.page('/', { head: tag(demo.collector) });
  await page.goto(address);
  const id = await distinctId(page);
  expect(id).toMatch(ANONYMOUS);
  await expect.poll(() => record(page)).toMatchObject({ distinct_id: id });
  await page.reload();
  expect(await distinctId(page)).toBe(id);
  await expect.poll(() => demo.names()).toEqual(['$pageview', '$pageview']);
  expect((await demo.stored()).map((event) => event.distinct_id)).toEqual([id, id]);
});

test('two browsers are two visitors', async ({ page, browser, demo, site }) => {
  const address = site.page('/', { head: tag(demo.collector) });
  const other = await (await browser.newContext()).newPage();
  await page.goto(address);
  await other.goto(address);
  expect(await distinctId(other)).toMatch(ANONYMOUS);
  expect(await distinctId(other)).not.toBe(await distinctId(page));
  await other.context().close();
});

test('a visitor of posthog-js stays who they are', async ({ page, demo, site }) => {
  // A page without the SDK, on which the record can be left before the SDK first looks.
  await page.goto(site.page('/before', {}));
  await page.evaluate(
    ([key, id]) => {
      const left = { distinct_id: id, $device_id: id, $user_state: 'anonymous', plan: 'pro', $initial_person_info: { r: '$direct', u: 'http://a/' } };
      localStorage.setItem(key, JSON.stringify(left));
    },
    [RECORD, DEVICE],
  );
  await page.goto(site.page('/', { head: tag(demo.collector) }));
  expect(await distinctId(page)).toBe(DEVICE);
  await page.evaluate(() => {
    posthog.capture('moved');
    posthog.identify('user_1');
  });
  await expect.poll(() => demo.names()).toEqual(['$identify', '$pageview', 'moved']);
  const events = Object.fromEntries((await demo.stored()).map((event) => [event.event, event]));
  expect(events.moved.distinct_id).toBe(DEVICE);
  expect(events.moved.properties).toMatchObject({ plan: 'pro', $device_id: DEVICE });
  expect(events.$identify.properties.$anon_distinct_id).toBe(DEVICE);
  // What was in the record stays there, so that the way back is open.
  await expect.poll(() => record(page)).toMatchObject({ plan: 'pro', $device_id: DEVICE, distinct_id: 'user_1' });
});

test('a login outlives the page', async ({ page, demo, site }) => {
  const address = site.page('/', { head: tag(demo.collector) });
  await page.goto(address);
  await page.evaluate(() => posthog.identify('user_1', { email: 'a@example.com' }));
  expect(await distinctId(page)).toBe('user_1');
  await expect.poll(() => record(page)).toMatchObject({ distinct_id: 'user_1', $user_state: 'identified' });
  await page.reload();
  expect(await distinctId(page)).toBe('user_1');
});

test('reset makes another visitor and another session', async ({ page, demo, site }) => {
  await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
  const before = await distinctId(page);
  await page.evaluate(() => {
    posthog.capture('before');
    posthog.reset();
    posthog.capture('after');
  });
  const after = await distinctId(page);
  expect(after).toMatch(ANONYMOUS);
  expect(after).not.toBe(before);
  await expect.poll(() => demo.names()).toEqual(['after', 'before']);
  const events = Object.fromEntries((await demo.stored()).map((event) => [event.event, event]));
  expect([events.before.distinct_id, events.after.distinct_id]).toEqual([before, after]);
  expect(events.before.properties.$session_id).toBeTruthy();
  expect(events.after.properties.$session_id).toBeTruthy();
  expect(events.after.properties.$session_id).not.toBe(events.before.properties.$session_id);
});

test('what is stored is broken: a new visitor, and no error', async ({ page, demo, site, complaints }) => {
  const address = site.page('/', { head: tag(demo.collector) });
  for (const broken of ['', '{', 'null', '[]', '"text"', '{"distinct_id":null}', '{"distinct_id":""}']) {
    await page.goto(site.page('/before', {}));
    await page.evaluate(([key, text]) => localStorage.setItem(key, text), [RECORD, broken]);
    await page.goto(address);
    expect(await distinctId(page), broken).toMatch(ANONYMOUS);
  }
  expect(complaints.errors).toEqual([]);
});

test('what a page left unsent is not taken by one that could not start', async ({ page, demo, site }) => {
  const UNSENT = `backstitch_${KEYS.dev}_unsent_7`;
  // Its uuid says when it was captured: one from long ago would be dropped.
  const time = Date.now().toString(16).padStart(12, '0');
  const uuid = `${time.slice(0, 8)}-${time.slice(8)}${DEVICE.slice(13)}`;
  const left = { uuid, event: 'left', properties: { distinct_id: 'a', token: KEYS.dev }, timestamp: new Date().toISOString() };
  await page.goto(site.page('/bad', { head: tag('ftp://nowhere') }));
  expect(await page.evaluate(() => posthog.__loaded)).toBe(false);
  await page.evaluate(([key, text]) => localStorage.setItem(key, text), [UNSENT, JSON.stringify({ page: 7, until: 0, done: 0, kept: 0, events: [left] })]);
  // Neither when another tab writes, nor when it loads.
  await page.evaluate(() => dispatchEvent(new Event('storage')));
  await page.reload();
  await page.goto(site.page('/good', { head: tag(demo.collector) }));
  await expect.poll(() => demo.names()).toEqual(['$pageview', 'left']);
});
