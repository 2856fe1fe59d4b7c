-- The customers of merchant $1 who have these identities ($2, $3), each with the place of the identity, counted from one.
SELECT asked.place, i.customer_id
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS asked (kind, value, place)
JOIN customer_identities AS i
  ON i.merchant_id = $1 AND i.kind = asked.kind AND i.value = asked.value
