//! Several databases, and the directory that says in which of them a tenant lives.
//!
//! A tenant lives in one database, whole; no statement ever spans two. What a caller holds (a token, an enrolment code)
//! carries the tenant's id as a hint, so that its database is known before anybody is authenticated. The hint only leads
//! the way: who the caller is says the row that is found there by the credential's hash, and a wrong hint finds none. The
//! directory stands in the first database, which is also where credentials without a hint, made before there was one,
//! are looked up.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use domain::{TenantId, Timestamp};
use protocol::ErrorCode;

use crate::database::{Database, DatabaseError, Statement, to_json};
use crate::moment::Moment;
use crate::refusal::Refusal;

/// What the first database is called, in the directory too.
pub const FIRST_DATABASE: &str = "DB";

/// For how long a place once read is believed, in milliseconds.
const PLACE_LIFE_MILLIS: i64 = 60_000;

/// Places remembered at once.
const PLACES_MAX: usize = 1_000;

/// Hexadecimal digits after a hint: a token's or a code's.
const SECRET_DIGITS: [usize; 2] = [64, 32];

/// Where tenants were found lately. Whatever handles many requests keeps one, so that the directory is read at most once
/// a minute for each tenant.
#[derive(Debug, Default)]
pub struct Places {
    found: RefCell<BTreeMap<TenantId, Place>>,
}

#[derive(Debug)]
struct Place {
    database: String,
    until: Timestamp,
}

impl Places {
    fn of(&self, tenant_id: &TenantId, now: Timestamp) -> Option<String> {
        let found = self.found.borrow();
        found.get(tenant_id).filter(|place| now < place.until).map(|place| place.database.clone())
    }

    fn note(&self, tenant_id: TenantId, database: String, now: Timestamp) {
        let mut found = self.found.borrow_mut();
        if found.len() >= PLACES_MAX {
            found.retain(|_, place| now < place.until);
        }
        // More tenants than fit within a minute: forgetting all of them costs each one read.
        if found.len() >= PLACES_MAX {
            found.clear();
        }
        found.insert(tenant_id, Place { database, until: now.after(PLACE_LIFE_MILLIS) });
    }
}

/// Every database of the server by its name.
#[derive(Debug)]
pub(crate) struct Databases<D> {
    first: D,
    further: BTreeMap<String, D>,
    places: Rc<Places>,
}

impl<D: Database> Databases<D> {
    pub(crate) fn new(first: D) -> Self {
        Self { first, further: BTreeMap::new(), places: Rc::default() }
    }

    pub(crate) fn add(&mut self, name: &str, database: D) {
        if name == FIRST_DATABASE {
            self.first = database;
        } else {
            self.further.insert(name.to_owned(), database);
        }
    }

    pub(crate) fn remember_in(&mut self, places: Rc<Places>) {
        self.places = places;
    }

    /// The one with the directory.
    pub(crate) const fn first(&self) -> &D {
        &self.first
    }

    pub(crate) fn named(&self, name: &str) -> Option<&D> {
        if name == FIRST_DATABASE { Some(&self.first) } else { self.further.get(name) }
    }

