//! The exchange: mutations in, verdicts and delta out, each mutation's effect exactly once.
//!
//! One attempt is one reading transaction, one decision in memory, one writing transaction. What the decision stood on is
//! guarded in the writing one, so two requests that meet cannot both win: the other reads again and finds the first one's
//! verdicts in the ledger. A lost reply is harmless for the same reason.

mod authority;
mod bench;
mod conflicts;
mod cursor;
mod decision;
mod delta;
mod offer;
mod record;
mod resolution;
mod right;
mod set_aside;
mod settlement;
mod standing;
mod stream;
mod writing;

use domain::Timestamp;
use protocol::{DeviceStatus, Echo, ErrorCode, ExchangeReply, Incarnation, PROTOCOL, Verdict};

use crate::credential::{DeviceCaller, device_of, read_again, revoked, suspended};
use crate::database::{Database, DatabaseError, Rows, Statement};
use crate::identity::SealingKey;
use crate::live::Moved;
use crate::refusal::Refusal;
use cursor::Cursor;
use decision::{Decision, decide};
use delta::{Page, Wish, withheld};
use offer::source;
pub(crate) use offer::{Offer, Offered};
pub(crate) use resolution::Decider;
pub(crate) use right::check_right;
use set_aside::set_aside;
use settlement::Settlement;
use standing::Standing;
pub(crate) use stream::Stream;
pub(crate) use writing::Place;

/// How often a decision is made anew when another request was faster.
pub(crate) const ATTEMPTS_MAX: u32 = 5;
/// How often it is made anew when the store was cut off while it was written; what only reads is read again without it.
const CUT_OFFS_MAX: u32 = 2;

/// The exchanges of one device.
#[derive(Debug)]
pub(crate) struct DeltaTracker<'a, D> {
    pub(crate) database: &'a D,
    pub(crate) device: &'a DeviceCaller,
    /// The hash of the token by which the device was remembered; nothing where it was looked up for this request. What is remembered
    /// holds only if the reading transaction finds it so.
    pub(crate) remembered_by: Option<&'a str>,
    pub(crate) now: Timestamp,
    /// Opens the verifiers of PINs in the device's grants.
    pub(crate) sealing_key: Option<&'a SealingKey>,
}

/// What came of an exchange.
#[derive(Debug)]
pub(crate) struct Exchanged {
    pub(crate) reply: ExchangeReply,
    /// The location, where this exchange moved its head.
    pub(crate) moved: Option<Moved>,
}

