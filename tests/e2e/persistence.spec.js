// What is kept where, and what it looks like there: byte for byte what posthog-js can read, and
// nothing at all where nothing is to be kept.

import { ANONYMOUS, BRISK, expect, KEYS, tag, test, UUID_V7 } from './fixtures.js';
import { NAMED_HOSTS, onHost } from './hosts.js';

test.use(NAMED_HOSTS);

const SHARED = `ph_${KEYS.dev}_posthog`;
const OWN = `backstitch_${KEYS.dev}`;
const DAY = 86_400_000;

/** What a page finds kept: by store, the names. */
const kept = (page) =>
  page.evaluate(async () => ({
    local: Object.keys(localStorage).sort(),
    session: Object.keys(sessionStorage).sort(),
    cookies: document.cookie.split('; ').filter(Boolean).map((cookie) => cookie.split('=')[0]).sort(),
    databases: (await indexedDB.databases()).map(({ name, version }) => `${name} ${version}`),
  }));

/** Puts on record what is written to `document.cookie`. */
function watchCookies() {
  const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
  window.written = [];
  Object.defineProperty(Document.prototype, 'cookie', {
    get,
    set(text) {
      window.written.push(text);
      set.call(this, text);
    },
  });
}

const TAB = [`${SHARED}`, `ph_${KEYS.dev}_primary_window_exists`, `ph_${KEYS.dev}_window_id`];
const DATABASE = [`${OWN} 1`];

const KINDS = {
  'localStorage+cookie': { local: [OWN, SHARED], session: TAB, cookies: [OWN, SHARED], databases: DATABASE },
  localStorage: { local: [OWN, SHARED], session: TAB, cookies: [], databases: DATABASE },
  cookie: { local: [], session: TAB, cookies: [OWN, SHARED], databases: DATABASE },
  sessionStorage: { local: [], session: [OWN, `${OWN}_tab`, ...TAB], cookies: [], databases: DATABASE },
  memory: { local: [], session: [], cookies: [], databases: [] },
  'a word of no meaning': { local: [OWN, SHARED], session: TAB, cookies: [OWN, SHARED], databases: DATABASE },
};

for (const [persistence, expected] of Object.entries(KINDS)) {
  test(`${persistence}: everything lies where it is to lie`, async ({ page, site, demo, complaints }) => {
    await page.goto(site.page('/', { head: tag(demo.collector, { persistence: persistence.toUpperCase() }) }));
    await page.evaluate(() => posthog.identify('user_1'));
    await expect.poll(() => demo.names()).toEqual(['$identify', '$pageview']);
    await expect.poll(() => kept(page)).toEqual(expected);
    const other = await page.context().newPage();
    await other.goto(page.url());
    // What is the tab's alone is not another tab's.
    const shared = !['sessionStorage', 'memory'].includes(persistence);
    expect((await other.evaluate(() => posthog.get_distinct_id())) === 'user_1').toBe(shared);
    await page.reload();
    expect((await page.evaluate(() => posthog.get_distinct_id())) === 'user_1').toBe(persistence !== 'memory');
    expect(complaints).toEqual({ errors: [], warnings: [] });
  });
}

test('the cookie is what posthog-js would write', async ({ page, site, wire }) => {
  await page.clock.install();
  await page.addInitScript(watchCookies);
  const options = { capture_pageview: false, cookie_persisted_properties: ['plan'] };
  await page.goto(site.page('/', { head: tag(wire.address, options) }));
  const [written, record, now] = await page.evaluate(
    ([key]) => {
      posthog.setPersonProperties({ plan: 'free' });
      return [window.written, JSON.parse(localStorage.getItem(key)), Date.now()];
    },
    [SHARED],
  );
  const text = written.filter((cookie) => cookie.startsWith(`${SHARED}=`)).pop();
  const expires = /expires=([^;]+)/.exec(text)[1];
  expect(Math.abs(Date.parse(expires) - now - 365 * DAY)).toBeLessThan(60_000);
  const subset = Object.fromEntries(
    ['$device_id', 'distinct_id', '$sesid', '$epp', '$initial_person_info', '$user_state'].map((key) => [key, record[key]]),
  );
  expect(Object.values(subset)).not.toContain(undefined);
  // The space at its end is our signature, and nothing in JSON.
  expect(text).toBe(`${SHARED}=${encodeURIComponent(`${JSON.stringify(subset)} `)}; expires=${expires}; SameSite=Lax; path=/`);
  expect(new Date(expires).toUTCString()).toBe(expires);
});