    /// All of them, the first one first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &D)> {
        let further = self.further.iter().map(|(name, database)| (name.as_str(), database));
        std::iter::once((FIRST_DATABASE, &self.first)).chain(further)
    }

    /// Where the holder of a credential is to be looked up.
    pub(crate) async fn of_credential(&self, moment: &Moment, credential: &str) -> Result<&D, Refusal> {
        match hint(credential) {
            Some(tenant_id) => self.of_tenant(moment, &tenant_id).await,
            None => Ok(&self.first),
        }
    }

    /// Where a tenant lives. One that is nowhere is looked for in the first database, and not found there either.
    pub(crate) async fn of_tenant(&self, moment: &Moment, tenant_id: &TenantId) -> Result<&D, Refusal> {
        if self.further.is_empty() {
            return Ok(&self.first);
        }
        if let Some(name) = self.places.of(tenant_id, moment.now) {
            return Ok(self.configured(&name)?);
        }
        let read = Statement::new("SELECT database FROM directory WHERE tenant_id = ?1", [tenant_id.as_str().into()]);
        let found = self.first.read(vec![read]).await?;
        // A tenant that is nowhere has no credential anywhere: the first database says so. That is not remembered, for
        // the tenant may be made the next moment.
        let Some(row) = found.first().and_then(|rows| rows.first()) else { return Ok(&self.first) };
        let name = row.text("database")?.to_owned();
        let database = self.configured(&name)?;
        self.places.note(tenant_id.clone(), name, moment.now);
        Ok(database)
    }

    /// Gives a new tenant its place: the one wished for, otherwise the database with the fewest tenants. A repeat finds
    /// the place given first, whether or not the tenant itself was written.
    pub(crate) async fn place(&self, moment: &Moment, tenant_id: &TenantId, wish: Option<&str>) -> Result<&D, Refusal> {
        if wish.is_some_and(|name| self.named(name).is_none()) {
            return Err(Refusal::new(ErrorCode::InvalidRequest, "database must be one that the server has"));
        }
        let names: Vec<&str> = wish.map_or_else(|| self.all().map(|(name, _)| name).collect(), |name| vec![name]);
        let statements = vec![
            Statement::new(
                "INSERT INTO directory (tenant_id, database, created_at)
                 SELECT ?1, name.value, ?3 FROM json_each(?2) AS name
                 ORDER BY (SELECT count(*) FROM directory AS other WHERE other.database = name.value), name.key
                 LIMIT 1
                 ON CONFLICT (tenant_id) DO NOTHING",
                [tenant_id.as_str().into(), to_json(&names)?.into(), moment.now.to_string().into()],
            ),
            Statement::new("SELECT database FROM directory WHERE tenant_id = ?1", [tenant_id.as_str().into()]),
        ];
        let found = self.first.batch(statements).await?;
        let row = found.get(1).and_then(|rows| rows.first());
        let name = row.ok_or_else(|| DatabaseError::Failed("the directory lost a row".to_owned()))?.text("database")?;
        if wish.is_some_and(|wish| wish != name) {
            return Err(Refusal::new(ErrorCode::AlreadyExists, "this tenant's place is another database"));
        }
        Ok(self.configured(name)?)
    }

    fn configured(&self, name: &str) -> Result<&D, DatabaseError> {
        self.named(name).ok_or_else(|| DatabaseError::Failed(format!("the directory names {name}, which is not bound")))
    }
}

/// The tenant that a credential claims: `dvc_<tenant>.<64 hex digits>`, `adm_<tenant>.<64>`, or a code `<tenant>.<32>`.
pub(crate) fn hint(credential: &str) -> Option<TenantId> {
    // A tenant's id may hold dots itself; the secret never does.
    let (front, secret) = credential.rsplit_once('.')?;
    let digits = secret.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
    if !digits || !SECRET_DIGITS.contains(&secret.len()) {
        return None;
    }
    let [token, _] = SECRET_DIGITS;
    let tenant_id = if secret.len() == token { front.split_once('_')?.1 } else { front };
    tenant_id.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_read_from_the_right_and_only_from_what_the_server_makes() {
        let of = |text: &str| hint(text).map(String::from);
        let (long, short) = ("0".repeat(64), "f".repeat(32));
        assert_eq!(of(&format!("dvc_ten_a.b-c.{long}")), Some("ten_a.b-c".to_owned()));
        assert_eq!(of(&format!("ten_a.b.{short}")), Some("ten_a.b".to_owned()));
        for without in [
            format!("dvc_{long}"),
            short.clone(),
            format!("dvc_.{long}"),
            format!(".{short}"),
            format!("dvc_ten a.{long}"),
            format!("dvc_ten.{}", "0".repeat(63)),
            format!("dvc_ten.{}", "F".repeat(64)),
            format!("dvc_{}.{long}", "t".repeat(65)),
            "the operator's.own".to_owned(),
        ] {
            assert_eq!(of(&without), None, "{without}");
        }
    }

    #[test]
    fn a_place_is_believed_for_a_minute_and_no_more_than_a_thousand_are_kept() {
        let places = Places::default();
        let now = Timestamp::from_millis(1_793_490_067_120).unwrap();
        let tenant = |number: usize| format!("ten_{number}").parse::<TenantId>().unwrap();
        places.note(tenant(0), "DB_2".to_owned(), now);
        assert_eq!(places.of(&tenant(0), now.after(PLACE_LIFE_MILLIS - 1)).as_deref(), Some("DB_2"));
        assert_eq!(places.of(&tenant(0), now.after(PLACE_LIFE_MILLIS)), None);
        for number in 0..3 * PLACES_MAX {
            places.note(tenant(number), "DB".to_owned(), now);
            assert!(places.found.borrow().len() <= PLACES_MAX);
        }
        assert_eq!(places.of(&tenant(3 * PLACES_MAX - 1), now).as_deref(), Some("DB"));
    }
}
