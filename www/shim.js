// PostHog's API for a page: takes a call, turns what it was given into text,
// calls the core, and has done what the core asks. Decides nothing.
//
// Names that end in an underscore are ours alone; the build shortens them.

import * as core from 'backstitch-glue'
import { connect, device, entropy, page, records, whenVisible } from './effects.js'
import { cleanText, eventObject, objectText, plainText } from './text.js'

// What the core is told and what it asks for, by the numbers in src/exports.rs.
const START = 0
const CAPTURE = 1
const IDENTIFY = 2
const RESET = 3
const DISTINCT_ID = 4
const SYNC = 5
const ANSWERED = 6
const WAKE = 7
const ONLINE = 8
const HIDE = 9

const SAVE_SHARED = 1
const SAVE_TAB = 2
const SAVE_WINDOW = 3
const SEND_LAST = 5
const WAKE_AT = 6
const REFUSED = 8

/** Calls kept at most while the core is on its way. */
const WAITING_CALLS = 1000

const warn = (text) => console.warn('[Backstitch] ' + text)

/** The class, over a core that `boot` makes ready: at once, or when its promise is kept. */
export function postHogOver(boot) {
    /** True, or the promise that the core will be there. */
    let ready

    return class PostHog {
        constructor() {
            this.__SV = 1
            this.__loaded = false
            this.version = VERSION
            this.config = {}
            this.waiting_ = []
        }

        init(token, config, name) {
            if (name && name != 'posthog') {
                this[name] ||= new PostHog()
                return this[name].init(token, config)
            }
            this.safely_(() => {
                if (this.__loaded) return warn('init was called before: this call has no effect')
                this.__loaded = true
                this.config = { ...config, token }
                this.records_ = records(String(token))
                this.seen_ = this.records_.read(SAVE_SHARED)
                ready ||= boot() || true
                if (ready === true) return this.start_()
                ready.then(
                    () => this.safely_(() => this.start_()),
                    () => this.stop_('it could not be loaded'),
                )
            })
            return this
        }

        capture(name, properties, options) {
            const event = typeof name == 'string' ? name : ''
            const text = this.call_(
                CAPTURE,
                this.page_(),
                plainText(event),
                objectText(properties),
                objectText(options),
            )
            return text ? eventObject(text) : undefined
        }

        identify(id, set, setOnce) {
            this.call_(IDENTIFY, this.page_(), plainText(id), objectText(set), objectText(setOnce))
        }

        reset(options) {
            this.safely_(() => this.call_(RESET, options === true || options?.resetDeviceID ? 1 : 0))
        }

        get_distinct_id() {
            if (this.__loaded) return this.started_ ? this.call_(DISTINCT_ID) : this.provisionalId_()
        }

        /** Makes a call `[method, …arguments]` that was queued, as of the time and address noted with it. */
        push(call) {
            this.safely_(() => {
                if (typeof call == 'function') return call()
                const [method, ...given] = call
                this.at_ = call.at
                this.url_ = call.url
                if (!method.startsWith('_')) this[method]?.(...given)
            })
            this.at_ = this.url_ = undefined
        }

        toString() {
            return 'posthog'
        }

        /** The core is there: starts an instance, makes the calls that waited, tells the page. */
        start_() {
            const { config, records_: kept } = this
            const tell = (what) => (...given) => this.call_(what, ...given)
            this.browser_ = connect({
                answered: tell(ANSWERED),
                wake: tell(WAKE),
                online: tell(ONLINE),
                hide: tell(HIDE),
            })
            this.seen_ = kept.read(SAVE_SHARED)
            const start = [
                plainText(entropy(32)),
                plainText(config.token),
                plainText(kept.read(SAVE_WINDOW)),
                plainText(this.id_),
                objectText(config),
                objectText(device()),
                cleanText(this.seen_),
                cleanText(kept.read(SAVE_TAB)),
            ]
            this.started_ = true
            this.call_(START, ...start)
            for (const [at, ...call] of this.waiting_.splice(0)) {
                this.at_ = at
                this.call_(...call)
            }
            this.at_ = undefined
            if (!this.__loaded) return
            if (config.capture_pageview !== false) whenVisible(() => this.capture('$pageview'))
            config.loaded?.(this)
        }

        /** Tells the core, or keeps the call for it; does what it then asks, and returns its answer. */
        call_(what, ...given) {
            if (!this.__loaded) return
            const at = this.at_ || Date.now()
            if (!this.started_) {
                if (this.waiting_.length < WAITING_CALLS) this.waiting_.push([at, what, ...given])
                return
            }
            try {
                const tell = (what, lines) => core.tell(this.instance_, what, at, lines.join('\n'))
                // Another tab, or posthog-js, may have written since.
                const stored = this.records_.read(SAVE_SHARED)
                if (stored != this.seen_) {
                    this.seen_ = stored
                    tell(SYNC, [cleanText(stored)])
                }
                tell(what, given)
                if (what == START) this.instance_ = core.number()
                const answer = core.text()
                this.drain_()
                return answer
            } catch (error) {
                this.stop_(error)
            }
        }

        /** Does what the core asks, while no call into it is under way. */
        drain_() {
            const { browser_: browser, instance_: instance, records_: kept } = this
            for (let kind; (kind = core.poll(instance)); ) {
                const text = core.text()
                const number = core.number()
                if (kind <= SAVE_WINDOW) {
                    kept.save(kind, text)
                    // Storage that refused still says what it said before.
                    if (kind == SAVE_SHARED) this.seen_ = kept.read(SAVE_SHARED)
                } else if (kind <= SEND_LAST) browser.send(number, text, kind == SEND_LAST)
                else if (kind == WAKE_AT) browser.wakeAt(number)
                else {
                    warn((DEBUG ? core.explain(number) : `error ${number} (docs/errors.md)`) + ': ' + text)
                    if (kind == REFUSED) this.stop_()
                }
            }
        }

        /** The id of a visitor whose core is on its way: the stored one, or one that the core will take. */
        provisionalId_() {
            const { distinct_id } = JSON.parse(cleanText(this.seen_) || 'null') || {}
            const uuid = () =>
                entropy(16).replace(
                    /^(.{8})(.{4}).(.{3})(.)(.{3})/,
                    (_, a, b, c, d, e) => `${a}-${b}-4${c}-${'89ab'[parseInt(d, 16) & 3]}${e}-`,
                )
            return distinct_id ? String(distinct_id) : (this.id_ ||= 'ph_anonymous_' + uuid())
        }

        /** From here on every call is without effect. */
        stop_(why) {
            this.__loaded = false
            if (why) warn('stopped on this page: ' + why)
        }

        /** Whatever goes wrong on our side, or in what a page handed in, is no exception of the page's. */
        safely_(work) {
            try {
                return work()
            } catch (error) {
                warn(error)
            }
        }

        page_() {
            return objectText(page(this.url_))
        }
    }
}
