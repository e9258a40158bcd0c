// PostHog's API for a page: takes a call, turns what it was given into text,
// calls the core, and has done what the core asks. Decides nothing.

import { activation, entropy, whenVisible, world } from './effects.js'
import { environmentAt } from './environments.js'
import { instance } from './instance.js'
import { CAPTURE, CONSENT, DESCRIBE, DISTINCT_ID, IDENTIFY, RESET, SHARED } from './numbers.js'
import { stored } from './seen.js'
import { eventObject, membersOf, membersText, objectText, parse, plainText } from './text.js'

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
    seen[SHARED] = objectText(record)
    return record.distinct_id
}

/** The class, over a core that `boot` makes ready: at once, or when its promise is kept. */
export function postHogOver(boot) {
    /** True, or the promise that the core will be there. */
    let ready

    return class PostHog {
        /** `stub` is what noted the calls before, if there was one. */
        constructor(stub) {
            /** The other instances, by their names. */
            const named = {}
            /** What the last accepted `init` made. */
            let made
            /** The time and address noted with a queued call, while that is made. */
            let at, url

            const call = (...given) => made?.call(...given)
            const here = () => made?.here(at, url) || []

            /** From here on every call is without effect. */
            const stopped = (why) => {
                this.__loaded = false
                if (why) warn(why)
            }

            /** Tells the site's developer what the core reports. */
            const report = (number, detail, text) => {
                const { on_error } = this.config
                const message = DEBUG ? text : `error ${number} (docs/errors.md)`
                if (typeof on_error == 'function') safely(() => on_error({ code: +number, message, detail }))
                else warn(message + ': ' + detail)
            }

            /** The core is there: starts the instance, and tells the page. */
            const start = () => {
                made.start()
                if (!this.__loaded) return
                if (this.config.capture_pageview !== false) whenVisible(() => this.capture('$pageview'))
                safely(() => this.config.loaded?.(this))
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
                made = instance(options, () => deviceId(this.config), stopped, report)
                this.__loaded = true
                ready ||= boot() || true
                const shown = activation()
                if (ready === true && !shown) start()
                else Promise.all([ready, shown]).then(start, () => made.stop('it could not be loaded'))
                for (const call of stub?.splice(0) || []) this.push(call)
                for (const [method, ...given] of stub?.people || []) this.people[method]?.(...given)
            }

            /** Says something of a person or a group, by an event. */
            const describe = (name, properties) => {
                call(DESCRIBE, ...here(), plainText(name), membersText(properties))
            }

            const methods = {
                capture: (name, properties, options) => {
                    const event = call(CAPTURE, ...here(), plainText(name), objectText(properties), objectText(options))
                    return event ? eventObject(event) : undefined
                },
                identify: (id, $set, $set_once) => {
                    call(IDENTIFY, ...here(), plainText(id), membersText({ $set, $set_once }))
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
                    if (!this.__loaded) return
                    return made.isReady() ? parse(call(DISTINCT_ID)) : provisionalId(this.config, made.seen)
                },
                /** What waits for the server is forgotten, and nothing is captured from here on. */
                opt_out_capturing: () => {
                    made?.kept.save(CONSENT, 0)
                    made?.optOut()
                },
                opt_in_capturing: () => {
                    made?.kept.save(CONSENT, 1)
                    if (made && !this.__loaded) this.init(this.config)
                },
                has_opted_out_capturing: () => made?.kept.read(CONSENT) == 0,
                flush: () => made?.flush() || Promise.resolve({ sent: 0, pending: 0 }),
                shutdown: () =>
                    this.flush().then((left) => {
                        made?.stop()
                        return left
                    }),
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
