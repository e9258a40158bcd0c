// Pages that sleep and wake, and pages that are left in the middle of a login: nobody wakes up as
// somebody who has left, and what was begun is finished.

import { back, belongs, byName, capture, caughtUp, distinctId, expect, leave, login, logout, notIn, open, test } from './identity.js';

/** A tab whose page is kept when it is left, and then, with nothing under way any more, is left for another. */
async function left(visitor, shop, demo) {
  const tab = await open(visitor, shop({ headers: { 'cache-control': 'no-cache' } }));
  await capture(tab, 'before');
  await expect.poll(() => demo.names()).toContain('before');
  await leave(tab, shop({ path: '/elsewhere' }));
  return tab;
}

test('a page that is shown again as it was left knows of the login in between', async ({ visitor, shop, demo }) => {
  const tab = await left(visitor, shop, demo);
  await login(tab, 'alice');
  await back(tab);
  await capture(tab, 'after');
  expect(await distinctId(tab)).toBe('alice');
  await belongs(demo, { before: 'alice', after: 'alice', logins: 1 });
});

test('a page that is shown again as it was left knows of the logout in between', async ({ visitor, shop, demo }) => {
  const first = await open(visitor, shop());
  await login(first, 'alice');
  const tab = await left(visitor, shop, demo);
  await logout(first);
  await caughtUp(tab, first);
  await back(tab);
  await capture(tab, 'after');
  await login(tab, 'bert');
  await capture(tab, 'bought');
  await belongs(demo, { before: 'alice', after: 'bert', bought: 'bert', logins: 2 });
});

test.describe(() => {
  notIn(['firefox', 'webkit'], 'only Chromium can be told to freeze a page');

  test('a frozen tab catches up before its first event', async ({ visitor, shop, demo }) => {
    const [tab, other] = [await open(visitor, shop()), await open(visitor, shop())];
    await capture(tab, 'before');
    await tab.freeze();
    await login(other, 'alice');
    await capture(other, 'meanwhile');
    await tab.thaw();
    await capture(tab, 'after_login');
    await belongs(demo, { before: 'alice', meanwhile: 'alice', after_login: 'alice', logins: 1 });
    await tab.freeze();
    await logout(other);
    await login(other, 'bert');
    await tab.thaw();
    await capture(tab, 'after_both');
    await belongs(demo, { before: 'alice', meanwhile: 'alice', after_login: 'alice', after_both: 'bert', logins: 2 });
  });
});

/** The ways in which a page is left right after a login, in the same task. */
const WAYS = {
  'by a redirect': () => {
    posthog.identify('alice', { alice: true });
    posthog.capture('welcome');
    location.href = '/next';
  },
  'by a reload': () => {
    posthog.identify('alice', { alice: true });
    posthog.capture('welcome');
    location.reload();
  },
  'by a link': () => {
    posthog.identify('alice', { alice: true });
    posthog.capture('welcome');
    document.querySelector('a').click();
  },
};

for (const [way, act] of Object.entries(WAYS)) {
  test(`a login whose page is left at once, ${way}, arrives, and what came before it is theirs`, async ({ visitor, shop, demo }) => {
    shop({ path: '/next', after: "posthog.capture('arrived');" });
    const address = shop({ body: '<a href="/next">On</a>', before: "window.isFirst = !sessionStorage.visits; sessionStorage.visits = 1;", after: "if (!isFirst) posthog.capture('arrived');" });
    const tab = await open(visitor, address);
    await capture(tab, 'before');
    await tab.run(act);
    await belongs(demo, { before: 'alice', welcome: 'alice', arrived: 'alice', logins: 1 });
    const { before, arrived } = await byName(demo);
    expect(arrived.properties.$session_id).toBe(before.properties.$session_id);
  });
}

test('a login whose tab is closed at once arrives with the next visit at the latest', async ({ visitor, shop, demo }) => {
  const [tab, other] = [await open(visitor, shop()), await open(visitor, shop({ path: '/quiet' }))];
  await capture(tab, 'before');
  await login(tab, 'alice');
  await tab.close();
  await other.reload();
  await capture(other, 'after');
  await belongs(demo, { before: 'alice', after: 'alice', logins: 1 });
});

test('a login and a logout in the same task, and the page is left: two persons', async ({ visitor, shop, demo }) => {
  shop({ path: '/next', after: "posthog.capture('arrived'); posthog.identify('bert', { bert: true });" });
  const tab = await open(visitor, shop());
  await tab.run(() => {
    posthog.identify('alice', { alice: true });
    posthog.capture('bought');
    posthog.reset();
    posthog.capture('left');
    location.href = '/next';
  });
  await belongs(demo, { bought: 'alice', left: 'bert', arrived: 'bert', logins: 2 });
});
