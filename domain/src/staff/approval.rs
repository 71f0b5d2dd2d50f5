//! A manager's approval: one right, lent for one mutation.

use serde::{Deserialize, Serialize};

use super::{Grant, GrantStanding, Scope};
use crate::ids::{GrantId, MutationId, StaffId};
use crate::limits::Label;
use crate::rejection::{Rejection, RejectionCode};
use crate::schema::{Upcaster, Versioned};
use crate::time::Timestamp;

/// An approval, inside the mutation that it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Who lends the right.
    pub approver: StaffId,
    /// The grant that their PIN unlocked.
    pub grant_id: GrantId,
    /// The right.
    pub scope: Scope,
    /// The one mutation that it is lent for.
    pub mutation_id: MutationId,
    /// Why.
    pub reason: Label,
    /// When, by the device's clock.
    pub at: Timestamp,
    /// How they showed that it was them.
    pub method: ApprovalMethod,
}

/// How an approver showed that it was them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ApprovalMethod {
    /// By their PIN, on the device.
    Pin,
}

impl Versioned for Approval {
    const NAME: &'static str = "approval";
    const UPCASTERS: &'static [Upcaster] = &[];
}

/// What an approval must be good for.
#[derive(Debug, Clone, Copy)]
pub struct ApprovalAsk<'a> {
    /// The mutation to be approved.
    pub mutation_id: MutationId,
    /// Who makes it.
    pub actor: &'a StaffId,
    /// The right that it takes.
    pub scope: Scope,
    /// The approver's grant with the id that the approval names, where it is known.
    pub approver_grant: Option<&'a Grant>,
    /// How that grant stands for the approver, the right and the moment of the approval.
    pub approver_standing: GrantStanding,
    /// Whether the tenant lets people approve what they do themselves; by default not.
    pub self_approval: bool,
}

