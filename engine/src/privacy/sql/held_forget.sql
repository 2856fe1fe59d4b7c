-- Purchases of merchant $1 that were held for somebody unknown forget these names ($2, hashes in hexadecimal digits). They
-- stay to be claimed by whoever has the code.
UPDATE purchases AS p
SET customer_key = ''
FROM unnest($2::text[]) AS named (key)
WHERE p.merchant_id = $1 AND p.customer_id IS NULL AND p.customer_key = decode(named.key, 'hex')
