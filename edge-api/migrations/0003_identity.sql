-- Who works for a tenant, and the grants that the server has issued.

-- Grows with every change of the staff; 0 while the tenant has none.
ALTER TABLE tenants ADD COLUMN roster_version INTEGER NOT NULL DEFAULT 0;

-- member is what devices are sent of a person; verifiers is what their PIN is checked against, sealed.
CREATE TABLE staff (
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id),
  staff_id TEXT NOT NULL,
  member TEXT NOT NULL,
  verifiers TEXT,
  PRIMARY KEY (tenant_id, staff_id)
) STRICT;

CREATE TABLE grants (
  tenant_id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  claims TEXT NOT NULL,
  PRIMARY KEY (tenant_id, grant_id)
) STRICT;

CREATE INDEX grants_by_end ON grants (expires_at);

-- When the device's grants are to be renewed, and the roster and the key that they were made from.
ALTER TABLE devices ADD COLUMN sheet_due_at TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN sheet_roster INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN sheet_kid TEXT NOT NULL DEFAULT '';

INSERT INTO schema_version (version) VALUES (3);
