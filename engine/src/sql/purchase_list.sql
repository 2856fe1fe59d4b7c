SELECT
    purchase.id,
    purchase.transaction_id,
    purchase.retailer_id,
    retailer.code AS retailer_code,
    retailer.name AS retailer_name,
    retailer.time_zone AS retailer_zone,
    coalesce(claim.customer_id, purchase.customer_id) AS customer_id,
    customer.name AS customer_name,
    -- Here and not in a join: for the rows of the page alone.
    CASE WHEN customer.name IS NULL THEN (
        SELECT identity.value
        FROM customer_identities AS identity
        WHERE identity.merchant_id = customer.merchant_id AND identity.customer_id = customer.id AND identity.place = 0
        ORDER BY array_position(ARRAY['email', 'phone', 'external_id', 'card'], identity.kind)
        LIMIT 1
    ) END AS customer_identity,
    customer.erased_at IS NOT NULL AS customer_erased,
    CASE WHEN claim.claimed_at IS NULL THEN purchase.status ELSE 'credited' END AS status,
    purchase.amount,
    purchase.currency,
    coalesce(claim.points, purchase.points) AS points,
    CASE WHEN claim.claimed_at IS NULL THEN purchase.claimable END AS claimable,
    json_array_length(purchase.lines) AS lines,
    purchase.occurred_at,
    purchase.received_at,
    (
        SELECT jsonb_build_object('amount', sum(r.amount), 'points', sum(r.points), 'complete', bool_or(r.complete))
        FROM returns AS r
        WHERE r.merchant_id = purchase.merchant_id AND r.purchase_id = purchase.id
        HAVING count(*) > 0
    ) AS returned
FROM purchases AS purchase
JOIN retailers AS retailer ON retailer.merchant_id = purchase.merchant_id AND retailer.id = purchase.retailer_id
LEFT JOIN claims AS claim ON claim.merchant_id = purchase.merchant_id AND claim.purchase_id = purchase.id AND claim.claimed_at IS NOT NULL
LEFT JOIN customers AS customer
    ON customer.merchant_id = purchase.merchant_id AND customer.id = coalesce(claim.customer_id, purchase.customer_id)
WHERE purchase.merchant_id =
