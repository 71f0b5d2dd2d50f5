CREATE TABLE staff (tenant_id TEXT NOT NULL, staff_id TEXT NOT NULL, member TEXT NOT NULL, PRIMARY KEY (tenant_id, staff_id)) STRICT;
CREATE TABLE grants (tenant_id TEXT NOT NULL, grant_id TEXT NOT NULL, claims TEXT NOT NULL, PRIMARY KEY (tenant_id, grant_id)) STRICT;
INSERT INTO schema_version (version) VALUES (3);
