// A collector for one test, in a folder that is gone afterwards.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export class Collector {
  /** Starts `program` on a free port, with one environment, `ci`. `sdk` is the folder of Backstitch's script. */
  static async start(program, sdk, apiKey) {
    const collector = new Collector();
    collector.folder = await mkdtemp(join(tmpdir(), 'collector-'));
    const config = join(collector.folder, 'collector.toml');
    await writeFile(config, `[environments.ci]\napi_key = "${apiKey}"\n`);
    // It stops when its input ends, so also if this process is killed.
    const args = ['--config', config, '--sdk', sdk, '--listen', '127.0.0.1:0', '--stop-with-stdin'];
    collector.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    for await (const line of createInterface(collector.child.stdout)) {
      // The first line that it prints: it listens.
      collector.address = line.replace('listening on ', '');
      return collector;
    }
    throw new Error(`${program} ended before it listened`);
  }

  /** Waits for `wanted` events that match; if they do not come, the error says what came instead. */
  async events(wanted, filter = {}) {
    const query = new URLSearchParams({ ...filter, wait: wanted, timeout: 10 });
    const response = await fetch(`${this.address}/api/ci/events?${query}`);
    const answer = await response.json();
    if (!response.ok || answer.wait.timed_out) throw new Error(`${response.url} answered ${JSON.stringify(answer, null, 2)}`);
    return answer.events;
  }

  async stop() {
    this.child.stdin.end();
    await once(this.child, 'exit');
    await rm(this.folder, { recursive: true });
  }
}
