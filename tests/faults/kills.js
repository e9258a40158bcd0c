// Programs that are killed: a page's, and the whole browser's, on a profile that is opened again.
// What a kill of the whole browser takes in the first moments is said, not sworn.

const ownBrowser = true;

/** Kills the whole browser so many milliseconds after captures, its database long open. */
const killed = (delay) => ({
  name: `browser killed ${delay} ms after 20 captures`,
  ownBrowser,
  excused: true,
  async act(run) {
    await run.openWell();
    await run.capture(20);
    await run.killBrowser(delay);
  },
});

/** The same, on a first visit, as soon as its page captures. */
const killedAtStart = (delay) => ({
  name: `browser killed ${delay} ms after 20 captures, at the start`,
  ownBrowser,
  excused: true,
  async act(run) {
    run.tab = await run.visitor.tab();
    const captured = new Promise((resolve) => run.tab.page.on('console', (message) => message.text() === 'captured' && resolve()));
    const opening = run.open('/opening').catch(() => {});
    await captured;
    run.count(20);
    await run.killBrowser(delay);
    await opening;
  },
});

export const KILLS = [
  {
    name: 'renderer killed right after 20 captures',
    ownBrowser,
    async act(run) {
      await run.openWell();
      await run.capture(20);
      await run.killRenderers();
    },
  },
  ...[0, 5, 50].map(killed),
  ...[0, 50].map(killedAtStart),
];
