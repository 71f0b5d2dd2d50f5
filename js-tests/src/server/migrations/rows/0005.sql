-- What a server at migration 0005 brought: a token that waits for its first use.
UPDATE tenants SET next_admin_token_hash = 'waiting' WHERE tenant_id = 'ten_staffed';
