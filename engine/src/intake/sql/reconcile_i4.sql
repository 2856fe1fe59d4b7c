-- I4 of purchases that were not paid in money alone: what points, cashback and vouchers paid is what the lines say they
-- took; it was posted once, from the customer of the purchase, and came back as the returns say; and a voucher is used in
-- one purchase, unless a return has given it back or nothing is left of that.
WITH paid AS MATERIALIZED (
    SELECT id, customer_id, currency, amount, tenders, lines,
           coalesce((tenders -> 'points' ->> 'spent')::bigint, 0) AS points,
           coalesce((tenders -> 'points' ->> 'amount')::bigint, 0) AS points_amount,
           coalesce((tenders -> 'cashback' ->> 'amount')::bigint, 0) AS cashback,
           (tenders ->> 'paid')::bigint AS money
    FROM (
        SELECT id, customer_id, currency, amount, tenders::jsonb AS tenders, lines::jsonb AS lines
        FROM purchases
        WHERE merchant_id = $1 AND tenders IS NOT NULL
    ) AS purchase
), back AS MATERIALIZED (
    SELECT purchase_id, sum(tender_points) AS points, sum(tender_cashback) AS cashback, bool_or(complete) AS complete
    FROM returns
    WHERE merchant_id = $1
    GROUP BY purchase_id
), used AS MATERIALIZED (
    SELECT paid.id AS purchase_id, (voucher ->> 'id')::uuid AS voucher_id, (voucher ->> 'amount')::bigint AS amount
    FROM paid
    CROSS JOIN LATERAL jsonb_array_elements(coalesce(paid.tenders -> 'vouchers', '[]')) AS voucher
), given_back AS MATERIALIZED (
    SELECT DISTINCT purchase_id, (reward ->> 'voucher_id')::uuid AS voucher_id
    FROM returns
    CROSS JOIN LATERAL jsonb_array_elements(rewards) AS reward
    WHERE merchant_id = $1
), split AS (
    SELECT paid.id AS purchase_id,
           CASE
               WHEN parts.points <> paid.points_amount THEN format('its lines say that points paid %s, not %s', parts.points, paid.points_amount)
               WHEN parts.cashback <> paid.cashback THEN format('its lines say that cashback paid %s, not %s', parts.cashback, paid.cashback)
               WHEN parts.vouchers <> worth.vouchers THEN format('its lines say that vouchers took off %s, not %s', parts.vouchers, worth.vouchers)
               WHEN paid.amount - parts.vouchers - parts.points - parts.cashback <> paid.money THEN format('%s was left to pay, not %s', paid.amount - parts.vouchers - parts.points - parts.cashback, paid.money)
           END AS fault
    FROM paid
    CROSS JOIN LATERAL (
        SELECT coalesce(sum((line -> 'tendered' ->> 'vouchers')::bigint), 0) AS vouchers,
               coalesce(sum((line -> 'tendered' ->> 'points')::bigint), 0) AS points,
               coalesce(sum((line -> 'tendered' ->> 'cashback')::bigint), 0) AS cashback
        FROM jsonb_array_elements(paid.lines) AS line
    ) AS parts
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(used.amount), 0) AS vouchers FROM used WHERE used.purchase_id = paid.id
    ) AS worth
), expected AS (
    SELECT paid.id AS purchase_id, paid.customer_id, 'points' AS unit, paid.points AS spent, coalesce(back.points, 0) AS returned
    FROM paid LEFT JOIN back ON back.purchase_id = paid.id
    WHERE paid.points > 0
    UNION ALL
    SELECT paid.id, paid.customer_id, paid.currency, paid.cashback, coalesce(back.cashback, 0)
    FROM paid LEFT JOIN back ON back.purchase_id = paid.id
    WHERE paid.cashback > 0
), posted AS (
    -- Who was merged since is the one into whom that was.
    SELECT merchants.purchase_id, merchants.unit, (array_agg(coalesce(merged.merged_into, customers.customer_id)))[1] AS customer_id,
           count(DISTINCT coalesce(merged.merged_into, customers.customer_id)) AS customers,
           coalesce(sum(merchants.amount) FILTER (WHERE merchants.amount > 0), 0) AS spent,
           coalesce(-sum(merchants.amount) FILTER (WHERE merchants.amount < 0), 0) AS returned
    FROM entries AS merchants
    JOIN entries AS customers
        ON customers.merchant_id = merchants.merchant_id AND customers.posting_id = merchants.posting_id
       AND customers.unit = merchants.unit AND customers.customer_id IS NOT NULL
    LEFT JOIN customers AS merged
        ON merged.merchant_id = customers.merchant_id AND merged.id = customers.customer_id AND merged.merged_into IS NOT NULL
    WHERE merchants.merchant_id = $1 AND merchants.account = 'redeemed' AND merchants.purchase_id IS NOT NULL
    GROUP BY merchants.purchase_id, merchants.unit
), moved AS (
    SELECT purchase_id,
           CASE
               WHEN expected.spent IS DISTINCT FROM posted.spent THEN format('paid with %s %s, posted %s', coalesce(expected.spent, 0), unit, coalesce(posted.spent, 0))
               WHEN expected.returned <> posted.returned THEN format('returns gave back %s %s, posted %s', expected.returned, unit, posted.returned)
               WHEN posted.customers <> 1 OR posted.customer_id IS DISTINCT FROM expected.customer_id THEN format('%s of another customer paid', unit)
           END AS fault
    FROM expected FULL JOIN posted USING (purchase_id, unit)
), proven AS (
    SELECT used.purchase_id,
           CASE WHEN voucher.id IS NULL OR voucher.state <> 'used' OR voucher.purchase_id IS DISTINCT FROM used.purchase_id
                THEN format('its voucher %s is %s', used.voucher_id, coalesce(voucher.state, 'not there')) END AS fault
    FROM used
    LEFT JOIN back ON back.purchase_id = used.purchase_id
    LEFT JOIN given_back ON given_back.purchase_id = used.purchase_id AND given_back.voucher_id = used.voucher_id
    LEFT JOIN vouchers AS voucher ON voucher.merchant_id = $1 AND voucher.id = used.voucher_id
    WHERE back.complete IS DISTINCT FROM true AND given_back.voucher_id IS NULL
    UNION ALL
    SELECT voucher.purchase_id,
           CASE WHEN used.voucher_id IS NULL THEN format('voucher %s was used in it, of which it does not know', voucher.id) END
    FROM vouchers AS voucher
    LEFT JOIN used ON used.purchase_id = voucher.purchase_id AND used.voucher_id = voucher.id
    WHERE voucher.merchant_id = $1 AND voucher.purchase_id IS NOT NULL AND voucher.state IN ('used', 'reversed')
), looked AS (
    SELECT * FROM split UNION ALL SELECT * FROM moved UNION ALL SELECT * FROM proven
), wrong AS (
    SELECT * FROM looked WHERE fault IS NOT NULL
)
SELECT
    (SELECT count(*) FROM looked),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', 'purchase ' || purchase_id, 'detail', fault))
        FROM (SELECT * FROM wrong ORDER BY purchase_id, fault LIMIT $2) AS first
    )
