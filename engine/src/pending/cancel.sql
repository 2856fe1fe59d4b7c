-- Takes $3 points from what of purchase $2 of merchant $1 waits, the longest first, and tells how many were there.
WITH row AS (
    SELECT matures_at, waiting,
           sum(waiting) OVER (ORDER BY matures_at DESC) - waiting AS taken_before
    FROM pending_points
    WHERE merchant_id = $1
      AND purchase_id = $2
      AND waiting > 0
), taken AS (
    UPDATE pending_points AS p SET waiting = p.waiting - least(row.waiting, $3::int8 - row.taken_before)::int8
    FROM row
    WHERE p.merchant_id = $1
      AND p.purchase_id = $2
      AND p.matures_at = row.matures_at
      AND row.taken_before < $3::int8
    RETURNING least(row.waiting, $3::int8 - row.taken_before) AS points
)
SELECT coalesce(sum(points), 0)::int8 AS cancelled FROM taken
