//! Who works here and what they may do, also when nobody can be asked.
//!
//! The server signs a [`Grant`] for a person on a device; a PIN only unlocks a grant that is already there. A grant ends, and
//! then the till goes on in limited mode. A manager lends a right for one mutation ([`Approval`]). Somebody whose rights were
//! taken away while a device was offline cannot be stopped by it: what they did is a fact and is kept, and what asks for
//! trust waits for a person ([`Authority`]).

mod approval;
mod authority;
mod grant;
mod limits;
mod pin_attempts;
mod role;
mod roster;
mod scope;
mod trusted_time;

pub use self::approval::{Approval, ApprovalAsk, ApprovalMethod, check_approval};
pub use self::authority::{Authority, ChangeKind, Judgement};
pub use self::grant::{Grant, GrantBinding, GrantHolder, GrantPolicy, GrantStanding};
pub use self::limits::StaffLimits;
pub use self::pin_attempts::{PinAttempts, PinRefusal, Uptime};
pub use self::role::Role;
pub use self::roster::{ACTIVE_MAX, STAFF_MAX, StaffMember, StaffRoster, StaffStatus};
pub use self::scope::{Scope, ScopeError, Scopes};
pub use self::trusted_time::{Anchored, TrustedMoment, trusted_now};

#[cfg(test)]
mod test_staff;
