-- The balance of customer $2 of merchant $1, locked, and the customer's tier: the one that was reached, else the one that
-- everybody has.
SELECT available, pending, debt, lifetime, purchases, spent, sequence, erased_at IS NOT NULL AS erased, merged_into IS NOT NULL AS merged, (
    SELECT jsonb_build_object('id', t.id, 'terms', t.terms)
    FROM tiers AS t
    WHERE t.merchant_id = $1
      AND t.id = coalesce(
          (SELECT m.tier_id FROM tier_memberships AS m WHERE m.merchant_id = $1 AND m.customer_id = $2),
          (SELECT base.id FROM tiers AS base WHERE base.merchant_id = $1 AND base.threshold = 0))
) AS tier
FROM balances
WHERE merchant_id = $1 AND customer_id = $2
FOR UPDATE
