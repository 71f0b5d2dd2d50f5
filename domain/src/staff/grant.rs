//! A grant: the server's signed word that a person may act on a device, and until when.
//!
//! Only its content is here; signing and checking the signature belong to whoever holds the keys.

use serde::{Deserialize, Serialize};

use super::{Role, Scope, Scopes, TrustedMoment};
use crate::ids::{DeviceId, GrantId, LocationId, StaffId, TenantId};
use crate::rejection::{Rejection, RejectionCode};
use crate::schema::{Upcaster, Versioned};
use crate::time::Timestamp;

/// The claims of a grant, under the names they have in the token. Moments are RFC 3339, as PASETO's registered claims are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The version of this form.
    pub v: u16,
    /// The tenant.
    #[serde(rename = "tid")]
    pub tenant_id: TenantId,
    /// The location.
    #[serde(rename = "loc")]
    pub location_id: LocationId,
    /// The device it was made for; it is worth nothing on another.
    #[serde(rename = "did")]
    pub device_id: DeviceId,
    /// The person.
    #[serde(rename = "sid")]
    pub staff_id: StaffId,
    /// What they were when it was made.
    pub role: Role,
    /// The rights it gives.
    #[serde(rename = "scp")]
    pub scopes: Scopes,
    /// The person's credential epoch when it was made.
    pub cred_epoch: u32,
    /// When it was made.
    #[serde(rename = "iat")]
    pub issued_at: Timestamp,
    /// From when on it is valid.
    #[serde(rename = "nbf")]
    pub not_before: Timestamp,
    /// From when on it no longer is.
    #[serde(rename = "exp")]
    pub expires_at: Timestamp,
    /// Identity.
    #[serde(rename = "gid")]
    pub grant_id: GrantId,
}

impl Versioned for Grant {
    const NAME: &'static str = "grant";
    const UPCASTERS: &'static [Upcaster] = &[];
}

/// How long authority lives on a device that does not sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GrantPolicy {
    /// A grant, from its making.
    pub grant_ms: u32,
    /// The rights of managers within it, from its making.
    pub managerial_ms: u32,
    /// What every restart of the device since its last sync takes off both.
    pub reboot_allowance_ms: u32,
}

impl Default for GrantPolicy {
    /// 72 hours, 24 hours, 2 hours.
    fn default() -> Self {
        Self { grant_ms: 72 * HOUR_MS, managerial_ms: 24 * HOUR_MS, reboot_allowance_ms: 2 * HOUR_MS }
    }
}

const HOUR_MS: u32 = 3_600_000;

impl GrantPolicy {
    /// How long after its making a grant still gives every right that it was made with, in milliseconds. Restarts may end it
    /// sooner.
    #[must_use]
    pub fn whole_for_ms(self, scopes: Scopes) -> u32 {
        let managerial = scopes.within(Scopes::MANAGERIAL) != Scopes::NONE;
        if managerial { self.grant_ms.min(self.managerial_ms) } else { self.grant_ms }
    }
}

/// Who presents a grant, and where.
#[derive(Debug, Clone, Copy)]
pub struct GrantHolder<'a> {
    /// The tenant.
    pub tenant_id: &'a TenantId,
    /// The location.
    pub location_id: &'a LocationId,
    /// The device.
    pub device_id: &'a DeviceId,
    /// The person.
    pub staff_id: &'a StaffId,
    /// Their credential epoch as far as it is known here.
    pub cred_epoch: Option<u32>,
}

/// Which of a grant's bindings does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantBinding {
    /// It is another tenant's.
    Tenant,
    /// It is for another location.
    Location,
    /// It is for another device.
    Device,
    /// It is another person's.
    Staff,
}

/// Whether a grant holds for somebody at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantStanding {
    /// It does.
    Valid,
    /// It begins later.
    NotYet,
    /// It has ended: the device goes on in limited mode.
    Expired,
    /// It was made for somebody or somewhere else.
    Foreign(GrantBinding),
    /// The person's PIN or role has changed since it was made.
    Superseded,
    /// None was shown, or none that the server knows.
    Missing,
}

