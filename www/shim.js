// PostHog's API for a page: takes a call, turns what it was given into text,
// calls the core, and has done what the core asks. Decides nothing.
//
// Names that end in an underscore are ours alone; the build shortens them.

import * as core from 'backstitch-glue'
import { database } from './database.js'
import { activation, connect, device, entropy, page, whenVisible, world } from './effects.js'
import { environmentAt } from './environments.js'
import {
    ANSWERED,
    CAPTURE,
    CLAIM,
    CLAIMED,
    CONSENT,
    DESCRIBE,
    DISTINCT_ID,
    HIDE,
    IDENTIFY,
    KEPT,
    ONLINE,
    OPEN,
    OWN,
    REFUSED,
    RESET,
    SAVE,
    SEND_LAST,
    SHARED,
    SHARED_COOKIE,
    START,
    STATE,
    SYNC,
    TAB,
    TAKE_OVER,
    UNSENT,
    WAKE,
    WAKE_AT,
    WINDOW,
} from './numbers.js'
import { records } from './stores.js'
import { cleanText, cookieText, eventObject, membersOf, membersText, objectText, plainText } from './text.js'

/** The calls that say something of a person or a group, each as the event that it asks for. */
const DESCRIPTIONS = {
    alias: (alias, distinct_id) => ['$create_alias', { alias, distinct_id }],
    setPersonProperties: ($set, $set_once) => ['$set', { $set, $set_once }],
    unsetPersonProperties: ($unset) => ['$set', { $unset }],
    createPersonProfile: () => ['$person', { $set: {} }],
    group: ($group_type, $group_key, $group_set) => ['$groupidentify', { $group_type, $group_key, $group_set }],
    resetGroups: () => ['$groups', {}],
}

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

/** An id for a visitor of whom nothing is known. */
const anonymousId = () =>
    'ph_anonymous_' +
    entropy(16).replace(
        /^(.{8})(.{4}).(.{3})(.)(.{3})/,
        (_, a, b, c, d, e) => `${a}-${b}-4${c}-${'89ab'[parseInt(d, 16) & 3]}${e}-`,
    )

/** Properties given as an object, or as one name and its value. */
const properties = (name, value) => (typeof name == 'string' ? { [name]: value } : name)

