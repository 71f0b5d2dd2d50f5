//! The keys that grants and the frontiers of reports are signed with. The first signs; all of them are published, so that a new one can be made known before
//! it signs and an old one stays good until its last grant has ended.

use std::collections::BTreeSet;
use std::fmt;

use domain::Grant;
use ed25519_dalek::SigningKey;
use protocol::{FrontierDay, FrontierPoint, ServerKey, sign_frontier, sign_grant};

use crate::database::DatabaseError;
use crate::moment::{from_hex, hex};

/// The server's signing keys; a secret of the Worker.
#[derive(Clone, Default)]
pub struct SigningKeys(Vec<(String, SigningKey)>);

impl SigningKeys {
    /// Reads `kid:seed,kid2:seed2`, each seed 64 hexadecimal digits; no text at all is no keys. `None` for anything else, also
    /// where two keys bear one name: a device could not tell which of them a grant was signed with.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let named = |entry: &str| {
            let (kid, seed) = entry.trim().split_once(':')?;
            let seed: [u8; 32] = from_hex(seed)?.try_into().ok()?;
            (!kid.is_empty()).then(|| (kid.to_owned(), SigningKey::from_bytes(&seed)))
        };
        let entries = text.split(',').filter(|entry| !entry.trim().is_empty());
        let keys = entries.map(named).collect::<Option<Vec<_>>>()?;
        let names: BTreeSet<_> = keys.iter().map(|(kid, _)| kid).collect();
        (names.len() == keys.len()).then_some(Self(keys))
    }

    /// The name of the key that signs; `None` where there is none.
    pub(crate) fn current(&self) -> Option<&str> {
        self.0.first().map(|(kid, _)| kid.as_str())
    }

    /// All of them, as devices are told.
    pub(crate) fn published(&self) -> Vec<ServerKey> {
        let public = |(kid, key): &(String, SigningKey)| ServerKey {
            kid: kid.clone(),
            public_key: hex(key.verifying_key().as_bytes()),
        };
        self.0.iter().map(public).collect()
    }

    /// The token of a grant; `None` where there is no key.
    pub(crate) fn sign(&self, grant: &Grant) -> Result<Option<String>, DatabaseError> {
        let Some((kid, key)) = self.0.first() else { return Ok(None) };
        sign_grant(grant, kid, key).map(Some).map_err(|error| DatabaseError::Failed(error.to_string()))
    }

    /// The token of a frontier point in a day's report; `None` where there is no key.
    pub(crate) fn sign_point(
        &self,
        point: &FrontierPoint,
        day: FrontierDay<'_>,
    ) -> Result<Option<String>, DatabaseError> {
        let Some((kid, key)) = self.0.first() else { return Ok(None) };
        sign_frontier(point, day, kid, key).map(Some).map_err(|error| DatabaseError::Failed(error.to_string()))
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.iter().map(|(kid, _)| kid)).finish()
    }
}

#[cfg(test)]
mod tests {
    use domain::{GrantId, Role, Timestamp};

    use super::*;

    fn keys(text: &str) -> SigningKeys {
        SigningKeys::parse(text).unwrap()
    }

    fn grant() -> Grant {
        let now = Timestamp::from_millis(1_793_490_067_120).unwrap();
        Grant {
            v: 1,
            tenant_id: "ten_a".parse().unwrap(),
            location_id: "loc_a".parse().unwrap(),
            device_id: "dev_a".parse().unwrap(),
            staff_id: "stf_mara".parse().unwrap(),
            role: Role::Server,
            scopes: Role::Server.scopes(),
            cred_epoch: 1,
            issued_at: now,
            not_before: now,
            expires_at: now.after(1),
            grant_id: GrantId::new(now, [1; 10]),
        }
    }

    fn read(token: &str, published: &[ServerKey], tenant_id: &str, device_id: &str) -> Option<Grant> {
        protocol::read_grant(token, &tenant_id.parse().unwrap(), &device_id.parse().unwrap(), published)
    }

    #[test]
    fn a_grant_is_good_on_its_device_with_a_published_key_and_nowhere_else() {
        let (old, new) = (format!("k1:{}", "11".repeat(32)), format!("k2:{}", "22".repeat(32)));
        let before = keys(&old);
        let after = keys(&format!("{new}, {old}"));
        let token = before.sign(&grant()).unwrap().unwrap();
        assert_eq!(read(&token, &before.published(), "ten_a", "dev_a"), Some(grant()));
        assert_eq!(read(&token, &after.published(), "ten_a", "dev_a"), Some(grant()), "an old key is still listed");
        assert_eq!(read(&token, &keys(&new).published(), "ten_a", "dev_a"), None, "and then it is not");
        assert_eq!(read(&token, &before.published(), "ten_b", "dev_a"), None);
        assert_eq!(read(&token, &before.published(), "ten_a", "dev_b"), None);
        let renewed = after.sign(&grant()).unwrap().unwrap();
        assert_eq!(read(&renewed, &before.published(), "ten_a", "dev_a"), None, "the new key is not known yet");
        assert_eq!((after.current(), keys("").current(), keys("").sign(&grant())), (Some("k2"), None, Ok(None)));
    }

    #[test]
    fn two_keys_of_one_name_are_refused_whatever_their_seeds() {
        let key = |kid: &str, byte: &str| format!("{kid}:{}", byte.repeat(32));
        for (first, second) in [("11", "22"), ("11", "11")] {
            let text = format!("{}, {},{}", key("k1", first), key("k2", "33"), key("k1", second));
            assert!(SigningKeys::parse(&text).is_none(), "{first} {second}");
        }
        assert_eq!(keys(&format!("{},{}", key("k1", "11"), key("k2", "11"))).published().len(), 2);
    }

    #[test]
    fn keys_that_cannot_be_read_are_refused_as_a_whole() {
        for bad in [
            "k1",
            "k1:11",
            ":1111",
            &format!("k1:{}", "zz".repeat(32)),
            &format!("{},k2:1", "k1:".to_owned() + &"11".repeat(32)),
        ] {
            assert!(SigningKeys::parse(bad).is_none(), "{bad}");
        }
        let printed = format!("{:?}", keys(&format!("k1:{}", "11".repeat(32))));
        assert!(printed.contains("k1") && !printed.contains("1111"), "{printed}");
    }
}
