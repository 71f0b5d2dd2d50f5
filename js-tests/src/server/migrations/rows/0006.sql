-- What a server at migration 0006 brought: somebody who tried a wrong enrolment code, and a PIN that was set anew.
INSERT INTO attempts (tenant_id, kind, subject, window_start, count) VALUES ('ten_staffed', 'enrolment_code', '203.0.113.7', '2026-11-25T23:00:00.000Z', 3);
INSERT INTO attempts (tenant_id, kind, subject, window_start, count) VALUES ('ten_staffed', 'pin_reset', 'stf_mara', '2026-11-25T23:00:00.000Z', 1);
