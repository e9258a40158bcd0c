// What a site does wrong, or differently: another account without a logout, ids that are nobody's,
// the same login again, an id with its hash.

import { ANONYMOUS } from './fixtures.js';
import { belongs, byName, capture, distinctId, expect, login, logout, open, test, told } from './identity.js';

test('another account without a logout: one warning, two persons', async ({ visitor, shop, demo }) => {
  const tab = await open(visitor, shop());
  await capture(tab, 'before');
  await login(tab, 'alice');
  await capture(tab, 'bought');
  expect(await told(tab)).toEqual([]);
  await login(tab, 'bert');
  await capture(tab, 'bought_too');
  const warnings = await told(tab);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('bert');
  await belongs(demo, { before: 'alice', bought: 'alice', bought_too: 'bert', logins: 2 });
  const logins = (await demo.stored()).filter(({ event }) => event === '$identify');
  const bert = logins.find((event) => event.distinct_id === 'bert');
  expect(bert.properties.$anon_distinct_id).toMatch(ANONYMOUS);
  expect(bert.properties.$anon_distinct_id).not.toBe(logins.find((event) => event.distinct_id === 'alice').properties.$anon_distinct_id);
  const events = await byName(demo);
  expect(events.bought_too.properties.$session_id).not.toBe(events.bought.properties.$session_id);
});

test('the same account again, on this page and the next, logs in once', async ({ visitor, shop, demo }) => {
  const tab = await open(visitor, shop());
  await capture(tab, 'before');
  await login(tab, 'alice');
  await login(tab, 'alice');
  await tab.reload();
  await login(tab, 'alice');
  await capture(tab, 'after');
  await belongs(demo, { before: 'alice', after: 'alice', logins: 1 });
  expect(await told(tab)).toEqual([]);
});

test('an id with its hash is an alias, and is forgotten at the logout', async ({ visitor, shop, demo }) => {
  const tab = await open(visitor, shop());
  const id = await distinctId(tab);
  const kept = () => tab.run(() => [posthog.config.identity_distinct_id ?? null, posthog.config.identity_hash ?? null]);
  await tab.run(() => posthog.setIdentity('carla', 'her hash'));
  expect(await kept()).toEqual(['carla', 'her hash']);
  await expect.poll(() => demo.names()).toContain('$create_alias');
  const { $create_alias: alias } = await byName(demo);
  expect(alias.properties).toMatchObject({ alias: 'carla', distinct_id: id });
  await logout(tab);
  expect(await kept()).toEqual([null, null]);
  expect(await told(tab)).toEqual([]);
});

/** Ids that are everybody's or nobody's; a long one would be cut by the server, and two people with it. */
const FORBIDDEN = ['anonymous', 'GUEST', 'undefined', 'null', 'None', '0', '[object Object]', '"true"', '', ' ', 'x'.repeat(201)];

test('an id that no one person can have is refused by name, and nothing changes', async ({ visitor, shop, demo }) => {
  const tab = await open(visitor, shop());
  const id = await distinctId(tab);
  for (const forbidden of FORBIDDEN) {
    const already = (await told(tab)).length;
    await login(tab, forbidden);
    const said = (await told(tab)).slice(already);
    expect(said, forbidden).toHaveLength(1);
    expect(said[0].replaceAll('\\', ''), forbidden).toContain(forbidden.slice(0, 40).trim());
    expect(await distinctId(tab), forbidden).toBe(id);
  }
  await capture(tab, 'still_nobody');
  await belongs(demo, { still_nobody: null });
  expect((await demo.api('dev/refusals')).refusals).toEqual([]);
});
