-- Customers of merchant $1 with points without a day, by the local day (of zone $2) on which they last earned or
-- spent any: of $3 in 256 customers, by the last byte of the id, which is random.
SELECT active.day, count(*) AS customers, sum(balance.undated)::bigint AS points
FROM balances AS balance
LEFT JOIN LATERAL (
    SELECT (entry.posted_at AT TIME ZONE $2)::date AS day
    FROM entries AS entry
    WHERE entry.merchant_id = $1
      AND entry.customer_id = balance.customer_id
      AND entry.kind IN ('purchase', 'claim', 'opening', 'maturity', 'redemption')
    ORDER BY entry.sequence DESC
    LIMIT 1
) AS active ON true
WHERE balance.merchant_id = $1
  AND balance.undated > 0
  AND get_byte(uuid_send(balance.customer_id), 15) < $3
GROUP BY active.day
