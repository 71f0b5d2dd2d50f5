-- How often something was tried whose every try counts: a wrong enrolment code, a new PIN. One row for whoever tries, which
-- begins anew with the first try after its window has ended.
CREATE TABLE attempts (
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id),
  kind TEXT NOT NULL CHECK (kind IN ('enrolment_code', 'pin_reset')),
  subject TEXT NOT NULL,
  window_start TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, kind, subject)
) STRICT;

CREATE INDEX attempts_by_window ON attempts (window_start);

INSERT INTO schema_version (version) VALUES (6);
