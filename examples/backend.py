"""A backend that captures events with PostHog's package for Python.

    pip install 'posthog>=3,<6'
    python examples/backend.py

The key and the host are those of `cargo xtask demo`, unless the environment names others.
"""

import os

import posthog

posthog.api_key = os.environ.get("POSTHOG_API_KEY", "phc_backstitch_dev")
posthog.host = os.environ.get("POSTHOG_HOST", "http://127.0.0.1:8123")

posthog.identify("user_123", properties={"email": "user@example.com"})
posthog.capture("user_123", "login_success")

# Events leave in the background; this waits until all have.
posthog.shutdown()
