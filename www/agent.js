// What a user agent string says. Knows the names that PostHog gives browsers and systems
// (user-agent-utils.ts); never guesses beyond them.

/** Marks of browsers, the more particular ones first: the mark, the name of the browser that has it, and what its version follows, if it is not the mark: the end, if it tells none. */
const BROWSERS = `OPR/|Opera
Opera Mini|Opera Mini
SamsungBrowser/|Samsung Internet
Edge/|Microsoft Edge
Edg/|Microsoft Edge
FBIOS|Facebook Mobile|$
UCBrowser|UC Browser
CriOS|Chrome iOS
FxiOS|Firefox iOS
Firefox|Firefox
Chrome|Chrome
Android|Android Mobile
Mobile|Mobile Safari|Version
Safari|Safari|Version
MSIE|Internet Explorer
Trident|Internet Explorer|rv:`

/** Marks of systems, in the same way. */
const SYSTEMS = `Windows|Windows|Windows NT
iPhone|iOS|OS
iPad|iOS|OS
Android|Android
CrOS|Chrome OS|$
Mac OS|Mac OS X|Mac OS X
Linux|Linux|$`

/** What is sold as a Windows of another number than its own. */
const WINDOWS = { '10.0': '10', 6.3: '8.1', 6.1: '7' }

/** The properties of an event that follow from a user agent. */
export function agentProperties(agent = '') {
    const has = (mark) => agent.includes(mark)
    const named = (table) => {
        for (const line of table.split('\n')) {
            const [mark, name, before = mark] = line.split('|')
            // Apple writes dots as underscores.
            if (has(mark)) return [name, RegExp(before + '/?\\s*([\\d._]*)').exec(agent)?.[1].replace(/_/g, '.')]
        }
        return []
    }
    const [$browser, version] = named(BROWSERS)
    const [$os, number] = named(SYSTEMS)
    const mobile = has('Mobile')
    // An app that runs on an iPad as on an iPhone names both.
    const device = ['iPad', 'iPhone', 'Android'].find(has)
    const tablet = device == 'iPad' || (device == 'Android' && !mobile)
    return {
        $browser,
        $browser_version: version >= '1' ? parseFloat(version) : undefined,
        $os,
        // Three parts, or nothing where browsers hide the version.
        $os_version: $os == 'Windows' ? WINDOWS[number] : /\d+\.\d+\.\d+/.exec(number + '.0')?.[0],
        $device: tablet && device == 'Android' ? 'Android Tablet' : device,
        $device_type: tablet ? 'Tablet' : device || mobile ? 'Mobile' : 'Desktop',
    }
}