test('the options of cookies are heeded', async ({ page, site, wire }) => {
  await page.clock.install();
  await page.addInitScript(watchCookies);
  const options = { persistence: 'cookie', cookie_expiration: 2, secure_cookie: true, cross_subdomain_cookie: false };
  site.page('/', { head: tag(wire.address, options) });
  await page.goto(onHost(site, 'www.shop.example'));
  const [text] = await page.evaluate(() => window.written.filter((cookie) => cookie.startsWith('ph_')));
  const expires = await page.evaluate((day) => new Date(Date.now() + 2 * day).getTime(), DAY);
  expect(text).toMatch(/; SameSite=Lax; path=\/; secure$/);
  expect(Math.abs(Date.parse(/expires=([^;]+)/.exec(text)[1]) - expires)).toBeLessThan(60_000);
});

/** The domain of the cookie by the page's host; without one it is the host's alone. */
const DOMAINS = {
  'www.shop.example': '.shop.example',
  'a.b.c.shop.example': '.shop.example',
  'shop.example': '.shop.example',
  'www.shop.co.uk': '.shop.co.uk',
  'mine.herokuapp.com': 'mine.herokuapp.com',
  localhost: 'localhost',
  '127.0.0.1': '127.0.0.1',
  intranet: 'intranet',
};

for (const [host, domain] of Object.entries(DOMAINS)) {
  test(`a page on ${host} leaves its cookie for ${domain}, and no other`, async ({ page, site, demo, context }) => {
    site.page('/', { head: tag(demo.collector, { persistence: 'cookie' }) });
    await page.goto(onHost(site, host));
    await expect.poll(async () => (await context.cookies()).map(({ name, domain }) => [name, domain]).sort()).toEqual([
      [OWN, domain],
      [SHARED, domain],
    ]);
  });
}

test('a login on one subdomain is one on the other', async ({ page, site, demo }) => {
  site.page('/', { head: tag(demo.collector, { capture_pageview: false }) });
  await page.goto(onHost(site, 'www.shop.example'));
  const anonymous = await page.evaluate(() => posthog.get_distinct_id());
  await page.goto(onHost(site, 'app.shop.example'));
  expect(await page.evaluate(() => posthog.get_distinct_id())).toBe(anonymous);
  await page.evaluate(() => posthog.identify('user_1'));
  await page.goto(onHost(site, 'www.shop.example'));
  expect(await page.evaluate(() => posthog.get_distinct_id())).toBe('user_1');
});

test('persistence_name names the records, and keeps two instances apart', async ({ page, site, demo }) => {
  await page.goto(site.page('/', { head: tag(demo.collector, { persistence_name: 'mine' }) }));
  await page.evaluate(() => posthog.identify('user_1'));
  await expect.poll(() => kept(page)).toEqual({
    local: [`${OWN}_mine`, 'ph_mine'],
    session: ['ph_mine', 'ph_mine_primary_window_exists', 'ph_mine_window_id'],
    cookies: [`${OWN}_mine`, 'ph_mine'],
    databases: [`${OWN}_mine 1`],
  });
  const other = await page.evaluate(
    ([key, options]) => posthog.init(key, { ...options, persistence_name: 'yours' }, 'other').get_distinct_id(),
    [KEYS.dev, { api_host: demo.collector, ...BRISK }],
  );
  expect(other).not.toBe('user_1');
});

