-- Letters to the address of customer $2 of merchant $1 from before it was a customer's: the first codes to sign in with.
DELETE FROM mail AS m
USING customer_identities AS i
WHERE i.merchant_id = $1 AND i.customer_id = $2 AND i.kind = 'email'
  AND m.merchant_id = $1 AND m.customer_id IS NULL AND m.recipient = i.value
