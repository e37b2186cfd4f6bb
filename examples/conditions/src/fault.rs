//! What can go wrong on the way to the server and back.

use std::fmt;
use std::str::FromStr;

/// What befalls a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// 503: not done, and it says so.
    Unavailable,
    /// Done, and the answer never arrives.
    Lost,
    /// 403: not done, and never will be.
    Refused,
    /// Not done, and no answer.
    Hang,
}

/// One kind of fault, and how many requests in a row it befalls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What befalls them.
    pub kind: FaultKind,
    /// How many, from 1.
    pub requests: u32,
}

/// One after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

/// What is wrong with the text of a fault.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFault {
    /// No such kind.
    #[error("there is no fault `{0}`: use 503, lost, 403 or hang")]
    NoSuchFault(String),
    /// What follows the `x`.
    #[error("`{0}` is not a number of requests: write 503x3 for three")]
    NotANumber(String),
    /// It would befall none.
    #[error("a fault that befalls 0 requests is none: write at least 1, or `none` as the only word")]
    Zero,
}

impl FromStr for Fault {
    type Err = BadFault;

    fn from_str(text: &str) -> Result<Self, BadFault> {
        let (kind, requests) = match text.split_once('x') {
            Some((kind, requests)) => (kind, requests.parse().map_err(|_| BadFault::NotANumber(requests.to_owned()))?),
            None => (text, 1),
        };
        let kind = match kind {
            "503" => FaultKind::Unavailable,
            "lost" => FaultKind::Lost,
            "403" => FaultKind::Refused,
            "hang" => FaultKind::Hang,
            other => return Err(BadFault::NoSuchFault(other.to_owned())),
        };
        if requests == 0 { Err(BadFault::Zero) } else { Ok(Self { kind, requests }) }
    }
}

impl FromStr for Faults {
    type Err = BadFault;

    fn from_str(text: &str) -> Result<Self, BadFault> {
        if text == "none" {
            return Ok(Self(Vec::new()));
        }
        text.split(',').map(|fault| fault.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, requests } = self;
        let what = match kind {
            FaultKind::Unavailable => "answered 503",
            FaultKind::Lost => "done, but the answer lost",
            FaultKind::Refused => "refused",
            FaultKind::Hang => "never answered",
        };
        match requests {
            1 => write!(f, "one request is {what}"),
            _ => write!(f, "{requests} requests are {what}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BadFault, Fault, FaultKind, Faults};

    #[test]
    fn each_has_a_kind_and_a_number_of_requests() {
        let faults: Faults = "503x3,lost".parse().unwrap();
        let unavailable = Fault { kind: FaultKind::Unavailable, requests: 3 };
        assert_eq!(faults.0, [unavailable, Fault { kind: FaultKind::Lost, requests: 1 }]);
        assert_eq!("none".parse(), Ok(Faults(Vec::new())));
    }

    #[test]
    fn what_is_wrong_with_it_is_named() {
        assert_eq!("404".parse::<Faults>(), Err(BadFault::NoSuchFault("404".to_owned())));
        assert_eq!("".parse::<Faults>(), Err(BadFault::NoSuchFault(String::new())));
        assert_eq!("503xmany".parse::<Faults>(), Err(BadFault::NotANumber("many".to_owned())));
        assert_eq!("lostx0".parse::<Faults>(), Err(BadFault::Zero));
    }
}
