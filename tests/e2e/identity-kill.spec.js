// A browser that is killed forgets what it last wrote to localStorage and to cookies. Whoever was
// logged in before, the next account is another person.

import { join } from 'node:path';
import * as puppeteer from './browsers/puppeteer.js';
import { belongs, capture, distinctId, expect, login, logout, nothingShared, notIn, open, test } from './identity.js';

const KINDS = ['localStorage+cookie', 'cookie'];

test.describe('a killed browser', () => {
  notIn(['webkit'], 'a browser that WebKitWebDriver drives keeps nothing between two starts');

  /** Does something in a browser on the test's profile, from start to stop, or to being killed. */
  async function run(engine, data, address, end, act) {
    const program = await puppeteer.Program.start(engine, join(data, 'profile'));
    try {
      await act(await open(await program.visitor(), address));
    } catch (error) {
      await program.kill();
      throw error;
    }
    await program[end]();
  }

  for (const persistence of KINDS) {
    test(`${persistence}, killed after a login: the next account is another person`, async ({ engine, data, shop, demo }) => {
      const address = shop({ options: { persistence } });
      // Only what a browser wrote long ago, or ended well after, is there after a kill.
      await run(engine, data, address, 'stop', async (tab) => {
        await capture(tab, 'before');
        await belongs(demo, { before: null });
      });
      await run(engine, data, address, 'kill', async (tab) => {
        await login(tab, 'alice');
        await capture(tab, 'bought');
        await belongs(demo, { before: 'alice', bought: 'alice', logins: 1 });
      });
      await run(engine, data, address, 'stop', async (tab) => {
        await login(tab, 'bert');
        await capture(tab, 'bought_too');
        await belongs(demo, { before: 'alice', bought: 'alice', bought_too: 'bert', logins: 2 });
      });
    });

    test(`${persistence}, killed after a logout: nobody is logged in again, and the next account is another person`, async ({ engine, data, shop, demo }) => {
      const address = shop({ options: { persistence } });
      await run(engine, data, address, 'stop', async (tab) => {
        await login(tab, 'alice');
        await capture(tab, 'bought');
        await belongs(demo, { bought: 'alice', logins: 1 });
      });
      let anonymous;
      await run(engine, data, address, 'kill', async (tab) => {
        expect(await distinctId(tab)).toBe('alice');
        await logout(tab);
        await capture(tab, 'left');
        anonymous = await distinctId(tab);
        await belongs(demo, { bought: 'alice', left: null, logins: 1 });
      });
      await run(engine, data, address, 'stop', async (tab) => {
        await expect.poll(() => distinctId(tab)).toBe(anonymous);
        await login(tab, 'bert');
        await capture(tab, 'bought_too');
        await belongs(demo, { bought: 'alice', left: 'bert', bought_too: 'bert', logins: 2 });
      });
    });
  }

  test('killed in the moment of a login: two persons, whatever was kept', async ({ engine, data, shop, demo }) => {
    const address = shop();
    await run(engine, data, address, 'stop', (tab) => capture(tab, 'before'));
    await run(engine, data, address, 'kill', (tab) => login(tab, 'alice'));
    await run(engine, data, address, 'stop', async (tab) => {
      await login(tab, 'bert');
      await capture(tab, 'bought');
      await expect.poll(() => demo.names()).toContain('bought');
      await nothingShared(demo);
    });
  });
});

test('storage that goes back to before a login, as a kill leaves it: the next account is another person', async ({ visitor, shop, demo }) => {
  const tab = await open(visitor, shop());
  await capture(tab, 'before');
  await tab.run(() => (window.name = JSON.stringify([{ ...localStorage }, document.cookie])));
  await login(tab, 'alice');
  await capture(tab, 'bought');
  await belongs(demo, { before: 'alice', bought: 'alice', logins: 1 });
  // A page without the SDK, so that nothing writes in between.
  const restored = `
    const [local, cookies] = JSON.parse(window.name);
    localStorage.clear();
    sessionStorage.clear();
    Object.assign(localStorage, local);
    for (const cookie of cookies.split('; ')) document.cookie = cookie + '; path=/';`;
  await tab.goto(shop({ path: '/restored', before: restored }));
  await login(tab, 'bert');
  await capture(tab, 'bought_too');
  await belongs(demo, { before: 'alice', bought: 'alice', bought_too: 'bert', logins: 2 });
});
