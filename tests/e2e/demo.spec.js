// `cargo xtask demo` itself: what it leaves behind, which is its data and nothing else.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Demo } from './demo.js';
import { expect, KEYS, test } from './fixtures.js';

/** Sends one event, as a server would. */
async function send(demo, event) {
  const body = JSON.stringify({ api_key: KEYS.dev, batch: [{ event, distinct_id: 'user_1', properties: {} }] });
  const response = await fetch(`${demo.collector}/batch/`, { method: 'POST', body });
  expect(response.status).toBe(200);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL']) {
  test(`${signal} leaves nothing running`, async ({ data }) => {
    const demo = await Demo.start(data);
    expect(demo.left().length).toBe(2);
    expect(await demo.accepts(demo.shop)).toBe(true);
    expect(await demo.accepts(demo.collector)).toBe(true);
    const ended = await demo.end(signal);
    expect(ended).toEqual(signal === 'SIGKILL' ? [null, 'SIGKILL'] : [0, null]);
    // A collector whose parent was killed learns of it from its standard input.
    await expect.poll(() => demo.left()).toEqual([]);
    expect(await demo.accepts(demo.shop)).toBe(false);
    expect(await demo.accepts(demo.collector)).toBe(false);
  });
}

test('a demo whose parent has gone stops', async ({ data }) => {
  const demo = await Demo.start(data);
  demo.child.stdin.end();
  expect(await demo.exited).toEqual([0, null]);
  expect(demo.left()).toEqual([]);
});

test('its data is there again the next time, even after a kill', async ({ data }) => {
  let demo = await Demo.start(data);
  await send(demo, 'first');
  await demo.end('SIGKILL');
  await expect.poll(() => demo.left()).toEqual([]);
  demo = await Demo.start(data);
  await send(demo, 'second');
  expect((await demo.stored()).map(({ event }) => event)).toEqual(['first', 'second']);
  await demo.end('SIGINT');
});

test('the key of its environment is said', async ({ data }) => {
  const demo = await Demo.start(data, ['--env', 'staging']);
  await demo.end('SIGINT');
  expect(demo.output).toMatch(new RegExp(`^key +${KEYS.staging}$`, 'm'));
});

test('what a collector has in the same folder stays', async ({ data }) => {
  for (const name of ['collector.toml', 'collector.log']) await writeFile(join(data, name), 'mine');
  const demo = await Demo.start(data);
  await demo.end('SIGINT');
  for (const name of ['collector.toml', 'collector.log']) expect(await readFile(join(data, name), 'utf8'), name).toBe('mine');
});

test('a taken port is named with the option that changes it', async ({ demo, data }) => {
  for (const [option, address] of [['--port', demo.collector], ['--shop-port', demo.shop]]) {
    const { port } = new URL(address);
    await expect(Demo.start(join(data, 'another'), [option, port])).rejects.toThrow(new RegExp(`port ${port} .* with ${option},`));
  }
});

test('a second demo with the same data says what to do', async ({ demo, data }) => {
  await expect(Demo.start(data)).rejects.toThrow(/another demo runs with the data in .* --data/);
  expect(await demo.names()).toEqual([]);
});

test('a collector that dies takes the demo with it', async ({ data }) => {
  const demo = await Demo.start(data);
  const collector = demo.left().find(({ pid }) => pid !== demo.child.pid);
  process.kill(collector.pid, 'SIGKILL');
  const [code] = await demo.exited;
  expect(code).toBe(1);
  expect(demo.output).toMatch(/error: the collector ended by itself/);
  expect(demo.left()).toEqual([]);
});

test('the shop has its pages and the SDK, and nothing else', async ({ demo, page }) => {
  const status = async (path) => (await fetch(new URL(path, demo.shop))).status;
  for (const path of ['/', '/product.html', '/account.html', '/dist/backstitch.js']) expect(await status(path), path).toBe(200);
  for (const path of ['/dist/', '/..%2fpackage.json', '/nothing.html']) expect(await status(path), path).toBe(404);
  for (const path of ['/', '/product.html', '/account.html']) {
    await page.goto(new URL(path, demo.shop).href);
    expect(await page.content()).not.toContain('{{');
    expect(await page.content()).toContain(`posthog.init('${KEYS.dev}', { api_host: '${demo.collector}' });`);
  }
});
