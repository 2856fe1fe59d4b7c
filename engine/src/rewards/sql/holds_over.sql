-- Holds that are over by $1, what has been over longest first, at most $2, of all merchants but $3, or only of $4,
-- without the holds $5. Nothing is locked: whoever lets one go looks again under its lock.
SELECT merchant_id, id
FROM redemptions
WHERE state = 'reserved'
  AND held_until <= $1
  AND merchant_id <> ALL ($3::uuid[])
  AND ($4::uuid IS NULL OR merchant_id = $4)
  AND id <> ALL ($5::uuid[])
ORDER BY held_until
LIMIT $2
