-- Rewards of merchant $1, newest first, archived or not ($2), of kind $3, whose names are like $4, after $5, at most $6.
SELECT *
  FROM rewards
 WHERE merchant_id = $1
   AND $2 = (archived_at IS NOT NULL)
   AND ($3::text IS NULL OR kind = $3)
   AND ($4::text IS NULL OR terms ->> 'name' ILIKE $4)
   AND ($5::uuid IS NULL OR id < $5)
 ORDER BY id DESC
 LIMIT $6
