// A shop on two subdomains: their cookie is what they share, so a visitor is one on both, and a
// logout on one is a logout on the other.

import { belongs, capture, caughtUp, distinctId, expect, login, logout, open, test } from './identity.js';

const KINDS = ['localStorage+cookie', 'cookie'];

/** Waits until a tab is shown the cookies that another has written. */
const sharesCookies = (tab, writer) => caughtUp(tab, writer, { place: 'cookies' });

for (const persistence of KINDS) {
  test.describe(persistence, () => {
    /** Puts the shop's page on the site, and gives its addresses. */
    const addresses = (site, shop, options = {}) => {
      shop({ options: { persistence, ...options } });
      return { app: `${site.at('app.shop.test')}/`, www: `${site.at('www.shop.test')}/` };
    };

    test('a visitor is the same on both, and so is their session', async ({ visitor, site, shop, demo }) => {
      const { app, www } = addresses(site, shop);
      const tab = await open(visitor, www);
      await capture(tab, 'on_www');
      const id = await distinctId(tab);
      await tab.goto(app);
      expect(await distinctId(tab)).toBe(id);
      await login(tab, 'alice');
      await capture(tab, 'on_app');
      await belongs(demo, { on_www: 'alice', on_app: 'alice', logins: 1 });
      await tab.goto(www);
      await capture(tab, 'back_on_www');
      await belongs(demo, { on_www: 'alice', on_app: 'alice', back_on_www: 'alice', logins: 1 });
      expect(new Set((await demo.stored()).map(({ properties }) => properties.$session_id)).size).toBe(1);
    });

    test('a login that leads to the other at once arrives, and what came before it is theirs', async ({ visitor, site, shop, demo }) => {
      const { app } = addresses(site, shop);
      shop({ path: '/next', options: { persistence }, after: "posthog.capture('on_www');" });
      const tab = await open(visitor, app);
      await capture(tab, 'on_app');
      await tab.run((next) => {
        posthog.identify('alice', { alice: true });
        location.href = next;
      }, `${site.at('www.shop.test')}/next`);
      await belongs(demo, { on_app: 'alice', on_www: 'alice', logins: 1 });
    });

    test('in and out on one, and another account on the other: two persons', async ({ visitor, site, shop, demo }) => {
      const { app, www } = addresses(site, shop);
      const tab = await open(visitor, www);
      await capture(tab, 'on_www');
      await tab.goto(app);
      await login(tab, 'alice');
      await capture(tab, 'bought');
      await logout(tab);
      await belongs(demo, { on_www: 'alice', bought: 'alice', logins: 1 });
      // What www keeps by itself is still the anonymous id that is alice's by now.
      await tab.goto(www);
      await capture(tab, 'back_on_www');
      await login(tab, 'bert');
      await capture(tab, 'bought_too');
      await belongs(demo, { on_www: 'alice', bought: 'alice', back_on_www: 'bert', bought_too: 'bert', logins: 2 });
    });

    test('a page that was open all the while knows of the login and logout on the other', async ({ visitor, site, shop, demo }) => {
      const { app, www } = addresses(site, shop);
      const onWww = await open(visitor, www);
      await capture(onWww, 'before');
      const onApp = await open(visitor, app);
      await login(onApp, 'alice');
      await sharesCookies(onWww, onApp);
      await capture(onWww, 'logged_in');
      await belongs(demo, { before: 'alice', logged_in: 'alice', logins: 1 });
      await logout(onApp);
      await sharesCookies(onWww, onApp);
      await capture(onWww, 'logged_out');
      await login(onWww, 'bert');
      await sharesCookies(onApp, onWww);
      await capture(onApp, 'bought');
      await belongs(demo, { before: 'alice', logged_in: 'alice', logged_out: 'bert', bought: 'bert', logins: 2 });
    });

    test('the other logs in where nobody was told of the logout: two persons', async ({ visitor, site, shop, demo }) => {
      const { app, www } = addresses(site, shop);
      const onWww = await open(visitor, www);
      const onApp = await open(visitor, app);
      await capture(onWww, 'before');
      await login(onApp, 'alice');
      await logout(onApp);
      // Nothing is called on www between those two and this.
      await sharesCookies(onWww, onApp);
      await login(onWww, 'bert');
      await capture(onWww, 'bought');
      await belongs(demo, { before: 'alice', bought: 'bert', logins: 2 });
    });

    test('where subdomains are not to share, there are two visitors', async ({ visitor, site, shop, demo }) => {
      const { app, www } = addresses(site, shop, { cross_subdomain_cookie: false });
      const tab = await open(visitor, www);
      const id = await distinctId(tab);
      await capture(tab, 'on_www');
      await tab.goto(app);
      expect(await distinctId(tab)).not.toBe(id);
      await login(tab, 'alice');
      await belongs(demo, { on_www: null, logins: 1 });
      await tab.goto(www);
      expect(await distinctId(tab)).toBe(id);
      await login(tab, 'bert');
      await belongs(demo, { on_www: 'bert', logins: 2 });
    });
  });
}
