/** Any object that JSON can write. */
export type Properties = Record<string, unknown>

/** Options of `init`. Others of posthog-js's may be given, and have no effect yet. */
export interface PostHogConfig {
    /** The address of your PostHog or collector. Default: `https://us.i.posthog.com`. */
    api_host: string
    /** Whether a `$pageview` is captured when the page is first seen. Default: true. */
    capture_pageview: boolean
    /** How events gather into batches. */
    request_queue_config: {
        /** Milliseconds from the first waiting event to its batch: 250 to 5000, default 3000. */
        flush_interval_ms?: number
    }
    /** So many events leave without waiting for more. Default: 100. */
    flush_at: number
    /** After so many failures in a row a page tries no more; what is left waits for the next. Default: no bound. */
    max_retries: number
    /** What waits for the server, at most. */
    outbox: {
        /** Default: 16777216. */
        max_bytes?: number
        /** Default: 10000. */
        max_events?: number
        /** Seconds after which an event is given up. Default: 604800. */
        max_age?: number
        /** `always` sends again what a page handed over at its end, though it most likely arrived. */
        resend?: 'always'
    }
    /** How much a page may capture. Default: 10000 events in a burst, then 100 a second. */
    rate_limiting: {
        events_per_second?: number
        events_burst_limit?: number
    }
    /** Told of what went wrong, in place of the console. */
    on_error: (error: { code: number; message: string; detail: string }) => void
    /** Called when the instance is ready. */
    loaded: (posthog: PostHog) => void
    /** Where the visitor is kept. Default: `localStorage+cookie`; `memory` keeps nothing. */
    persistence: 'localStorage+cookie' | 'localStorage' | 'cookie' | 'sessionStorage' | 'memory'
    /** Keeps nothing, as `persistence: 'memory'`. */
    disable_persistence: boolean
    /** Names what is kept; two instances of one token with two names are two visitors. */
    persistence_name: string
    /** Days after which cookies are forgotten. Default: 365. */
    cookie_expiration: number
    /** Whether subdomains share the cookies. Default: true, but for hosts whose domain is not the site's. */
    cross_subdomain_cookie: boolean
    /** Whether cookies go over HTTPS alone. Default: on a page that came over it. */
    secure_cookie: boolean
    /** What the cookie beside localStorage holds besides who the visitor is. */
    cookie_persisted_properties: string[]
    /** Which events make a person. Default: `identified_only`. */
    person_profiles: 'always' | 'identified_only' | 'never'
    /** Seconds without activity after which a session is over: 60 to 36000, default 1800. */
    session_idle_timeout_seconds: number
    /** What happens when another account logs in without a logout: `reset` (default) keeps them apart, `posthog` does as posthog-js does. */
    on_account_switch: 'reset' | 'posthog'
    /** Gives a visitor never seen before an id, which must be no other visitor's; `id` is what it would be. */
    get_device_id: (id: string) => string
    /** What the page's server knows of the visitor. */
    bootstrap: {
        distinctID?: string
        /** Whether that id is an account's. Default: false. */
        isIdentifiedID?: boolean
        sessionID?: string
    }
    /** The environments of the site, of which the page's host picks one. */
    environments: Record<string, Environment>
}

/** One environment of a site. Its options go over the common ones. */
export interface Environment extends Partial<PostHogConfig> {
    /** Its project's API key. */
    token: string
    /**
     * Its hosts, as `example.com`, `*.example.com` (any subdomain, not the domain itself) or
     * `localhost:3000`. The pattern that fits best counts; a host that no environment claims, or two
     * equally well, sends nothing.
     */
    hosts: string | string[]
}

/** Options of `capture`. */
export interface CaptureOptions {
    /** Sets properties of the person. */
    $set?: Properties
    /** Sets those properties of the person that it does not have. */
    $set_once?: Properties
    /** Removes properties of the person. */
    $unset?: string[]
    /** When it happened, if not now. */
    timestamp?: Date
}

/** An event, as it goes over the wire. */
export interface CaptureResult {
    readonly uuid: string
    readonly event: string
    readonly properties: Properties
    readonly $set?: Properties
    readonly $set_once?: Properties
    readonly $unset?: string[]
    readonly timestamp: Date
}

/** One instance: one project's events from this page. No method throws. */
export declare class PostHog {
    /** Whether `init` was accepted, and nothing has stopped the instance since. */
    readonly __loaded: boolean
    /** The version of this library. */
    readonly version: string
    /** The options of `init`, and the token. */
    readonly config: Partial<PostHogConfig> & { token?: string }
    /** `setPersonProperties`, for one property or several. */
    readonly people: {
        set(properties: Properties): void
        set(name: string, value: unknown): void
        set_once(properties: Properties): void
        set_once(name: string, value: unknown): void
    }

    /**
     * Starts the instance: `token` is your project's API key; with `environments` none is needed.
     * With a `name`, another instance of that name is made, and kept as a property of this one.
     */
    init(token: string | undefined, config?: Partial<PostHogConfig>, name?: string): PostHog
    init(config: Partial<PostHogConfig>, more?: Partial<PostHogConfig>, name?: string): PostHog

    /**
     * Captures an event, and returns it; undefined if it was refused, or while the core is still on
     * its way: where WebAssembly is missing or compiles late, and on a page that is prerendered.
     */
    capture(event: string, properties?: Properties | null, options?: CaptureOptions): CaptureResult | undefined

    /**
     * Says that the visitor is this account: what the anonymous visitor did before goes to it.
     * `set` and `setOnce` are properties of its person.
     */
    identify(id: string | number, set?: Properties, setOnce?: Properties): void

    /** Gives the visitor, or `original`, one more id. Two accounts that share one share a person. */
    alias(alias: string | number, original?: string | number): void

    /** Sets properties of the person: `set` always, `setOnce` those that it does not have. */
    setPersonProperties(set?: Properties | null, setOnce?: Properties | null): void

    /** Removes properties of the person. */
    unsetPersonProperties(names: string[]): void

    /** Makes a person of an anonymous visitor. */
    createPersonProfile(): void

    /** Puts the visitor into a group, until `reset` or `resetGroups`. */
    group(type: string, key: string | number, properties?: Properties): void

    /** Takes the visitor out of all groups. */
    resetGroups(): void

    /** Keeps an id and the hash that proves it, and makes it an alias of the visitor's. */
    setIdentity(id: string, hash: string): void

    /** Forgets the id and hash of `setIdentity`. */
    clearIdentity(): void

    /** Says that the account has logged out: from here on this is a new anonymous visitor. */
    reset(newDevice?: boolean | { resetDeviceID?: boolean }): void

    /** Whom events are captured for; undefined before `init`. */
    get_distinct_id(): string | undefined

    /** Captures nothing from here on, and forgets what waits. */
    opt_out_capturing(): void

    /** Captures again. */
    opt_in_capturing(): void

    /** Whether the visitor has opted out. */
    has_opted_out_capturing(): boolean

    /** Sends all that waits at once: how many events the server has taken, and how many still wait. */
    flush(): Promise<{ sent: number; pending: number }>

    /** Does the same, and stops; what still waits is kept for the next page. */
    shutdown(): Promise<{ sent: number; pending: number }>

    /** Makes a call `[method, …arguments]`, or calls a function. */
    push(call: [string, ...unknown[]] | (() => void)): void
}

/** The instance that most pages need. */
export declare const posthog: PostHog
export default posthog
