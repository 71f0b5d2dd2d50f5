-- A new token waits beside the old one until it is used for the first time: an answer that was lost locks nobody out.
ALTER TABLE devices ADD COLUMN next_token_hash TEXT;
ALTER TABLE tenants ADD COLUMN next_admin_token_hash TEXT;

CREATE UNIQUE INDEX devices_by_next_token ON devices (next_token_hash) WHERE next_token_hash IS NOT NULL;
CREATE UNIQUE INDEX tenants_by_next_token ON tenants (next_admin_token_hash) WHERE next_admin_token_hash IS NOT NULL;

INSERT INTO schema_version (version) VALUES (5);
