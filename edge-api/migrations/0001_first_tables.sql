-- Every key starts with the tenant. Look-ups by a hash alone happen only where a credential is turned into its holder.

CREATE TABLE tenants (
  tenant_id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  admin_token_hash TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL
) STRICT;

-- head is the last number of the location change sequence, epoch names the life of that sequence,
-- devices_enrolled counts the devices ever enrolled, so that a ticket prefix is never given twice.
CREATE TABLE locations (
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id),
  location_id TEXT NOT NULL,
  settings TEXT NOT NULL,
  head INTEGER NOT NULL,
  epoch TEXT NOT NULL,
  devices_enrolled INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (tenant_id, location_id)
) STRICT;

CREATE TABLE devices (
  tenant_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  location_id TEXT NOT NULL,
  name TEXT NOT NULL,
  platform TEXT NOT NULL,
  app_version TEXT NOT NULL,
  prefix TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'revoked')),
  enrolled_at TEXT NOT NULL,
  last_seen_at TEXT,
  PRIMARY KEY (tenant_id, device_id),
  UNIQUE (tenant_id, location_id, prefix),
  FOREIGN KEY (tenant_id, location_id) REFERENCES locations (tenant_id, location_id)
) STRICT;

CREATE TABLE enrolment_codes (
  tenant_id TEXT NOT NULL,
  code_hash TEXT NOT NULL UNIQUE,
  location_id TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used_at TEXT,
  PRIMARY KEY (tenant_id, code_hash),
  FOREIGN KEY (tenant_id, location_id) REFERENCES locations (tenant_id, location_id)
) STRICT;

-- How far each stream of a device is decided.
CREATE TABLE streams (
  tenant_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  stream TEXT NOT NULL,
  incarnation TEXT NOT NULL,
  acked_seq INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, device_id, stream, incarnation)
) STRICT;

-- What devices see. The large column stands last, so that the others are read without it.
CREATE TABLE records (
  tenant_id TEXT NOT NULL,
  location_id TEXT NOT NULL,
  collection TEXT NOT NULL,
  record_id TEXT NOT NULL,
  rev INTEGER NOT NULL,
  changed_seq INTEGER NOT NULL,
  record_bytes INTEGER NOT NULL,
  ticket_key TEXT,
  sources TEXT NOT NULL,
  record TEXT,
  PRIMARY KEY (tenant_id, location_id, collection, record_id),
  UNIQUE (tenant_id, location_id, changed_seq)
) STRICT;

CREATE INDEX records_by_ticket ON records (tenant_id, location_id, ticket_key) WHERE ticket_key IS NOT NULL;

-- The journal: idempotency ledger and audit trail at once.
CREATE TABLE operations (
  tenant_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  location_id TEXT NOT NULL,
  stream TEXT NOT NULL,
  incarnation TEXT NOT NULL,
  seq INTEGER NOT NULL,
  mutation_id TEXT NOT NULL,
  record_id TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('mobile_offline', 'mobile_online')),
  actor TEXT NOT NULL,
  received_at TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  verdict TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant_id, mutation_id),
  UNIQUE (tenant_id, device_id, stream, incarnation, seq)
) STRICT;

CREATE TRIGGER operations_are_never_updated BEFORE UPDATE ON operations
BEGIN
  SELECT RAISE(ABORT, 'operations are append-only');
END;

CREATE TRIGGER operations_are_never_deleted BEFORE DELETE ON operations
BEGIN
  SELECT RAISE(ABORT, 'operations are append-only');
END;

-- INSERT OR REPLACE removes a row without firing the trigger above. An insert onto any existing key is therefore refused
-- here, the implicit one included.
CREATE TRIGGER operations_are_never_replaced BEFORE INSERT ON operations
WHEN EXISTS (SELECT 1 FROM operations WHERE tenant_id = NEW.tenant_id AND mutation_id = NEW.mutation_id)
  OR EXISTS (
    SELECT 1 FROM operations
    WHERE tenant_id = NEW.tenant_id AND device_id = NEW.device_id AND stream = NEW.stream
      AND incarnation = NEW.incarnation AND seq = NEW.seq
  )
  OR EXISTS (SELECT 1 FROM operations WHERE rowid = NEW.rowid)
BEGIN
  SELECT RAISE(ABORT, 'guard_failed: the operation is in the ledger');
END;

-- A batch inserts what must be true: anything but 1 rolls the whole batch back.
CREATE TABLE assert_ok (
  x INTEGER NOT NULL CONSTRAINT guard_failed CHECK (x = 1)
) STRICT;

CREATE TABLE schema_version (
  version INTEGER NOT NULL PRIMARY KEY
) STRICT;

INSERT INTO schema_version (version) VALUES (1);
