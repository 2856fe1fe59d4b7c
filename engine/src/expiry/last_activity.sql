-- When each of these customers of merchant $1 last earned or spent points, and since when the merchant counts. Points
-- that have waited count from the day on which they could first be spent.
SELECT asked.customer_id, active.posted_at AS active_at, merchant.expiry_since
FROM unnest($2::uuid[]) AS asked (customer_id)
CROSS JOIN (SELECT expiry_since FROM merchants WHERE id = $1) AS merchant
LEFT JOIN LATERAL (
    SELECT entry.posted_at
    FROM entries AS entry
    WHERE entry.merchant_id = $1
      AND entry.customer_id = asked.customer_id
      AND entry.kind IN ('purchase', 'claim', 'opening', 'maturity', 'redemption')
    ORDER BY entry.sequence DESC
    LIMIT 1
) AS active ON true
