// The time that a page's main thread spends, as Chromium counts it: how long all its tasks take, with
// what they wait for in them, and how long it has a processor, which suffers less from whatever else
// the machine does. Knows the DevTools protocol. Never knows what is measured.

/** How long a page rests: after what is measured, for what comes of it late, and to see what it does by itself. */
const REST_MS = 2000;

export class MainThread {
  static async of(page) {
    const thread = new MainThread();
    thread.page = page;
    thread.session = await page.context().newCDPSession(page);
    await thread.session.send('Performance.enable');
    return thread;
  }

  /** Milliseconds so far: of tasks, without those of the protocol, on a processor, and by the clock. */
  async #now() {
    const { metrics } = await this.session.send('Performance.getMetrics');
    const value = (name) => metrics.find((metric) => metric.name === name).value * 1000;
    return { tasks: value('TaskDuration') - value('DevToolsCommandDuration'), processor: value('ThreadTime'), clock: value('Timestamp') };
  }

  /**
   * Milliseconds that `work` causes, in tasks and on a processor, until it has ended and the page has
   * rested, beyond what the page takes while it rests.
   */
  async during(work) {
    const before = await this.#now();
    await work();
    await this.rest();
    const after = await this.#now();
    await this.rest();
    const idle = await this.#now();
    const share = (after.clock - before.clock) / (idle.clock - after.clock);
    const caused = (time) => after[time] - before[time] - (idle[time] - after[time]) * share;
    return { tasks: caused('tasks'), processor: caused('processor') };
  }

  async rest() {
    await this.page.waitForTimeout(REST_MS);
  }
}
