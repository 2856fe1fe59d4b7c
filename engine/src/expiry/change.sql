-- Customers of merchant $1 with points in the lot without a day, by the local day (of zone $2) on which they last earned or
-- spent any: of $3 in 256 customers, by the last byte of the id, which is random.
SELECT active.day, count(*) AS customers, sum(lot.remaining)::bigint AS points
FROM lots AS lot
LEFT JOIN LATERAL (
    SELECT (entry.posted_at AT TIME ZONE $2)::date AS day
    FROM entries AS entry
    WHERE entry.merchant_id = $1
      AND entry.customer_id = lot.customer_id
      AND entry.kind IN ('purchase', 'claim', 'opening', 'maturity', 'redemption')
    ORDER BY entry.sequence DESC
    LIMIT 1
) AS active ON true
WHERE lot.merchant_id = $1
  AND lot.expires_on = '9999-12-31'
  AND lot.remaining > 0
  AND get_byte(uuid_send(lot.customer_id), 15) < $3
GROUP BY active.day
