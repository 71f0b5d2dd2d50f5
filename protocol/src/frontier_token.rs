//! The token of a frontier point: how far a stream of one device was decided when a day was reported or closed, under the
//! server's signature.
//!
//! A device's stream has no holes, so one number proves that everything up to it was in the report. The signature is bound to
//! the tenant, the location and the day: a token of another day's report proves nothing about this one.

use domain::{BusinessDate, DeviceId, LocationId, StreamName, TenantId, Timestamp};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::mutation::Incarnation;
use crate::server_token;
use crate::staff::ServerKey;

/// How far one stream of one device is decided: every mutation up to `seq`, none beyond it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FrontierPoint {
    /// The device.
    pub device_id: DeviceId,
    /// Its stream: `orders` or `shifts`.
    pub stream: StreamName,
    /// The life of the device's store that the number belongs to.
    pub incarnation: Incarnation,
    /// The number of the last mutation that was decided, from 0.
    #[cfg_attr(feature = "schema", schemars(range(max = crate::SEQ_MAX)))]
    pub seq: u64,
    /// When the server looked, by its clock.
    pub at: Timestamp,
}

/// The report that a frontier belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrontierDay<'a> {
    /// Whose report.
    pub tenant_id: &'a TenantId,
    /// Of which location.
    pub location_id: &'a LocationId,
    /// Of which day.
    pub business_date: BusinessDate,
}

/// The token of a frontier point in the report of this day, signed with the key of this name.
///
/// # Errors
/// Where the point cannot be written.
pub fn sign_frontier(
    point: &FrontierPoint,
    day: FrontierDay<'_>,
    kid: &str,
    key: &SigningKey,
) -> Result<String, serde_json::Error> {
    server_token::sign(point, &day.assertion(), kid, key)
}

/// The frontier point that a token is in the report of this day; `None` where it is another tenant's, location's or day's, was
/// not signed with one of these keys, or was touched.
#[must_use]
pub fn read_frontier(token: &str, day: FrontierDay<'_>, keys: &[ServerKey]) -> Option<FrontierPoint> {
    server_token::read(token, &day.assertion(), keys)
}

impl FrontierDay<'_> {
    /// What the signature says beside the token. Ids hold no `|`, so no two days say the same.
    fn assertion(&self) -> String {
        let Self { tenant_id, location_id, business_date } = self;
        format!("auraconnect/frontier/v1|{tenant_id}|{location_id}|{business_date}")
    }
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use domain::{Grant, Role};

    use super::*;
    use crate::{read_grant, sign_grant};

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_bytes(&[byte; 32])
    }

    fn known(kid: &str, byte: u8) -> ServerKey {
        let public_key = key(byte).verifying_key().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        ServerKey { kid: kid.to_owned(), public_key }
    }

    fn point(seq: u64) -> FrontierPoint {
        FrontierPoint {
            device_id: "dev_c".parse().unwrap(),
            stream: "orders".parse().unwrap(),
            incarnation: "01a19456-9e38-7000-8000-00000000aaaa".parse().unwrap(),
            seq,
            at: "2026-11-01T04:00:00Z".parse().unwrap(),
        }
    }

    /// Reads a token as that of a tenant's, location's and day's report.
    fn read_as(token: &str, place: [&str; 3], keys: &[ServerKey]) -> Option<FrontierPoint> {
        let (tenant_id, location_id) = (place[0].parse().unwrap(), place[1].parse().unwrap());
        let business_date = place[2].to_owned().try_into().unwrap();
        let day = FrontierDay { tenant_id: &tenant_id, location_id: &location_id, business_date };
        read_frontier(token, day, keys)
    }

    const HERE: [&str; 3] = ["ten_a", "loc_quay", "2026-10-31"];

    fn signed(seq: u64, kid: &str, byte: u8) -> String {
        let (tenant_id, location_id) = (HERE[0].parse().unwrap(), HERE[1].parse().unwrap());
        let business_date = HERE[2].to_owned().try_into().unwrap();
        let day = FrontierDay { tenant_id: &tenant_id, location_id: &location_id, business_date };
        sign_frontier(&point(seq), day, kid, &key(byte)).unwrap()
    }

    #[test]
    fn a_frontier_is_read_for_the_day_that_it_was_signed_for_and_for_no_other_day_place_or_tenant() {
        let (token, keys) = (signed(42, "k1", 1), [known("k1", 1)]);
        assert_eq!(read_as(&token, HERE, &keys), Some(point(42)));
        for place in [
            ["ten_b", "loc_quay", "2026-10-31"],
            ["ten_a", "loc_pier", "2026-10-31"],
            ["ten_a", "loc_quay", "2026-11-01"],
        ] {
            assert_eq!(read_as(&token, place, &keys), None, "{place:?}");
        }
    }

    #[test]
    fn a_forged_frontier_does_not_verify() {
        let keys = [known("k1", 1), known("k2", 2)];
        assert_eq!(read_as(&signed(42, "k1", 9), HERE, &keys), None, "signed with a key of somebody's own");
        assert_eq!(read_as(&signed(42, "k2", 1), HERE, &keys), None, "under the name of another key");
        assert_eq!(read_as(&signed(42, "k9", 1), HERE, &keys), None, "under a name that nobody bears");
        assert_eq!(read_as(&signed(42, "k1", 1), HERE, &[]), None, "nobody knows a key");
        // The signature of one number beside the claims of another.
        let (low, high) = (signed(42, "k1", 1), signed(43, "k1", 1));
        let body = |token: &str| Base64UrlUnpadded::decode_vec(token.split('.').nth(2).unwrap()).unwrap();
        let (claims, signature) = (body(&high), body(&low));
        let mixed = [&claims[..claims.len() - 64], &signature[signature.len() - 64..]].concat();
        let mixed = Base64UrlUnpadded::encode_string(&mixed);
        let encoded = Base64UrlUnpadded::encode_string(&claims);
        assert_eq!(read_as(&high.replace(&encoded, &mixed), HERE, &keys), None);
    }

    #[test]
    fn a_grant_is_no_frontier_and_a_frontier_is_no_grant() {
        let now: Timestamp = "2026-11-01T04:00:00Z".parse().unwrap();
        let grant = Grant {
            v: 1,
            tenant_id: "ten_a".parse().unwrap(),
            location_id: "loc_quay".parse().unwrap(),
            device_id: "dev_c".parse().unwrap(),
            staff_id: "stf_mara".parse().unwrap(),
            role: Role::Server,
            scopes: Role::Server.scopes(),
            cred_epoch: 1,
            issued_at: now,
            not_before: now,
            expires_at: now.after(1),
            grant_id: domain::GrantId::new(now, [1; 10]),
        };
        let keys = [known("k1", 1)];
        let token = sign_grant(&grant, "k1", &key(1)).unwrap();
        assert_eq!(read_as(&token, HERE, &keys), None);
        let (tenant_id, device_id) = ("ten_a".parse().unwrap(), "dev_c".parse().unwrap());
        assert_eq!(read_grant(&token, &tenant_id, &device_id, &keys), Some(grant));
        assert_eq!(read_grant(&signed(42, "k1", 1), &tenant_id, &device_id, &keys), None);
    }
}
