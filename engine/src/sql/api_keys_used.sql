-- Notes when keys were last used. Rows are locked in key order first: several servers note the same keys at once.
WITH used AS (
    SELECT k.merchant_id, k.id, u.used_at
      FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS u (merchant_id, id, used_at)
      JOIN api_keys k ON k.merchant_id = u.merchant_id AND k.id = u.id
     WHERE k.last_used_at IS NULL OR k.last_used_at < u.used_at
     ORDER BY k.merchant_id, k.id
       FOR UPDATE OF k
)
UPDATE api_keys k SET last_used_at = used.used_at
  FROM used
 WHERE k.merchant_id = used.merchant_id AND k.id = used.id
