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
    /** Called when the instance is ready. */
    loaded: (posthog: PostHog) => void
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

    /**
     * Starts the instance: `token` is your project's API key. With a `name`, another instance of
     * that name is made, and kept as a property of this one.
     */
    init(token: string, config?: Partial<PostHogConfig>, name?: string): PostHog

    /**
     * Captures an event, and returns it; undefined if it was refused, or while the core is still
     * on its way (only where WebAssembly is missing).
     */
    capture(event: string, properties?: Properties | null, options?: CaptureOptions): CaptureResult | undefined

    /**
     * Says that the visitor is this account: what the anonymous visitor did before goes to it.
     * `set` and `setOnce` are properties of its person.
     */
    identify(id: string | number, set?: Properties, setOnce?: Properties): void

    /** Says that the account has logged out: from here on this is a new anonymous visitor. */
    reset(newDevice?: boolean | { resetDeviceID?: boolean }): void

    /** Whom events are captured for; undefined before `init`. */
    get_distinct_id(): string | undefined

    /** Makes a call `[method, …arguments]`, or calls a function. */
    push(call: [string, ...unknown[]] | (() => void)): void
}

/** The instance that most pages need. */
export declare const posthog: PostHog
export default posthog
