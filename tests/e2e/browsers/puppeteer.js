// Chromium and Firefox as a visitor has them: real tabs, of which one is in front, pages that are
// kept when they are left, and a profile that outlives the program. Knows puppeteer, and both
// programs' switches. Never looks at what a page holds.

import puppeteer from 'puppeteer-core';
import { once } from 'node:events';
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SHOP_HOSTS } from '../site.js';
import { CHROMIUM_SWITCHES } from './chromium-switches.js';

const asRoot = process.getuid?.() === 0;

const PROGRAMS = {
  chromium: {
    browser: 'chrome',
    executablePath: process.env.CHROME,
    args: [
      // Chromium's sandbox refuses to run as root.
      ...(asRoot ? ['--no-sandbox'] : []),
      ...CHROMIUM_SWITCHES,
      `--host-resolver-rules=${SHOP_HOSTS.map((host) => `MAP ${host} 127.0.0.1`).join(',')}`,
    ],
  },
  firefox: {
    browser: 'firefox',
    executablePath: process.env.FIREFOX,
    extraPrefsFirefox: { 'network.dns.localDomains': SHOP_HOSTS.join(',') },
  },
};

/** A program that runs. */
export class Program {
  /** Starts one; on a profile in a folder, which is then the only visitor's, or on none. */
  static async start(engine, profile) {
    if (profile) await prepare(profile);
    const options = { headless: true, defaultViewport: null, userDataDir: profile };
    const browser = await puppeteer.launch({ ...PROGRAMS[engine], ...options });
    return new Program(browser, profile !== undefined);
  }

  constructor(browser, hasProfile) {
    this.browser = browser;
    this.hasProfile = hasProfile;
  }

  /** Somebody with storage of their own. */
  async visitor() {
    return new Visitor(this.hasProfile ? this.browser.defaultBrowserContext() : await this.browser.createBrowserContext());
  }

  /** Ends it as a person does, so that it writes what it still holds. */
  stop() {
    return this.browser.close();
  }

  /** Kills all its processes at once. */
  async kill() {
    const child = this.browser.process();
    const ended = once(child, 'exit');
    process.kill(-child.pid, 'SIGKILL');
    await ended;
  }
}

/** Puppeteer saves a profile's settings before it writes its own there, and fails where there are none. */
async function prepare(profile) {
  await mkdir(profile, { recursive: true });
  await appendFile(join(profile, 'user.js'), '');
}

class Visitor {
  constructor(context) {
    this.context = context;
  }

  /** A new tab, in front. */
  async tab() {
    return new Tab(await this.context.newPage());
  }

  /** The tab that a click in another opens. */
  async tabOpenedBy(tab, selector) {
    const opened = new Promise((resolve) => tab.page.once('popup', resolve));
    await tab.click(selector);
    return new Tab(await opened);
  }

  leave() {
    return this.context.close();
  }
}

class Tab {
  constructor(page) {
    this.page = page;
  }

  async goto(address) {
    await this.page.goto(address);
  }

  async reload() {
    await this.page.reload();
  }

  /** Goes back in its history, and returns when another page is shown. */
  async back() {
    const left = await this.run(() => location.href);
    await this.run(() => setTimeout(() => history.back()));
    // The drivers' own way back waits for a load, which a page that was kept does not have.
    while ([left, undefined].includes(await this.address())) await new Promise(setImmediate);
  }

  /** Where it is; nothing while it is on its way. */
  address() {
    return this.run(() => location.href).catch(() => undefined);
  }

  /** What a function gives that runs in the page. */
  run(what, ...args) {
    return this.page.evaluate(what, ...args);
  }

  click(selector) {
    return this.page.click(selector);
  }

  /** Stops everything in its page, as a browser does with one that was long in the background. */
  async freeze() {
    this.devtools ??= await this.page.createCDPSession();
    await this.devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  }

  async thaw() {
    await this.devtools.send('Page.setWebLifecycleState', { state: 'active' });
  }

  close() {
    return this.page.close();
  }
}
