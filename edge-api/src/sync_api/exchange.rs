//! `POST /sync/orders` and `GET /sync/changes`: from text to what [`DeltaTracker`] takes.

use protocol::{
    APP_VERSION_BYTES_MAX, DELTA_ENTRIES_MAX, EXCHANGE_MUTATIONS_MAX, ErrorCode, ExchangeRequest, Incarnation,
    PROTOCOL, SEQ_MAX,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::body::{invalid, limited, parsed};
use super::{Answer, ApiRequest, ok};
use crate::credential::DeviceCaller;
use crate::database::Database;
use crate::delta_tracker::{DeltaTracker, Exchanged, Offer, Offered};
use crate::live::Tidings;
use crate::moment::Moment;
use crate::refusal::Refusal;

pub(super) async fn push(
    database: &impl Database,
    moment: &Moment,
    device: &DeviceCaller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    let offer = offer_of(limited(request)?, device)?;
    let tracker = DeltaTracker { database, device, now: moment.now };
    let Exchanged { reply, moved } = tracker.exchange(&offer).await?;
    Ok(ok(&reply)?.telling(Tidings { moved: moved.into_iter().collect(), ..Tidings::default() }))
}

pub(super) async fn pull(
    database: &impl Database,
    moment: &Moment,
    device: &DeviceCaller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    let limit = match query_value(&request.query, "limit") {
        Some(limit) => limit.parse().map_err(|_| invalid("limit must be a number"))?,
        None => DELTA_ENTRIES_MAX,
    };
    let incarnation: Option<Incarnation> = match query_value(&request.query, "incarnation") {
        Some(incarnation) => Some(incarnation.parse().map_err(|_| invalid("incarnation must be a UUID"))?),
        None => None,
    };
    let tracker = DeltaTracker { database, device, now: moment.now };
    ok(&tracker.pull(query_value(&request.query, "cursor"), limit, incarnation.as_ref()).await?)
}

/// What every version of the protocol says first.
#[derive(Deserialize)]
struct Spoken {
    protocol: u16,
}

/// The mutations byte for byte: the journal keeps them as they were sent, with fields this version does not know.
#[derive(Deserialize)]
struct Verbatim<'a> {
    #[serde(borrow)]
    mutations: Vec<&'a RawValue>,
}

fn offer_of(text: &str, device: &DeviceCaller) -> Result<Offer, Refusal> {
    if let Ok(Spoken { protocol }) = serde_json::from_str(text)
        && protocol != PROTOCOL
    {
        let detail = format!("this server speaks protocol {PROTOCOL} to {PROTOCOL}, not {protocol}");
        return Err(Refusal::new(ErrorCode::ProtocolUnsupported, detail));
    }
    let verbatim: Verbatim<'_> = parsed(text)?;
    if verbatim.mutations.len() > EXCHANGE_MUTATIONS_MAX {
        let detail = format!("an exchange carries at most {EXCHANGE_MUTATIONS_MAX} mutations");
        return Err(Refusal::new(ErrorCode::TooManyMutations, detail));
    }
    let request: ExchangeRequest = parsed(text)?;
    if request.app_version.len() > APP_VERSION_BYTES_MAX {
        return Err(invalid(format!("app_version may have at most {APP_VERSION_BYTES_MAX} bytes")));
    }
    if request.mutations.iter().any(|mutation| !(1..=SEQ_MAX).contains(&mutation.seq)) {
        return Err(invalid(format!("seq must be 1 to {SEQ_MAX}")));
    }
    let sent = request.mutations.into_iter().zip(verbatim.mutations);
    Ok(Offer {
        incarnation: request.incarnation,
        app_version: request.app_version,
        cursor: request.cursor,
        limit: request.limit,
        mutations: sent
            .map(|(mutation, bytes)| Offered::new(mutation, bytes.get().to_owned(), &device.device_id))
            .collect(),
    })
}

/// The value of a key in a query. Every value taken here consists of characters that need no escaping.
fn query_value<'a>(query: &'a str, key: &str) -> Option<&'a str> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| *name == key).map(|(_, value)| value).next_back().filter(|value| !value.is_empty())
}
