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

/** The record of consent, which is only read. */
const CONSENT = 4

/** Calls kept at most while the core is on its way. */
const WAITING_CALLS = 1000

const warn = (what) => {
    try {
        console.warn('[Backstitch]', what)
    } catch {}
}

/** Whatever goes wrong on our side, or in what a page handed in, is no exception of the page's. */
const safely = (work) => {
    try {
        return work()
    } catch (error) {
        warn(error)
    }
}

/** The class, over a core that `boot` makes ready: at once, or when its promise is kept. */
export function postHogOver(boot) {
    /** True, or the promise that the core will be there. */
    let ready
    /** Whether a call into the core failed: then it may be asked nothing more, by no instance. */
    let failed

    return class PostHog {
        constructor() {
            this.__SV = 1
            this.__loaded = false
            this.version = VERSION
            this.config = {}
            this.waiting_ = []
            this.named_ = {}
        }

        init(token, config, name) {
            const started = safely(() => {
                if (name && name != 'posthog') {
                    const named = (this.named_[name] ||= new PostHog())
                    named.early_ ||= this.early_?.[name]
                    // A method of this instance keeps its place.
                    if (!(name in this)) this[name] = named
                    return named.init(token, config)
                }
                if (this.__loaded) return warn('init was called before: this call has no effect')
                this.config = { ...config, token: typeof token == 'string' ? token.trim() : token }
                this.records_ = records(this.config.token)
                this.seen_ = this.records_.read(SAVE_SHARED)
                this.__loaded = true
                ready ||= boot() || true
                if (ready === true) this.start_()
                else ready.then(() => this.start_(), () => this.stop_('it could not be loaded'))
                for (const call of this.early_?.splice(0) || []) this.push(call)
            })
            return started || this
        }

        capture(name, properties, options) {
            return safely(() => {
                const event = typeof name == 'string' ? name : ''
                const text = this.call_(
                    CAPTURE,
                    this.page_(),
                    plainText(event),
                    objectText(properties),
                    objectText(options),
                )
                return text ? eventObject(text) : undefined
            })
        }

        identify(id, set, setOnce) {
            safely(() => {
                this.call_(IDENTIFY, this.page_(), plainText(id), objectText(set), objectText(setOnce))
            })
        }

        reset(options) {
            safely(() => {
                this.call_(RESET, options === true || options?.resetDeviceID ? 1 : 0)
            })
        }

        get_distinct_id() {
            return safely(() => {
                if (this.__loaded) return this.started_ ? this.call_(DISTINCT_ID) : this.provisionalId_()
            })
        }

        /** Makes a call `[method, …arguments]` that was queued, as of the time and address noted with it. */
        push(call) {
            safely(() => {
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
            try {
                const tell = (what) => (...given) => this.call_(what, ...given)
                // An id that was given out counts, also where it could not be stored.
                this.seen_ = kept.read(SAVE_SHARED) || this.seen_
                const start = [
                    plainText(entropy(32)),
                    plainText(config.token),
                    plainText(kept.read(CONSENT)),
                    plainText(kept.read(SAVE_WINDOW)),
                    objectText(config),
                    objectText(device()),
                    cleanText(this.seen_),
                    cleanText(kept.read(SAVE_TAB)),
                ]
                this.browser_ = connect({
                    answered: tell(ANSWERED),
                    wake: tell(WAKE),
                    online: tell(ONLINE),
                    hide: tell(HIDE),
                })
                this.started_ = true
                this.call_(START, ...start)
                for (const [at, ...call] of this.waiting_.splice(0)) {
                    this.at_ = at
                    this.call_(...call)
                }
                this.at_ = undefined
            } catch (error) {
                this.stop_(error)
            }
            if (!this.__loaded) return
            if (config.capture_pageview !== false) whenVisible(() => this.capture('$pageview'))
            safely(() => config.loaded?.(this))
        }

        /** Tells the core, or keeps the call for it; does what it then asks, and returns its answer. */
        call_(what, ...given) {
            if (!this.__loaded || failed) return
            const at = this.at_ || Date.now()
            if (!this.started_) {
                // A login or logout is never the one too many.
                if (what != CAPTURE || this.waiting_.length < WAITING_CALLS) this.waiting_.push([at, what, ...given])
                return
            }
            try {
                const tell = (what, lines) => core.tell(this.instance_, what, at, lines.join('\n'))
                // Another tab, or posthog-js, may have written since. Where this page's own writing
                // was refused, what is stored is no news.
                const stored = this.records_.read(SAVE_SHARED)
                if (what != START && !this.alone_ && stored != this.seen_) {
                    this.seen_ = stored
                    tell(SYNC, [cleanText(stored)])
                }
                tell(what, given)
                if (what == START) this.instance_ = core.number()
                const answer = core.text()
                this.drain_()
                return answer
            } catch (error) {
                failed = true
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
                    if (kind == SAVE_SHARED) {
                        this.seen_ = text
                        this.alone_ = kept.read(kind) != text
                    }
                } else if (kind <= SEND_LAST) browser.send(number, text, kind == SEND_LAST)
                else if (kind == WAKE_AT) browser.wakeAt(number)
                else {
                    warn((DEBUG ? core.explain(number) : `error ${number} (docs/errors.md)`) + ': ' + text)
                    if (kind == REFUSED) this.stop_()
                }
            }
        }

        /** The id of a visitor whose core is on its way: the stored one, or one that the core will find stored. */
        provisionalId_() {
            const record = JSON.parse(cleanText(this.seen_) || '{}')
            if (!record?.distinct_id) {
                const uuid = entropy(16).replace(
                    /^(.{8})(.{4}).(.{3})(.)(.{3})/,
                    (_, a, b, c, d, e) => `${a}-${b}-4${c}-${'89ab'[parseInt(d, 16) & 3]}${e}-`,
                )
                this.seen_ = JSON.stringify({ ...record, distinct_id: 'ph_anonymous_' + uuid })
                this.records_.save(SAVE_SHARED, this.seen_)
                return this.provisionalId_()
            }
            return String(record.distinct_id)
        }

        /** From here on every call is without effect. */
        stop_(why) {
            this.__loaded = false
            if (why) warn(why)
        }

        page_() {
            return objectText(page(this.url_))
        }
    }
}
