-- In which database a tenant lives. Read in the first database only; the others have the table and leave it empty.

CREATE TABLE directory (
  tenant_id TEXT NOT NULL PRIMARY KEY,
  database TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE INDEX directory_by_database ON directory (database);

-- Whoever is here already lives in the first database.
INSERT INTO directory (tenant_id, database, created_at) SELECT tenant_id, 'DB', created_at FROM tenants;

INSERT INTO schema_version (version) VALUES (4);
