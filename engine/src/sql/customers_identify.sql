-- Gives customers $2 identities $3, $4 (kinds, values) in place of those of the same kind.
INSERT INTO customer_identities (merchant_id, kind, value, customer_id)
SELECT $1, t.kind, t.value, t.customer_id
  FROM unnest($2::uuid[], $3::text[], $4::text[]) AS t (customer_id, kind, value)
 ORDER BY t.kind, t.value
ON CONFLICT (merchant_id, customer_id, kind, place) DO UPDATE SET value = excluded.value, merged_from = NULL
