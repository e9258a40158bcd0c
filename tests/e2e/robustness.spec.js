// Whatever a page hands over, and whatever it lacks, the SDK never throws into it.

import { expect, inMode, KEYS, MODES, tag, test } from './fixtures.js';

/** Calls every method with everything that a page could hand over; gives what was thrown. */
function abuse() {
  const cyclic = { name: 'cyclic' };
  cyclic.self = cyclic;
  const thrower = () => {
    throw new Error('from the page');
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  let deep = {};
  for (let depth = 0; depth < 20_000; depth += 1) deep = { deep };
  const values = [
    undefined, null, true, 0, -0, NaN, Infinity, 10n, '', 'text', '\ud800', Symbol('s'), () => 1, [], [1, [2]], {}, cyclic, deep,
    new Date(NaN), new Map([[1, 2]]), /x/, new Error('e'), window, document.documentElement, Object.create(null),
    { get a() { return thrower(); } },
    { toJSON: thrower },
    { toString: thrower, valueOf: thrower },
    { toJSON: () => undefined },
    { $set: 1, $set_once: [], distinct_id: {}, token: null, uuid: 3, $session_id: {} },
    new Proxy({}, { get: thrower, ownKeys: thrower, has: thrower, getOwnPropertyDescriptor: thrower }),
    revoked.proxy,
    { get resetDeviceID() { throw Symbol('no text'); } },
    { get resetDeviceID() { throw Object.create(null); } },
  ];
  const thrown = [];
  const call = (name, ...args) => {
    try {
      posthog[name](...args);
    } catch (error) {
      thrown.push(`${name}: ${error}`);
    }
  };
  for (const value of values) {
    call('capture', value);
    call('capture', 'event', value);
    call('capture', 'event', { value });
    call('capture', 'event', {}, value);
    call('identify', value);
    call('identify', 'user', value);
    call('identify', 'user', { value }, value);
    call('identify', 'user', {}, { value });
    call('reset', value);
    call('get_distinct_id', value);
    for (const name of ['alias', 'setPersonProperties', 'unsetPersonProperties', 'createPersonProfile', 'group', 'resetGroups', 'setIdentity']) {
      call(name, value);
      call(name, 'text', value);
      call(name, 'text', 'text', value);
    }
    posthog.clearIdentity(value);
    for (const name of ['set', 'set_once']) {
      posthog.people[name](value);
      posthog.people[name]('text', value);
    }
  }
  return thrown;
}

for (const mode of MODES) {
  test(`nothing that is handed over makes a call throw, ${mode}`, async ({ page, site, demo, complaints }) => {
    await inMode(mode, page);
    await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
    expect(await page.evaluate(abuse)).toEqual([]);
    await page.evaluate(() => posthog.capture('still_here', { n: 1 }));
    await expect.poll(() => demo.names()).toContain('still_here');
    expect(complaints.errors).toEqual([]);
  });
}

test('init may be handed anything, and calls before it do not throw', async ({ page, site, demo, complaints }) => {
  await page.goto(site.page('/', { head: '<script src="/dist/backstitch.js"></script>' }));
  const thrown = await page.evaluate((host) => {
    const thrown = [];
    const hostile = { get api_host() { throw new Error('from the page'); } };
    const attempts = [[], [null], [undefined, null], [1, 2], ['', {}], [{}], [Symbol('s')], [{ environments: 7 }], [{ environments: { a: null } }], [{ environments: { a: { hosts: 7 } } }], ['k', hostile], ['k', { api_host: 7 }], ['k', { api_host: 'ftp://a' }]];
    const call = (name, ...args) => {
      try {
        posthog[name](...args);
      } catch (error) {
        thrown.push(`${name}: ${error}`);
      }
    };
    for (const name of ['capture', 'identify', 'reset', 'get_distinct_id']) call(name, 'early');
    for (const attempt of attempts.slice(0, -3)) call('init', ...attempt);
    for (const name of ['capture', 'identify', 'reset', 'get_distinct_id']) call(name, 'early');
    for (const attempt of attempts.slice(-3)) call('init', ...attempt);
    return thrown;
  }, demo.collector);
  expect(thrown).toEqual([]);
  expect(complaints.errors).toEqual([]);
});

test('space around the token and the host is no part of them', async ({ page, site, demo, complaints }) => {
  await page.goto(site.page('/', { head: tag(`\n${demo.collector}/\t\n`, {}, `${KEYS.dev}\n`) }));
  await expect.poll(() => demo.names()).toEqual(['$pageview']);
  expect(complaints.errors).toEqual([]);
});

test('values arrive as JSON.stringify writes them', async ({ page, site, demo }) => {
  await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
  await page.evaluate(() =>
    posthog.capture('values', {
      text: 'a "quoted" \\ line\n\u2028 é 😀',
      date: new Date(0),
      float: 1.5,
      large: 2 ** 60,
      gone: undefined,
      nothing: null,
      list: [1, undefined, () => 1],
      nested: { a: { b: [true] } },
    }),
  );
  await expect.poll(() => demo.names()).toEqual(['values']);
  const [{ properties }] = await demo.stored();
  expect(properties).toMatchObject({
    text: 'a "quoted" \\ line\n\u2028 é 😀',
    date: '1970-01-01T00:00:00.000Z',
    float: 1.5,
    large: 2 ** 60,
    nothing: null,
    list: [1, null, null],
    nested: { a: { b: [true] } },
  });
  expect(properties).not.toHaveProperty('gone');
});

test('a page whose storage throws sends its events', async ({ page, site, demo, complaints }) => {
  await page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException('blocked', 'SecurityError');
        },
      });
    }
  });
  await page.goto(site.page('/', { head: tag(demo.collector) }));
  await page.evaluate(() => posthog.identify('user_1'));
  await expect.poll(() => demo.names()).toEqual(['$identify', '$pageview']);
  expect(complaints.errors).toEqual([]);
});

