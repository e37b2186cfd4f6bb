//! How long a request takes.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

const LONGEST: u64 = 60_000;

/// Milliseconds, the same for all requests or anywhere between two bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    min: u64,
    max: u64,
}

/// What is wrong with the text of a latency.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLatency {
    /// One of the bounds.
    #[error("`{0}` is not a number of milliseconds: write 130, or 80..160")]
    NotANumber(String),
    /// The bounds are the wrong way round.
    #[error("the range ends before it begins: write {1}..{0}")]
    Backwards(u64, u64),
    /// Beyond what the parser takes.
    #[error("{0} ms is more than the {LONGEST} ms that anyone would wait")]
    TooLong(u64),
}

impl Latency {
    /// The same for all requests.
    #[must_use]
    pub const fn fixed(milliseconds: u64) -> Self {
        Self { min: milliseconds, max: milliseconds }
    }

    /// That of the slowest request.
    #[must_use]
    pub const fn max(self) -> u64 {
        self.max
    }

    /// That of the next request.
    #[must_use]
    pub fn next(self) -> Duration {
        Duration::from_millis(fastrand::u64(self.min..=self.max))
    }

    /// Slower.
    #[must_use]
    pub fn doubled(self) -> Self {
        Self { min: (self.min * 2).clamp(1, LONGEST), max: (self.max * 2).clamp(1, LONGEST) }
    }

    /// Faster.
    #[must_use]
    pub const fn halved(self) -> Self {
        Self { min: self.min / 2, max: self.max / 2 }
    }
}

impl FromStr for Latency {
    type Err = BadLatency;

    fn from_str(text: &str) -> Result<Self, BadLatency> {
        let number = |part: &str| match part.trim().parse() {
            Ok(number) if number > LONGEST => Err(BadLatency::TooLong(number)),
            Ok(number) => Ok(number),
            Err(_) => Err(BadLatency::NotANumber(part.to_owned())),
        };
        let (min, max) = text.split_once("..").unwrap_or((text, text));
        let (min, max) = (number(min)?, number(max)?);
        if min > max { Err(BadLatency::Backwards(min, max)) } else { Ok(Self { min, max }) }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min == self.max { write!(f, "{} ms", self.min) } else { write!(f, "{} to {} ms", self.min, self.max) }
    }
}

#[cfg(test)]
mod tests {
    use super::{BadLatency, Latency};

    #[test]
    fn it_is_a_number_or_a_range() {
        assert_eq!("130".parse(), Ok(Latency::fixed(130)));
        assert_eq!("80..160".parse(), Ok(Latency { min: 80, max: 160 }));
    }

    #[test]
    fn what_is_wrong_with_it_is_named() {
        assert_eq!("fast".parse::<Latency>(), Err(BadLatency::NotANumber("fast".to_owned())));
        assert_eq!("-1".parse::<Latency>(), Err(BadLatency::NotANumber("-1".to_owned())));
        assert_eq!("9..5".parse::<Latency>(), Err(BadLatency::Backwards(9, 5)));
        assert_eq!("99999".parse::<Latency>(), Err(BadLatency::TooLong(99_999)));
    }
}
