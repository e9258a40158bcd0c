// WebKitGTK as a visitor has it: its small browser, on a screen that nobody sees, driven by
// WebDriver. Knows that protocol and the programs' command lines. Never looks at what a page holds.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * The browser crashes now and then while it starts, before it shows any page, and its driver waits
 * on: after so many milliseconds it is started again, so often.
 */
const START_LIMIT = 5_000;
const ATTEMPTS = 5;

/** A screen for browsers: each visitor has one of their own, with its driver. */
export class Program {
  static async start() {
    const screen = spawn('Xvfb', ['-displayfd', '3', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const [number] = await once(screen.stdio[3], 'data');
    return new Program(screen, `:${String(number).trim()}`);
  }

  constructor(screen, display) {
    this.screen = screen;
    this.display = display;
  }

  /** Somebody with storage of their own, who gets every host but the collector's from the site. */
  async visitor(site) {
    const proxy = { proxyType: 'manual', httpProxy: new URL(site).host, noProxy: ['127.0.0.1'] };
    const asked = { capabilities: { alwaysMatch: { proxy } } };
    for (let attempt = 1; ; attempt += 1) {
      const { driver, address } = await this.#driver();
      try {
        const { sessionId } = await command(`${address}/session`, 'POST', asked, AbortSignal.timeout(START_LIMIT));
        return new Visitor(driver, `${address}/session/${sessionId}`);
      } catch (error) {
        await ended(driver);
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** A driver that listens. */
  async #driver() {
    const port = await freePort();
    const env = { ...process.env, DISPLAY: this.display };
    // Its sandbox refuses to run as root.
    if (process.getuid?.() === 0) env.WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS = '1';
    const driver = spawn(process.env.WEBKIT_DRIVER, ['--host=127.0.0.1', `--port=${port}`], { env, stdio: 'ignore' });
    const address = `http://127.0.0.1:${port}`;
    while (!(await fetch(`${address}/status`).catch(() => undefined))) {
      if (driver.exitCode !== null) throw new Error(`WebKit's driver ended with ${driver.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { driver, address };
  }

  stop() {
    return ended(this.screen);
  }
}

class Visitor {
  /** Settled when no tab is asked. */
  turn = Promise.resolve();
  #isFirst = true;

  constructor(driver, session) {
    this.driver = driver;
    this.session = session;
  }

  /** A new tab; the first stays in front. */
  async tab() {
    if (!this.#isFirst) return new Tab(this, (await this.ask('window/new', { type: 'tab' })).handle);
    this.#isFirst = false;
    return new Tab(this, await this.ask('window'));
  }

  /** The tab that a click in another opens. */
  async tabOpenedBy(tab, selector) {
    const before = await this.ask('window/handles');
    await tab.click(selector);
    for (;;) {
      const opened = (await this.ask('window/handles')).find((handle) => !before.includes(handle));
      if (opened) return new Tab(this, opened);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Asks the driver; without a body it only reads. */
  ask(path, body, method = body ? 'POST' : 'GET') {
    return command(`${this.session}/${path}`, method, body);
  }

  async leave() {
    await command(this.session, 'DELETE');
    await ended(this.driver);
  }
}

class Tab {
  constructor(visitor, handle) {
    this.visitor = visitor;
    this.handle = handle;
  }

  /** Asks the driver about this tab, when its turn comes: the driver knows one current tab. */
  #ask(...what) {
    const { visitor, handle } = this;
    const answer = visitor.turn.then(async () => {
      await visitor.ask('window', { handle });
      return visitor.ask(...what);
    });
    visitor.turn = answer.catch(() => {});
    return answer;
  }

  goto(address) {
    return this.#ask('url', { url: address });
  }

  reload() {
    return this.#ask('refresh', {});
  }

  back() {
    return this.#ask('back', {});
  }

  address() {
    return this.run(() => location.href).catch(() => undefined);
  }

  run(what, ...args) {
    return this.#ask('execute/sync', { script: `return (${what}).apply(null, arguments)`, args });
  }

  async click(selector) {
    const [element] = Object.values(await this.#ask('element', { using: 'css selector', value: selector }));
    await this.#ask(`element/${element}/click`, {});
  }

  close() {
    return this.#ask('window', undefined, 'DELETE');
  }
}

async function command(address, method, body, signal) {
  const response = await fetch(address, { method, body: body && JSON.stringify(body), signal });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${method} ${address}: ${value.error}: ${value.message}`);
  return value;
}

async function ended(child) {
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
