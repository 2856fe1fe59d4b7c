-- Whom a reference means: by identity, or by id within the merchant; that of an account that was merged leads to the other.
SELECT customer_id FROM customer_identities WHERE merchant_id = $1 AND kind = $2 AND value = $3
UNION ALL
SELECT coalesce(merged_into, id) FROM customers WHERE merchant_id = $1 AND $2 = 'id' AND id = $4
