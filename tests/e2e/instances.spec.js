// Several instances on one page: each with a token, an identity and events of its own.

import { BRISK, expect, inMode, KEYS, MODES, tag, test } from './fixtures.js';

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

test('what an instance is told between a vain init and a good one is not told another', async ({ page, site, demo }) => {
  await inMode(MODES[1], page);
  await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
  await page.evaluate(() => posthog.capture('before'));
  await expect.poll(() => demo.names()).toEqual(['before']);
  await page.evaluate(() => void posthog.init('', {}, 'other'));
  await page.waitForFunction(() => !posthog.other.__loaded);
  await page.evaluate(
    ([key, api_host]) => {
      posthog.other.init(key, { api_host, persistence_name: 'other', capture_pageview: false });
      posthog.capture('ours');
      posthog.other.capture('theirs');
    },
    [KEYS.dev, demo.collector],
  );
  await expect.poll(() => demo.names()).toEqual(['before', 'ours', 'theirs']);
  const stored = await demo.stored();
  const [ours, theirs] = ['ours', 'theirs'].map((name) => stored.find(({ event }) => event === name));
  expect(ours.distinct_id).not.toBe(theirs.distinct_id);
});
