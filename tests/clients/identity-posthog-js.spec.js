// posthog-js beside Backstitch: on the same origin, with the same key, in another tab or on the
// page that was there before. They are one visitor, and neither leaves anything odd to the other.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { belongs, BRISK, capture, caughtUp, distinctId, expect, KEYS, login, logout, open, test as base, THEIRS, WITNESS } from '../e2e/identity.js';
import { NEWEST, VERSIONS } from './posthog-js.js';

const LIBRARY = readFileSync(join(import.meta.dirname, 'node_modules', VERSIONS[NEWEST], 'dist', 'array.js'), 'utf8');
const OLD_RELEASE = readFileSync(join(import.meta.dirname, 'node_modules', VERSIONS['1.380.0'], 'dist', 'array.js'), 'utf8');

const test = base.extend({
  /** Puts a page with posthog-js on the site, and gives its address. */
  theirs: async ({ site, demo }, use) => {
    // It sends nothing from a browser that is automated, unless it is told to.
    const config = { api_host: demo.collector, capture_pageview: false, autocapture: false, opt_out_useragent_filter: true, ...BRISK };
    await use(({ path = '/theirs', options = {}, library = LIBRARY } = {}) => {
      site.file('/array.js', library);
      const init = `posthog.init('${KEYS.dev}', ${JSON.stringify({ ...config, ...options })});`;
      return site.page(path, { head: `<script>${WITNESS}</script><script src="/array.js"></script><script>${init}</script>` });
    });
  },
});

test('its login and its logout are ours with our next event', async ({ visitor, shop, theirs, demo }) => {
  const [ours, other] = [await open(visitor, shop()), await open(visitor, theirs())];
  expect(await distinctId(other)).toBe(await distinctId(ours));
  await capture(ours, 'before');
  await login(other, 'alice');
  await caughtUp(ours, other, { library: THEIRS });
  await capture(ours, 'after_login');
  await belongs(demo, { before: 'alice', after_login: 'alice', logins: 1 });
  await logout(other);
  await caughtUp(ours, other, { library: THEIRS });
  await capture(ours, 'after_logout');
  await login(ours, 'bert');
  await capture(ours, 'bought');
  await belongs(demo, { before: 'alice', after_login: 'alice', after_logout: 'bert', bought: 'bert', logins: 2 });
});

test('our login and our logout are its with its next load', async ({ visitor, shop, theirs, demo }) => {
  const [ours, other] = [await open(visitor, shop()), await open(visitor, theirs())];
  await capture(other, 'before');
  await login(ours, 'alice');
  await other.reload();
  expect(await distinctId(other)).toBe('alice');
  await capture(other, 'after_login');
  await belongs(demo, { before: 'alice', after_login: 'alice', logins: 1 });
  await logout(ours);
  await other.reload();
  expect(await distinctId(other)).toBe(await distinctId(ours));
  await capture(other, 'after_logout');
  await login(other, 'bert');
  await capture(other, 'bought');
  await belongs(demo, { before: 'alice', after_login: 'alice', after_logout: 'bert', bought: 'bert', logins: 2 });
});

test('nothing of what we keep in its record stands in its events', async ({ program, visitor, site, shop, theirs, demo }) => {
  /** Captures with it before and after a login, and gives the names of those events' properties. */
  const properties = async (tab, prefix) => {
    await capture(tab, `${prefix}_anonymous`);
    await login(tab, 'alice');
    await capture(tab, `${prefix}_alice`);
    await expect.poll(() => demo.names()).toContain(`${prefix}_alice`);
    const events = (await demo.stored()).filter(({ event }) => event.startsWith(prefix));
    return new Set(events.flatMap((event) => Object.keys(event.properties)));
  };
  const another = await program.visitor(site.origin);
  const alone = await properties(await open(another, theirs()), 'alone');
  await another.leave();

  const tab = await open(visitor, shop());
  await capture(tab, 'ours');
  await login(tab, 'bert');
  await capture(tab, 'ours_too');
  await logout(tab);
  const kept = await tab.run((record) => Object.keys(JSON.parse(localStorage.getItem(record))), `ph_${KEYS.dev}_posthog`);
  expect(kept).toContain('distinct_id');
  await tab.goto(theirs());
  const beside = await properties(tab, 'beside');
  expect(kept.filter((name) => beside.has(name) && !alone.has(name))).toEqual([]);
});

for (const [name, library] of Object.entries({ [NEWEST]: LIBRARY, '1.380.0': OLD_RELEASE })) {
  test(`a site that moves from ${name} to us and back keeps its visitors and what they registered`, async ({ visitor, shop, theirs, demo }) => {
    const tab = await open(visitor, theirs({ path: '/', library }));
    await tab.run(() => posthog.register({ plan: 'pro' }));
    await capture(tab, 'theirs');
    const id = await distinctId(tab);
    await belongs(demo, { theirs: null });

    await tab.goto(shop());
    expect(await distinctId(tab)).toBe(id);
    await capture(tab, 'ours');
    await login(tab, 'alice');
    await belongs(demo, { theirs: 'alice', ours: 'alice', logins: 1 });

    await tab.goto(theirs({ path: '/', library }));
    expect(await distinctId(tab)).toBe('alice');
    await capture(tab, 'theirs_again');
    await logout(tab);
    await capture(tab, 'left');
    const next = await distinctId(tab);
    await belongs(demo, { theirs: 'alice', ours: 'alice', theirs_again: 'alice', left: null, logins: 1 });

    await tab.goto(shop());
    expect(await distinctId(tab)).toBe(next);
    await login(tab, 'bert');
    await belongs(demo, { theirs: 'alice', ours: 'alice', theirs_again: 'alice', left: 'bert', logins: 2 });
    const plans = Object.fromEntries((await demo.stored()).map(({ event, properties }) => [event, properties.plan]));
    expect(plans).toMatchObject({ theirs: 'pro', ours: 'pro', theirs_again: 'pro' });
    expect(plans.left).toBeUndefined();
  });
}
