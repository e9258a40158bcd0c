// All that can go wrong, in the order of the table. Knows what can be said of a scenario:
// - `name`, and `act`, which does it; `again`, the page that is opened last, if it is not the first;
// - `healthy`: the network is, so nothing may come twice; `excused`: something may be lost;
// - `overlaps`: what two pages send at the same time has no order;
// - `decides`: how much comes twice depends on the policy for what a dying page handed over;
// - `ownBrowser`: it is killed; `firefox`: it can be tried there; `patience`, how long it may take.

import { DEPARTURES } from './departures.js';
import { KILLS } from './kills.js';
import { OUTAGES } from './outages.js';
import { PAGES } from './pages.js';

/** The same once more for ours, where what a dying page handed over is always sent again: what that costs in copies. */
const always = (scenario) => ({
  ...scenario,
  name: `${scenario.name}, resend: 'always'`,
  options: { outbox: { resend: 'always' } },
  healthy: false,
});

export const SCENARIOS = [...KILLS, ...DEPARTURES, ...OUTAGES, ...PAGES].flatMap((scenario) =>
  scenario.decides ? [scenario, always(scenario)] : [scenario],
);
