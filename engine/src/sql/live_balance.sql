-- The balance of a customer and how the available points have changed since event $3 (NULL: not at all).
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
    ), 0)::bigint
FROM balances AS balance
WHERE balance.merchant_id = $1 AND balance.customer_id = $2
