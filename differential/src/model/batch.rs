//! An exchange's request, read.

use domain::{
    Approval, DeviceId, LocationId, MutationId, OrderChange, Rejection, RejectionCode, SchemaError, StaffChange,
    Versioned as _,
};
use protocol::{Collection, Echo, ErrorCode, Incarnation, Mutation, Skipped};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Key, Refusal, body, read, refuse};
use crate::asking::Request;

const PROTOCOL: u64 = 1;
const MUTATIONS_MAX: usize = 100;
const CHANGE_BYTES_MAX: usize = 64 * 1024;
const VERSION_BYTES_MAX: usize = 64;
const SKIPPED_BYTES_MAX: usize = 64;
const SEQ_MAX: u64 = (1 << 53) - 1;

/// What a device asks for in one exchange.
pub(super) struct Batch {
    pub(super) incarnation: Incarnation,
    pub(super) echo: Option<Echo>,
    pub(super) app_version: String,
    pub(super) cursor: Option<String>,
    pub(super) limit: u32,
    pub(super) offers: Vec<Offer>,
}

/// What stands under one number.
pub(super) struct Offer {
    pub(super) id: MutationId,
    pub(super) seq: u64,
    /// As it was sent.
    pub(super) text: String,
    /// What may never differ under its id.
    pub(super) content: String,
    pub(super) what: What,
}

pub(super) enum What {
    Mutation(Box<Offered>),
    /// The device could not send it: why.
    Skipped(String),
}

pub(super) struct Offered {
    pub(super) mutation: Mutation,
    pub(super) approval: Option<Approval>,
    pub(super) change: Result<(Change, Key), Rejection>,
}

pub(super) enum Change {
    Order(OrderChange),
    Staff(StaffChange),
}

#[derive(Deserialize)]
struct Form<'a> {
    app_version: String,
    incarnation: Incarnation,
    cursor: Option<String>,
    limit: u32,
    #[serde(default)]
    echo: Option<Echo>,
    #[serde(borrow)]
    mutations: Vec<&'a RawValue>,
}

impl Batch {
    pub(super) fn of(
        request: &Request,
        stream: &str,
        device: &DeviceId,
        location: &LocationId,
    ) -> Result<Self, Refusal> {
        let spoken: serde_json::Value = serde_json::from_str(body(request)?).unwrap_or_default();
        let protocol =
            spoken.get("protocol").and_then(serde_json::Value::as_u64).filter(|number| *number <= u16::MAX.into());
        if protocol.is_some_and(|protocol| protocol != PROTOCOL) {
            return refuse(ErrorCode::ProtocolUnsupported);
        }
        let form: Form<'_> = read(request)?;
        if protocol.is_none() {
            return refuse(ErrorCode::InvalidRequest);
        }
        if form.mutations.len() > MUTATIONS_MAX {
            return refuse(ErrorCode::TooManyMutations);
        }
        if form.app_version.len() > VERSION_BYTES_MAX {
            return refuse(ErrorCode::InvalidRequest);
        }
        let offers = form.mutations.iter().map(|text| Offer::of(text.get(), stream, device, location));
        Ok(Self {
            offers: offers.collect::<Result<_, _>>()?,
            incarnation: form.incarnation,
            echo: form.echo,
            app_version: form.app_version,
            cursor: form.cursor,
            limit: form.limit,
        })
    }
}

impl Offer {
    fn of(text: &str, stream: &str, device: &DeviceId, location: &LocationId) -> Result<Self, Refusal> {
        let offer = if let Ok(Skipped { id, seq, skipped }) = serde_json::from_str(text) {
            if skipped.len() > SKIPPED_BYTES_MAX {
                return refuse(ErrorCode::InvalidRequest);
            }
            Self { id, seq, text: text.to_owned(), content: format!("{id} skipped"), what: What::Skipped(skipped) }
        } else {
            let Ok(mutation) = serde_json::from_str::<Mutation>(text) else { return refuse(ErrorCode::InvalidRequest) };
            let (id, seq, content) = (mutation.id, mutation.seq, content_of(&mutation));
            let approval = mutation.approval.as_ref().and_then(|text| serde_json::from_str(text.get()).ok());
            let change = change_of(stream, &mutation, device).map(|change| {
                let key = change.key(&mutation, location);
                (change, key)
            });
            let what = What::Mutation(Box::new(Offered { mutation, approval, change }));
            Self { id, seq, text: text.to_owned(), content, what }
        };
        if (1..=SEQ_MAX).contains(&offer.seq) { Ok(offer) } else { refuse(ErrorCode::InvalidRequest) }
    }

