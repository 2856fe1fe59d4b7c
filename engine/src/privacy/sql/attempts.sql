-- What receivers of webhooks have answered when they were told of customer $2 of merchant $1: it may repeat what they know.
DELETE FROM webhook_attempts AS a
USING webhook_deliveries AS d
WHERE d.merchant_id = $1 AND d.customer_id = $2 AND a.merchant_id = $1 AND a.delivery_id = d.id
