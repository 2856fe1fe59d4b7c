-- The balance of a customer, how the available points have changed since event $3 (NULL: not at all), and what the wallets
-- hold.
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
    ), '')
FROM balances AS balance
WHERE balance.merchant_id = $1 AND balance.customer_id = $2