test('the window id is JSON, stays over a reload, and is new in a copy of the tab', async ({ page, site, demo, context }) => {
  const windowId = (tab) => tab.evaluate((key) => JSON.parse(sessionStorage.getItem(key)), `ph_${KEYS.dev}_window_id`);
  await page.goto(site.page('/', { head: tag(demo.collector) }));
  const first = await windowId(page);
  expect(first).toMatch(UUID_V7);
  expect(await page.evaluate(() => posthog.capture('here').properties.$window_id)).toBe(first);
  await page.reload();
  expect(await page.evaluate(() => posthog.capture('here').properties.$window_id)).toBe(first);
  // A window that a page opens begins with a copy of its sessionStorage.
  const opened = context.waitForEvent('page');
  await page.evaluate(() => void window.open(location.href));
  const copy = await opened;
  await copy.waitForFunction(() => window.posthog?.__loaded);
  const second = await copy.evaluate(() => posthog.capture('here').properties.$window_id);
  expect(second).not.toBe(first);
  expect(await windowId(copy)).toBe(second);
  expect(await page.evaluate(() => posthog.capture('here').properties.$window_id)).toBe(first);
  await copy.reload();
  expect(await copy.evaluate(() => posthog.capture('here').properties.$window_id)).toBe(second);
});

/** What the database holds, and nothing of it kept open. */
const stored = (page) =>
  page.evaluate(
    (name) =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onerror = reject;
        request.onsuccess = () => {
          const database = request.result;
          const transaction = database.transaction(['claims', 'state']);
          const asked = ['claims', 'state'].flatMap((store) => [
            transaction.objectStore(store).getAllKeys(),
            transaction.objectStore(store).getAll(),
          ]);
          transaction.oncomplete = () => {
            const stores = [...database.objectStoreNames];
            database.close();
            resolve([stores, ...asked.map(({ result }) => result)]);
          };
        };
      }),
    OWN,
  );

test('the database holds who claimed which id, and the newest state alone', async ({ page, site, demo }) => {
  await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
  const anonymous = [];
  for (const id of ['user_1', 'user_2']) {
    anonymous.push(await page.evaluate(() => posthog.get_distinct_id()));
    await page.evaluate((id) => posthog.identify(id), id);
    await expect.poll(async () => (await stored(page))[1].length).toBe(anonymous.length);
    await page.evaluate(() => posthog.reset());
  }
  await expect.poll(async () => JSON.parse((await stored(page))[4][0]).distinct_id).toMatch(/^ph_anonymous_/);
  const [stores, ids, holders, epochs, states] = await stored(page);
  expect(stores).toEqual(['claims', 'events', 'state', 'tabs']);
  expect(ids.sort()).toEqual(anonymous.sort());
  expect(new Set(holders).size).toBe(2);
  for (const holder of holders) expect(Number.isSafeInteger(holder)).toBe(true);
  expect(states).toEqual([await page.evaluate((key) => localStorage.getItem(key), OWN)]);
  expect(epochs).toEqual([JSON.parse(states[0]).epoch]);
});

test('an id that the database knows for another account\'s stays theirs', async ({ page, site, demo }) => {
  await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
  const anonymous = await page.evaluate(() => posthog.get_distinct_id());
  await expect.poll(async () => (await stored(page))[3].length).toBe(1);
  await page.evaluate(
    ([name, id]) =>
      new Promise((resolve) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => {
          const transaction = request.result.transaction('claims', 'readwrite');
          transaction.objectStore('claims').add(7, id);
          transaction.oncomplete = () => resolve(request.result.close());
        };
      }),
    [OWN, anonymous],
  );
  await page.evaluate(() => posthog.identify('user_1'));
  await expect.poll(() => demo.names()).toEqual(['$identify']);
  const [{ properties }] = await demo.stored();
  expect(properties.$anon_distinct_id).toMatch(ANONYMOUS);
  expect(properties.$anon_distinct_id).not.toBe(anonymous);
  const [, ids, holders] = await stored(page);
  expect(holders[ids.indexOf(anonymous)]).toBe(7);
});

test('a database that somebody deletes is let go, and made again when it is needed', async ({ page, site, demo }) => {
  await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
  await expect.poll(async () => (await kept(page)).databases).toEqual(DATABASE);
  const deleted = await page.evaluate(
    (name) =>
      new Promise((resolve) => {
        const request = indexedDB.deleteDatabase(name);
        request.onblocked = () => resolve('blocked');
        request.onsuccess = () => resolve('deleted');
      }),
    OWN,
  );
  expect(deleted).toBe('deleted');
  expect((await kept(page)).databases).toEqual([]);
  await page.evaluate(() => posthog.identify('user_1'));
  await expect.poll(() => demo.names()).toEqual(['$identify']);
  expect((await stored(page))[1]).toHaveLength(1);
});

