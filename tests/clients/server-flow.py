"""Two accounts as a server captures them, by the posthog package that PYTHONPATH names: each under an
anonymous id first, then under its own, to which `alias` links it."""

import os
import uuid

import posthog

posthog.api_key = os.environ["POSTHOG_API_KEY"]
posthog.host = os.environ["POSTHOG_HOST"]


def capture(distinct_id, event):
    # The sixth version put the event first.
    if int(posthog.VERSION.split(".")[0]) < 6:
        posthog.capture(distinct_id, event)
    else:
        posthog.capture(event, distinct_id=distinct_id)


for user, first in [("user_1", "pageview"), ("user_2", "browsed")]:
    anonymous = str(uuid.uuid4())
    capture(anonymous, first)
    posthog.alias(anonymous, user)
    capture(user, "login_success")

posthog.shutdown()
