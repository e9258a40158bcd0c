// One repetition of a scenario with one client: a site, a visitor, a faulty way to the collector,
// and the count of what was captured, stored, lost and copied. Knows how a run goes. Never knows
// what goes wrong in it.

import { setTimeout as after } from 'node:timers/promises';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { Program } from '../e2e/browsers/puppeteer.js';
import { Site } from '../e2e/site.js';
import { build } from './page.js';
import { FaultProxy } from './proxy.js';

/** After so many milliseconds in which nothing came, what is missing is lost: longer than a lease, and than most pauses. */
const PATIENCE = 20_000;

/** The page that is opened last stays at least so long, so that copies can come. */
const LAST_STAY = 12_000;

/** How long a page stays after its last event has arrived. */
const SETTLED = 1_000;

let runs = 0;

export class Run {
  /** How many calls of `capture` returned, and how many threw. */
  captured = 0;
  threw = 0;
  /** The tab that the visitor has in front, if any. */
  tab = null;
  /** The numbers of the events that the collector answered for. */
  #arrived = new Set();
  #lastAttempt = 0;

  /** `world` has the collector, the engine, the program that runs share, their stage, and a folder for profiles. */
  static async start(world, scenario, client, repetition = 1, options = {}) {
    const run = new Run();
    Object.assign(run, { world, scenario, client, repetition, event: `run-${(runs += 1)}`, began: 0 });
    run.site = await Site.start();
    run.proxy = await FaultProxy.start(world.collector.address);
    run.proxy.on('attempt', () => (run.#lastAttempt = Date.now()));
    run.proxy.on('reached', (events) => {
      for (const { event, properties } of events) if (event === run.event) run.#arrived.add(properties.n);
    });
    build(run.site, client, { host: run.proxy.address, event: run.event, options });
    // Firefox has all visitors' tabs in one window, where only one of them is seen.
    if (scenario.ownBrowser || world.engine === 'firefox') {
      run.profile = await mkdtemp(join(world.folder, 'profile-'));
      run.program = await Program.start(world.engine, run.profile);
    } else {
      run.program = world.program;
    }
    run.visitor = await run.program.visitor();
    return run;
  }

  /** Does what the scenario is about, opens a page once more, and says what came of it. */
  async result() {
    this.began = Date.now();
    await this.scenario.act(this);
    if (this.tab) {
      await this.arrivals(this.scenario.patience);
      // Nobody leaves in the very moment in which the answer comes.
      await this.pause(SETTLED);
    }
    const opened = Date.now();
    await this.open(this.scenario.again ?? '/');
    await this.arrivals();
    await this.pause(opened + LAST_STAY - Date.now());
    return this.#outcome(await this.#stored());
  }

  /** What the table and a person who looks for a reason need to know. */
  #outcome(numbers) {
    const { captured, threw, proxy } = this;
    const stored = new Set(numbers);
    const called = Array.from({ length: captured + threw }, (_, n) => n);
    return {
      captured,
      threw,
      stored: stored.size,
      lost: captured - stored.size,
      copies: proxy.copies,
      twice: numbers.length - stored.size,
      moved: proxy.moved.size,
      unordered: this.scenario.overlaps ? 0 : numbers.filter((number, at) => number < numbers[at - 1]).length,
      missing: ranges(called.filter((n) => !stored.has(n))),
      history: this.#history(),
    };
  }

  /** Opens a page of the site: in the tab in front, or in a new one. */
  async open(path = '/') {
    this.tab ??= await this.visitor.tab();
    await this.tab.goto(this.site.origin + path);
    return this.tab;
  }

  /** Opens a page, and waits until an event of it that does not count has arrived: its database is open. */
  async openWell() {
    await this.open();
    const before = this.proxy.reached.size;
    await this.tab.run(() => void posthog.capture('opened'));
    await this.until(() => this.proxy.reached.size > before, 'reached');
  }

  /** Captures events in a tab, or in a frame of it. */
  async capture(count, first = this.captured, place = this.tab.page) {
    const returned = await place.evaluate((first, count) => captures(first, count), first, count);
    this.count(returned, count);
  }

  /** Counts calls that a page made. */
  count(returned, called = returned) {
    this.captured += returned;
    this.threw += called - returned;
  }

  /** Closes the tab in front, as a person does. */
  async close() {
    const { page } = this.tab;
    this.tab = null;
    const closed = new Promise((resolve) => page.once('close', resolve));
    await page.close({ runBeforeUnload: true });
    await closed;
  }

  /** Kills the whole browser, so many milliseconds from now, and starts it again on its profile. */
  async killBrowser(delay) {
    if (delay) await after(delay);
    await this.program.kill();
    this.tab = null;
    this.program = await Program.start(this.world.engine, this.profile);
    this.visitor = await this.program.visitor();
  }

  /** Kills the processes of all its pages. */
  async killRenderers() {
    const devtools = await this.program.browser.target().createCDPSession();
    const running = async () => {
      const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
      return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
    };
    const killed = await running();
    for (const id of killed) process.kill(id, 'SIGKILL');
    // A tab that is opened before the browser has noticed may get one of them.
    while ((await running()).some((id) => killed.includes(id)));
    this.tab = null;
  }

  /** Lets others act for so long. */
  pause(milliseconds) {
    return this.#aside(() => after(Math.max(milliseconds, 0)));
  }

  /** Waits until something has come to the collector or its proxy, for a limited time. */
  until(holds, event, limit = PATIENCE) {
    const { proxy } = this;
    return this.#aside(
      () =>
        new Promise((resolve) => {
          const done = () => {
            clearTimeout(timer);
            proxy.off(event, look);
            resolve();
          };
          const timer = setTimeout(done, limit);
          const look = () => holds() && done();
          proxy.on(event, look);
          look();
        }),
    );
  }

