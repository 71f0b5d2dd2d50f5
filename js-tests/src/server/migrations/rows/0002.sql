-- What a server at migration 0002 brought: a policy, a body set aside, a conflict that waits.
UPDATE tenants SET policy = '{"self_approval":true}' WHERE tenant_id = 'ten_84c130bfcaf3a094';
INSERT INTO set_aside (tenant_id, device_id, stream, incarnation, seq, mutation_id, body_hash, received_at, body) VALUES ('ten_84c130bfcaf3a094', 'dev_bfd939704bfcf326', 'orders', '01a19456-9e38-7000-8000-00000000aaaa', 2, '01a19456-9e38-7000-9bfd-9397000000ff', 'aa', '2026-11-25T22:30:00.000Z', '{"id":"01a19456-9e38-7000-9bfd-9397000000ff"}');
UPDATE devices SET reused_at = '2026-11-25T22:30:00.000Z' WHERE device_id = 'dev_bfd939704bfcf326';
