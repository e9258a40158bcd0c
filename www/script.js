// The classic script: `window.posthog` and `window.backstitch`.

import { boot } from './boot.js'
import { postHogOver } from './shim.js'
import { stubAt } from './stub.js'

const script = document.currentScript

/** The sibling file that is the core without WebAssembly, fetched only when it is needed. */
const loadFallback = () =>
    new Promise((resolve, reject) => {
        const sibling = document.createElement('script')
        const src = (script?.src || '').replace(/[^/?]*(\?.*)?$/, 'backstitch.nowasm.js$1')
        const policy = globalThis.trustedTypes?.createPolicy('backstitch', { createScriptURL: (url) => url })
        sibling.src = policy ? policy.createScriptURL(src) : src
        sibling.nonce = script?.nonce || ''
        sibling.crossOrigin = script?.crossOrigin || null
        sibling.onload = () => resolve(globalThis.__backstitch_nowasm)
        sibling.onerror = reject
        document.head.append(sibling)
    })

const stub = stubAt('posthog') || stubAt('backstitch')
const before = globalThis.posthog
const PostHog = postHogOver(() => boot(loadFallback))

// A second tag, or a live posthog-js, keeps its place; an element that happens to have the name does not.
if (!(globalThis.backstitch?.__SV && !stub)) {
    const posthog = (globalThis.backstitch = new PostHog(stub))
    if (!before?.capture || stub) globalThis.posthog = posthog
    for (const call of stub?._i || []) posthog.init(...call)
}
