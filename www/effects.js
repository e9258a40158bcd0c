// The one place that touches network, timers and page events. Knows nothing of analytics, and no `window`, for a worker has none.

import { agentProperties } from './agent.js'

/** The page, or the worker. */
export const world = globalThis

/** An answer that takes longer than this is none; posthog-js's own limit. */
const TIMEOUT_MS = 60000

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

/** A moment as the wire writes it: now, if no other is given. */
export const moment = (at) => new Date(at || Date.now()).toISOString()

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

/** Calls back in a later task, once the page can be seen. */
export function whenVisible(callback) {
    const { document } = world
    let done
    const look = () => {
        if (done || (document && document.visibilityState != 'visible')) return
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
    for (const name in events) target?.addEventListener(name, events[name])
}

/** Timer, network and page events of one instance, told to `client`. */
export function connect(client) {
    const pending = {}
    let timer

    const post = (request, url, body, size) => {
        delete pending[request]
        new Promise((sent) =>
            sent(
                fetch(url, {
                    method: 'POST',
                    body,
                    headers: { 'Content-Type': 'text/plain' },
                    keepalive: size < KEEPALIVE_BYTES,
                    signal: world.AbortSignal?.timeout?.(TIMEOUT_MS),
                }),
            ),
        )
            .then((answer) => client.answered(request, answer.status, answer.headers.get('Retry-After') * 1000 || 0))
            // Also where a page's own fetch answers with something else.
            .catch(() => client.answered(request, 0, 0))
    }

    const hide = () => {
        for (const request in pending) pending[request]()
        client.hide()
    }
    listen(world.document, {
        visibilitychange: () => (world.document.visibilityState == 'hidden' ? hide() : client.online()),
    })
    listen(world, { pagehide: hide, pageshow: client.online, online: client.online, storage: client.look })

    return {
        /** Posts a batch, the address on the first line of `text`; compressed, unless the page may be gone before that is done. */
        send(request, text, last) {
            const [url, batch] = text.split('\n')
            const body = batch.replace('{', `{"sent_at":"${moment()}",`)
            const plain = () => post(request, url, body, last ? 0 : new Blob([body]).size)
            if (last) return plain()
            pending[request] = plain
            new Promise((packed) => {
                const bytes = new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'))
                packed(new Response(bytes).arrayBuffer())
            }).then(
                (bytes) => pending[request] && post(request, url, bytes, bytes.byteLength),
                // Where there is no compression, or none that works.
                () => pending[request]?.(),
            )
        },
        /** Wakes the client at a time, and no more at the time before. */
        wakeAt(time) {
            clearTimeout(timer)
            timer = setTimeout(client.wake, time - Date.now())
        },
    }
}
