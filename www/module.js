// The ES module: `import posthog from 'backstitch'`.

import { boot } from './boot.js'
import { postHogOver } from './shim.js'

/** The class, for instances of one's own. */
export const PostHog = postHogOver(() => boot(() => import('./fallback.js').then((file) => file.default)))

/** The instance that most pages need. */
export const posthog = new PostHog()
export default posthog