/// Whether an approval is good for what is asked.
///
/// # Errors
/// `APPROVAL_REQUIRED` where there is none; `APPROVAL_INVALID` where it is for another mutation or right, by the actor, or by
/// somebody whose grant is unknown, did not hold, or does not give the right.
pub fn check_approval(approval: Option<&Approval>, ask: ApprovalAsk<'_>) -> Result<(), Rejection> {
    let Some(approval) = approval else {
        let message = format!("somebody with the right {} must approve this", ask.scope);
        return Err(Rejection::new(RejectionCode::ApprovalRequired, "approval", message));
    };
    let invalid = |field: &str, message: String| {
        Err(Rejection::new(RejectionCode::ApprovalInvalid, format!("approval.{field}"), message))
    };
    if approval.mutation_id != ask.mutation_id {
        return invalid("mutation_id", "the approval is for another mutation".to_owned());
    }
    if approval.scope != ask.scope {
        return invalid("scope", format!("the approval lends {}, and this takes {}", approval.scope, ask.scope));
    }
    if approval.approver == *ask.actor && !ask.self_approval {
        return invalid("approver", "nobody approves what they do themselves".to_owned());
    }
    let its_grant = |grant: &&Grant| grant.grant_id == approval.grant_id && grant.staff_id == approval.approver;
    let Some(grant) = ask.approver_grant.filter(its_grant) else {
        return invalid("grant_id", format!("{} approved under a grant that is not theirs", approval.approver));
    };
    if let Some(refusal) = ask.approver_standing.refusal() {
        return invalid("grant_id", format!("{} could not approve: {}", approval.approver, refusal.message));
    }
    if !grant.scopes.contains(ask.scope) {
        return invalid("scope", format!("{} does not have the right {}", approval.approver, ask.scope));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staff::test_staff::{Person, at, grant};
    use crate::staff::{GrantPolicy, Role};

    struct Scene {
        approval: Approval,
        grant: Grant,
        mutation_id: MutationId,
        actor: StaffId,
        scope: Scope,
        self_approval: bool,
    }

    /// Mara voids a sent line at 21:00Z, and Odell, a manager, approves.
    fn scene() -> Scene {
        let (grant, moment) = (grant("stf_odell", Role::Manager), at("2026-10-31T21:00:00Z"));
        let mutation_id = MutationId::new(moment, [1; 10]);
        let approval = Approval {
            approver: "stf_odell".parse().unwrap(),
            grant_id: grant.grant_id,
            scope: Scope::LineVoidSent,
            mutation_id,
            reason: Label::try_from("fell on the floor".to_owned()).unwrap(),
            at: moment,
            method: ApprovalMethod::Pin,
        };
        let actor = "stf_mara".parse().unwrap();
        Scene { approval, grant, mutation_id, actor, scope: Scope::LineVoidSent, self_approval: false }
    }

    fn checked(edit: impl FnOnce(&mut Scene)) -> Result<(), (RejectionCode, String, String)> {
        let mut scene = scene();
        edit(&mut scene);
        let approver = Person::new(scene.approval.approver.as_str());
        let policy = GrantPolicy::default();
        let standing = scene.grant.standing_for(scene.scope, approver.holder(), scene.approval.at.into(), policy);
        let ask = ApprovalAsk {
            mutation_id: scene.mutation_id,
            actor: &scene.actor,
            scope: scene.scope,
            approver_grant: Some(&scene.grant),
            approver_standing: standing,
            self_approval: scene.self_approval,
        };
        check_approval(Some(&scene.approval), ask).map_err(|refused| (refused.code, refused.field, refused.message))
    }

    fn invalid(edit: impl FnOnce(&mut Scene)) -> String {
        let (code, field, message) = checked(edit).expect_err("the approval is not good");
        assert_eq!(code, RejectionCode::ApprovalInvalid);
        assert!(!message.is_empty());
        field
    }

    #[test]
    fn a_managers_approval_is_good_for_the_mutation_that_it_names_and_for_no_other() {
        assert_eq!(checked(|_| {}), Ok(()));
        let other = |scene: &mut Scene| scene.mutation_id = MutationId::new(scene.approval.at, [2; 10]);
        assert_eq!(invalid(other), "approval.mutation_id");
    }

    #[test]
    fn an_approval_lends_one_right_only() {
        assert_eq!(invalid(|scene| scene.scope = Scope::RefundCreate), "approval.scope");
    }

    #[test]
    fn nobody_approves_their_own_unless_the_tenant_lets_them() {
        let own = |scene: &mut Scene| scene.actor = scene.approval.approver.clone();
        assert_eq!(invalid(own), "approval.approver");
        assert_eq!(
            checked(|scene| {
                own(scene);
                scene.self_approval = true;
            }),
            Ok(())
        );
    }

    #[test]
    fn nobody_lends_a_right_that_they_do_not_have() {
        let server = |scene: &mut Scene| scene.grant.scopes = Role::Server.scopes();
        assert_eq!(invalid(server), "approval.scope");
    }

    #[test]
    fn nobody_approves_under_a_grant_that_has_ended_is_not_theirs_or_is_unknown() {
        let late = |scene: &mut Scene| scene.approval.at = scene.grant.expires_at;
        assert_eq!(invalid(late), "approval.grant_id");
        let a_day_later = |scene: &mut Scene| {
            (scene.scope, scene.approval.scope) = (Scope::RefundCreate, Scope::RefundCreate);
            scene.approval.at = scene.grant.issued_at.after(24 * 3_600_000);
        };
        assert_eq!(invalid(a_day_later), "approval.grant_id", "a manager's own rights end after a day");
        assert_eq!(invalid(|scene| scene.approval.approver = "stf_ines".parse().unwrap()), "approval.grant_id");
        let another = |scene: &mut Scene| scene.approval.grant_id = GrantId::new(scene.approval.at, [9; 10]);
        assert_eq!(invalid(another), "approval.grant_id");
        let scene = scene();
        let ask = ApprovalAsk {
            mutation_id: scene.mutation_id,
            actor: &scene.actor,
            scope: scene.scope,
            approver_grant: None,
            approver_standing: GrantStanding::Valid,
            self_approval: false,
        };
        let code = |approval| check_approval(approval, ask).map_err(|refused| refused.code);
        let others = Approval { approver: "stf_ines".parse().unwrap(), ..scene.approval.clone() };
        let under_odells = ApprovalAsk { approver_grant: Some(&scene.grant), ..ask };
        assert!(check_approval(Some(&others), under_odells).is_err(), "another person's grant, however it stands");
        assert_eq!(code(Some(&scene.approval)), Err(RejectionCode::ApprovalInvalid));
        assert_eq!(code(None), Err(RejectionCode::ApprovalRequired));
    }
}
