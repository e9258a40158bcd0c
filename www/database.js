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

/** So many transactions of a page are under way at once; what is asked meanwhile waits for the next. */
const MOST_TRANSACTIONS = 4

/** The database of that name, opened when it is first needed. `told` hears when more events are kept than before. */
export function database(name, told) {
    const { IDBKeyRange } = world
    /** By which name this page keeps its events. */
    let page
    let opening
    /** What is asked in this task: what to do, and whom to tell that it is committed, or is not. */
    let asked
    let flying = 0
    /** The records of events that are not all forgotten: the first's sequence, all of them, and how many are. */
    let records = []
    /** That of this task. */
    let record
    /** How many events were to be kept, and how many of them are, one after the other. */
    let keeps = 0
    let kept = 0

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
        flying++
        try {
            const transaction = (await open()).transaction(STORES, 'readwrite', { durability: 'relaxed' })
            done = new Promise((committed, failed) => {
                transaction.oncomplete = committed
                transaction.onabort = failed
            })
            const goesOn = asked.map(([work]) => work((store) => transaction.objectStore(store)))
            if (!goesOn.includes(true)) transaction.commit?.()
            done = await done.then(() => true)
        } catch {
            done = false
        }
        flying--
        // One that fails is not to take the others with it.
        if (!done && asked[1]) asked.forEach((one) => commit([one]))
        else for (const [, told] of asked) told?.(done)
        told()
        begin()
    }

    /** Begins the next transaction, unless too many are under way: one after the other is what they are anyway. */
    const begin = () => {
        if (!asked || flying >= MOST_TRANSACTIONS) return
        const now = asked
        asked = record = 0
        commit(now)
    }

    /** Has something done with the stores, with all that is asked for in this task. */
    const ask = (work, told) => {
        if (!asked) {
            asked = []
            Promise.resolve().then(begin)
        }
        asked.push([work, told])
    }

    return {
        /** So many events are kept of those it was asked to keep, one after the other. */
        committed: () => kept,
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
                    // One that is told to commit is undone by any failure.
                    return true
                },
                (done) => told(done ? request.result : undefined),
            )
        },
        /** Keeps an event: those of one task are one record, which costs a page less than one for each. */
        keep(sequence, event) {
            keeps++
            if (!record || sequence != record.at + record.events.length) {
                const made = (record = { at: sequence, events: [], gone: 0 })
                const before = keeps - 1
                records.push(made)
                ask(
                    (store) => store('events').put(made.events, [page, sequence]),
                    (done) => done && kept == before && (kept += made.events.length),
                )
            }
            record.events.push(event)
        },
        /** Forgets the events of this page of some sequences: a record, when all of it is. */
        forget(first, last) {
            records = records.filter((one) => {
                const { at, events } = one
                const gone = Math.min(last + 1, at + events.length) - Math.max(first, at)
                if (gone <= 0) return true
                // Nothing is added any more to what may be gone.
                if (one == record) record = 0
                one.gone += gone
                if (one.gone < events.length) return true
                ask((store) => store('events').delete([page, at]))
            })
        },
        /** Forgets the events of all pages. */
        clear() {
            ask((store) => {
                store('events').clear()
                store('tabs').clear()
            })
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
                        const all = IDBKeyRange.bound([other], [other, []])
                        events.openCursor(all).onsuccess = ({ target }) => {
                            const cursor = target.result
                            if (!cursor) return
                            const { key, value } = cursor
                            const left = [].concat(value).filter((event, at) => key[1] + at > (done[other] || 0))
                            cursor.delete()
                            if (left[0]) {
                                const at = first + taken.length
                                events.put(left, [page, at])
                                records.push({ at, events: left, gone: 0 })
                                tabs.put([page, Math.max(own || 0, now() + LEASE_MS)], page)
                                taken.push(...left)
                            }
                            cursor.continue()
                        }
                    }
                    tabs.getAll().onsuccess = ({ target }) => {
                        const seen = { [page]: true }
                        for (const [other, until] of target.result) {
                            if (other == page) own = until
                            else if (other in done || until < now() || until > now() + LONGEST_LEASE_MS) tabs.delete(other)
                            else {
                                seen[other] = true
                                if (!(next < until)) next = until
                            }
                        }
                        events.getAllKeys().onsuccess = ({ target }) => {
                            for (const [other] of target.result) {
                                // One that has no lease is gone as well.
                                if (!seen[other]) take(other)
                                seen[other] = true
                            }
                        }
                    }
                    return true
                },
                (done) => told(done ? taken : [], next || 0, own > 0 || !done),
            )
        },
    }
}
