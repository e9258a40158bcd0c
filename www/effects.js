// The one place that touches network, timers and page events. Knows nothing of analytics, and no `window`, for a worker has none.

import { agentProperties } from './agent.js'
import { ANSWERED, HIDE, ONLINE, WAKE } from './numbers.js'

/** The page, or the worker. */
export const world = globalThis

// As they were when the script came: what a page makes of them later is its own.
const { fetch } = world

/** An answer that takes longer than this is none; posthog-js's own limit. */
const TIMEOUT_MS = 60000

/** How long nothing is sent when the server is over its quota; posthog-js's own wait. */
const QUOTA_MS = 60000

/** Browsers carry at most 64 KiB of requests past the end of a page. */
const KEEPALIVE_BYTES = 52428

/** Random bytes. */
export function entropy(bytes) {
    const random = new Uint8Array(bytes)
    return world.crypto?.getRandomValues(random) ?? random.map(() => Math.random() * 256)
}

/** What the browser says of itself, named as on the wire. */
export function device() {
    const { navigator = {}, screen = {} } = world
    const { language } = navigator
    let timeZone
    try {
        timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone
    } catch {}
    const agent = navigator.userAgent?.slice(0, 1000)
    return {
        ...agentProperties(agent),
        $raw_user_agent: agent,
        $lib: 'web',
        $lib_version: VERSION,
        $browser_language: language,
        $browser_language_prefix: language?.split('-')[0] || undefined,
        $screen_width: screen.width,
        $screen_height: screen.height,
        $timezone: timeZone,
        $timezone_offset: new Date().getTimezoneOffset(),
    }
}

const ticks = () => world.performance?.now() || 0

/** When the page's own clock began. */
let base = Date.now() - ticks()

/** The time in milliseconds since 1970 by one clock for the whole page, which no correction of the computer's sets back; forward, if that is over a minute ahead: then the machine has slept. */
export function now() {
    const ahead = Date.now() - base - ticks()
    if (ahead > 60000) base += ahead
    return Math.floor(base + ticks())
}

/** A moment as the wire writes it: now, if no other is given. */
export const moment = (at) => new Date(at || now()).toISOString()

/** What the page says of itself, at `url` or where it is now. */
export function page(url, referrer = world.document?.referrer) {
    const { href, host, pathname, search } = url ? new URL(url) : world.location
    return {
        $current_url: href,
        $host: host,
        $pathname: pathname,
        $viewport_width: world.innerWidth,
        $viewport_height: world.innerHeight,
        title: world.document?.title,
        referrer,
        referring_domain: String(referrer).split('/')[2],
        query: search ? Object.fromEntries(new URLSearchParams(search)) : undefined,
    }
}

/** Whether nobody can see the page. `document.hidden` would be a frame of that name, where a page has one. */
const hidden = () => world.document?.visibilityState == 'hidden'

/** Calls back in a later task, once the page can be seen. */
export function whenVisible(callback) {
    const { document } = world
    let done
    const look = () => {
        if (done || hidden()) return
        done = true
        callback()
    }
    listen(document, { visibilitychange: look })
    setTimeout(look, 1)
}

/** The moment in which somebody sees a prerendered page; nothing on all others. */
export function activation() {
    const { document } = world
    if (document?.prerendering) return new Promise((seen) => listen(document, { prerenderingchange: seen }))
}

/** Has a target's events handled, by their names; a target that is not there has none. */
export function listen(target, events) {
    for (const name of Object.keys(events)) target?.addEventListener(name, events[name])
}

/** Timer, network and page events of one instance: the core is told of them, and `seen` is called when the page can be seen again. */
export function connect(tell, seen) {
    const { navigator = {} } = world
    /** How to post each batch that is being compressed. */
    const pending = {}
    let timer

    const online = () => {
        const isSeen = !hidden()
        if (isSeen) seen()
        tell(ONLINE, isSeen)
    }
    const hide = ({ type }) => {
        for (const post of Object.values(pending)) post()
        tell(HIDE, type == 'pagehide', navigator.onLine === false)
    }
    listen(world.document, {
        visibilitychange: (event) => (hidden() ? hide(event) : online()),
    })
    listen(world, { pagehide: hide, pageshow: online, online })

    return {
        /** Posts a batch; compressed, unless the page may be gone before that is done. */
        async send(request, url, batch, last) {
            const plain = batch.replace('{', `{"sent_at":"${moment()}",`)
            const post = async (body = new TextEncoder().encode(plain)) => {
                delete pending[request]
                try {
                    if (last && !('keepalive' in Request.prototype)) {
                        // There is no answer to see: it is taken, or it is not.
                        await 0
                        return tell(ANSWERED, request, navigator.sendBeacon(url, plain) ? 200 : 0, 0)
                    }
                    const answer = await fetch(url, {
                        method: 'POST',
                        body,
                        headers: { 'Content-Type': 'text/plain' },
                        keepalive: last || body.byteLength < KEEPALIVE_BYTES,
                        signal: world.AbortSignal?.timeout?.(TIMEOUT_MS),
                    })
                    // Over its quota the server says yes, and takes nothing.
                    const isOver = /"quota_limited":\s*\[[^\]]*"events"/.test(await answer.text())
                    const after = answer.headers.get('Retry-After')
                    const wait = isOver ? QUOTA_MS : after * 1000 || Date.parse(after) - Date.now() || 0
                    tell(ANSWERED, request, isOver ? 429 : answer.status, Math.max(0, wait))
                } catch {
                    // Also where a page's own fetch throws, or answers with something else; never within the call that asked for this.
                    await 0
                    tell(ANSWERED, request, 0, 0)
                }
            }
            if (last) return post()
            pending[request] = post
            let packed
            try {
                const bytes = new Response(plain).body.pipeThrough(new CompressionStream('gzip'))
                packed = await new Response(bytes).arrayBuffer()
            } catch {
                // Where there is no compression, or none that works.
            }
            pending[request]?.(packed)
        },
        /** Wakes the core at a time, and no more at the time before. */
        wakeAt(time) {
            clearTimeout(timer)
            timer = setTimeout(() => tell(WAKE), time - now())
        },
    }
}
