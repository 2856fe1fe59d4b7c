-- Customers of merchant $1 with points without a day, by the local day (of zone $2) on which they last earned or
-- spent any: of $3 in 256 customers, by the last byte of the id, which is random. What has waited counts on the day on which
-- it could first be spent.
SELECT active.day, count(*) AS customers, sum(balance.undated)::bigint AS points
FROM balances AS balance
LEFT JOIN LATERAL (
    SELECT entry.sequence, entry.posted_at
    FROM entries AS entry
    WHERE entry.merchant_id = $1
      AND entry.customer_id = balance.customer_id
      AND entry.kind IN ('purchase', 'claim', 'opening', 'redemption')
    ORDER BY entry.sequence DESC
    LIMIT 1
) AS done ON true
CROSS JOIN LATERAL (
    SELECT max(pending.matures_at) AS matures_at
    FROM entries AS entry
    JOIN pending_points AS pending
        ON pending.merchant_id = entry.merchant_id
        AND pending.purchase_id = entry.purchase_id
        AND pending.maturity_id = entry.posting_id
    WHERE entry.merchant_id = $1
      AND entry.customer_id = balance.customer_id
      AND entry.kind = 'maturity'
      AND entry.sequence > coalesce(done.sequence, 0)
) AS matured
CROSS JOIN LATERAL (
    SELECT greatest(
        (done.posted_at AT TIME ZONE $2::text)::date, (matured.matures_at AT TIME ZONE $2::text)::date) AS day
) AS active
WHERE balance.merchant_id = $1
  AND balance.undated > 0
  AND get_byte(uuid_send(balance.customer_id), 15) < $3
GROUP BY active.day