impl Scopes {
    /// What an ended grant still gives: take orders and finish them, take payment, clock out. The guests in the room eat and
    /// pay whatever the network does; whatever gives money away waits.
    pub const LIMITED: Self = Self::of(&[
        Scope::OrderCreate,
        Scope::OrderUpdate,
        Scope::OrderSend,
        Scope::LineVoidUnsent,
        Scope::DiscountApply,
        Scope::PaymentCash,
        Scope::PaymentRecord,
        Scope::ShiftSelf,
    ]);
}

impl Grant {
    /// Whether the grant holds for somebody at a moment. It begins at [`Grant::not_before`] and has ended at
    /// [`Grant::expires_at`]; where more than one fault is there, the graver one is told.
    #[must_use]
    pub fn standing(&self, holder: GrantHolder<'_>, moment: TrustedMoment, policy: GrantPolicy) -> GrantStanding {
        let lived_ms = i64::from(policy.grant_ms);
        self.standing_until(self.expires_at.min(self.issued_at.after(lived_ms)), holder, moment, policy)
    }

    /// The same for one of its rights: those of managers end sooner.
    #[must_use]
    pub fn standing_for(
        &self,
        scope: Scope,
        holder: GrantHolder<'_>,
        moment: TrustedMoment,
        policy: GrantPolicy,
    ) -> GrantStanding {
        let whole = self.standing(holder, moment, policy);
        if whole != GrantStanding::Valid || !Scopes::MANAGERIAL.contains(scope) {
            return whole;
        }
        self.standing_until(self.issued_at.after(i64::from(policy.managerial_ms)), holder, moment, policy)
    }

    /// The rights that somebody has under the grant at a moment: all of them, those that outlive the managers', those of
    /// limited mode, or none.
    #[must_use]
    pub fn scopes_at(&self, holder: GrantHolder<'_>, moment: TrustedMoment, policy: GrantPolicy) -> Scopes {
        match self.standing(holder, moment, policy) {
            GrantStanding::Valid => {
                let lasts = |scope: &Scope| self.standing_for(*scope, holder, moment, policy) == GrantStanding::Valid;
                self.scopes.iter().filter(lasts).collect()
            }
            GrantStanding::Expired => self.scopes.within(Scopes::LIMITED),
            GrantStanding::NotYet | GrantStanding::Foreign(_) | GrantStanding::Superseded | GrantStanding::Missing => {
                Scopes::NONE
            }
        }
    }

    fn standing_until(
        &self,
        end: Timestamp,
        holder: GrantHolder<'_>,
        moment: TrustedMoment,
        policy: GrantPolicy,
    ) -> GrantStanding {
        if let Some(foreign) = self.foreign_to(holder) {
            return GrantStanding::Foreign(foreign);
        }
        if holder.cred_epoch.is_some_and(|known| known > self.cred_epoch) {
            return GrantStanding::Superseded;
        }
        let lost_ms = i64::from(moment.reboots).saturating_mul(i64::from(policy.reboot_allowance_ms));
        if moment.now >= end.after(lost_ms.saturating_neg()) {
            GrantStanding::Expired
        } else if moment.now < self.not_before {
            GrantStanding::NotYet
        } else {
            GrantStanding::Valid
        }
    }

    fn foreign_to(&self, holder: GrantHolder<'_>) -> Option<GrantBinding> {
        let bindings = [
            (self.tenant_id == *holder.tenant_id, GrantBinding::Tenant),
            (self.location_id == *holder.location_id, GrantBinding::Location),
            (self.device_id == *holder.device_id, GrantBinding::Device),
            (self.staff_id == *holder.staff_id, GrantBinding::Staff),
        ];
        bindings.into_iter().find(|(holds, _)| !holds).map(|(_, binding)| binding)
    }
}

