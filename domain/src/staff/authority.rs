//! Whether somebody may do something, before they do it and after they did.
//!
//! A device asks first ([`Authority::permits`]): nothing has happened yet, so what is not allowed is not done. The server
//! hears of it afterwards ([`Authority::judge`]), perhaps days later, and cannot undo what happened in the room: money that was
//! taken, food that was cooked and hours that were worked are kept whoever did it, and flagged. What gives money away or
//! changes the past waits for a person, or is refused where nobody with the right stood behind it.

use super::{GrantStanding, Scope, Scopes};
use crate::finding::{Finding, FindingCode};
use crate::ids::StaffId;
use crate::rejection::{Rejection, RejectionCode};
use crate::time::Timestamp;

/// What refusing a change afterwards would mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Money, food or hours that have happened: refusing them makes the books wrong.
    Fact,
    /// A refund, a comp, a void after fire, a reopening, an amendment: it can wait for a person.
    Privileged,
}

/// What there is to know about somebody's right to a change.
#[derive(Debug, Clone)]
pub struct Authority<'a> {
    /// Who makes the change.
    pub actor: &'a StaffId,
    /// The right that it takes; `None` where everybody who is signed in may.
    pub scope: Option<Scope>,
    /// What it is; [`Scope::change_kind`] says it of what a right allows.
    pub kind: ChangeKind,
    /// When, corrected.
    pub at: Timestamp,
    /// The rights that the actor's grant names.
    pub scopes: Scopes,
    /// How that grant stood at that time; [`Grant::standing_for`](super::Grant::standing_for) where a right is needed.
    pub standing: GrantStanding,
    /// Since when the actor's rights are taken away, where they are.
    pub revoked_at: Option<Timestamp>,
    /// What [`check_approval`](super::check_approval) came to; it counts only where the actor lacks the right.
    pub approval: Result<(), Rejection>,
}

/// What the server makes of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It counts.
    Allowed,
    /// It counts, and somebody should look.
    AllowedFlagged(Finding),
    /// It is kept, and has no effect until a person decides.
    Held(Finding),
    /// It is refused, and kept with its reason where it came from.
    Refused(Rejection),
}

