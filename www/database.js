// The one place that is exclusive across tabs, and survives a kill of the browser: IndexedDB. Knows
// its stores and how it fails; whatever happens to it, nothing here throws, and no question stays open.

import { now, world } from './effects.js'
import { parse } from './text.js'

/** All that later releases will need: the version is never raised, for an old page would block it. */
const STORES = ['events', 'claims', 'tabs', 'state']

/** A lease that would last longer is of another clock. */
const LONGEST_LEASE_MS = 600000

/** How long a page's outbox is its own when it has just adopted something. */
const LEASE_MS = 10000

/** The database of that name, opened when it is first needed. `committed` is told how many events it was asked to keep, and keeps. */
export function database(name, committed) {
    const { IDBKeyRange } = world
    /** By which name this page keeps its events. */
    let page
    let opening
    /** What is asked in this task: what to do, and whom to tell that it is committed, or is not. */
    let asked
    /** How many events were to be kept, how many of them are, one after the other, and how many that was said of. */
    let keeps = 0
    let kept = 0
    let said = 0

    const open = () =>
        (opening ||= new Promise((opened, failed) => {
            const request = world.indexedDB.open(name, 1)
            request.onupgradeneeded = () => STORES.forEach((store) => request.result.createObjectStore(store))
            request.onerror = failed
            request.onsuccess = () => {
                const made = request.result
                // Somebody deletes it, or the browser has closed it: the next question opens it again.
                made.onversionchange = made.onclose = () => (opening = made.close())
                opened(made)
            }
        }))

    /** Does what was asked, in one transaction: of all stores, so that no claim is kept before the state that it was asked for after. */
    const commit = async (asked) => {
        let done
        try {
            const transaction = (await open()).transaction(STORES, 'readwrite', { durability: 'relaxed' })
            done = new Promise((committed, failed) => {
                transaction.oncomplete = committed
                transaction.onabort = failed
            })
            for (const [work] of asked) work((store) => transaction.objectStore(store))
            done = await done.then(() => true)
        } catch {
            // One that fails is not to take the others with it.
            if (asked[1]) return asked.forEach((one) => commit([one]))
            done = false
        }
        for (const [, told] of asked) told?.(done)
        if (kept > said) committed((said = kept))
    }

    /** Has something done with the stores, with all that is asked for in this task. */
    const ask = (work, told) => {
        if (!asked) {
            asked = []
            Promise.resolve().then(() => {
                commit(asked)
                asked = 0
            })
        }
        asked.push([work, told])
    }

    /** A page's events from one sequence to another. */
    const range = (page, first, last, open) => IDBKeyRange.bound([page, first], [page, last], open)

    return {
        /** Tells the newest state, if there is one, and whether the database works. */
        open(name, told) {
            page = +name
            let request
            ask(
                (store) => (request = store('state').getAll()),
                (done) => told(done && request.result.pop(), done),
            )
        },
        /** Keeps a state by its epoch, and no older one. */
        save(text) {
            const { epoch } = parse(text)
            ask((store) => {
                store('state').delete(IDBKeyRange.upperBound(epoch, true))
                store('state').put(text, epoch)
            })
        },
        /** Claims an anonymous id, and tells which account holds it. */
        claim(id, account, told) {
            let request
            ask(
                (store) => {
                    const claims = store('claims')
                    // The first claim stays: to add a second fails, and is to undo nothing.
                    claims.add(account, id).onerror = (event) => event.preventDefault()
                    request = claims.get(id)
                },
                (done) => told(done ? request.result : undefined),
            )
        },
        /** Keeps an event. */
        keep(sequence, event) {
            const number = ++keeps
            ask(
                (store) => store('events').put(event, [page, sequence]),
                (done) => done && kept == number - 1 && (kept = number),
            )
        },
        /** Forgets the events of this page of some sequences. */
        forget(first, last) {
            ask((store) => store('events').delete(range(page, first, last)))
        },
        /** Notes until when they are this page's. */
        lease(until) {
            ask((store) => store('tabs').put([page, until], page))
        },
        /** Makes those of pages that are gone this page's; tells them, when the next lease of another ends, and whether the own one is there. */
        adopt(first, gone, told) {
            /** Up to which sequence the events of each page have arrived that is gone for certain. */
            const done = Object.fromEntries(gone.split(',').map((pair) => pair.split(' ')))
            const taken = []
            let next, own
            ask(
                (store) => {
                    const tabs = store('tabs')
                    const events = store('events')
                    const take = (other) => {
                        tabs.delete(other)
                        events.getAll(range(other, +done[other] || 0, [], true)).onsuccess = ({ target }) => {
                            events.delete(range(other, 0, []))
                            for (const event of target.result) {
                                events.put(event, [page, first + taken.length])
                                taken.push(event)
                            }
                            if (taken.length) tabs.put([page, now() + LEASE_MS], page)
                        }
                    }
                    tabs.getAll().onsuccess = ({ target }) => {
                        for (const [other, until] of target.result) {
                            if (other == page) own = true
                            else if (other in done || until < now() || until > now() + LONGEST_LEASE_MS) take(other)
                            else if (!(next < until)) next = until
                        }
                    }
                },
                (done) => told(done ? taken : [], next || 0, own || !done),
            )
        },
    }
}
