-- Balances of many customers, each by id or by external id.
-- The lateral sub-selects with LIMIT keep every look-up on its primary key, whatever the planner guesses about the arrays.
SELECT
    question.position,
    found.customer_id,
    found.available,
    found.pending,
    found.reserved,
    found.debt,
    found.lifetime,
    found.purchases,
    found.expiring,
    found.is_sliding,
    found.has_wallet,
    found.tier,
    found.merged_into,
    clock_timestamp() AS as_of
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY AS question (merchant_id, customer_id, external_id, position)
CROSS JOIN LATERAL (
    SELECT
        balance.*,
        (
            SELECT jsonb_agg(jsonb_build_object('expires_on', soon.expires_on, 'points', soon.remaining) ORDER BY soon.expires_on)
            FROM (
                SELECT lot.expires_on, lot.remaining
                FROM lots AS lot
                WHERE lot.merchant_id = balance.merchant_id
                  AND lot.customer_id = balance.customer_id
                  AND lot.remaining > 0
                ORDER BY lot.expires_on
                LIMIT 12
            ) AS soon
        ) AS expiring,
        coalesce((SELECT merchant.expiry ->> 'kind' = 'inactivity' FROM merchants AS merchant WHERE merchant.id = balance.merchant_id), false)
            AS is_sliding,
        EXISTS (
            SELECT FROM cashback_wallets AS wallet
            WHERE wallet.merchant_id = balance.merchant_id AND wallet.customer_id = balance.customer_id
        ) AS has_wallet,
        (
            SELECT jsonb_build_object('id', tier.id, 'name', tier.terms ->> 'name')
            FROM tiers AS tier
            WHERE tier.merchant_id = balance.merchant_id
              AND tier.id = coalesce(
                  (
                      SELECT membership.tier_id FROM tier_memberships AS membership
                      WHERE membership.merchant_id = balance.merchant_id AND membership.customer_id = balance.customer_id
                  ),
                  (SELECT base.id FROM tiers AS base WHERE base.merchant_id = balance.merchant_id AND base.threshold = 0))
        ) AS tier
    FROM balances AS balance
    WHERE balance.merchant_id = question.merchant_id
      AND balance.customer_id = coalesce(
          question.customer_id,
          (
              SELECT identity.customer_id
              FROM customer_identities AS identity
              WHERE identity.merchant_id = question.merchant_id
                AND identity.kind = 'external_id'
                AND identity.value = question.external_id
          ))
    LIMIT 1
) AS found
