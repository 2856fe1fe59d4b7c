-- Enters or changes products of merchant $1 by sku, at catalogue revision $3; returns a row for each that was written.
INSERT INTO products AS t (merchant_id, id, sku, name, category, tags, revision, created_at)
SELECT $1, i.id, i.sku, i.name, nullif(i.category, ''),
       ARRAY(SELECT jsonb_array_elements_text($8::jsonb -> (i.position - 1)::integer)), $3, $2
  FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY
       AS i (id, sku, name, category, position)
 ORDER BY i.sku
ON CONFLICT (merchant_id, sku) DO UPDATE
   SET name = excluded.name, category = excluded.category, tags = excluded.tags,
       revision = excluded.revision, archived_at = NULL
 WHERE (t.name, t.category, t.tags, t.archived_at)
       IS DISTINCT FROM (excluded.name, excluded.category, excluded.tags, NULL::timestamptz)
-- A row that this statement inserted has no deleting transaction.
RETURNING xmax = 0 AS is_new
