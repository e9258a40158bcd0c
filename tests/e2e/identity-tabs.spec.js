// Several tabs of one visitor: whoever logs in or out in one has done so in all.

import { belongs, byName, capture, caughtUp, distinctId, expect, KEYS, login, logout, nothingShared, open, test } from './identity.js';

const ROUNDS = 60;

test('a login in one tab is the other tab\'s, too, in the same session', async ({ visitor, shop, demo }) => {
  const [first, second] = [await open(visitor, shop()), await open(visitor, shop())];
  await capture(first, 'looked_around');
  await caughtUp(second, first);
  await capture(second, 'looked_elsewhere');
  await login(first, 'alice');
  await caughtUp(second, first);
  await capture(second, 'bought');
  expect(await distinctId(second)).toBe('alice');
  await belongs(demo, { looked_around: 'alice', looked_elsewhere: 'alice', bought: 'alice', logins: 1 });
  const events = Object.values(await byName(demo));
  expect(new Set(events.map(({ properties }) => properties.$session_id)).size).toBe(1);
  // Two windows.
  expect(new Set(events.map(({ properties }) => properties.$window_id)).size).toBe(2);
});

test('a logout in one tab is the other tab\'s, too, and so is the next account', async ({ visitor, shop, demo }) => {
  const [first, second] = [await open(visitor, shop()), await open(visitor, shop())];
  await login(first, 'alice');
  await caughtUp(second, first);
  await capture(second, 'bought');
  await logout(first);
  await caughtUp(second, first);
  await capture(second, 'left');
  expect(await distinctId(second)).toBe(await distinctId(first));
  await belongs(demo, { bought: 'alice', left: null, logins: 1 });

  await login(second, 'bert');
  await caughtUp(first, second);
  await capture(first, 'bought_too');
  await belongs(demo, { bought: 'alice', left: 'bert', bought_too: 'bert', logins: 2 });
  const { bought, left, bought_too: boughtToo } = await byName(demo);
  expect(left.properties.$session_id).not.toBe(bought.properties.$session_id);
  expect(left.properties.$session_id).toBe(boughtToo.properties.$session_id);
});

test('a hidden tab knows of a login and a logout that it could not show', async ({ visitor, shop, demo }) => {
  const { shown, hidden } = await byVisibility([await open(visitor, shop()), await open(visitor, shop())]);
  await login(shown, 'alice');
  await caughtUp(hidden, shown);
  await capture(hidden, 'while_hidden');
  await logout(shown);
  await caughtUp(hidden, shown);
  await capture(hidden, 'after_logout');
  await belongs(demo, { while_hidden: 'alice', after_logout: null, logins: 1 });
  // The other way: who logs in where nobody looks is logged in where they look.
  await login(hidden, 'bert');
  await caughtUp(shown, hidden);
  await capture(shown, 'seen_again');
  await belongs(demo, { while_hidden: 'alice', after_logout: 'bert', seen_again: 'bert', logins: 2 });
});

test('what was captured keeps the identity of its moment', async ({ visitor, shop, demo }) => {
  const [first, second] = [await open(visitor, shop()), await open(visitor, shop())];
  await login(first, 'alice');
  await caughtUp(second, first);
  // One task: nothing of it is sent before all is captured.
  await second.run(() => {
    posthog.capture('as_alice');
    posthog.reset();
    posthog.capture('as_nobody');
    posthog.identify('bert', { bert: true });
    posthog.capture('as_bert');
  });
  await belongs(demo, { as_alice: 'alice', as_nobody: 'bert', as_bert: 'bert', logins: 2 });
});

test('a duplicated tab is another window of the same visit', async ({ visitor, shop, demo }) => {
  const copy = shop({ path: '/copy' });
  // What a browser calls duplicating copies the tab's own storage, and so does this.
  const address = shop({ body: `<button id="open" onclick="window.open('${copy}')">Open</button>` });
  const tab = await open(visitor, address);
  await capture(tab, 'before');
  await login(tab, 'alice');
  const second = await visitor.tabOpenedBy(tab, '#open');
  await expect.poll(() => second.run(() => window.posthog?.__loaded === true).catch(() => false)).toBe(true);
  await capture(second, 'in_the_copy');
  await capture(tab, 'in_the_first');
  await belongs(demo, { before: 'alice', in_the_copy: 'alice', in_the_first: 'alice', logins: 1 });
  const { before, in_the_copy: copied, in_the_first: kept } = await byName(demo);
  expect(copied.properties.$window_id).toBeTruthy();
  expect(copied.properties.$window_id).not.toBe(before.properties.$window_id);
  expect(kept.properties.$window_id).toBe(before.properties.$window_id);
  expect(copied.properties.$session_id).toBe(before.properties.$session_id);
});

test('a window keeps its id over reloads', async ({ visitor, shop, demo }) => {
  const tab = await open(visitor, shop());
  await capture(tab, 'before');
  await tab.reload();
  await capture(tab, 'after');
  await belongs(demo, { before: null, after: null });
  const { before, after } = await byName(demo);
  expect(after.properties.$window_id).toBe(before.properties.$window_id);
  expect(after.properties.$session_id).toBe(before.properties.$session_id);
});

test('two accounts that log in in two tabs in the same moment are two persons', async ({ visitor, shop, demo }) => {
  const [first, second] = [await open(visitor, shop()), await open(visitor, shop())];
  for (let round = 0; round < 5; round += 1) {
    await Promise.all([login(first, 'alice'), login(second, 'bert')]);
    await Promise.all([capture(first, `a${round}`), capture(second, `b${round}`)]);
    await logout(first);
    await caughtUp(second, first);
  }
  const names = async () => (await demo.names()).filter((name) => !name.startsWith('$')).length;
  await expect.poll(names).toBe(10);
  await expect.poll(async () => (await demo.names()).filter((name) => name === '$identify').length).toBeGreaterThanOrEqual(10);
  await nothingShared(demo);
});

test('how soon a tab is shown what another has written', async ({ visitor, shop, engine }) => {
  const { shown: reader, hidden: writer } = await byVisibility([await open(visitor, shop()), await open(visitor, shop())]);
  await reader.run((record) => {
    window.seen = {};
    const look = () => {
      const id = JSON.parse(localStorage.getItem(record))?.distinct_id;
      window.seen[id] ??= performance.timeOrigin + performance.now();
      setTimeout(look);
    };
    look();
  }, `ph_${KEYS.dev}_posthog`);
  const written = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [id, at] = await writer.run(() => {
      const at = performance.timeOrigin + performance.now();
      posthog.reset();
      return [posthog.get_distinct_id(), at];
    });
    await expect.poll(() => reader.run((wanted) => wanted in window.seen, id), { intervals: [1] }).toBe(true);
    written.push([id, at]);
  }
  const seen = await reader.run(() => window.seen);
  const took = written.map(([id, at]) => seen[id] - at).sort((a, b) => a - b);
  const [median, worst] = [took[took.length >> 1], took.at(-1)].map((ms) => `${ms.toFixed(1)} ms`);
  test.info().annotations.push({
    type: 'measured',
    description: `${engine}: what a tab writes, another is shown after ${median} (median), ${worst} at worst of ${ROUNDS}`,
  });
});

/** Of two tabs, which one is shown and which is behind it. */
async function byVisibility(tabs) {
  const states = await Promise.all(tabs.map((tab) => tab.run(() => document.visibilityState)));
  expect([...states].sort()).toEqual(['hidden', 'visible']);
  return { shown: tabs[states.indexOf('visible')], hidden: tabs[states.indexOf('hidden')] };
}
