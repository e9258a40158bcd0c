//! One step of a world: something that its visitor, its site, its browser or its server does. Knows
//! how likely each is; must never know what comes of it.

use crate::event;
use crate::fault::Fault;
use crate::history::{Excuse, OFFENDER};
use crate::lifecycle::End;
use crate::page::State;
use crate::server::Mood;
use crate::world::{TABS, World};

/// What surrounds the events of a body.
const AROUND: usize = 30;
const HOUR: u64 = 3_600_000;

/// A kind of step.
#[derive(Clone, Copy, Debug)]
enum Step {
    Capture,
    Burst,
    CaptureAndGo,
    Moment,
    Seconds,
    Minutes,
    Hours,
    HideOrShow,
    Navigate,
    Close,
    Open,
    Back,
    Evict,
    KillRenderer,
    KillBrowser,
    Clock,
    Weather,
    Line,
    Flush,
}

const STEPS: [(Step, u64); 19] = [
    (Step::Capture, 30),
    (Step::Burst, 6),
    (Step::CaptureAndGo, 5),
    (Step::Moment, 22),
    (Step::Seconds, 24),
    (Step::Minutes, 4),
    (Step::Hours, 1),
    (Step::HideOrShow, 8),
    (Step::Navigate, 4),
    (Step::Close, 3),
    (Step::Open, 8),
    (Step::Back, 3),
    (Step::Evict, 1),
    (Step::KillRenderer, 2),
    (Step::KillBrowser, 1),
    (Step::Clock, 1),
    (Step::Weather, 8),
    (Step::Line, 2),
    (Step::Flush, 1),
];

impl World {
    /// Lets something happen.
    pub fn step(&mut self) {
        let tab = self.chance.below(TABS as u64) as usize;
        let step = self.chance.weighed(&STEPS);
        let page = self.tabs[tab].page;
        match (step, page) {
            (Step::Capture, Some(page)) => {
                self.capture(page);
                self.end_task(page);
            }
            (Step::Burst, Some(page)) => self.burst(page),
            (Step::CaptureAndGo, Some(page)) => self.capture_and_go(tab, page),
            (Step::HideOrShow, Some(page)) if self.pages[page].state == State::Shown => {
                self.hide(page, false);
                self.end_task(page);
            }
            (Step::HideOrShow, Some(page)) => self.show(page),
            (Step::Navigate, Some(_)) => {
                self.seen.add(Fault::Navigation);
                let keeps = self.chance.percent(40);
                self.navigate(tab, keeps);
            }
            (Step::Close, Some(_)) => {
                self.seen.add(Fault::TabClosed);
                self.close(tab);
            }
            (Step::Back, _) => self.back(tab),
            (Step::Open, None) => self.open(tab),
            (Step::Evict, _) if self.climate.has(Fault::Evicted) => self.evict(tab),
            (Step::KillRenderer, Some(page)) if self.climate.has(Fault::RendererKilled) => {
                self.seen.add(Fault::RendererKilled);
                self.end(page, End::RendererKilled);
            }
            (Step::KillBrowser, _) if self.climate.has(Fault::BrowserKilled) => self.kill(),
            (Step::Clock, _) => self.move_clock(),
            (Step::Weather, _) => self.change_weather(),
            (Step::Line, _) => self.change_line(),
            (Step::Flush, Some(page)) => {
                self.history.poked(self.now);
                self.task(page, |core, now| core.flush(now));
            }
            (Step::Minutes, _) => self.pass_within(5000, 180_000),
            (Step::Hours, _) => self.pass_within(180_000, 2 * HOUR),
            (Step::Seconds, _) => self.pass_within(100, 5000),
            _ => self.pass_within(0, 100),
        }
    }

    fn pass_within(&mut self, least: u64, most: u64) {
        let time = self.chance.within(least..=most);
        self.pass(time);
    }

    /// Several events in one task.
    fn burst(&mut self, page: usize) {
        let count = match self.chance.below(20) {
            0 => self.chance.within(50..=250),
            _ => self.chance.within(2..=20),
        };
        for _ in 0..count {
            self.capture(page);
        }
        self.end_task(page);
    }