impl GrantStanding {
    /// Why nothing can be done under the grant; `None` where it is valid.
    #[must_use]
    pub fn refusal(self) -> Option<Rejection> {
        let (code, message) = match self {
            Self::Valid => return None,
            Self::NotYet => (RejectionCode::GrantExpired, "the grant is not valid yet"),
            Self::Expired => (RejectionCode::GrantExpired, "the grant has ended; sync to renew it"),
            Self::Superseded => (RejectionCode::GrantExpired, "the person's PIN or role has changed; sync to renew it"),
            Self::Missing => (RejectionCode::GrantForeign, "no grant that the server knows was shown"),
            Self::Foreign(GrantBinding::Tenant) => (RejectionCode::GrantForeign, "the grant is another tenant's"),
            Self::Foreign(GrantBinding::Location) => (RejectionCode::GrantForeign, "the grant is for another location"),
            Self::Foreign(GrantBinding::Device) => (RejectionCode::GrantForeign, "the grant is for another device"),
            Self::Foreign(GrantBinding::Staff) => (RejectionCode::GrantForeign, "the grant is another person's"),
        };
        Some(Rejection::new(code, "actor.grant_id", message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staff::test_staff::{Person, at, grant};

    const HOUR: i64 = 3_600_000;

    fn standing_at(hours: i64, reboots: u32) -> GrantStanding {
        let odell = Person::new("stf_odell");
        let grant = grant("stf_odell", Role::Manager);
        let moment = TrustedMoment { now: grant.issued_at.after(hours * HOUR), reboots };
        grant.standing(odell.holder(), moment, GrantPolicy::default())
    }

    #[test]
    fn a_grant_lives_72_hours_from_its_beginning_and_not_a_moment_longer() {
        assert_eq!(standing_at(-1, 0), GrantStanding::NotYet);
        assert_eq!([standing_at(0, 0), standing_at(71, 0)], [GrantStanding::Valid; 2]);
        assert_eq!(standing_at(72, 0), GrantStanding::Expired);
        let (odell, grant) = (Person::new("stf_odell"), grant("stf_odell", Role::Manager));
        let last = grant.expires_at.after(-1).into();
        assert_eq!(grant.standing(odell.holder(), last, GrantPolicy::default()), GrantStanding::Valid);
        let longer = Grant { expires_at: grant.expires_at.after(HOUR), ..grant.clone() };
        let at_the_end = grant.expires_at.into();
        let standing = longer.standing(odell.holder(), at_the_end, GrantPolicy::default());
        assert_eq!(standing, GrantStanding::Expired, "the policy outweighs a longer grant");
    }

    #[test]
    fn every_restart_without_a_sync_takes_two_hours_off() {
        assert_eq!(standing_at(67, 2), GrantStanding::Valid);
        assert_eq!(standing_at(68, 2), GrantStanding::Expired);
        assert_eq!(standing_at(0, 36), GrantStanding::Expired);
        assert_eq!(standing_at(0, u32::MAX), GrantStanding::Expired);
        assert_eq!(standing_at(-1, 2), GrantStanding::NotYet, "and makes none begin sooner");
    }

    #[test]
    fn a_managers_rights_end_after_a_day_and_those_of_limited_mode_never() {
        let (odell, grant) = (Person::new("stf_odell"), grant("stf_odell", Role::Manager));
        let at_hour = |hours: i64| {
            grant.scopes_at(odell.holder(), grant.issued_at.after(hours * HOUR).into(), GrantPolicy::default())
        };
        assert_eq!(at_hour(23), Role::Manager.scopes());
        assert_eq!(at_hour(24), Role::ShiftLead.scopes());
        assert_eq!(at_hour(71), Role::ShiftLead.scopes());
        assert_eq!([at_hour(72), at_hour(9_000)], [Scopes::LIMITED; 2]);
        assert_eq!(at_hour(-1), Scopes::NONE);
        let standing = |scope, hours: i64| {
            let moment = grant.issued_at.after(hours * HOUR).into();
            grant.standing_for(scope, odell.holder(), moment, GrantPolicy::default())
        };
        assert_eq!(standing(Scope::RefundCreate, 24), GrantStanding::Expired);
        assert_eq!(standing(Scope::LineComp, 24), GrantStanding::Valid);
    }

    #[test]
    fn a_grant_is_whole_until_the_first_of_its_rights_has_ended() {
        let policies = [(72, 24), (24, 72), (1, 1)].map(|(whole, managerial)| GrantPolicy {
            grant_ms: whole * HOUR_MS,
            managerial_ms: managerial * HOUR_MS,
            ..GrantPolicy::default()
        });
        let odell = Person::new("stf_odell");
        for (role, policy) in Role::ALL.into_iter().flat_map(|role| policies.map(|policy| (role, policy))) {
            let grant = grant("stf_odell", role);
            let first_end = grant.issued_at.after(i64::from(policy.whole_for_ms(role.scopes())));
            let scopes_at = |moment: Timestamp| grant.scopes_at(odell.holder(), moment.into(), policy);
            assert_eq!(scopes_at(first_end.after(-1)), role.scopes(), "{role:?} {policy:?}");
            let within_limits = role.scopes().within(Scopes::LIMITED) == role.scopes();
            assert!(within_limits || scopes_at(first_end) != role.scopes(), "{role:?} {policy:?}");
        }
    }

    #[test]
    fn limited_mode_gives_no_money_away_and_gives_nobody_what_they_did_not_have() {
        let never = [
            Scope::LineVoidSent,
            Scope::LineComp,
            Scope::RefundCreate,
            Scope::DiscountOverLimit,
            Scope::DrawerNoSale,
            Scope::ReportView,
        ];
        assert!(never.into_iter().all(|scope| !Scopes::LIMITED.contains(scope)));
        let (tomas, grant) = (Person::new("stf_tomas"), grant("stf_tomas", Role::LineCook));
        let limited = grant.scopes_at(tomas.holder(), grant.expires_at.into(), GrantPolicy::default());
        assert_eq!(limited, Scopes::of(&[Scope::ShiftSelf]));
    }

    #[test]
    fn a_grant_is_worth_nothing_elsewhere_for_others_or_after_a_change_of_pin() {
        let (mara, grant) = (Person::new("stf_mara"), grant("stf_mara", Role::Server));
        let noon = grant.issued_at.after(HOUR).into();
        let foreign = |edit: fn(&mut Person)| {
            let mut other = mara.clone();
            edit(&mut other);
            assert_eq!(grant.scopes_at(other.holder(), noon, GrantPolicy::default()), Scopes::NONE);
            grant.standing(other.holder(), noon, GrantPolicy::default())
        };
        assert_eq!(foreign(|who| who.tenant = "ten_b".parse().unwrap()), GrantStanding::Foreign(GrantBinding::Tenant));
        assert_eq!(
            foreign(|who| who.location = "loc_b".parse().unwrap()),
            GrantStanding::Foreign(GrantBinding::Location)
        );
        assert_eq!(foreign(|who| who.device = "dev_x".parse().unwrap()), GrantStanding::Foreign(GrantBinding::Device));
        assert_eq!(foreign(|who| who.staff = "stf_ines".parse().unwrap()), GrantStanding::Foreign(GrantBinding::Staff));
        assert_eq!(foreign(|who| who.cred_epoch = Some(2)), GrantStanding::Superseded);
        let unknown = Person { cred_epoch: None, ..mara.clone() };
        assert_eq!(grant.standing(unknown.holder(), noon, GrantPolicy::default()), GrantStanding::Valid);
        let behind = Person { cred_epoch: Some(0), ..mara.clone() };
        let standing = grant.standing(behind.holder(), noon, GrantPolicy::default());
        assert_eq!(standing, GrantStanding::Valid, "the grant may know of a change before the roster does");
        assert_eq!(
            grant.standing(mara.holder(), at("2030-01-01T00:00:00Z").into(), GrantPolicy::default()),
            GrantStanding::Expired
        );
    }

    #[test]
    fn every_standing_but_the_valid_one_has_its_refusal() {
        let code = |standing: GrantStanding| standing.refusal().map(|rejection| rejection.code);
        assert_eq!(code(GrantStanding::Valid), None);
        for ended in [GrantStanding::NotYet, GrantStanding::Expired, GrantStanding::Superseded] {
            assert_eq!(code(ended), Some(RejectionCode::GrantExpired));
        }
        for binding in [GrantBinding::Tenant, GrantBinding::Location, GrantBinding::Device, GrantBinding::Staff] {
            assert_eq!(code(GrantStanding::Foreign(binding)), Some(RejectionCode::GrantForeign));
        }
    }
}
