//! By which a server knows a command again.

use std::fmt;

/// Identifies one command to the server, over all attempts at it: 128 bits, random by default.
///
/// A server that keeps the answers it gave, by this key, runs a command once however often it arrives. Over HTTP, it is
/// usually sent as the header `Idempotency-Key`.
///
/// ```
/// use foregone_middleware::IdempotencyKey;
///
/// assert_eq!(IdempotencyKey::random().to_string().len(), 32);
/// assert_eq!(IdempotencyKey::from(7).to_string(), "00000000000000000000000000000007");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct IdempotencyKey(u128);

impl IdempotencyKey {
    /// A new one. Not for secrets.
    #[must_use]
    pub fn random() -> Self {
        Self(fastrand::u128(..))
    }
}

impl From<u128> for IdempotencyKey {
    fn from(key: u128) -> Self {
        Self(key)
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
