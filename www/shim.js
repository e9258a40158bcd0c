// PostHog's API for a page: takes a call, turns what it was given into text,
// calls the core, and has done what the core asks. Decides nothing.

import { database } from './database.js'
import { activation, connect, device, entropy, moment, page, whenVisible, world } from './effects.js'
import { environmentAt } from './environments.js'
import { tell as tellCore } from './memory.js'
import {
    CAPTURE,
    CLAIM,
    CLAIMED,
    CONSENT,
    DESCRIBE,
    DISTINCT_ID,
    IDENTIFY,
    KEPT,
    OPEN,
    OWN,
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
    WAKE_AT,
    WINDOW,
} from './numbers.js'
import { lines, look, stored } from './seen.js'
import { records } from './stores.js'
import { cleanText, cookieText, eventObject, membersOf, membersText, objectText, plainText } from './text.js'

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
    'ph_anonymous_10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit) =>
        (digit ^ (entropy(1)[0] & (15 >> (digit / 4)))).toString(16),
    )

/** Properties given as an object, or as one name and its value. */
const properties = (name, value) => (typeof name == 'string' ? { [name]: value } : name)

/** The id that the page's own hook gives a new visitor, if there is one that does. */
const deviceId = (config) => {
    const id = safely(() => config.get_device_id?.(anonymousId()))
    return typeof id == 'string' ? id : ''
}

/** The id of a visitor whose core is on its way: the stored one, or one that the core is handed as if it were. */
const provisionalId = (config, seen) => {
    const id = stored(seen, 'distinct_id') || config.bootstrap?.distinctID
    if (id) return String(id)
    const record = { ...membersOf(seen[SHARED]), distinct_id: deviceId(config) || anonymousId() }
    seen[SHARED] = JSON.stringify(record)
    return record.distinct_id
}

