-- Names, birthdays and all identities of the customers of merchant $1 who have one of the identities $2, $3 (kinds, values).
SELECT i.customer_id, c.name, c.birth_day, c.birth_year, i.kind, i.value, i.merged_from IS NOT NULL AS came_along
  FROM customer_identities i
  JOIN customers c ON c.merchant_id = i.merchant_id AND c.id = i.customer_id
 WHERE i.merchant_id = $1
   AND i.customer_id IN (SELECT k.customer_id
                           FROM unnest($2::text[], $3::text[]) AS t (kind, value)
                           JOIN customer_identities k
                             ON k.merchant_id = $1 AND k.kind = t.kind AND k.value = t.value)
