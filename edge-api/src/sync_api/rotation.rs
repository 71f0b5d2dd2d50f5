//! A new token for whoever asks with the old one. The old one stays good until the new one is used for the first time, so an
//! answer that is lost locks nobody out; asking again replaces the one that waits.

use domain::TenantId;
use protocol::NewToken;

use super::{Answer, created};
use crate::credential::{DeviceCaller, new_token};
use crate::database::{Database, Statement};
use crate::moment::Moment;
use crate::refusal::Refusal;

pub(super) async fn of_device(
    database: &impl Database,
    moment: &Moment,
    device: &DeviceCaller,
) -> Result<Answer, Refusal> {
    let (token, hash) = new_token(moment, "dvc", &device.tenant_id);
    let wait = Statement::new(
        "UPDATE devices SET next_token_hash = ?3 WHERE tenant_id = ?1 AND device_id = ?2",
        [device.tenant_id.as_str().into(), device.device_id.as_str().into(), hash.into()],
    );
    database.batch(vec![wait]).await?;
    created(&NewToken { token })
}

pub(super) async fn of_admin(
    database: &impl Database,
    moment: &Moment,
    tenant_id: &TenantId,
) -> Result<Answer, Refusal> {
    let (token, hash) = new_token(moment, "adm", tenant_id);
    let wait = Statement::new(
        "UPDATE tenants SET next_admin_token_hash = ?2 WHERE tenant_id = ?1",
        [tenant_id.as_str().into(), hash.into()],
    );
    database.batch(vec![wait]).await?;
    created(&NewToken { token })
}
