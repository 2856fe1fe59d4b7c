-- Up to $3 customers of merchant $1 after id $2 who were neither erased nor merged into another, with the identities that are
-- shown, what they can spend, and what of theirs has no column in a file.
SELECT c.id, c.name, c.birth_day, c.birth_year, i.external_id, i.email, i.phone, i.card, i.others,
       coalesce(b.available, 0) AS available, coalesce(b.pending, 0) AS pending, coalesce(b.reserved, 0) AS reserved,
       EXISTS (SELECT FROM cashback_wallets AS w
                WHERE w.merchant_id = c.merchant_id AND w.customer_id = c.id AND w.amount > 0) AS has_cashback
  FROM (SELECT merchant_id, id, name, birth_day, birth_year
          FROM customers
         WHERE merchant_id = $1
           AND id > $2
           AND erased_at IS NULL
           AND merged_into IS NULL
         ORDER BY id
         LIMIT $3) AS c
  LEFT JOIN balances AS b ON b.merchant_id = c.merchant_id AND b.customer_id = c.id
 CROSS JOIN LATERAL (SELECT max(value) FILTER (WHERE kind = 'external_id' AND place = 0) AS external_id,
                            max(value) FILTER (WHERE kind = 'email' AND place = 0) AS email,
                            max(value) FILTER (WHERE kind = 'phone' AND place = 0) AS phone,
                            max(value) FILTER (WHERE kind = 'card' AND place = 0) AS card,
                            count(*) FILTER (WHERE place > 0) AS others
                       FROM customer_identities
                      WHERE merchant_id = c.merchant_id AND customer_id = c.id) AS i
 ORDER BY c.id
