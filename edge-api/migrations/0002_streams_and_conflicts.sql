-- A second stream, records that only one device sees, snapshots, conflicts that wait, and a journal with a retention.

-- Rules and limits that the tenant has set, as JSON.
ALTER TABLE tenants ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';

-- A cursor below this number is no longer honoured: tombstones up to it were removed.
ALTER TABLE locations ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;

-- Set when a sequence number or an id of the device came a second time with other content.
ALTER TABLE devices ADD COLUMN reused_at TEXT;

-- The journal up to this number was pruned: what comes again from there was decided, and its verdict is no longer kept.
ALTER TABLE streams ADD COLUMN pruned_seq INTEGER NOT NULL DEFAULT 0;

-- only_device: nobody else is sent the record. day: after it the record is left out of snapshots; without one it never is.
-- awaits: 1 while somebody has to decide about it.
ALTER TABLE records ADD COLUMN only_device TEXT;
ALTER TABLE records ADD COLUMN day TEXT;
ALTER TABLE records ADD COLUMN awaits INTEGER NOT NULL DEFAULT 0;

CREATE INDEX records_by_day ON records (tenant_id, location_id, day, changed_seq);
CREATE INDEX records_awaiting ON records (tenant_id, location_id, changed_seq) WHERE awaits = 1;

-- Bodies that came under a number or an id that belongs to something else: the sign of a cloned or rolled-back device.
-- Nothing of them took effect.
CREATE TABLE set_aside (
  tenant_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  stream TEXT NOT NULL,
  incarnation TEXT NOT NULL,
  seq INTEGER NOT NULL,
  mutation_id TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  received_at TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant_id, device_id, stream, incarnation, seq, body_hash)
) STRICT;

-- Until when the journal may be pruned. Younger operations can be deleted by nobody.
CREATE TABLE retention (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  operations_before TEXT NOT NULL
) STRICT;

INSERT INTO retention (id, operations_before) VALUES (1, '');

DROP TRIGGER operations_are_never_deleted;

CREATE TRIGGER operations_are_never_deleted_early BEFORE DELETE ON operations
WHEN OLD.received_at >= (SELECT operations_before FROM retention WHERE id = 1)
BEGIN
  SELECT RAISE(ABORT, 'operations are append-only');
END;

INSERT INTO schema_version (version) VALUES (2);
