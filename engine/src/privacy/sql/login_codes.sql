-- Codes to sign in with that were sent to the address of customer $2 of merchant $1.
DELETE FROM login_codes AS l
USING customer_identities AS i
WHERE i.merchant_id = $1 AND i.customer_id = $2 AND i.kind = 'email'
  AND l.merchant_id = $1 AND l.email = i.value
