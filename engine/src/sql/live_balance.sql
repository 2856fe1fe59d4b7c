-- The balance of a customer, how the available points have changed since event $3 (NULL: not at all), what the wallets
-- hold, and what the tier is called.
SELECT
    balance.sequence,
    balance.available,
    balance.pending,
    coalesce((
        SELECT sum(entry.amount)
        FROM entries AS entry
        WHERE entry.merchant_id = balance.merchant_id
          AND entry.customer_id = balance.customer_id
          AND entry.sequence > $3
          AND entry.account = 'available'
    ), 0)::bigint,
    coalesce((
        SELECT string_agg(wallet.currency || ' ' || wallet.amount, ', ' ORDER BY wallet.currency)
        FROM cashback_wallets AS wallet
        WHERE wallet.merchant_id = balance.merchant_id AND wallet.customer_id = balance.customer_id
    ), ''),
    coalesce((
        SELECT tier.terms ->> 'name'
        FROM tiers AS tier
        WHERE tier.merchant_id = balance.merchant_id
          AND tier.id = coalesce(
              (
                  SELECT membership.tier_id FROM tier_memberships AS membership
                  WHERE membership.merchant_id = balance.merchant_id AND membership.customer_id = balance.customer_id
              ),
              (SELECT base.id FROM tiers AS base WHERE base.merchant_id = balance.merchant_id AND base.threshold = 0))
    ), '')
FROM balances AS balance
WHERE balance.merchant_id = $1 AND balance.customer_id = $2