test('a page whose storage is full sends its events', async ({ page, site, demo, complaints }) => {
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await page.goto(site.page('/', { head: tag(demo.collector) }));
  await page.evaluate(() => posthog.identify('user_1'));
  await expect.poll(() => demo.names()).toEqual(['$identify', '$pageview']);
  expect(complaints.errors).toEqual([]);
});

test('a sandboxed frame sends its events', async ({ page, site, demo, complaints }) => {
  site.page('/frame', { head: tag(demo.collector) });
  await page.goto(site.page('/', { body: '<iframe sandbox="allow-scripts" src="/frame"></iframe>' }));
  await expect.poll(() => demo.names()).toEqual(['$pageview']);
  expect(complaints.errors).toEqual([]);
});

/** Pages that replace what the SDK stands on, by what they run before it. */
const PAGES = {
  'a console that throws': () => (console.warn = () => { throw new Error('no console'); }),
  'no time zone': () => (Intl.DateTimeFormat = () => { throw new RangeError('Unsupported time zone'); }),
  'no random numbers': () => Object.defineProperty(window, 'crypto', { value: undefined }),
  'no compression': () => delete window.CompressionStream,
  'a compression that throws': () => (window.CompressionStream = function () { throw new Error('no streams'); }),
};

for (const [named, patch] of Object.entries(PAGES)) {
  test(`${named} changes nothing`, async ({ page, site, demo, complaints }) => {
    await page.addInitScript(patch);
    await page.goto(site.page('/', { head: tag(demo.collector) }));
    await page.evaluate(() => {
      posthog.identify('null');
      posthog.capture('here');
    });
    await expect.poll(() => demo.names()).toEqual(['$pageview', 'here']);
    expect(complaints.errors).toEqual([]);
  });
}

test('elements that have the names of what is read are no matter', async ({ page, site, demo, complaints }) => {
  const body = '<form name="referrer"></form><iframe name="hidden"></iframe><div id="posthog"></div><div id="backstitch"></div>';
  const script = `<script src="/dist/backstitch.js"></script>`;
  const init = `<script>posthog.init(${JSON.stringify('phc_backstitch_dev')}, ${JSON.stringify({ api_host: demo.collector })}); posthog.capture('here');</script>`;
  await page.goto(site.page('/', { body: body + script + init }));
  await expect.poll(() => demo.names()).toEqual(['$pageview', 'here']);
  expect(complaints.errors).toEqual([]);
});

test('what a page gives to all objects is none of ours', async ({ page, site, demo, complaints }) => {
  await page.addInitScript(() => {
    Object.prototype.text = 'x';
    Object.prototype.call = () => (window.called = true);
  });
  await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false, request_queue_config: undefined }) }));
  await page.evaluate(() => posthog.capture('first'));
  await expect.poll(() => demo.names()).toEqual(['first']);
  const called = await page.evaluate(() => {
    posthog.capture('last');
    dispatchEvent(new PageTransitionEvent('pagehide'));
    return window.called;
  });
  expect(called).toBe(undefined);
  await expect.poll(() => demo.names()).toEqual(['first', 'last']);
  expect(complaints).toEqual({ errors: [], warnings: [] });
});

test('a fetch that answers something else delays, and loses nothing', async ({ page, site, demo, complaints }) => {
  await page.addInitScript(() => {
    const real = window.fetch;
    let first = true;
    window.fetch = async (...args) => {
      if (!first) return real(...args);
      first = false;
      return { status: 200 };
    };
  });
  await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
  await page.evaluate(() => posthog.capture('here'));
  await expect.poll(() => demo.names()).toEqual(['here']);
  expect(complaints.errors).toEqual([]);
});

test('where this page may not write, another tab does not undo its logout', async ({ context, page, site, demo }) => {
  // With a cookie or a database besides, the other tab would learn of it there.
  const alone = `<script>Object.defineProperty(window, 'indexedDB', { value: undefined });</script>`;
  const address = site.page('/', { head: alone + tag(demo.collector, { capture_pageview: false, persistence: 'localStorage' }) });
  await page.goto(address);
  await page.evaluate(() => posthog.identify('alice'));
  const other = await context.newPage();
  await other.goto(address);
  await page.evaluate(() => {
    Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); };
    posthog.reset();
  });
  await other.evaluate(() => posthog.identify('alice', { plan: 'pro' }));
  await other.evaluate(() => localStorage.setItem('ph_phc_backstitch_dev_posthog', localStorage.getItem('ph_phc_backstitch_dev_posthog').replace('}', ',"x":1}')));
  expect(await page.evaluate(() => posthog.capture('after') && posthog.get_distinct_id())).not.toBe('alice');
});
