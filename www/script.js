// The classic script: `window.posthog` and `window.backstitch`.

import { boot } from './boot.js'
import { world } from './effects.js'
import { postHogOver } from './shim.js'
import { stubAt } from './stub.js'

const script = document.currentScript

/** The sibling file that is the core without WebAssembly, fetched only when it is needed. */
const loadFallback = () =>
    new Promise((resolve, reject) => {
        const sibling = document.createElement('script')
        const src = (script?.src || '').replace(/[^/?]*(\?.*)?$/, 'backstitch.nowasm.js$1')
        const policy = world.trustedTypes?.createPolicy('backstitch', { createScriptURL: (url) => url })
        sibling.src = policy ? policy.createScriptURL(src) : src
        sibling.nonce = script?.nonce || ''
        sibling.crossOrigin = script?.crossOrigin || null
        sibling.onload = () => resolve(world.__backstitch_nowasm)
        sibling.onerror = reject
        document.head.append(sibling)
    })

const stub = stubAt()
const before = world.posthog
const PostHog = postHogOver(() => boot(loadFallback))

// A second tag, or a live posthog-js, keeps its place; an element that happens to have the name does not.
if (!(world.backstitch?.__SV && !stub)) {
    const posthog = (world.backstitch = new PostHog(stub))
    if (!before?.capture || stub) world.posthog = posthog
    for (const call of stub?._i || []) posthog.init(...call)
}
