//! `POST /sync/orders`, `POST /sync/shifts` and `GET /sync/changes`: from text to what [`DeltaTracker`] takes.

use protocol::{
    APP_VERSION_BYTES_MAX, DELTA_ENTRIES_MAX, DeviceStatus, EXCHANGE_MUTATIONS_MAX, ErrorCode, Incarnation, Mutation,
    PROTOCOL, SEQ_MAX, SKIPPED_BYTES_MAX, Skipped,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::body::{invalid, limited, parsed};
use super::{Answer, ApiConfig, ApiRequest, Trace, ok};
use crate::credential::DeviceCaller;
use crate::database::{Database, DatabaseError};
use crate::delta_tracker::{DeltaTracker, Exchanged, Offer, Offered, Stream};
use crate::identity::renew_if_due;
use crate::live::Tidings;
use crate::moment::Moment;
use crate::refusal::Refusal;

pub(super) async fn push(
    database: &impl Database,
    config: &ApiConfig,
    moment: &Moment,
    stream: Stream,
    device: &DeviceCaller,
    request: &ApiRequest,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    let offer = offer_of(&limited(request)?, stream, device)?;
    renew_grants(database, config, moment, device, trace).await;
    let sealing_key = config.pin_sealing_key.as_ref();
    let tracker = DeltaTracker { database, device, now: moment.now, sealing_key };
    let Exchanged { reply, moved } = tracker.exchange(&offer).await?;
    Ok(ok(&reply)?.telling(Tidings { moved: moved.into_iter().collect(), ..Tidings::default() }))
}

pub(super) async fn pull(
    database: &impl Database,
    config: &ApiConfig,
    moment: &Moment,
    device: &DeviceCaller,
    request: &ApiRequest,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    let limit = match query_value(&request.query, "limit") {
        Some(limit) => limit.parse().map_err(|_| invalid("limit must be a number"))?,
        None => DELTA_ENTRIES_MAX,
    };
    let incarnation: Option<Incarnation> = match query_value(&request.query, "incarnation") {
        Some(incarnation) => Some(incarnation.parse().map_err(|_| invalid("incarnation must be a UUID"))?),
        None => None,
    };
    renew_grants(database, config, moment, device, trace).await;
    let sealing_key = config.pin_sealing_key.as_ref();
    let tracker = DeltaTracker { database, device, now: moment.now, sealing_key };
    ok(&tracker.pull(query_value(&request.query, "cursor"), limit, incarnation.as_ref()).await?)
}

/// Makes the device's grants anew where they are due. Where that fails the log says why, the device goes on with those it has, and
/// the next request tries again.
async fn renew_grants(
    database: &impl Database,
    config: &ApiConfig,
    moment: &Moment,
    device: &DeviceCaller,
    trace: &mut Trace,
) {
    if device.status != DeviceStatus::Active {
        return;
    }
    match renew_if_due(database, &config.signing_keys, device, moment).await {
        // To lose a race is no failure.
        Ok(()) | Err(DatabaseError::GuardFailed) => {}
        Err(error @ (DatabaseError::Transient(_) | DatabaseError::Failed(_))) => {
            trace.cause = Some(format!("grants were not renewed: {error}"));
        }
    }
}

/// What every version of the protocol says first.
#[derive(Deserialize)]
struct Spoken {
    protocol: u16,
}

/// [`protocol::ExchangeRequest`] with the mutations byte for byte: the journal keeps them as they were sent, with fields
/// that this version does not know.
#[derive(Deserialize)]
struct Envelope<'a> {
    app_version: String,
    incarnation: Incarnation,
    cursor: Option<String>,
    limit: u32,
    #[serde(borrow)]
    mutations: Vec<&'a RawValue>,
}

fn offer_of(text: &str, stream: Stream, device: &DeviceCaller) -> Result<Offer, Refusal> {
    if let Ok(Spoken { protocol }) = serde_json::from_str(text)
        && protocol != PROTOCOL
    {
        let detail = format!("this server speaks protocol {PROTOCOL} to {PROTOCOL}, not {protocol}");
        return Err(Refusal::new(ErrorCode::ProtocolUnsupported, detail));
    }
    let Envelope { app_version, incarnation, cursor, limit, mutations } = parsed(text)?;
    if mutations.len() > EXCHANGE_MUTATIONS_MAX {
        let detail = format!("an exchange carries at most {EXCHANGE_MUTATIONS_MAX} mutations");
        return Err(Refusal::new(ErrorCode::TooManyMutations, detail));
    }
    if app_version.len() > APP_VERSION_BYTES_MAX {
        return Err(invalid(format!("app_version may have at most {APP_VERSION_BYTES_MAX} bytes")));
    }
    let offered = mutations.iter().enumerate();
    let mutations = offered.map(|(position, body)| offered_of(position, body.get(), stream, device));
    let mutations = mutations.collect::<Result<Vec<_>, _>>()?;
    Ok(Offer { stream, incarnation, app_version, cursor, limit, mutations })
}

/// One mutation, or what stands in the place of one. A refusal names its place in the batch.
fn offered_of(position: usize, body: &str, stream: Stream, device: &DeviceCaller) -> Result<Offered, Refusal> {
    let offered = match serde_json::from_str::<Skipped>(body) {
        Ok(skipped) => {
            if skipped.skipped.len() > SKIPPED_BYTES_MAX {
                return Err(invalid(format!(
                    "mutations[{position}].skipped may have at most {SKIPPED_BYTES_MAX} bytes"
                )));
            }
            Offered::of_skipped(skipped, body.to_owned())
        }
        Err(_) => {
            let mutation: Mutation =
                serde_json::from_str(body).map_err(|error| invalid(format!("mutations[{position}]: {error}")))?;
            Offered::of_mutation(mutation, body.to_owned(), stream, device)
        }
    };
    if !(1..=SEQ_MAX).contains(&offered.seq) {
        return Err(invalid(format!("mutations[{position}].seq must be 1 to {SEQ_MAX}")));
    }
    Ok(offered)
}

/// The value of a key in a query. Every value taken here consists of characters that need no escaping.
pub(super) fn query_value<'a>(query: &'a str, key: &str) -> Option<&'a str> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| *name == key).map(|(_, value)| value).next_back().filter(|value| !value.is_empty())
}