    /// Events right before a page goes, and right after it was told, in one task.
    fn capture_and_go(&mut self, tab: usize, page: usize) {
        for _ in 0..self.chance.within(1..=3) {
            self.capture(page);
        }
        if self.chance.percent(50) {
            self.end_task(page);
        }
        if self.chance.percent(20) {
            self.hide(page, true);
            self.capture(page);
        }
        if self.chance.percent(50) {
            self.seen.add(Fault::Navigation);
            let keeps = self.chance.percent(30);
            self.navigate(tab, keeps);
        } else {
            self.seen.add(Fault::TabClosed);
            self.close(tab);
        }
    }

    /// A page captures an event.
    fn capture(&mut self, page: usize) {
        let number = self.history.events.len();
        let size = match self.chance.below(60) {
            0 => self.chance.within(2000..=30_000),
            1..=6 => self.chance.within(200..=2000),
            _ => self.chance.within(0..=100),
        };
        let padding = "x".repeat(size as usize);
        let mut properties = format!("{{\"n\":{number},\"padding\":\"{padding}\"");
        let (name, options) = match self.chance.below(100) {
            0..=4 => {
                let account = self.chance.pick(&["a", "b"]);
                let anonymous = self.chance.below(6);
                properties.push_str(&format!(
                    ",\"distinct_id\":\"{account}\",\"$anon_distinct_id\":\"anonymous-{anonymous}\""
                ));
                ("$identify", "{\"$set\":{\"a\":1}}")
            }
            5..=9 => ("$set", "{\"$set\":{\"a\":1}}"),
            10..=12 if self.climate.has(Fault::Refused400) => (OFFENDER, ""),
            _ => ("event", ""),
        };
        properties.push('}');
        let text = self.call_alone(page, |core, now| {
            core.capture(now, name, &properties, options)
        });
        if !text.is_empty() {
            let id = self.history.captured(page, &text);
            let is_large = text.len() + AROUND > self.climate.largest_body;
            let event = &mut self.history.events[id];
            if is_large {
                event.excuse = Some(Excuse::Refused);
            }
            debug_assert_eq!(event::uuid(&text), event.uuid);
            self.note(|| format!("page {page} captures {id} ({name}, {} bytes)", text.len()));
        }
        self.carry_out(page);
    }

    fn move_clock(&mut self) {
        if self.climate.has(Fault::ClockAhead) && self.chance.percent(50) {
            let longest = self.chance.pick(&[100_000, HOUR, 12 * HOUR]);
            let jump = self.chance.within(1000..=longest);
            self.seen.add(Fault::ClockAhead);
            self.ahead += jump as i64;
            self.note(|| format!("the clock jumps {jump} ahead"));
        } else if self.climate.has(Fault::ClockBack) {
            let longest = self.chance.pick(&[100_000, 2 * HOUR]);
            let jump = self.chance.within(1000..=longest);
            self.seen.add(Fault::ClockBack);
            self.ahead -= jump as i64;
            self.note(|| format!("the clock jumps {jump} back"));
        }
    }

    /// The server falls ill, or is well again.
    fn change_weather(&mut self) {
        let refusal = self.chance.pick(&[401, 403, 404]);
        let retry_after = self
            .chance
            .within(1..=self.chance.clone().pick(&[10, 120, 3600]))
            * 1000;
        let moods = [
            Mood::Says(refusal),
            Mood::Says(408),
            Mood::Says(500),
            Mood::Says(503),
            Mood::TooMany(retry_after),
            Mood::Hangs,
            Mood::Drops,
            Mood::Limited,
        ];
        let is_here = |mood: &&Mood| mood.fault().is_some_and(|fault| self.climate.has(fault));
        let moods: Vec<Mood> = moods.iter().filter(is_here).copied().collect();
        self.server.mood = if moods.is_empty() || self.chance.percent(50) {
            Mood::Well
        } else {
            self.chance.pick(&moods)
        };
        self.note(|| format!("server: {:?}", self.server.mood));
    }

    /// The line goes down, or is up again.
    fn change_line(&mut self) {
        if !self.climate.has(Fault::Offline) {
            return;
        }
        self.offline = !self.offline;
        self.note(|| format!("offline: {}", self.offline));
        if self.offline {
            self.seen.add(Fault::Offline);
        } else {
            self.go_online();
        }
    }

    /// Every page that runs learns that the line is up.
    pub fn go_online(&mut self) {
        self.history.poked(self.now);
        for page in 0..self.pages.len() {
            if self.pages[page].runs() {
                let seen = self.pages[page].state == State::Shown;
                self.task(page, |core, now| core.online(now, seen));
            }
        }
    }
}
