// Servers that are gone, overloaded, or answer nothing. Knows how long each lasts. Nothing may be lost.

import { setTimeout as after } from 'node:timers/promises';
import { FAULTS } from './proxy.js';

/** How long a page that has been refused for long is waited for: it may have made its pauses longer. */
const PATIENCE = 40_000;

/** Captures while a fault lasts, for so many milliseconds. */
async function captureDuring(run, fault, lasts) {
  await run.open();
  run.proxy.fault = fault;
  await run.capture(20);
  const over = after(lasts).then(() => (run.proxy.fault = null));
  await run.pause(lasts);
  await over;
}

const downAndClosed = (name, delay) => ({
  name,
  decides: true,
  firefox: true,
  async act(run) {
    await run.proxy.down();
    await run.open();
    await run.capture(20);
    if (delay) await run.pause(delay);
    await run.close();
    // What a browser still sends for a closed page finds no server either.
    await run.pause(1_000);
    await run.proxy.up();
  },
});

export const OUTAGES = [
  downAndClosed('server down, page closed at once, server up', 0),
  downAndClosed('server down, page closed after 5 s, server up', 5_000),
  {
    name: '503 for 20 s',
    patience: PATIENCE,
    act: (run) => captureDuring(run, FAULTS.unavailable, 20_000),
  },
  {
    name: '429 with Retry-After for 10 s',
    patience: PATIENCE,
    act: (run) => captureDuring(run, FAULTS.limited(5), 10_000),
  },
  {
    name: 'connection dropped twice after the server accepted',
    patience: PATIENCE,
    async act(run) {
      await run.open();
      run.proxy.fault = FAULTS.dropped(2);
      await run.capture(20);
      // The third is the first that is answered.
      await run.until(() => run.proxy.attempts.length > 2, 'attempt', PATIENCE);
    },
  },
  {
    name: 'server hangs for 8 s, page reloaded',
    async act(run) {
      await captureDuring(run, FAULTS.hanging, 8_000);
      await run.tab.reload();
    },
  },
];
