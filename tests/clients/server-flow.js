// Two accounts as a server captures them, by posthog-node: each under an anonymous id first, then
// under its own, to which `alias` links it.

import { randomUUID } from 'node:crypto';
import { PostHog } from 'posthog-node';

const posthog = new PostHog(process.env.POSTHOG_API_KEY, { host: process.env.POSTHOG_HOST });

for (const [user, first] of [['user_1', 'pageview'], ['user_2', 'browsed']]) {
  const anonymous = randomUUID();
  posthog.capture({ distinctId: anonymous, event: first });
  posthog.alias({ distinctId: user, alias: anonymous });
  posthog.capture({ distinctId: user, event: 'login_success' });
}

await posthog.shutdown();
