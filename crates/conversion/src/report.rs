//! What became of each part of a source.

use std::fmt;

/// What became of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It means the same as before.
    TakenOver,
    /// It is there, and means something a little different.
    Approximated,
    /// It is not there: somebody must decide.
    LeftOut,
}

impl Verdict {
    /// The heading above such parts.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::TakenOver => "taken over",
            Self::Approximated => "approximated",
            Self::LeftOut => "left out",
        }
    }
}

/// One part of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What became of it.
    pub verdict: Verdict,
    /// Where it stands: `services[2] (orders).plugins[0]`.
    pub place: String,
    /// What it became, or why it did not.
    pub note: String,
}

/// What became of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Every part, in the order of the source.
    pub entries: Vec<Entry>,
}

impl Report {
    pub(crate) fn taken(&mut self, place: &str, note: impl Into<String>) {
        self.add(Verdict::TakenOver, place, note);
    }

    pub(crate) fn approximated(&mut self, place: &str, note: impl Into<String>) {
        self.add(Verdict::Approximated, place, note);
    }

    pub(crate) fn left_out(&mut self, place: &str, note: impl Into<String>) {
        self.add(Verdict::LeftOut, place, note);
    }

    fn add(&mut self, verdict: Verdict, place: &str, note: impl Into<String>) {
        self.entries.push(Entry {
            verdict,
            place: place.to_owned(),
            note: note.into(),
        });
    }

    /// How many parts came to this.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.of(verdict).count()
    }

    /// The parts that came to this.
    pub fn of(&self, verdict: Verdict) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.verdict == verdict)
    }
}

/// For people: what needs a decision first, what was taken over as a number only.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for verdict in [Verdict::LeftOut, Verdict::Approximated] {
            if self.count(verdict) == 0 {
                continue;
            }
            writeln!(f, "{} ({}):", verdict.heading(), self.count(verdict))?;
            for entry in self.of(verdict) {
                writeln!(f, "  {}: {}", entry.place, entry.note)?;
            }
        }
        write!(
            f,
            "{} taken over, {} approximated, {} left out",
            self.count(Verdict::TakenOver),
            self.count(Verdict::Approximated),
            self.count(Verdict::LeftOut)
        )
    }
}
