-- What customer $2 of merchant $1 could still have.
SELECT
    b.available, b.pending, b.reserved,
    coalesce((
        SELECT jsonb_agg(jsonb_build_object('amount', w.amount, 'currency', w.currency) ORDER BY w.currency)
        FROM cashback_wallets AS w
        WHERE w.merchant_id = $1 AND w.customer_id = $2 AND w.amount > 0
    ), '[]') AS cashback,
    (SELECT count(*) FROM vouchers AS v WHERE v.merchant_id = $1 AND v.customer_id = $2 AND v.state IN ('issued', 'reserved')) AS vouchers,
    (SELECT count(*) FROM policy_awards AS a WHERE a.merchant_id = $1 AND a.beneficiary_id = $2 AND a.state = 'held') AS awards,
    (
        SELECT t.terms ->> 'name'
        FROM tiers AS t
        WHERE t.merchant_id = $1
          AND t.id = coalesce(
              (SELECT m.tier_id FROM tier_memberships AS m WHERE m.merchant_id = $1 AND m.customer_id = $2),
              (SELECT base.id FROM tiers AS base WHERE base.merchant_id = $1 AND base.threshold = 0))
    ) AS tier
FROM balances AS b
WHERE b.merchant_id = $1 AND b.customer_id = $2
