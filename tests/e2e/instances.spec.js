// Several instances on one page: each with a token, an identity and events of its own.

import { ANONYMOUS, BRISK, expect, inMode, KEYS, MODES, tag, test } from './fixtures.js';

test('instances of any name are apart', async ({ page, site, demo, complaints }) => {
  await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
  const ids = await page.evaluate(
    ([key, options]) => {
      const ids = [posthog.get_distinct_id()];
      // Among them names that an instance has members of.
      for (const name of [...'abcdefghijklmnopqrstuvwxyz', 'shop', 'config', 'capture']) {
        const instance = posthog.init(key + (name == 'shop' ? '' : name), options, name);
        if (name == 'shop') {
          instance.identify('user_9');
          instance.capture('from_shop');
          if (posthog.shop !== instance) throw new Error('the instance is no property');
        }
        ids.push(instance.get_distinct_id());
      }
      posthog.capture('from_main');
      return ids;
    },
    [KEYS.staging, { api_host: demo.collector, capture_pageview: false, ...BRISK }],
  );
  expect(new Set(ids).size).toBe(ids.length);
  await expect.poll(() => demo.names('staging')).toEqual(['$identify', 'from_shop']);
  expect(complaints.errors).toEqual([]);
});

test('calls after an init that follows a refused one wait for the core like any others', async ({ page, site, demo, complaints }) => {
  await inMode(MODES[1], page);
  await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
  await page.waitForFunction(() => posthog.capture('from_main'));
  await page.evaluate((host) => posthog.init('', { api_host: host }, 'shop'), demo.collector);
  await expect.poll(() => page.evaluate(() => posthog.shop.__loaded)).toBe(false);
  const [main, early, later] = await page.evaluate(
    async ([key, options]) => {
      posthog.shop.init(key, options);
      const early = posthog.shop.get_distinct_id();
      posthog.shop.capture('from_shop');
      await new Promise((later) => setTimeout(later, 100));
      return [posthog.get_distinct_id(), early, posthog.shop.get_distinct_id()];
    },
    [KEYS.staging, { api_host: demo.collector, capture_pageview: false, ...BRISK }],
  );
  expect(early).not.toBe(main);
  expect(later).toBe(early);
  await expect.poll(() => demo.names('staging')).toEqual(['from_shop']);
  await expect.poll(() => demo.names()).toEqual(['from_main']);
  expect(complaints.errors).toEqual([]);
});

test('what is kept for one token is nothing to another, also after a refused init', async ({ page, site, demo }) => {
  await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
  await page.evaluate(() => posthog.identify('alice'));
  await page.goto(site.page('/other', { head: '<script src="/dist/backstitch.js"></script>' }));
  const id = await page.evaluate(
    ([one, other, api_host]) => {
      posthog.init(one, { api_host, respect_dnt: true });
      posthog.init(other, { api_host, persistence: 'memory' });
      return posthog.get_distinct_id();
    },
    [KEYS.dev, KEYS.staging, demo.collector],
  );
  expect(id).toMatch(ANONYMOUS);
});

test('calls of unknown names, and of what is no method, do nothing', async ({ page, site, demo }) => {
  await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
  await page.evaluate(() => {
    const noMethods = Object.keys(posthog).filter((name) => typeof posthog[name] != 'function');
    if (!noMethods.includes('people')) throw new Error('no such name is found');
    for (const name of [...noMethods, 'Ms', '_a', 'people.set', '__proto__', 'constructor']) posthog.push([name]);
    posthog.capture('still_here');
  });
  await expect.poll(() => demo.names()).toEqual(['still_here']);
});
