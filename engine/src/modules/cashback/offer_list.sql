-- Offers of merchant $1, newest first, archived or not ($2; NULL: both), after $3, at most $4, whose names are like $5.
SELECT *
FROM cashback_offers
WHERE merchant_id = $1
  AND ($2::boolean IS NULL OR $2 = (archived_at IS NOT NULL))
  AND ($3::uuid IS NULL OR id < $3)
  AND ($5::text IS NULL OR terms ->> 'name' ILIKE $5)
ORDER BY id DESC
LIMIT $4