impl<D: Database> DeltaTracker<'_, D> {
    /// Takes the offered mutations and answers with their verdicts and the delta; nothing where the device is no longer what was
    /// remembered.
    pub(crate) async fn exchange(&self, offer: &Offer) -> Result<Option<Exchanged>, Refusal> {
        let cursor = Cursor::read(offer.cursor.as_deref(), &self.device.location_id)?;
        let source = Some(source(self.device, &offer.incarnation));
        let wish = Wish { cursor, limit: offer.limit, source, now: self.now, sealing_key: self.sealing_key };
        let mut cut_offs = 0;
        for _ in 0..ATTEMPTS_MAX {
            let Some(found) = self.read(standing::statements(self.device, offer)?).await? else { return Ok(None) };
            let standing = Standing::read(&found)?;
            if standing.status == DeviceStatus::Revoked {
                return Err(revoked());
            }
            wish.cursor.honoured_by(&standing.head)?;
            let decision = match decide(self.device, offer, &standing, self.now) {
                Err(refusal) if refusal.code == ErrorCode::SeqReuse => {
                    self.database.batch(set_aside(self.device, offer, &standing, self.now)?).await?;
                    return Err(refusal);
                }
                decided => decided?,
            };
            if let Some(page) = self.settle(offer, &wish, &standing, &decision, &mut cut_offs).await? {
                let head = decision.head_after(&standing.head);
                let moved = (head > standing.head.seq).then(|| Moved {
                    tenant_id: self.device.tenant_id.clone(),
                    location_id: self.device.location_id.clone(),
                    head,
                });
                let reply = self.reply(offer.echo, decision.acked_seq, decision.verdicts, page);
                return Ok(Some(Exchanged { reply, moved }));
            }
        }
        Err(Refusal::busy())
    }

    /// The delta alone; nothing where the device is no longer what was remembered.
    pub(crate) async fn pull(
        &self,
        cursor: Option<&str>,
        limit: u32,
        incarnation: Option<&Incarnation>,
    ) -> Result<Option<ExchangeReply>, Refusal> {
        if self.device.status == DeviceStatus::Suspended {
            return Err(suspended());
        }
        let cursor = Cursor::read(cursor, &self.device.location_id)?;
        let source = incarnation.map(|incarnation| source(self.device, incarnation));
        let wish = Wish { cursor, limit, source, now: self.now, sealing_key: self.sealing_key };
        let mut statements = wish.statements(self.device).to_vec();
        let incarnation = incarnation.map(ToString::to_string).unwrap_or_default();
        statements.push(standing::watermark(self.device, Stream::Orders, &incarnation));
        let Some(found) = self.read(statements).await? else { return Ok(None) };
        let [delta @ .., watermark] = found.as_slice() else { return Err(Refusal::busy()) };
        let acked_seq = watermark.first().map_or(Ok(0), |row| row.integer("acked_seq"))?;
        Ok(Some(self.reply(None, acked_seq, Vec::new(), wish.page(self.device, delta)?)))
    }

    /// Reads in one transaction, and with it whether a remembered device is what it was: nothing where it is not.
    async fn read(&self, mut statements: Vec<Statement>) -> Result<Option<Vec<Rows>>, DatabaseError> {
        let Some(token_hash) = self.remembered_by else { return Ok(Some(self.database.read(statements).await?)) };
        statements.push(read_again(self.device, token_hash));
        let mut found = self.database.read(statements).await?;
        let row = found.pop().and_then(|rows| rows.into_iter().next());
        let device = row.as_ref().map(device_of).transpose()?;
        Ok((device.as_ref() == Some(self.device)).then_some(found))
    }

    /// Writes what was decided and reads the delta in the same transaction. Nothing when another request was faster, or when it is
    /// not known whether it was written: the ledger is, once it is read again.
    async fn settle(
        &self,
        offer: &Offer,
        wish: &Wish<'_>,
        standing: &Standing,
        decision: &Decision,
        cut_offs: &mut u32,
    ) -> Result<Option<Page>, Refusal> {
        let Self { device, now, .. } = *self;
        let mut statements = Vec::new();
        if decision.acked_seq > standing.acked_seq {
            statements = Settlement { device, offer, standing, decision, now }.statements()?;
        }
        let written = statements.len();
        let suspended = standing.status == DeviceStatus::Suspended;
        if !suspended {
            statements.extend(wish.statements(device));
        }
        // With nothing to write this is a read, which has been asked again where that helps.
        let found = if written == 0 { self.delta(statements).await } else { self.database.batch(statements).await };
        let found = match found {
            Ok(found) => found,
            Err(DatabaseError::GuardFailed) => return Ok(None),
            Err(error) if error.was_cut_off() && written > 0 && *cut_offs < CUT_OFFS_MAX => {
                *cut_offs += 1;
                return Ok(None);
            }
            Err(error @ (DatabaseError::Transient(_) | DatabaseError::Failed(_))) => return Err(error.into()),
        };
        if suspended {
            return Ok(Some(withheld(offer.cursor.as_deref(), &device.location_id, &standing.head)));
        }
        wish.page(device, found.get(written..).unwrap_or(&[])).map(Some)
    }

    /// A suspended device that brings nothing new needs no transaction at all.
    async fn delta(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        if statements.is_empty() { Ok(Vec::new()) } else { self.database.read(statements).await }
    }

    fn reply(&self, echo: Option<Echo>, acked_seq: u64, verdicts: Vec<Verdict>, page: Page) -> ExchangeReply {
        ExchangeReply {
            protocol: PROTOCOL,
            server_time: self.now,
            server_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            echo,
            acked_seq,
            verdicts,
            changes: page.changes,
            cursor: page.cursor,
            has_more: page.has_more,
        }
    }
}