    /// Whether the device made it, or says for whom it delivers it.
    pub(super) fn is_its_own_or_carried(&self, device: &DeviceId) -> bool {
        match &self.what {
            What::Mutation(offered) => may_offer(&offered.mutation, device),
            What::Skipped(_) => true,
        }
    }

    pub(super) fn key(&self) -> Option<&Key> {
        match &self.what {
            What::Mutation(offered) => offered.change.as_ref().ok().map(|(_, key)| key),
            What::Skipped(_) => None,
        }
    }
}

/// Everything that takes effect: record, form, stamp and the change's own text.
fn content_of(mutation: &Mutation) -> String {
    let Mutation { id, record_id, schema, stamp, change, .. } = mutation;
    format!("{id} {record_id} {schema} {stamp} {}", change.get())
}

fn may_offer(mutation: &Mutation, device: &DeviceId) -> bool {
    let maker = mutation.stamp.device();
    maker == device || mutation.carried_for.as_ref() == Some(maker)
}

/// The change of a mutation in a stream, or the law that its form breaks.
pub(super) fn change_of(stream: &str, mutation: &Mutation, device: &DeviceId) -> Result<Change, Rejection> {
    let text = mutation.change.get();
    let breaks = |code, field, message: String| Err(Rejection::new(code, field, message));
    if text.len() > CHANGE_BYTES_MAX {
        let message = format!("a change may have at most {CHANGE_BYTES_MAX} bytes");
        return breaks(RejectionCode::LimitExceeded, "change", message);
    }
    if !may_offer(mutation, device) {
        return breaks(RejectionCode::ChangeInvalid, "stamp", "the stamp was made by another device".to_owned());
    }
    #[derive(Deserialize)]
    struct ChangeType {
        #[serde(rename = "type")]
        name: String,
    }
    let name = match serde_json::from_str(text) {
        Ok(ChangeType { name }) => name,
        Err(error) => return breaks(RejectionCode::ChangeInvalid, "change", error.to_string()),
    };
    let orders = stream == "orders";
    let known = if orders { OrderChange::TYPES.as_slice() } else { StaffChange::TYPES.as_slice() };
    if !known.contains(&name.as_str()) {
        return breaks(RejectionCode::ChangeUnknown, "change.type", format!("this server does not know {name}"));
    }
    let read = if orders {
        OrderChange::read(mutation.schema, text).map(Change::Order)
    } else {
        StaffChange::read(mutation.schema, text).map(Change::Staff)
    };
    read.or_else(|error| match error {
        SchemaError::Newer { .. } => breaks(RejectionCode::ChangeUnknown, "schema", error.to_string()),
        SchemaError::Damaged { .. } => breaks(RejectionCode::ChangeInvalid, "change", error.to_string()),
    })
}

impl Change {
    fn key(&self, mutation: &Mutation, location: &LocationId) -> Key {
        match self {
            Self::Order(_) => (Collection::Orders, mutation.record_id.to_string()),
            Self::Staff(StaffChange::Punch(punch)) => {
                (Collection::Shifts, format!("{}.{}", punch.staff_id, punch.filed_under()))
            }
            Self::Staff(StaffChange::Drawer(event)) => (Collection::Drawers, event.session_id.to_string()),
            Self::Staff(StaffChange::EightySix(_)) => (Collection::EightySix, location.to_string()),
            Self::Staff(StaffChange::Audit(_)) => (Collection::Audit, mutation.stamp.device().to_string()),
        }
    }
}
