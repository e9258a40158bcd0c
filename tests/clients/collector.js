// The collector's own program as a child process, and what its API answers. Knows its command
// line and the line that it prints when it listens. Never looks at a client.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The key of its one environment. */
export const KEY = 'phc_backstitch_dev';

/** Its configuration, with flags for clients that ask for some. */
const CONFIG = `
[environments.dev]
api_key = "${KEY}"

[environments.dev.flags]
button = { variant = "blue", payload = { size = 2 } }
new_checkout = true
old_checkout = false
for_one = { distinct_ids = ["user_1"] }

[[environments.dev.early_access_features]]
flag = "for_one"
name = "For one"
`;

export class Collector {
  /** Starts one that keeps its data in a folder, and waits until it listens. */
  static async start(folder) {
    const config = join(folder, 'collector.toml');
    await writeFile(config, CONFIG);
    const fixed = ['--listen', '127.0.0.1:0', '--data', join(folder, 'data'), '--stop-with-stdin'];
    const child = spawn(process.env.BACKSTITCH_COLLECTOR, ['--config', config, '--sdk', process.env.BACKSTITCH_DIST, ...fixed]);
    const collector = new Collector(child);
    await collector.#ready();
    return collector;
  }

  constructor(child) {
    this.child = child;
    this.output = '';
    this.exited = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.output += text;
        child.emit('heard');
      });
    }
  }

  async #ready() {
    while (!(this.address = /^listening on (http:\S+)\n/m.exec(this.output)?.[1])) {
      await Promise.race([once(this.child, 'heard'), this.exited]);
      if (this.child.exitCode !== null) throw new Error(`the collector ended:\n${this.output}`);
    }
  }

  /** What the API answers, parsed. */
  async api(path, query = {}) {
    const response = await fetch(`${this.address}/api/${path}?${new URLSearchParams(query)}`);
    const body = await response.json();
    if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${JSON.stringify(body)}`);
    return body;
  }

  /** All stored events, newest first; without `internal` not those that clients send by themselves. */
  async events(internal = false) {
    return (await this.api('dev/events', { internal, limit: 1000 })).events;
  }

  /** The names of the events that an app captured, sorted. */
  async names() {
    return (await this.events()).map(({ event }) => event).sort();
  }

  /** The person of an event, in full. */
  async personOf(event) {
    return this.api(`dev/persons/${event.person.uuid}`);
  }

  async stop() {
    this.child.stdin.end();
    await this.exited;
  }
}
