-- Ends the sessions of customer $2 at the portal of merchant $1, those from before another account was merged into this one
-- included, but for the session of which $3 is the hash.
DELETE FROM sessions
WHERE data #>> '{who,Customer,customer}' = ANY (ARRAY(
        SELECT $2::uuid::text
        UNION ALL
        SELECT id::text FROM customers WHERE merchant_id = $1::uuid AND merged_into = $2::uuid
    ))
  AND data #>> '{who,Customer,merchant}' = $1::uuid::text
  AND id_hash <> $3
