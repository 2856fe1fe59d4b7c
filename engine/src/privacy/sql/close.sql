-- Closes the account of customer $2 of merchant $1 at $3 and forgets the name and the birthday. Customer and balance are
-- locked.
WITH closed AS (
    UPDATE customers
    SET name = NULL, birth_day = NULL, birth_year = NULL, birthday_set_at = NULL, erased_at = $3
    WHERE merchant_id = $1 AND id = $2
)
UPDATE balances SET erased_at = $3 WHERE merchant_id = $1 AND customer_id = $2
