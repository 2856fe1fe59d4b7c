-- The balance of a customer, how the available points have changed since event $3 (NULL: not at all), what the wallets
-- hold, what the tier is called, how much of what was told (kinds $4) is unread, and what there was to say (kinds $6) since event
-- $5 (NULL: nothing): the newest ten, the oldest of these first, and how many more, counted up to a hundred.
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
    ), 0)::bigint AS change,
    coalesce((
        SELECT string_agg(wallet.currency || ' ' || wallet.amount, ', ' ORDER BY wallet.currency)
        FROM cashback_wallets AS wallet
        WHERE wallet.merchant_id = balance.merchant_id AND wallet.customer_id = balance.customer_id
    ), '') AS cashback,
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
    ), '') AS tier,
    (
        SELECT count(*)
        FROM (
            SELECT
            FROM events AS event
            WHERE event.merchant_id = $1 AND event.customer_id = $2 AND event.kind = ANY ($4)
              AND event.sequence > coalesce(
                  (SELECT r.seen FROM notification_reads AS r WHERE r.merchant_id = $1 AND r.customer_id = $2), -1)
            LIMIT 100
        ) AS unread
    ) AS unread,
    merchant.name AS program,
    merchant.points_name,
    told.told,
    told.more
FROM balances AS balance
JOIN merchants AS merchant ON merchant.id = balance.merchant_id
CROSS JOIN LATERAL (
    SELECT
        coalesce(
            jsonb_agg(jsonb_build_object('kind', numbered.kind, 'data', numbered.data) ORDER BY numbered.place DESC)
                FILTER (WHERE numbered.place <= 10),
            '[]') AS told,
        count(*) FILTER (WHERE numbered.place > 10) AS more
    FROM (
        SELECT newest.*, row_number() OVER (ORDER BY newest.sequence DESC, newest.id DESC) AS place
        FROM (
            SELECT event.kind, event.data, event.sequence, event.id
            FROM events AS event
            WHERE event.merchant_id = $1 AND event.customer_id = $2 AND event.kind = ANY ($6) AND event.sequence > $5
              AND event.sequence <= balance.sequence
            ORDER BY event.sequence DESC, event.id DESC
            LIMIT 110
        ) AS newest
    ) AS numbered
) AS told
WHERE balance.merchant_id = $1 AND balance.customer_id = $2 AND balance.erased_at IS NULL
  AND balance.merged_into IS NULL
