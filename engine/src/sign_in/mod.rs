//! Signing in without a connection: a PIN opens a grant that is on the device already.
//!
//! The server sends a device its grants and, for each, the hash of the person's PIN. Neither is kept: the device seals each
//! grant under a key that it makes from the hash and from a secret of its own, the pepper, and keeps beside it only what a PIN
//! is checked against. Whoever is to act under a grant must give the PIN; there is nothing to be flipped that would do instead.
//! What comes of it is the grant, whose signature is then checked against the server's keys.

mod grant_box;
mod hash;
mod session;

pub use grant_box::{KeptSheet, Pepper, UnlockError};
pub(crate) use session::TrustedClock;
pub use session::{ApproverGrant, Giver};