/** Stops the page's clock, but for what a test lets pass. */
async function stopped(page) {
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1000);
}

/** Ways in which there is no database, each told at once. */
const BROKEN = {
  'is missing': () => Object.defineProperty(window, 'indexedDB', { value: undefined }),
  'may not be asked for': () =>
    Object.defineProperty(window, 'indexedDB', {
      get() {
        throw new DOMException('', 'SecurityError');
      },
    }),
  'does not open': () => {
    IDBFactory.prototype.open = () => {
      const request = {};
      setTimeout(() => request.onerror(new Event('error')));
      return request;
    };
  },
  'begins no transaction': () => {
    IDBDatabase.prototype.transaction = () => {
      throw new DOMException('', 'InvalidStateError');
    };
  },
  'undoes every transaction': () => {
    const { add } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.add = function (...given) {
      const request = add.apply(this, given);
      request.addEventListener('success', () => this.transaction.abort());
      return request;
    };
  },
  'lacks its stores': () => {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (name) {
      return open.call(this, `${name}_empty`, 1);
    };
    IDBDatabase.prototype.createObjectStore = () => {};
  },
};

for (const [named, breakIt] of Object.entries(BROKEN)) {
  test(`a login does not wait for a database that ${named}`, async ({ page, site, wire, complaints }) => {
    await page.addInitScript(breakIt);
    await stopped(page);
    await page.goto(site.page('/', { head: tag(wire.address, { capture_pageview: false }) }));
    await page.evaluate(() => posthog.identify('user_1'));
    // Less than the two seconds for which a database is waited for that says nothing.
    await page.clock.runFor(500);
    await expect.poll(() => wire.sent.flat()).toEqual(['$identify']);
    expect(complaints).toEqual({ errors: [], warnings: [] });
  });
}

test('a database that says nothing is waited for for two seconds', async ({ page, site, wire, complaints }) => {
  await page.addInitScript(() => (IDBFactory.prototype.open = () => ({})));
  await stopped(page);
  await page.goto(site.page('/', { head: tag(wire.address, { capture_pageview: false }) }));
  await page.evaluate(() => posthog.identify('user_1'));
  await page.clock.runFor(1900);
  expect(wire.sent).toEqual([]);
  await page.clock.runFor(200);
  await expect.poll(() => wire.sent.flat()).toEqual(['$identify']);
  expect(complaints).toEqual({ errors: [], warnings: [] });
});

/** What a page may give as `get_device_id`, and what becomes of it. */
const HOOKS = {
  '(id) => "mine_" + id': /^mine_ph_anonymous_/,
  '() => ""': ANONYMOUS,
  '() => 7': ANONYMOUS,
  '() => { throw 1 }': ANONYMOUS,
  '"text"': ANONYMOUS,
  null: ANONYMOUS,
};

for (const [hook, expected] of Object.entries(HOOKS)) {
  test(`get_device_id: ${hook}`, async ({ page, site, demo, complaints }) => {
    const options = `{ api_host: '${demo.collector}', capture_pageview: false, get_device_id: window.hook = ${hook} }`;
    const address = site.page('/', { head: `<script src="/dist/backstitch.js"></script><script>posthog.init('${KEYS.dev}', ${options});</script>` });
    await page.goto(address);
    const id = await page.evaluate(() => posthog.get_distinct_id());
    expect(id).toMatch(expected);
    await page.reload();
    expect(await page.evaluate(() => posthog.get_distinct_id())).toBe(id);
    const [fresh, device] = await page.evaluate(() => {
      posthog.reset(true);
      return [posthog.get_distinct_id(), posthog.capture('here').properties.$device_id];
    });
    expect(fresh).toMatch(expected);
    expect(fresh).not.toBe(id);
    expect(device).toBe(fresh);
    expect(complaints.errors).toEqual([]);
  });
}
