// Where a browser compiles nothing large at once, and where there is no page at all.

import { ANONYMOUS, BRISK, expect, KEYS, tag, test } from './fixtures.js';

/** Refuses what old Chromes refuse on a page's main thread: a module of over 4 KiB, at once. */
function refuseAtOnce() {
  WebAssembly.Module = new Proxy(WebAssembly.Module, {
    construct() {
      throw new RangeError('WebAssembly.Compile is disallowed on the main thread, if the buffer size is larger than 4KB.');
    },
  });
}

test('a browser that compiles nothing large at once compiles it later', async ({ page, site, demo, complaints }) => {
  await page.addInitScript(refuseAtOnce);
  const calls = `<script>
    window.captured = posthog.capture('early', { n: 1 });
    window.id = posthog.get_distinct_id();
  </script>`;
  await page.goto(site.page('/', { head: tag(demo.collector) + calls }));
  expect(await page.evaluate(() => window.captured)).toBe(undefined);
  const id = await page.evaluate(() => window.id);
  expect(id).toMatch(ANONYMOUS);
  await expect.poll(() => demo.names()).toEqual(['$pageview', 'early']);
  expect((await demo.stored()).map((event) => event.distinct_id)).toEqual([id, id]);
  expect(site.fetched).toEqual(['/dist/backstitch.js']);
  expect(complaints).toEqual({ errors: [], warnings: [] });
});

test('a worker, which has no window, captures as well', async ({ page, site, demo }) => {
  site.file(
    '/worker.js',
    `import posthog from '/dist/index.js';
    posthog.init('${KEYS.dev}', ${JSON.stringify({ api_host: demo.collector, ...BRISK, capture_pageview: false })});
    const captured = posthog.capture('from_worker', { window: typeof window });
    posthog.identify('user_1');
    postMessage([captured.properties.distinct_id, posthog.get_distinct_id()]);`,
  );
  await page.goto(site.page('/', {}));
  const [anonymous, id] = await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const worker = new Worker('/worker.js', { type: 'module' });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
      }),
  );
  expect(anonymous).toMatch(ANONYMOUS);
  expect(id).toBe('user_1');
  await expect.poll(() => demo.names()).toEqual(['$identify', 'from_worker']);
  expect((await demo.stored()).find(({ event }) => event === 'from_worker').properties.window).toBe('undefined');
});
