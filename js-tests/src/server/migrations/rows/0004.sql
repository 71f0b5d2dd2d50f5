-- What a server at migration 0004 brought: where a tenant lives.
INSERT INTO directory (tenant_id, database, created_at) VALUES ('ten_staffed', 'DB', '2026-11-25T22:50:00.000Z');
