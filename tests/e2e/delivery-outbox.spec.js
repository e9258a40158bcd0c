// What was captured outlives its page: whatever becomes of the tab, the browser or the server, it
// arrives once, in order, as the event that it was.

import { join } from 'node:path';
import * as puppeteer from './browsers/puppeteer.js';
import { arrived, capture, crash, LATER, noCopies, numbered, refusing, sameOnEveryAttempt } from './delivery.js';
import { expect, tag, test } from './fixtures.js';

const QUIET = { capture_pageview: false };
const NAMES = numbered('kept', 20);

/** A page of the site, and the same for which it is later. */
function addresses(site, wire, options = {}) {
  const head = tag(wire.address, { ...QUIET, ...options });
  return { now: site.page('/', { head }), later: site.page('/later', { head: `<script>${LATER}</script>${head}` }) };
}

/** Waits until the server has refused the page's events twice. */
const refusedTwice = (wire) => expect.poll(() => wire.requests.length).toBeGreaterThan(1);

test('a server that is down, and the tab is closed: the next page sends it', async ({ context, page, site, wire, demo }) => {
  const { now } = addresses(site, wire);
  await page.goto(now);
  await wire.cut();
  const failed = page.waitForEvent('requestfailed');
  await capture(page, ...NAMES);
  await failed;
  await page.close({ runBeforeUnload: true });
  await wire.mend();
  const next = await context.newPage();
  await next.goto(now);
  await capture(next, 'next');
  await arrived(demo, wire, [...NAMES, 'next']);
  noCopies(wire);
});

test('a renderer that crashes: another page sends it', async ({ context, page, site, wire, demo }) => {
  const { now, later } = addresses(site, wire);
  await page.goto(now);
  wire.instead = refusing(503);
  await capture(page, ...NAMES);
  await refusedTwice(wire);
  await crash(page);
  wire.instead = null;
  await (await context.newPage()).goto(later);
  await arrived(demo, wire, NAMES);
});

test('a browser that is killed: it is sent when that runs again', async ({ data, site, wire, demo }) => {
  const { now, later } = addresses(site, wire);
  const profile = join(data, 'profile');
  const killed = await puppeteer.Program.start('chromium', profile);
  try {
    const tab = await (await killed.visitor()).tab();
    await tab.goto(now);
    wire.instead = refusing(503);
    await tab.run((all) => all.forEach((name) => posthog.capture(name)), NAMES);
    await refusedTwice(wire);
  } finally {
    await killed.kill();
  }
  wire.instead = null;
  const restarted = await puppeteer.Program.start('chromium', profile);
  try {
    await (await (await restarted.visitor()).tab()).goto(later);
    await arrived(demo, wire, NAMES);
  } finally {
    await restarted.stop();
  }
});

test('without a database, what waits goes with the next page all the same', async ({ page, site, wire, demo }) => {
  await page.addInitScript(() => Object.defineProperty(window, 'indexedDB', { value: undefined }));
  const { now } = addresses(site, wire);
  await page.goto(now);
  wire.instead = refusing(503);
  await capture(page, ...NAMES);
  await refusedTwice(wire);
  await page.goto(site.page('/elsewhere', {}));
  wire.instead = null;
  await page.goto(now);
  await capture(page, 'next');
  await arrived(demo, wire, [...NAMES, 'next']);
});

test('what a page left is sent by one of two that come after it', async ({ context, page, site, wire, demo }) => {
  const { now, later } = addresses(site, wire);
  await page.goto(now);
  wire.instead = refusing(503);
  await capture(page, ...NAMES);
  await refusedTwice(wire);
  await crash(page);
  wire.instead = null;
  wire.requests = [];
  const others = [await context.newPage(), await context.newPage()];
  await Promise.all(others.map((other) => other.goto(later)));
  // Each has looked once something of its own has left.
  await Promise.all(others.map((other) => capture(other, 'own')));
  await expect.poll(() => demo.names()).toEqual([...NAMES, 'own', 'own']);
  noCopies(wire);
});

test('a page that is alive keeps what is its own', async ({ context, page, site, wire, demo }) => {
  const { now } = addresses(site, wire);
  await page.goto(now);
  wire.instead = refusing(503);
  await capture(page, ...NAMES);
  await refusedTwice(wire);
  wire.instead = ([{ event }]) => (event === 'other' ? undefined : { status: 503 });
  const other = await context.newPage();
  await other.goto(now);
  await capture(other, 'other');
  await expect.poll(() => demo.names()).toEqual(['other']);
  wire.instead = null;
  await expect.poll(() => demo.names()).toEqual([...NAMES, 'other']);
  expect(wire.sent.filter((batch) => batch.includes('other'))).toEqual([['other']]);
});

/** A login, with an event before and one after it in each of three tasks; gives what was captured. */
const logins = (page, account) =>
  page.evaluate(async (id) => {
    const captured = [];
    for (let round = 0; round < 3; round += 1) {
      captured.push(posthog.capture(`before_${id}_${round}`).event);
      posthog.identify(id, { round });
      captured.push(round ? '$set' : '$identify');
      captured.push(posthog.capture(`after_${id}_${round}`).event);
      await new Promise((resolve) => setTimeout(resolve));
    }
    return captured;
  }, account);

test('events arrive in the order of their capture, whatever fails on the way, and no login overtakes', async ({ page, site, wire, demo }) => {
  await page.goto(site.page('/', { head: tag(wire.address, QUIET) }));
  const captured = [];
  for (const [account, ...fates] of [['alice', 'refuse', 'drop'], ['bert', 'drop', 'refuse']]) {
    // What becomes of the next requests, one after the other; then all goes well.
    wire.instead = () => {
      const fate = fates.shift();
      wire.drops = fate === 'drop';
      return fate === 'refuse' ? { status: 503 } : undefined;
    };
    captured.push(...(await logins(page, account)));
    await expect.poll(() => fates).toEqual([]);
    await arrived(demo, wire, captured);
    await page.evaluate(() => posthog.reset());
  }
  const order = sameOnEveryAttempt(wire).map(({ uuid }) => uuid);
  let next = 0;
  for (const { json } of wire.batches) {
    const places = json.batch.map(({ uuid }) => order.indexOf(uuid));
    expect(places, 'one after the other').toEqual(places.map((_, index) => places[0] + index));
    expect(places[0], 'and none left out').toBeLessThanOrEqual(next);
    next = Math.max(next, places.at(-1) + 1);
  }
});

test('two thousand events in one task all arrive, once', async ({ page, site, wire, demo }) => {
  const names = numbered('many', 2000);
  await page.goto(site.page('/', { head: tag(wire.address, QUIET) }));
  await capture(page, ...names);
  await arrived(demo, wire, names);
  noCopies(wire);
});
