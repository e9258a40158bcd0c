//! Named mistakes, each of which a shell, a browser or a server around the core could make, or has
//! made in some analytics library. Knows their names; the world makes them, the core is the same.

use std::fmt;

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// What is to be kept is said to be committed, and is not there.
    NotKept,
    /// What others have kept is adopted whatever their leases say.
    NoLease,
    /// A lease is written once, and never again.
    LeaseNeverRenewed,
    /// Who adopts something has a new lease, which is shorter than the last.
    LeaseShortened,
    /// What was kept after its page's lease was taken away is adopted by nobody.
    OrphansLeft,
    /// Last words are heard by pages that open or are shown, but not by those that adopt.
    WordsHeardLate,
    /// The server stores a copy as another event.
    NoDeduplication,
    /// What is sent again is sent in another order.
    ReorderedOnRetry,
    /// A batch that was refused for its key counts as delivered.
    DroppedOn403,
    /// What is sent is forgotten before the server has answered.
    ForgottenBeforeAnswer,
    /// What is adopted is deleted there and put nowhere.
    AdoptionMoves,
    /// What is adopted is put here and stays there.
    AdoptionCopies,
    /// A batch that is sent again gets another time.
    Restamped,
    /// Last words are not written.
    NoLastWords,
    /// Last words that were taken over stay where they are.
    LastWordsStay,
    /// What was delivered stays where it is.
    NeverForgotten,
    /// An event is put twice, under two sequences.
    KeptTwice,
    /// All that a dying page handed over counts as delivered.
    DoubtIgnored,
    /// Every page claims that nothing may be kept, and its shell keeps it.
    ConsentIgnored,
    /// A failed request is tried again without a pause.
    NoPause,
}

impl Mutation {
    pub const ALL: [Mutation; 20] = [
        Mutation::NotKept,
        Mutation::NoLease,
        Mutation::LeaseNeverRenewed,
        Mutation::LeaseShortened,
        Mutation::OrphansLeft,
        Mutation::WordsHeardLate,
        Mutation::NoDeduplication,
        Mutation::ReorderedOnRetry,
        Mutation::DroppedOn403,
        Mutation::ForgottenBeforeAnswer,
        Mutation::AdoptionMoves,
        Mutation::AdoptionCopies,
        Mutation::Restamped,
        Mutation::NoLastWords,
        Mutation::LastWordsStay,
        Mutation::NeverForgotten,
        Mutation::KeptTwice,
        Mutation::DoubtIgnored,
        Mutation::ConsentIgnored,
        Mutation::NoPause,
    ];

    /// The one of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> Result<Self, String> {
        let mut all = Mutation::ALL.into_iter();
        let found = all.find(|mutation| mutation.to_string() == name);
        found.ok_or_else(|| format!("{name:?} is no mistake"))
    }
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mutation::NotKept => "no commit before the page dies",
            Mutation::NoLease => "no lease",
            Mutation::LeaseNeverRenewed => "lease never renewed",
            Mutation::LeaseShortened => "lease shortened by an adoption",
            Mutation::OrphansLeft => "adoption by leases alone",
            Mutation::WordsHeardLate => "last words heard late",
            Mutation::NoDeduplication => "no dedupe at the server",
            Mutation::ReorderedOnRetry => "reorder on retry",
            Mutation::DroppedOn403 => "drop on 403",
            Mutation::ForgottenBeforeAnswer => "forget before the answer",
            Mutation::AdoptionMoves => "adoption deletes, but does not put",
            Mutation::AdoptionCopies => "adoption puts, but does not delete",
            Mutation::Restamped => "timestamp moves on retry",
            Mutation::NoLastWords => "no last words",
            Mutation::LastWordsStay => "last words not erased",
            Mutation::NeverForgotten => "nothing forgotten",
            Mutation::KeptTwice => "kept twice",
            Mutation::DoubtIgnored => "in doubt counts as delivered",
            Mutation::ConsentIgnored => "consent ignored",
            Mutation::NoPause => "no back-off",
        })
    }
}
