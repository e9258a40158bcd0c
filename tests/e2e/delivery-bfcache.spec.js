// A page that the browser keeps when it is left, and shows again: nothing of ours bars that, and
// what it had captured arrives once, whoever sends it.

import { arrived, noCopies, refusing } from './delivery.js';
import { back, BRISK, capture, expect, leave, open, test } from './identity.js';

/** Notes what would keep a browser from keeping the page, in one engine or another. */
const WATCH = `
  window.barred = [];
  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (name, ...given) {
    if (name.endsWith('unload')) barred.push(name);
    return listen.call(this, name, ...given);
  };
  if (navigator.locks) navigator.locks.request = () => barred.push('lock');`;

/** A page that has sent its first event, and may be kept. */
async function begun(visitor, shop, wire, demo, batching) {
  const options = { api_host: wire.address, ...batching };
  const next = shop({ path: '/next', options, after: "posthog.capture('next');" });
  const tab = await open(visitor, shop({ options, before: WATCH, headers: { 'cache-control': 'no-cache' } }));
  await capture(tab, 'first');
  await expect.poll(() => demo.names()).toEqual(['first']);
  return [tab, next];
}

test('a page that is left with events that wait is shown again as it was, and each arrives once', async ({ visitor, shop, wire, demo }) => {
  const [tab, next] = await begun(visitor, shop, wire, demo, { request_queue_config: {} });
  await capture(tab, 'second', 'third');
  await leave(tab, next);
  await expect.poll(() => demo.names()).toEqual(['first', 'next', 'second', 'third']);
  await back(tab);
  await capture(tab, 'again');
  await expect.poll(() => demo.names()).toEqual(['again', 'first', 'next', 'second', 'third']);
  noCopies(wire);
  expect(await tab.run(() => [barred, typeof onunload, onunload])).toEqual([[], 'object', null]);
});

test('what a page had when it was left, the server down, is sent by the next, and not again by the page that is shown again', async ({ visitor, shop, wire, demo }) => {
  const [tab, next] = await begun(visitor, shop, wire, demo, BRISK);
  wire.instead = refusing(503);
  await capture(tab, 'second', 'third');
  await expect.poll(() => wire.requests.length).toBeGreaterThan(1);
  await leave(tab, next);
  wire.instead = null;
  await arrived(demo, wire, ['first', 'second', 'third', 'next']);
  const count = wire.requests.length;
  await back(tab);
  await capture(tab, 'again');
  await arrived(demo, wire, ['first', 'second', 'third', 'next', 'again']);
  expect(wire.sent.slice(count)).toEqual([['again']]);
});
