// Where a visitor is kept, by the `persistence` of a page: who they are after a reload, a login, a
// logout and another account, and what other tabs know of it.

import { belongs, byName, capture, caughtUp, distinctId, expect, KEYS, live, login, logout, open, test } from './identity.js';

const RECORD = `ph_${KEYS.dev}_posthog`;

/** The kinds, with where the record stands. A kind without a place forgets with the page. */
const KINDS = {
  'localStorage+cookie': { places: ['local', 'cookie'], isShared: true },
  localStorage: { places: ['local'], isShared: true },
  cookie: { places: ['cookie'], isShared: true },
  sessionStorage: { places: ['session'], isShared: false },
  memory: { places: [], isShared: false },
};

/** Where this page finds the visitor's record. */
function places(tab) {
  return tab.run((record) => {
    const names = (document.cookie.match(/[^;= ]+(?==)/g) ?? []).filter((name) => name === record);
    const holds = (storage) => /distinct_id/.test(storage.getItem(record) ?? '');
    return [...(holds(localStorage) ? ['local'] : []), ...(names.length ? ['cookie'] : []), ...(holds(sessionStorage) ? ['session'] : [])];
  }, RECORD);
}

for (const [persistence, { places: expected, isShared }] of Object.entries(KINDS)) {
  const isKept = expected.length > 0;

  test(`${persistence}: a login, a logout and another account, with reloads in between`, async ({ visitor, shop, demo }) => {
    const tab = await open(visitor, shop({ options: { persistence } }));
    await capture(tab, 'before');
    const anonymous = await distinctId(tab);
    await tab.reload();
    expect((await distinctId(tab)) === anonymous).toBe(isKept);
    await capture(tab, 'reloaded');
    await login(tab, 'alice');
    await capture(tab, 'logged_in');
    expect(await places(tab)).toEqual(expected);
    await tab.reload();
    await capture(tab, 'reloaded_again');
    await logout(tab);
    await capture(tab, 'logged_out');
    await tab.reload();
    await capture(tab, 'reloaded_at_last');
    await login(tab, 'bert');
    await capture(tab, 'logged_in_too');
    const kept = { before: 'alice', reloaded: 'alice', logged_in: 'alice', reloaded_again: 'alice', logged_out: 'bert', reloaded_at_last: 'bert', logged_in_too: 'bert', logins: 2 };
    const forgotten = { before: null, reloaded_again: null, logged_out: null };
    await belongs(demo, isKept ? kept : { ...kept, ...forgotten });
  });

  test(`${persistence}: what another tab knows of a login and a logout`, async ({ visitor, shop, demo }) => {
    const address = shop({ options: { persistence } });
    const [first, second] = [await open(visitor, address), await open(visitor, address)];
    expect((await distinctId(first)) === (await distinctId(second))).toBe(isShared);
    await login(first, 'alice');
    await caughtUp(second, first);
    await capture(second, 'after_login');
    await logout(first);
    await caughtUp(second, first);
    await capture(second, 'after_logout');
    await login(second, 'bert');
    await caughtUp(first, second);
    await capture(first, 'in_the_end');
    await belongs(
      demo,
      isShared
        ? { after_login: 'alice', after_logout: 'bert', in_the_end: 'bert', logins: 2 }
        : { after_login: 'bert', after_logout: 'bert', in_the_end: null, logins: 2 },
    );
  });
}

test('memory: nothing at all is written', async ({ visitor, shop, demo }) => {
  const tab = await open(visitor, shop({ options: { persistence: 'memory' } }));
  await capture(tab, 'before');
  await login(tab, 'alice');
  await logout(tab);
  await capture(tab, 'after');
  await belongs(demo, { before: 'alice', after: null, logins: 1 });
  const kept = await tab.run(async () => [{ ...localStorage }, { ...sessionStorage }, document.cookie, await indexedDB.databases()]);
  expect(kept).toEqual([{}, {}, '', []]);
});

test('a name that no kind has means the default', async ({ visitor, shop }) => {
  const tab = await open(visitor, shop({ options: { persistence: 'LOCALSTORAGE' } }));
  await capture(tab, 'here');
  expect(await places(tab)).toEqual(['local']);
  await tab.run(() => localStorage.clear());
  await tab.goto(shop({ path: '/unknown', options: { persistence: 'nowhere' } }));
  await capture(tab, 'here');
  expect(await places(tab)).toEqual(['local', 'cookie']);
});

test('where localStorage is full, the visitor stays who they are for this page', async ({ visitor, shop, demo }) => {
  const before = "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); };";
  const tab = await open(visitor, shop({ before, options: { persistence: 'localStorage' } }));
  await live(tab);
  await belongs(demo, { before: 'alice', bought: 'alice', left: 'bert', logins: 2 });
  expect((await byName(demo)).left.distinct_id).not.toBe((await byName(demo)).before.distinct_id);
});
