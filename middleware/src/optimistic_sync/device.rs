//! Who sends a request.

use std::fmt;

/// Identifies the sender of a request to the server: 128 bits, random by default.
///
/// A server that keeps the highest intent number per key *and device* can refuse a late request. The default is new
/// with every middleware, so numbers may start again with each run of the program; a server that keeps marks over
/// that needs nothing else. An [outbox](super::Outbox) keeps the device over all runs.
///
/// ```
/// use foregone_middleware::DeviceId;
///
/// let device = DeviceId::random();
/// assert_eq!(device.to_string().len(), 32);
/// assert_eq!(DeviceId::from(7).to_string(), "00000000000000000000000000000007");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DeviceId(u128);

impl DeviceId {
    /// A new one. Not for secrets.
    #[must_use]
    pub fn random() -> Self {
        Self(fastrand::u128(..))
    }
}

impl From<u128> for DeviceId {
    fn from(id: u128) -> Self {
        Self(id)
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
