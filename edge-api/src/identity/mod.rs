//! Staff: their PINs, which are never kept, and the signed grants under which they act where nobody can be asked.

mod pin;
mod sheet;
mod signing_keys;
mod verifier;

pub(crate) use pin::Pin;
pub(crate) use sheet::{SheetStanding, is_renewal_due, renew_if_due, unsealed};
pub use signing_keys::SigningKeys;
pub use verifier::SealingKey;
pub(crate) use verifier::{Owner, seal};
