//! A batch from the core to the server, and the answer back. Knows what a network can do to both,
//! and the mistakes that can be made on the way; must never know which event is whose.

use crate::agenda::{Answer, Due};
use crate::event;
use crate::fault::Fault;
use crate::history::Violation;
use crate::mutation::Mutation;
use crate::network::{Fate, Request};
use crate::page::{Later, State};
use crate::server::Batch;
use crate::world::World;

/// A browser waits no longer for an answer.
const TIMEOUT: u64 = 60_000;

impl World {
    /// A core sends a batch.
    pub fn send(&mut self, page: usize, number: u32, body: &str, last: bool) {
        let mut texts: Vec<String> = event::of_body(body).into_iter().map(String::from).collect();
        self.falsify(page, &mut texts);
        let mut events = Vec::new();
        for text in &texts {
            let event = self.history.meet(page, text);
            self.history.attempted(self.now, page, event);
            events.push(event);
        }
        if last {
            // Its page cannot wait for what is under way.
            let awaited = &self.pages[page].awaited;
            for request in &self.requests {
                if request.page == page && awaited.contains_key(&request.number) {
                    for event in &request.events {
                        self.history.events[*event].raced = true;
                    }
                }
            }
        }
        self.note(|| {
            format!(
                "page {page} sends {number}: {events:?}{}",
                if last { " (last)" } else { "" }
            )
        });
        let offends = events
            .iter()
            .any(|event| self.history.events[*event].offends);
        let fate = self.fate();
        self.pages[page].awaited.insert(number, self.now);
        self.requests.push(Request {
            page,
            number,
            events,
            bytes: body.len(),
            offends,
            last,
            left: false,
            over: false,
            orphaned: false,
            fate,
        });
        let request = self.requests.len() - 1;
        if last {
            self.leave(request);
        } else {
            // Compressed, off the page's critical path.
            let at = self.now + self.chance.below(20);
            self.agenda.plan(at, Due::Leave { request });
        }
    }

    fn fate(&mut self) -> Fate {
        if self.healing {
            let mut seen = self.seen;
            let calm = crate::climate::Climate::calm();
            return Fate::of(&calm, &mut self.chance, &mut seen);
        }
        Fate::of(&self.climate, &mut self.chance, &mut self.seen)
    }

    /// The mistakes that a shell can make with a batch.
    fn falsify(&mut self, page: usize, texts: &mut [String]) {
        let was_sent = |text: &String| {
            let event = self.history.events.get(self.id(text));
            event.is_some_and(|event| !event.attempts.is_empty())
        };
        match self.mutation {
            Some(Mutation::ReorderedOnRetry) if texts.iter().any(was_sent) => texts.reverse(),
            Some(Mutation::Restamped) => {
                for text in texts.iter_mut().filter(|text| was_sent(text)) {
                    *text = text.replace("\"timestamp\":\"1", "\"timestamp\":\"2");
                }
            }
            Some(Mutation::ForgottenBeforeAnswer) => {
                let name = self.pages[page].name;
                let events = &mut self.database.events;
                events.retain(|(page, _), event| *page != name || !texts.contains(event));
            }
            _ => {}
        }
    }

    /// A request leaves its page, if it has not yet.
    pub fn leave(&mut self, request: usize) {
        let at = &mut self.requests[request];
        if at.left || at.over {
            return;
        }
        at.left = true;
        let (page, number, fate) = (at.page, at.number, at.fate);
        let none = Due::Answer {
            page,
            number,
            answer: Answer::NONE,
        };
        let lost = fate.lost || self.offline;
        let notices = if lost && (fate.noticed || self.offline) {
            fate.there
        } else {
            TIMEOUT
        };
        self.agenda.plan(self.now + notices, none);
        if lost {
            self.requests[request].over = true;
            return;
        }
        self.agenda
            .plan(self.now + fate.there, Due::Arrive { request });
        if let Some(again) = fate.again {
            let at = self.now + fate.there + again;
            self.agenda.plan(at, Due::Arrive { request });
        }
    }

    /// A request reaches the server.
    pub fn arrive(&mut self, request: usize) {
        if self.requests[request].orphaned {
            return;
        }
        let Request {
            page,
            number,
            ref events,
            bytes,
            offends,
            fate,
            ..
        } = self.requests[request];
        let events = events.clone();
        let reply = self.server.reply(Batch { bytes, offends });
        self.note(|| format!("server: request {number} of page {page}: {reply:?}"));
        if let Some(fault) = self.server.mood.fault() {
            self.seen.add(fault);
        }
        match reply.answer {
            Some(answer) if answer.status == 400 => self.seen.add(Fault::Refused400),
            Some(answer) if answer.status == 413 => self.seen.add(Fault::TooLarge413),
            _ => {}
        }
        for event in events.iter().filter(|_| reply.stores) {
            self.history.events[*event].arrivals += 1;
            let arrivals = self.history.events[*event].arrivals;
            let is_unproven = self.history.events[*event].unproven;
            if arrivals > 1 && self.climate.is_faultless() && !is_unproven {
                self.history.blame(Violation::Copied(*event));
            }
            let new = self.server.store(*event) || self.is(Mutation::NoDeduplication);
            self.history.stored(*event, page, new);
        }
        self.requests[request].over = true;
        let (answer, after) = match reply.answer {
            Some(answer) if !fate.unanswered => (answer, fate.back),
            None if !reply.drops => return,
            _ if fate.noticed => (Answer::NONE, fate.back),
            _ => return,
        };
        let due = Due::Answer {
            page,
            number,
            answer,
        };
        self.agenda.plan(self.now + after, due);
    }

    /// A page learns of an answer, if it still waits for it.
    pub fn answer(&mut self, page: usize, number: u32, mut answer: Answer) {
        let at = &mut self.pages[page];
        match at.state {
            State::Gone => return,
            State::Frozen => return at.later.push(Later::Answer { number, answer }),
            State::Shown | State::Hidden => {}
        }
        if at.awaited.remove(&number).is_none() {
            return;
        }
        at.succeeded = answer.status == 200 && !answer.limited;
        at.proven |= at.succeeded;
        let failed = !at.succeeded;
        for request in self
            .requests
            .iter()
            .filter(|at| at.page == page && at.number == number)
        {
            for event in request.events.iter().filter(|_| failed) {
                self.history.events[*event].in_doubt = None;
            }
        }
        if matches!(answer.status, 400 | 413) {
            // Halves are tried at once.
            self.history.poked(self.now);
        }
        if self.is(Mutation::DroppedOn403) && matches!(answer.status, 401 | 403 | 404) {
            answer = Answer::status(200);
        }
        self.note(|| format!("page {page} is answered {number}: {answer:?}"));
        self.task(page, |core, now| core.answered(now, number, answer));
    }

    /// What becomes of a page's requests when it is gone.
    pub fn orphan(&mut self, page: usize, gently: bool) {
        for request in self
            .requests
            .iter_mut()
            .filter(|at| at.page == page && !at.over)
        {
            let survives = if gently {
                request.outlives()
            } else {
                request.left && self.chance.percent(50)
            };
            request.orphaned = !survives;
            request.over = !survives;
        }
    }

    /// What is still being compressed leaves as it is.
    pub fn hurry(&mut self, page: usize) {
        for request in 0..self.requests.len() {
            if self.requests[request].page == page {
                self.leave(request);
            }
        }
    }
}
