-- What a server at migration 0003 brought: a tenant with somebody in it, and a grant of theirs.
INSERT INTO tenants (tenant_id, name, admin_token_hash, created_at, roster_version) VALUES ('ten_staffed', 'Quayside', 'staffed', '2026-11-25T22:40:00.000Z', 1);
INSERT INTO staff (tenant_id, staff_id, member, verifiers) VALUES ('ten_staffed', 'stf_mara', '{"staff_id":"stf_mara","display":"Mara","role":"server","status":"active","cred_epoch":1}', NULL);
INSERT INTO grants (tenant_id, grant_id, device_id, expires_at, claims) VALUES ('ten_staffed', '01a19456-9e38-7000-9bfd-000000000001', 'dev_x', '2026-11-28T22:40:00.000Z', '{}');
