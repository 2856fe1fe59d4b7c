-- Keys of merchant $1, newest first, after $2, at most $6: revoked or not ($3; NULL: both), with $4 in their name or in that of their
-- retailer, or whose secret begins like $5.
SELECT k.*
FROM api_keys AS k
WHERE k.merchant_id = $1
  AND ($2::uuid IS NULL OR k.id < $2)
  AND ($3::boolean IS NULL OR $3 = (k.revoked_at IS NOT NULL))
  AND ($4::text IS NULL
       OR k.name ILIKE $4
       OR k.prefix ILIKE $5
       OR EXISTS (SELECT FROM retailers AS r
                  WHERE r.merchant_id = k.merchant_id AND r.id = k.retailer_id AND (r.name ILIKE $4 OR r.code ILIKE $4)))
ORDER BY k.id DESC
LIMIT $6