/** The class, over a core that `boot` makes ready: at once, or when its promise is kept. */
export function postHogOver(boot) {
    /** True, or the promise that the core will be there. */
    let ready
    /** Whether a call into the core failed: then it may be asked nothing more, by no instance. */
    let failed

    class PostHog {
        constructor() {
            this.__SV = 1
            this.__loaded = false
            this.version = VERSION
            this.config = {}
            this.waiting_ = []
            this.named_ = {}
            /** The records that others write, too, as they were last seen, by their numbers. */
            this.seen_ = ['', '', '', '', '']
            this.people = {
                set: (name, value) => this.setPersonProperties(properties(name, value)),
                set_once: (name, value) => this.setPersonProperties(null, properties(name, value)),
            }
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
                const options = (this.config = typeof token == 'object' ? { ...token, ...config } : { ...config, token })
                const { environments } = options
                if (environments) Object.assign(options, environmentAt(world.location, environments) || { token: '' })
                options.token = options.token?.trim?.()
                this.records_ = records(options)
                this.database_ = database(this.records_.own)
                this.look_()
                this.__loaded = true
                ready ||= boot() || true
                const seen = activation()
                if (ready === true && !seen) this.start_()
                else Promise.all([ready, seen]).then(() => this.start_(), () => this.stop_('it could not be loaded'))
                for (const call of this.early_?.splice(0) || []) this.push(call)
                for (const [method, ...given] of this.early_?.people || []) this.people[method]?.(...given)
            })
            return started || this
        }

        capture(name, properties, options) {
            return safely(() => {
                const event = this.call_(CAPTURE, this.page_(), plainText(name), objectText(properties), objectText(options))
                return event ? eventObject(event) : undefined
            })
        }

        identify(id, $set, $set_once) {
            safely(() => {
                this.call_(IDENTIFY, this.page_(), plainText(id), membersText({ $set, $set_once }))
            })
        }

        reset(options) {
            safely(() => {
                this.clearIdentity()
                const fresh = options === true || options?.resetDeviceID
                this.call_(RESET, fresh ? 'true' : '', plainText(this.deviceId_()))
            })
        }

        setIdentity(id, hash) {
            safely(() => {
                this.config.identity_distinct_id = id
                this.config.identity_hash = hash
                if (id) this.alias(id)
            })
        }

        clearIdentity() {
            this.setIdentity()
        }

        get_distinct_id() {
            return safely(() => {
                if (this.__loaded) return this.started_ ? JSON.parse(`"${this.call_(DISTINCT_ID)}"`) : this.provisionalId_()
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
                const given = this.seen_[SHARED]
                this.look_()
                // An id that was given out counts, unless another was stored since.
                const stored = this.stored_('distinct_id')
                if (!stored) this.seen_[SHARED] = given
                const start = [
                    plainText(entropy(32)),
                    plainText(config.token),
                    plainText(kept.read(CONSENT)),
                    cleanText(kept.window()),
                    plainText(stored ? '' : this.deviceId_()),
                    objectText(config),
                    objectText(device()),
                    cleanText(kept.read(TAB)),
                    this.page_(),
                    this.unsent_(),
                    ...this.lines_(),
                ]
                this.browser_ = connect({
                    answered: tell(ANSWERED),
                    wake: tell(WAKE),
                    online: tell(ONLINE),
                    hide: tell(HIDE),
                    // Who the visitor is, the next call reads: what changes now may be half written.
                    look: () => {
                        const events = this.unsent_()
                        if (events) this.call_(TAKE_OVER, events)
                    },
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
            kept.stay()
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
                // Another tab, or posthog-js, may have written since.
                if (what != START && this.look_()) tell(SYNC, this.lines_())
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
            const { browser_: browser, database_: base, instance_: instance } = this
            for (let kind; (kind = core.poll(instance)); ) {
                const text = core.text()
                const number = core.number()
                if (kind == SAVE) this.save_(number, text)
                else if (kind <= SEND_LAST) browser.send(number, text, kind == SEND_LAST)
                else if (kind == WAKE_AT) browser.wakeAt(number)
                else if (kind == OPEN) base.open((state) => this.call_(KEPT, cleanText(state)))
                else if (kind == CLAIM) base.claim(text, number, (holder) => this.call_(CLAIMED, text, holder))
                else {
                    warn((DEBUG ? core.explain(number) : `error ${number} (docs/errors.md)`) + ': ' + text)
                    if (kind == REFUSED) this.stop_()
                }
            }
        }

        /** Keeps a record, where it is not kept already, and notes it as seen, unless it was refused: then what is stored is no news. */
        save_(record, text) {
            const { config, database_: base, records_: kept, seen_: seen } = this
            if (record == STATE) return base.save(text)
            // posthog-js reads its window id as JSON.
            if (record > OWN) return kept.save(record, record == WINDOW ? plainText(text) : text)
            for (const place of [record, record + SHARED_COOKIE - SHARED]) {
                const copy = place == SHARED_COOKIE ? cookieText(text, config.cookie_persisted_properties) : text
                if (seen[place] == copy) continue
                kept.save(place, copy)
                if (kept.read(place) != seen[place]) seen[place] = copy
            }
        }

        /** Reads what other tabs and pages write, too; whether it is something else than was seen last. */
        look_() {
            const { records_: kept, seen_: seen } = this
            const before = String(seen)
            for (const record of kept.common) seen[record] = kept.read(record)
            return before != seen
        }

        /** Takes what another page could not send at its end. */
        unsent_() {
            const { records_: kept } = this
            const events = cleanText(kept.read(UNSENT))
            if (events) kept.save(UNSENT, '')
            return events
        }

        /** The records as they were last seen; before them, what the page said of itself on which the visitor was first seen. */
        lines_() {
            const lines = this.seen_.map(cleanText)
            try {
                const { u, r } = this.stored_('$initial_person_info')
                lines[0] = objectText(page(u, r || ''))
            } catch {}
            return lines
        }

        /** What the records that were last seen say of something. */
        stored_(member) {
            return this.seen_.map((text) => membersOf(text)[member]).find(Boolean)
        }

        /** The id that the page's own hook gives a new visitor, if there is one that does. */
        deviceId_() {
            const id = safely(() => this.config.get_device_id?.(anonymousId()))
            return typeof id == 'string' ? id : ''
        }

        /** The id of a visitor whose core is on its way: the stored one, or one that the core is handed as if it were. */
        provisionalId_() {
            const id = this.stored_('distinct_id') || this.config.bootstrap?.distinctID
            if (id) return String(id)
            const record = { ...membersOf(this.seen_[SHARED]), distinct_id: this.deviceId_() || anonymousId() }
            this.seen_[SHARED] = JSON.stringify(record)
            return record.distinct_id
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
    for (const method in DESCRIPTIONS) {
        PostHog.prototype[method] = function (...given) {
            safely(() => {
                const [name, properties] = DESCRIPTIONS[method](...given)
                this.call_(DESCRIBE, this.page_(), plainText(name), membersText(properties))
            })
        }
    }

    return PostHog
}
