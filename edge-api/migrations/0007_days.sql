-- Business days: what devices say of their own, and what was closed.

-- A device's close of its own day. The first one stands until another life of the device's store tells of the same day:
-- its numbers are new ones.
CREATE TABLE device_closes (
  tenant_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  business_date TEXT NOT NULL,
  incarnation TEXT NOT NULL,
  received_at TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (tenant_id, device_id, business_date),
  FOREIGN KEY (tenant_id, device_id) REFERENCES devices (tenant_id, device_id)
) STRICT;

-- A location's day as it was closed. head is the number of the location's last change that is in it.
CREATE TABLE location_closes (
  tenant_id TEXT NOT NULL,
  location_id TEXT NOT NULL,
  business_date TEXT NOT NULL,
  head INTEGER NOT NULL,
  closed_at TEXT NOT NULL,
  closed_by TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (tenant_id, location_id, business_date),
  FOREIGN KEY (tenant_id, location_id) REFERENCES locations (tenant_id, location_id)
) STRICT;

CREATE TRIGGER location_closes_are_never_updated BEFORE UPDATE ON location_closes
BEGIN
  SELECT RAISE(ABORT, 'a closed day is never rewritten');
END;

CREATE TRIGGER location_closes_are_never_deleted BEFORE DELETE ON location_closes
BEGIN
  SELECT RAISE(ABORT, 'a closed day is never rewritten');
END;

-- INSERT OR REPLACE removes a row without firing the trigger above.
CREATE TRIGGER location_closes_are_never_replaced BEFORE INSERT ON location_closes
WHEN EXISTS (
    SELECT 1 FROM location_closes
    WHERE tenant_id = NEW.tenant_id AND location_id = NEW.location_id AND business_date = NEW.business_date
  )
  OR EXISTS (SELECT 1 FROM location_closes WHERE rowid = NEW.rowid)
BEGIN
  SELECT RAISE(ABORT, 'guard_failed: the day is closed');
END;

INSERT INTO schema_version (version) VALUES (7);
