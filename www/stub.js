// What the snippet left while the script was on its way: an array that noted
// calls. Knows its shape, which is PostHog's, so that PostHog's own snippet
// serves as well.

import { world } from './effects.js'

/** The stub of that name on the page, if there is one. */
export const stubAt = () => [world.posthog, world.backstitch].find((stub) => Array.isArray(stub) && stub._i)