/** The class, over a core that `boot` makes ready: at once, or when its promise is kept. */
export function postHogOver(boot) {
    /** True, or the promise that the core will be there. */
    let ready
    /** Whether a call into the core failed: then it may be asked nothing more, by no instance. */
    let failed

    return class PostHog {
        /** `stub` is what noted the calls before, if there was one. */
        constructor(stub) {
            /** The other instances, by their names. */
            const named = {}
            /** Calls, while the core is on its way. */
            const waiting = []
            /** What the core asks for and is not done yet, each with its fields between tabs. */
            const asked = []
            /** What `init` makes of the options. */
            let kept, base
            /** The records that others write, too, as they were last seen, by their numbers. */
            let seen
            /** What there is once the core is there. */
            let browser, instance, started
            /** The time and address noted with a queued call, while that is made. */
            let at, url

            const pageText = () => objectText({ ...page(url), time: moment(at) })

            /** From here on every call is without effect. */
            const stop = (why) => {
                this.__loaded = started = false
                if (why) warn(why)
            }

            /** Keeps a record, where it is not kept already, and notes it as seen, unless it was refused: then what is stored is no news. */
            const save = (record, text) => {
                if (record == STATE) return base.save(text)
                // posthog-js reads its window id as JSON.
                if (record > OWN) return kept.save(record, record == WINDOW ? plainText(text) : text)
                for (const place of [record, record - SHARED + SHARED_COOKIE]) {
                    const copy = place == SHARED_COOKIE ? cookieText(text, this.config.cookie_persisted_properties) : text
                    if (seen[place] == copy) continue
                    kept.save(place, copy)
                    if (kept.read(place) != seen[place]) seen[place] = copy
                }
            }

            /** Does what the core asks, while no call into it is under way. */
            const drain = () => {
                for (let line; (line = asked.shift()); ) {
                    const [kind, number, text, more] = line.split('\t')
                    if (kind == SAVE) save(number, text)
                    else if (kind <= SEND_LAST) browser.send(number, text, more, kind == SEND_LAST)
                    else if (kind == WAKE_AT) browser.wakeAt(number)
                    else if (kind == OPEN) base.open((state) => call(KEPT, cleanText(state)))
                    else if (kind == CLAIM) base.claim(text, +number, (holder) => call(CLAIMED, text, holder))
                    else warn((DEBUG ? more : `error ${number} (docs/errors.md)`) + ': ' + text)
                }
            }

            /** Tells the core, or keeps the call for it; does what it then asks, and returns its answer. */
            const call = (what, ...given) => {
                if (!this.__loaded || failed) return
                if (!started) {
                    // A login or logout is never the one too many.
                    if (what != CAPTURE || waiting.length < WAITING_CALLS) waiting.push([what, ...given])
                    return
                }
                try {
                    const tell = (what, given) => {
                        const answers = tellCore([instance, what, Date.now(), ...given].join('\n')).split('\n')
                        const answer = answers.pop()
                        asked.push(...answers)
                        return answer
                    }
                    // Another tab, or posthog-js, may have written since.
                    if (what != START && look(seen, kept)) tell(SYNC, lines(seen))
                    const answer = tell(what, given)
                    if (what == START && !(instance = answer)) stop()
                    drain()
                    return answer
                } catch (error) {
                    failed = true
                    stop(error)
                }
            }

            /** Takes what another page could not send at its end, unless nothing would come of it here either. */
            const takeOver = () => {
                const events = cleanText(kept.read(UNSENT))
                if (!events || !started || failed) return
                kept.save(UNSENT, '')
                call(TAKE_OVER, events)
            }

            /** The core is there: starts an instance, makes the calls that waited, tells the page. */
            const start = () => {
                const { config } = this
                try {
                    const provisional = seen[SHARED]
                    look(seen, kept)
                    // An id that was given out counts, unless another was stored since.
                    const id = stored(seen, 'distinct_id')
                    if (!id) seen[SHARED] = provisional
                    const state = [
                        plainText(String(entropy(16))),
                        plainText(config.token),
                        plainText(kept.read(CONSENT)),
                        cleanText(kept.window()),
                        plainText(id ? '' : deviceId(config)),
                        objectText(config),
                        objectText(device()),
                        cleanText(kept.read(TAB)),
                        pageText(),
                        ...lines(seen),
                    ]
                    // Who the visitor is, the next call reads: what changes now may be half written.
                    browser = connect(call, takeOver)
                    started = true
                    call(START, ...state)
                    takeOver()
                    for (const given of waiting.splice(0)) call(...given)
                } catch (error) {
                    stop(error)
                }
                if (!this.__loaded) return
                kept.stay()
                if (config.capture_pageview !== false) whenVisible(() => this.capture('$pageview'))
                safely(() => config.loaded?.(this))
            }

            const init = (token, config, name) => {
                if (name && name != 'posthog') {
                    const other = (named[name] ||= new PostHog(stub?.[name]))
                    // A method of this instance keeps its place.
                    if (!(name in this)) this[name] = other
                    return other.init(token, config)
                }
                if (this.__loaded) return warn('init was called before: this call has no effect')
                const options = (this.config = typeof token == 'object' ? { ...token, ...config } : { ...config, token })
                const { environments } = options
                if (environments) Object.assign(options, environmentAt(world.location, environments) || { token: '' })
                for (const name of ['token', 'api_host']) options[name] = options[name]?.trim?.()
                kept = records(options)
                base = database(kept.own)
                seen = ['', '', '', '', '']
                look(seen, kept)
                this.__loaded = true
                ready ||= boot() || true
                const shown = activation()
                if (ready === true && !shown) start()
                else Promise.all([ready, shown]).then(start, () => stop('it could not be loaded'))
                for (const call of stub?.splice(0) || []) this.push(call)
                for (const [method, ...given] of stub?.people || []) this.people[method]?.(...given)
            }

            /** Says something of a person or a group, by an event. */
            const describe = (name, properties) => {
                call(DESCRIBE, pageText(), plainText(name), membersText(properties))
            }

            const methods = {
                capture: (name, properties, options) => {
                    const event = call(CAPTURE, pageText(), plainText(name), objectText(properties), objectText(options))
                    return event ? eventObject(event) : undefined
                },
                identify: (id, $set, $set_once) => {
                    call(IDENTIFY, pageText(), plainText(id), membersText({ $set, $set_once }))
                },
                alias: (alias, distinct_id) => describe('$create_alias', { alias, distinct_id }),
                setPersonProperties: ($set, $set_once) => describe('$set', { $set, $set_once }),
                unsetPersonProperties: ($unset) => describe('$set', { $unset }),
                createPersonProfile: () => describe('$person', { $set: {} }),
                group: ($group_type, $group_key, $group_set) => describe('$groupidentify', { $group_type, $group_key, $group_set }),
                resetGroups: () => describe('$groups', {}),
                reset: (options) => {
                    this.clearIdentity()
                    const fresh = options === true || options?.resetDeviceID
                    call(RESET, fresh ? 'true' : '', plainText(deviceId(this.config)))
                },
                setIdentity: (id, hash) => {
                    this.config.identity_distinct_id = id
                    this.config.identity_hash = hash
                    if (id) this.alias(id)
                },
                clearIdentity: () => this.setIdentity(),
                get_distinct_id: () => {
                    if (this.__loaded) return started ? JSON.parse(call(DISTINCT_ID)) : provisionalId(this.config, seen)
                },
                /** Makes a call `[method, …arguments]` that was queued, as of the time and address noted with it. */
                push: (queued) => {
                    // An array of PostHog's own snippet has a method of that name.
                    at = +queued.at
                    url = queued.url
                    try {
                        if (typeof queued == 'function') queued()
                        else this[queued[0]]?.(...queued.slice(1))
                    } finally {
                        at = url = undefined
                    }
                },
            }
            for (const name of Object.keys(methods)) this[name] = (...given) => safely(() => methods[name](...given))
            this.init = (...given) => safely(() => init(...given)) || this
            this.toString = () => 'posthog'
            this.people = {
                set: (name, value) => this.setPersonProperties(properties(name, value)),
                set_once: (name, value) => this.setPersonProperties(null, properties(name, value)),
            }
            this.config = {}
            this.version = VERSION
            this.__loaded = false
            this.__SV = 1
        }
    }
}
