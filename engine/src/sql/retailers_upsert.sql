-- Enters or changes retailers of merchant $1 by code; returns a row for each that was written.
INSERT INTO retailers AS t (merchant_id, id, code, name, region, time_zone, business_day_start, created_at)
SELECT $1, i.id, i.code, i.name, nullif(i.region, ''), i.time_zone, i.business_day_start::time, $2
  FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
       AS i (id, code, name, region, time_zone, business_day_start)
 ORDER BY i.code
ON CONFLICT (merchant_id, code) DO UPDATE
   SET name = excluded.name, region = excluded.region, time_zone = excluded.time_zone,
       business_day_start = excluded.business_day_start, archived_at = NULL
 WHERE (t.name, t.region, t.time_zone, t.business_day_start, t.archived_at)
       IS DISTINCT FROM (excluded.name, excluded.region, excluded.time_zone, excluded.business_day_start, NULL::timestamptz)
-- A row that this statement inserted has no deleting transaction.
RETURNING xmax = 0 AS is_new