impl Authority<'_> {
    /// Whether the change may be made: asked on the device, before anything has happened.
    ///
    /// # Errors
    /// `SCOPE_MISSING`, `GRANT_EXPIRED` or `GRANT_FOREIGN`; where somebody may lend the right, `APPROVAL_REQUIRED` or
    /// `APPROVAL_INVALID`.
    pub fn permits(&self) -> Result<(), Rejection> {
        if self.is_revoked() {
            let message = format!("the rights of {} were taken away", self.actor);
            return Err(Rejection::new(RejectionCode::ScopeMissing, "actor", message));
        }
        let limited = self.scope.is_none_or(|scope| Scopes::LIMITED.contains(scope));
        match self.standing.refusal() {
            None => {}
            Some(_) if self.standing == GrantStanding::Expired && limited => {}
            Some(refusal) => return Err(refusal),
        }
        self.check_right()
    }

    /// What the change comes to: asked on the server, after it has happened.
    #[must_use]
    pub fn judge(&self) -> Judgement {
        if self.is_revoked() {
            let message = format!("{} acted after their rights were taken away", self.actor);
            return self.doubtful(Finding::new(FindingCode::ActorRevoked, message));
        }
        if let Some(refusal) = self.standing.refusal() {
            // Nobody comes by another person's or device's grant in good faith.
            if self.kind == ChangeKind::Privileged && matches!(self.standing, GrantStanding::Foreign(_)) {
                return Judgement::Refused(refusal);
            }
            let message = format!("{} acted, and {}", self.actor, refusal.message);
            return self.doubtful(Finding::new(FindingCode::GrantNotValid, message));
        }
        match (self.check_right(), self.kind) {
            (Ok(()), ChangeKind::Fact | ChangeKind::Privileged) => Judgement::Allowed,
            (Err(rejection), ChangeKind::Privileged) => Judgement::Refused(rejection),
            (Err(rejection), ChangeKind::Fact) => {
                let message = format!("{} acted without the right: {}", self.actor, rejection.message);
                Judgement::AllowedFlagged(Finding::new(FindingCode::GrantNotValid, message))
            }
        }
    }

    fn is_revoked(&self) -> bool {
        self.revoked_at.is_some_and(|revoked_at| revoked_at <= self.at)
    }

    fn doubtful(&self, finding: Finding) -> Judgement {
        match self.kind {
            ChangeKind::Fact => Judgement::AllowedFlagged(finding),
            ChangeKind::Privileged => Judgement::Held(finding),
        }
    }

    fn check_right(&self) -> Result<(), Rejection> {
        let Some(scope) = self.scope else { return Ok(()) };
        if self.scopes.contains(scope) {
            return Ok(());
        }
        if scope.may_be_lent() {
            return self.approval.clone();
        }
        let message = format!("{} does not have the right {scope}", self.actor);
        Err(Rejection::new(RejectionCode::ScopeMissing, "actor", message))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::staff::test_staff::{at, roster};
    use crate::staff::{GrantBinding, Role};

    fn unapproved() -> Result<(), Rejection> {
        Err(Rejection::new(RejectionCode::ApprovalRequired, "approval", "somebody must approve this"))
    }

    fn authority(actor: &StaffId, scope: Scope) -> Authority<'_> {
        Authority {
            actor,
            scope: Some(scope),
            kind: scope.change_kind(),
            at: at("2026-10-31T21:00:00Z"),
            scopes: Role::Server.scopes(),
            standing: GrantStanding::Valid,
            revoked_at: None,
            approval: unapproved(),
        }
    }

    fn told(judgement: &Judgement) -> String {
        match judgement {
            Judgement::Allowed => "allowed".to_owned(),
            Judgement::AllowedFlagged(finding) => format!("flagged {}", finding.code.as_str()),
            Judgement::Held(finding) => format!("held {}", finding.code.as_str()),
            Judgement::Refused(rejection) => rejection.code.as_str().to_owned(),
        }
    }

    #[test]
    fn v10_the_sale_of_somebody_whose_rights_were_taken_away_is_kept_and_flagged_and_their_refund_waits() {
        let roster = roster();
        let gwen = roster.member(&"stf_gwen".parse().unwrap()).unwrap();
        let acts = |scope| Authority { revoked_at: gwen.revoked_at, ..authority(&gwen.staff_id, scope) };
        assert_eq!(told(&acts(Scope::PaymentCash).judge()), "flagged ACTOR_REVOKED");
        assert_eq!(told(&acts(Scope::RefundCreate).judge()), "held ACTOR_REVOKED");
        let before = Authority { at: at("2026-10-31T19:59:59Z"), ..acts(Scope::PaymentCash) };
        assert_eq!(before.judge(), Judgement::Allowed, "what she did before counts as ever");
        let that_moment = Authority { at: at("2026-10-31T20:00:00Z"), ..acts(Scope::PaymentCash) };
        assert_eq!(told(&that_moment.judge()), "flagged ACTOR_REVOKED");
        assert_eq!(
            acts(Scope::PaymentCash).permits().map_err(|refused| refused.code),
            Err(RejectionCode::ScopeMissing)
        );
    }

    #[test]
    fn under_a_grant_that_did_not_hold_facts_are_kept_and_flagged_and_the_rest_waits() {
        let mara = "stf_mara".parse().unwrap();
        for standing in
            [GrantStanding::NotYet, GrantStanding::Expired, GrantStanding::Superseded, GrantStanding::Missing]
        {
            let acts = |scope| Authority { standing, scopes: Role::Admin.scopes(), ..authority(&mara, scope) };
            assert_eq!(told(&acts(Scope::PaymentCash).judge()), "flagged GRANT_NOT_VALID");
            assert_eq!(told(&acts(Scope::LineComp).judge()), "held GRANT_NOT_VALID");
        }
        let standing = GrantStanding::Foreign(GrantBinding::Device);
        let acts = |scope| Authority { standing, scopes: Role::Admin.scopes(), ..authority(&mara, scope) };
        assert_eq!(told(&acts(Scope::PaymentCash).judge()), "flagged GRANT_NOT_VALID");
        assert_eq!(told(&acts(Scope::LineComp).judge()), "GRANT_FOREIGN");
    }

    #[test]
    fn somebody_without_the_right_needs_an_approval_where_it_may_be_lent_and_cannot_where_it_may_not() {
        let mara = "stf_mara".parse().unwrap();
        assert_eq!(told(&authority(&mara, Scope::LineVoidSent).judge()), "APPROVAL_REQUIRED");
        let approved = |scope| Authority { approval: Ok(()), ..authority(&mara, scope) };
        assert_eq!(approved(Scope::LineVoidSent).judge(), Judgement::Allowed);
        assert_eq!(approved(Scope::LineVoidSent).permits(), Ok(()));
        assert_eq!(told(&approved(Scope::StaffManage).judge()), "SCOPE_MISSING");
        let lead = Authority { scopes: Role::ShiftLead.scopes(), ..authority(&mara, Scope::LineVoidSent) };
        assert_eq!(lead.judge(), Judgement::Allowed, "who has the right needs nobody");
    }

    #[test]
    fn cash_taken_without_the_right_is_cash_all_the_same() {
        let tomas = "stf_tomas".parse().unwrap();
        let cook = Authority { scopes: Role::LineCook.scopes(), ..authority(&tomas, Scope::PaymentCash) };
        assert_eq!(told(&cook.judge()), "flagged GRANT_NOT_VALID");
        assert_eq!(
            cook.permits().map_err(|refused| refused.code),
            Err(RejectionCode::ScopeMissing),
            "but not beforehand"
        );
    }

    #[test]
    fn in_limited_mode_the_room_is_served_and_nothing_is_given_away() {
        let mara = "stf_mara".parse().unwrap();
        let ended = |scope, role: Role| {
            let acts = Authority { standing: GrantStanding::Expired, scopes: role.scopes(), ..authority(&mara, scope) };
            acts.permits().map_err(|refused| refused.code)
        };
        assert_eq!(ended(Scope::PaymentCash, Role::Server), Ok(()));
        assert_eq!(ended(Scope::LineComp, Role::Manager), Err(RejectionCode::GrantExpired));
        assert_eq!(ended(Scope::PaymentCash, Role::LineCook), Err(RejectionCode::ScopeMissing));
        let standing = GrantStanding::Foreign(GrantBinding::Staff);
        let foreign = Authority { standing, ..authority(&mara, Scope::PaymentCash) };
        assert_eq!(foreign.permits().map_err(|refused| refused.code), Err(RejectionCode::GrantForeign));
        let anyone = Authority { scope: None, scopes: Scopes::NONE, ..authority(&mara, Scope::PaymentCash) };
        assert_eq!((anyone.permits(), anyone.judge()), (Ok(()), Judgement::Allowed));
    }

    fn standings() -> impl Strategy<Value = GrantStanding> {
        proptest::sample::select(vec![
            GrantStanding::Valid,
            GrantStanding::NotYet,
            GrantStanding::Expired,
            GrantStanding::Superseded,
            GrantStanding::Missing,
            GrantStanding::Foreign(GrantBinding::Tenant),
        ])
    }

    proptest! {
        #[test]
        fn a_fact_is_never_dropped_and_what_a_device_may_do_is_never_refused_afterwards(
            scope in proptest::option::of(proptest::sample::select(Scope::ALL.to_vec())),
            privileged in any::<bool>(),
            role in proptest::sample::select(Role::ALL.to_vec()),
            standing in standings(),
            revoked in proptest::option::of(-2_i64..3),
            approved in any::<bool>(),
        ) {
            let mara = "stf_mara".parse().unwrap();
            let base = authority(&mara, Scope::PaymentCash);
            let kind = if privileged { ChangeKind::Privileged } else { ChangeKind::Fact };
            let asked = Authority {
                scope,
                kind,
                scopes: role.scopes(),
                standing,
                revoked_at: revoked.map(|hours| base.at.after(hours * 3_600_000)),
                approval: if approved { Ok(()) } else { unapproved() },
                ..base
            };
            let judgement = asked.judge();
            if kind == ChangeKind::Fact {
                prop_assert!(matches!(judgement, Judgement::Allowed | Judgement::AllowedFlagged(_)));
            } else {
                prop_assert!(!matches!(judgement, Judgement::AllowedFlagged(_)), "trust is not given by halves");
            }
            if asked.permits().is_ok() {
                prop_assert!(!matches!(judgement, Judgement::Refused(_)));
            }
            if judgement == Judgement::Allowed {
                prop_assert_eq!(asked.permits(), Ok(()));
            }
        }
    }
}
