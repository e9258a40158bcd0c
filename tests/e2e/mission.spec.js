// The demo shop's tag, word for word as a site would have it, and what the events table shows.

import { ANONYMOUS, expect, inMode, MODES, test } from './fixtures.js';

const ANNA = { id: 'user_123', email: 'anna@example.com', plan: 'pro' };
const BERT = { id: 'user_456', email: 'bert@example.com', plan: 'free' };
const anonymous = expect.stringMatching(ANONYMOUS);

const login = (page, user) => page.evaluate((who) => window.onLoginSuccess(who), user);
const logout = (page) => page.evaluate(() => window.onLogout());

/** Waits until exactly these events are stored, so that what is seen then is all there is. */
const stored = (demo, names) => expect.poll(() => demo.names()).toEqual([...names].sort());

/** Two persons, both identified, with nothing of one at the other. */
async function nothingShared(demo) {
  const [anna, bert] = [await demo.person('user_123'), await demo.person('user_456')];
  expect([anna.is_identified, bert.is_identified]).toEqual([true, true]);
  expect(anna.uuid).not.toBe(bert.uuid);
  expect(anna.properties.email).toBe(ANNA.email);
  expect(bert.properties.email).toBe(BERT.email);
  const ids = [anna, bert].map((person) => person.distinct_ids.map(({ distinct_id }) => distinct_id).sort());
  expect(ids).toEqual([
    [anonymous, 'user_123'],
    [anonymous, 'user_456'],
  ]);
  expect(ids[0][0]).not.toBe(ids[1][0]);
  const events = await demo.stored();
  const sessions = (person) =>
    new Set(events.filter((event) => event.person.uuid === person.uuid).map((event) => event.properties.$session_id));
  expect([...sessions(anna)].filter((session) => sessions(bert).has(session))).toEqual([]);
}

for (const mode of MODES) {
  test.describe(mode, () => {
    test.beforeEach(({ page }) => inMode(mode, page));

    test('the mode is what it says', async ({ page, demo }) => {
      const scripts = [];
      page.on('request', (request) => request.resourceType() === 'script' && scripts.push(new URL(request.url()).pathname));
      await page.goto(demo.shop);
      await stored(demo, ['pageview', '$pageview']);
      const without = mode === MODES[1];
      expect(await page.evaluate(() => typeof WebAssembly)).toBe(without ? 'undefined' : 'object');
      const fetched = scripts.filter((path) => path.startsWith('/dist/'));
      expect(fetched.slice(0, 1)).toEqual(['/dist/backstitch.js']);
      expect(fetched.length).toBe(without ? 2 : 1);
    });

    test('before login: one pageview of someone anonymous', async ({ page, demo, table }) => {
      await page.goto(demo.shop);
      await stored(demo, ['pageview', '$pageview']);
      await table.shows([['pageview', anonymous, '(Anonymous)']]);
      const id = await page.evaluate(() => posthog.get_distinct_id());
      expect((await table.rows())[0][1]).toBe(id);
    });

    test('after login: the same row has its person, and the switch shows the rest', async ({ page, demo, table }) => {
      await page.goto(demo.shop);
      await table.shows([['pageview', anonymous, '(Anonymous)']]);
      const [[, id]] = await table.rows();

      await login(page, ANNA);
      await stored(demo, ['pageview', '$pageview', '$identify', 'login_success']);
      await table.shows([
        ['login_success', 'user_123', 'user_123'],
        ['pageview', id, 'user_123'],
      ]);
      expect((await demo.stored()).find(({ event }) => event === 'login_success').properties.plan).toBe('pro');

      await table.toggleInternal();
      await expect.poll(async () => (await table.rows()).length).toBe(4);
      expect((await table.rows()).sort()).toEqual(
        [
          ['$identify', 'user_123', 'user_123'],
          ['$pageview', id, 'user_123'],
          ['login_success', 'user_123', 'user_123'],
          ['pageview', id, 'user_123'],
        ].sort(),
      );
      await table.toggleInternal();
      await expect.poll(async () => (await table.rows()).length).toBe(2);
    });

    test('logout, then another account: two persons, nothing shared', async ({ page, demo, table }) => {
      await page.goto(demo.shop);
      await login(page, ANNA);
      await logout(page);
      await login(page, BERT);
      await stored(demo, ['pageview', '$pageview', '$identify', 'login_success', '$identify', 'login_success']);
      await table.shows([
        ['login_success', 'user_456', 'user_456'],
        ['login_success', 'user_123', 'user_123'],
        ['pageview', anonymous, 'user_123'],
      ]);
      await nothingShared(demo);
    });

    test('another account without a logout: still two persons, both identified', async ({ page, demo, table }) => {
      await page.goto(demo.shop);
      await login(page, ANNA);
      await login(page, BERT);
      await stored(demo, ['pageview', '$pageview', '$identify', 'login_success', '$identify', 'login_success']);
      await table.shows([
        ['login_success', 'user_456', 'user_456'],
        ['login_success', 'user_123', 'user_123'],
        ['pageview', anonymous, 'user_123'],
      ]);
      await nothingShared(demo);
    });
  });
}

test('the way through the shop, by its buttons', async ({ page, demo, table }) => {
  // Nobody waits three seconds at every step; the page only thinks so.
  await page.clock.install();
  const all = [];
  /** A page is left only when its own events are stored: what leaving loses is another test's. */
  const visit = async (path) => {
    await page.goto(new URL(path, demo.shop).href);
    await happened('pageview', '$pageview');
  };
  const happened = async (...names) => {
    all.push(...names);
    await page.clock.runFor(3_000);
    await stored(demo, all);
  };
  await visit('/');
  await visit('/account.html');
  await page.getByTestId('login-user_123').click();
  await expect(page.getByTestId('distinct-id')).toHaveText('user_123');
  await happened('$identify', 'login_success');
  await visit('/product.html');
  await page.getByTestId('add-to-basket').click();
  await happened('add_to_basket');
  await visit('/account.html');
  await page.getByTestId('logout').click();
  await expect(page.getByTestId('distinct-id')).toHaveText(ANONYMOUS);
  await page.getByTestId('login-user_456').click();
  await expect(page.getByTestId('distinct-id')).toHaveText('user_456');
  await happened('$identify', 'login_success');

  await table.shows([
    ['login_success', 'user_456', 'user_456'],
    ['pageview', 'user_123', 'user_123'],
    ['add_to_basket', 'user_123', 'user_123'],
    ['pageview', 'user_123', 'user_123'],
    ['login_success', 'user_123', 'user_123'],
    ['pageview', anonymous, 'user_123'],
    ['pageview', anonymous, 'user_123'],
  ]);
});