  /** Waits until all that was captured has arrived, or nothing has come for as long as `patience`. */
  async arrivals(patience = PATIENCE) {
    this.#lastAttempt = Date.now();
    for (let left = patience; left > 0; left = this.#lastAttempt + patience - Date.now()) {
      await this.until(() => this.#arrived.size >= this.captured, 'reached', left);
      if (this.#arrived.size >= this.captured) return;
    }
  }

  /** Gives the others its place while it waits. */
  async #aside(wait) {
    this.world.stage.leave();
    try {
      return await wait();
    } finally {
      await this.world.stage.again();
    }
  }

  /** The numbers of the events that the collector stored, in the order in which it took them. */
  async #stored() {
    const numbers = [];
    let cursor = '';
    do {
      const { events, next } = await this.world.collector.api('dev/events', { event: this.event, limit: 1000, cursor });
      for (const { properties } of events) numbers.push(properties.n);
      cursor = next;
    } while (cursor);
    // The newest come first.
    return numbers.reverse();
  }

  /** What came to the proxy, a line for each request. */
  #history() {
    return this.proxy.attempts.map(({ at, events, compressed, status }) => {
      const numbers = ranges(events.map(({ event, properties }) => (event === this.event ? properties.n : event)));
      const how = [compressed ? 'compressed' : 'plain', status ?? 'not passed on'].join(', ');
      return `${((at - this.began) / 1000).toFixed(2)} s: ${numbers} (${how})`;
    });
  }

  async stop() {
    try {
      if (this.profile) await this.program.kill();
      else await this.visitor.leave();
    } finally {
      await this.site.stop();
      await this.proxy.stop();
    }
  }
}

/** Numbers in words: those that follow each other as `first-last`. */
function ranges(numbers) {
  const said = [];
  for (const number of numbers) {
    const last = said.at(-1);
    if (last?.[1] + 1 === number) last[1] = number;
    else said.push([number, number]);
  }
  return said.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(' ');
}
