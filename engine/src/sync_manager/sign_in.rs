//! Who can sign in, and who has.

use domain::{
    Authority, Grant, GrantStanding, Label, PinAttempts, PinRefusal, Rejection, RejectionCode, Role, Scope, Scopes,
    StaffId, StaffStatus, Timestamp, TrustedMoment, Uptime,
};
use serde::Serialize;
use zeroize::Zeroizing;

use super::SyncManager;
use crate::command::{Refusal, RefusalCode};
use crate::io::Moment;
use crate::sign_in::{TrustedClock, UnlockError};

/// Somebody who works for the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/staff.ts")]
pub struct StaffView {
    pub staff_id: StaffId,
    pub display: Label,
    pub role: Role,
    pub active: bool,
    pub can_sign_in: bool,
}

/// Whoever has signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/staff.ts")]
pub struct SignedInView {
    pub staff_id: StaffId,
    pub display: Option<Label>,
    pub role: Role,
    /// What they may do now.
    pub scopes: Vec<Scope>,
    pub expires_at: Timestamp,
    /// The grant has ended: what guests need goes on, and no more.
    pub limited: bool,
}

impl SyncManager {
    /// Everybody who works here, in the roster's order, those who have left included.
    #[must_use]
    pub fn staff_list(&self) -> Vec<StaffView> {
        let sheet = self.db.sheet();
        let members = self.db.roster().into_iter().flat_map(|roster| &roster.staff);
        let view = |member: &domain::StaffMember| {
            let active = member.status == StaffStatus::Active;
            let can_sign_in = active && sheet.as_ref().is_some_and(|sheet| sheet.opens_for(&member.staff_id));
            let (staff_id, display) = (member.staff_id.clone(), member.display.clone());
            StaffView { staff_id, display, role: member.role, active, can_sign_in }
        };
        members.map(view).collect()
    }

    /// The device's grants as they are kept: sealed, each under a key that a PIN gives.
    #[must_use]
    pub fn kept_grants(&self) -> Option<String> {
        serde_json::to_string(&self.db.sheet()?).ok()
    }

    /// Whoever has signed in here, and what they may do at this moment.
    #[must_use]
    pub fn signed_in(&self, now: &Moment) -> Option<SignedInView> {
        let grant = self.signed_in.as_deref()?;
        let policy = self.db.policy().grants;
        let (holder, trusted) = (self.db.holder(grant)?, self.trusted(now));
        let revoked = self.db.revoked_at(&grant.staff_id).is_some_and(|since| since <= trusted.now);
        let scopes = if revoked { Scopes::NONE } else { grant.scopes_at(holder, trusted, policy) };
        let display = self.db.roster().and_then(|roster| roster.member(&grant.staff_id));
        Some(SignedInView {
            staff_id: grant.staff_id.clone(),
            display: display.map(|member| member.display.clone()),
            role: grant.role,
            scopes: scopes.iter().collect(),
            expires_at: grant.expires_at,
            limited: grant.standing(holder, trusted, policy) == GrantStanding::Expired,
        })
    }

    /// Whether whoever has signed in may see what takes this right. Where nobody is employed everybody may.
    pub(super) fn check_right(&self, now: &Moment, scope: Scope) -> Result<(), Refusal> {
        if !self.db.employs_staff() {
            return Ok(());
        }
        let not_signed_in = || Refusal::new(RefusalCode::NotSignedIn, "nobody is signed in on this device");
        let grant = self.signed_in.as_deref().ok_or_else(not_signed_in)?;
        let authority = Authority {
            actor: &grant.staff_id,
            scope: Some(scope),
            kind: scope.change_kind(),
            at: self.trusted(now).now,
            scopes: grant.scopes,
            standing: self.db.holder(grant).map_or(GrantStanding::Missing, |holder| {
                grant.standing_for(scope, holder, self.trusted(now), self.db.policy().grants)
            }),
            revoked_at: self.db.revoked_at(&grant.staff_id),
            approval: Err(Rejection::new(
                RejectionCode::ScopeMissing,
                "actor",
                format!("{} does not have the right {scope}", grant.staff_id),
            )),
        };
        Ok(authority.permits()?)
    }

