// The time that a page's main thread spends, as Chromium counts it: the wall-clock time of all its
// tasks, with what they wait for in them. Knows the DevTools protocol. Never knows what is measured.

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

  /** Milliseconds of tasks so far, without those of the protocol, and the time. */
  async #now() {
    const { metrics } = await this.session.send('Performance.getMetrics');
    const value = (name) => metrics.find((metric) => metric.name === name).value * 1000;
    return { busy: value('TaskDuration') - value('DevToolsCommandDuration'), time: value('Timestamp') };
  }

  /** Milliseconds of tasks that `work` causes, until it has ended and the page has rested, beyond what the page does while it rests. */
  async during(work) {
    const before = await this.#now();
    await work();
    await this.rest();
    const after = await this.#now();
    await this.rest();
    const idle = await this.#now();
    const share = (after.time - before.time) / (idle.time - after.time);
    return after.busy - before.busy - (idle.busy - after.busy) * share;
  }

  async rest() {
    await this.page.waitForTimeout(REST_MS);
  }
}
