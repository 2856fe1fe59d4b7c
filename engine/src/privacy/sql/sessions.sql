-- Browsers that wait for a code sent to the address of customer $2 of merchant $1 and remember it for the next page. They do so
-- for a quarter of an hour. Signed-in sessions hold nothing but ids and are told that the account is closed.
DELETE FROM sessions AS s
USING customer_identities AS i
WHERE i.merchant_id = $1 AND i.customer_id = $2 AND i.kind = 'email'
  AND s.expires_at < clock_timestamp() + interval '1 hour'
  AND s.data #>> '{who,CodeSent,email}' = i.value