    /// Counts an attempt that is about to be made; see [`PinAttempts::begin`].
    ///
    /// # Errors
    /// `PIN_LOCKED` with the wait, `PIN_BLOCKED`, `STAFF_UNKNOWN`.
    pub fn begin_pin(&self, attempts: &mut PinAttempts, staff_id: &StaffId, now: &Moment) -> Result<(), PinRefused> {
        let known = self.db.sheet().is_some_and(|sheet| sheet.opens_for(staff_id));
        if !known {
            return Err(PinRefused { refusal: unknown(staff_id), retry_after_ms: None });
        }
        let uptime = Uptime { boot_id: self.config.boot_id.clone(), mono_ms: now.mono_ms };
        let cred_epoch = self.db.cred_epoch(staff_id).unwrap_or(0);
        attempts.begin(staff_id, cred_epoch, &uptime).map_err(|refused| match refused {
            PinRefusal::Locked { wait_ms, everybody } => {
                let who = if everybody { "everybody" } else { staff_id.as_str() };
                let message = format!("too many PINs were wrong: {who} waits {} s", wait_ms.div_ceil(1_000));
                PinRefused { refusal: Refusal::new(RefusalCode::PinLocked, message), retry_after_ms: Some(wait_ms) }
            }
            PinRefusal::Blocked => {
                let message = format!("too many PINs were wrong: a manager must let {staff_id} try again");
                PinRefused { refusal: Refusal::new(RefusalCode::PinBlocked, message), retry_after_ms: None }
            }
        })
    }

    /// The token of somebody's grant and what it says, opened with their PIN. The attempt was counted before.
    ///
    /// # Errors
    /// `STAFF_UNKNOWN`, `PIN_WRONG`; `SCOPE_MISSING` where their rights were taken away; `GRANT_FOREIGN` or `GRANT_EXPIRED` where
    /// what the PIN opens is no grant for here, or of another PIN or role. One that has ended is good for limited mode.
    pub fn unlock(&self, staff_id: &StaffId, pin: &str, now: &Moment) -> Result<(Zeroizing<String>, Grant), Refusal> {
        let (sheet, pepper) = (self.db.sheet(), self.db.pepper());
        let enrolment = self.db.session().map(|session| &session.enrolment);
        let ((sheet, pepper), enrolment) = sheet.zip(pepper).zip(enrolment).ok_or_else(|| unknown(staff_id))?;
        let token = sheet.unlock(&enrolment.tenant_id, staff_id, pin, &pepper).map_err(|error| match error {
            UnlockError::Unknown => unknown(staff_id),
            UnlockError::WrongPin => Refusal::new(RefusalCode::PinWrong, "the PIN is another one"),
            UnlockError::Damaged => foreign(),
        })?;
        let grant = self.signed_grant(&token).filter(|grant| grant.staff_id == *staff_id).ok_or_else(foreign)?;
        self.admit(&grant, now)?;
        Ok((token, grant))
    }

    /// The grant that a token is, where somebody may sign in with it.
    ///
    /// # Errors
    /// As [`SyncManager::unlock`].
    pub fn grant_of(&self, token: &str, now: &Moment) -> Result<Grant, Refusal> {
        let grant = self.signed_grant(token).ok_or_else(foreign)?;
        self.admit(&grant, now)?;
        Ok(grant)
    }

    /// The grant that a token is; `None` where the server did not sign it for this device.
    fn signed_grant(&self, token: &str) -> Option<Grant> {
        self.db.sheet()?.grant_of(&self.db.session()?.enrolment.tenant_id, token)
    }

    /// Whether somebody may sign in at this moment with a grant whose signature was checked before.
    ///
    /// # Errors
    /// As [`SyncManager::unlock`].
    pub fn admit(&self, grant: &Grant, now: &Moment) -> Result<(), Refusal> {
        let trusted = self.trusted(now);
        if self.db.revoked_at(&grant.staff_id).is_some_and(|since| since <= trusted.now) {
            let message = format!("the rights of {} were taken away", grant.staff_id);
            return Err(Rejection::new(RejectionCode::ScopeMissing, "actor", message).into());
        }
        let holder = self.db.holder(grant).ok_or_else(foreign)?;
        match grant.standing(holder, trusted, self.db.policy().grants) {
            GrantStanding::Valid | GrantStanding::Expired => Ok(()),
            other @ (GrantStanding::NotYet
            | GrantStanding::Foreign(_)
            | GrantStanding::Superseded
            | GrantStanding::Missing) => Err(other.refusal().map_or_else(foreign, Refusal::from)),
        }
    }

    fn trusted(&self, now: &Moment) -> TrustedMoment {
        let (high_water, boot_id) = (self.db.clock().latest(), &self.config.boot_id);
        TrustedClock { high_water, anchor: self.anchor.as_ref(), boot_id }.moment(now.wall, now.mono_ms)
    }
}

/// A PIN that is not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinRefused {
    /// Why.
    pub refusal: Refusal,
    /// Milliseconds until it may be tried again, where waiting helps.
    pub retry_after_ms: Option<u64>,
}

fn unknown(staff_id: &StaffId) -> Refusal {
    Refusal::new(RefusalCode::StaffUnknown, format!("{staff_id} cannot sign in on this device"))
}

fn foreign() -> Refusal {
    Rejection::new(RejectionCode::GrantForeign, "actor.grant_id", "the grant is not the server's for here").into()
}
