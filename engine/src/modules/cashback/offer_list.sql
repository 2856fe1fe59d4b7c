-- Offers of merchant $1, newest first, with archived ones if $2, after $3, at most $4.
SELECT *
FROM cashback_offers
WHERE merchant_id = $1
  AND ($2 OR archived_at IS NULL)
  AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC
LIMIT $4
