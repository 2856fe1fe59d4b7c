-- The customers $2 of merchant $1 with identities and balance, in no particular order.
SELECT c.id, c.name, c.birth_day, c.birth_year, c.created_at, c.erased_at, i.external_id, i.email, i.phone, i.card, i.others,
       coalesce(b.available, 0) AS points, coalesce(b.pending, 0) AS pending,
       coalesce(b.purchases, 0) AS purchases, coalesce(b.spent, 0) AS spent, b.last_purchase_at
  FROM customers c
  LEFT JOIN balances b ON b.merchant_id = c.merchant_id AND b.customer_id = c.id
 CROSS JOIN LATERAL (SELECT max(value) FILTER (WHERE kind = 'external_id' AND place = 0) AS external_id,
                            max(value) FILTER (WHERE kind = 'email' AND place = 0) AS email,
                            max(value) FILTER (WHERE kind = 'phone' AND place = 0) AS phone,
                            max(value) FILTER (WHERE kind = 'card' AND place = 0) AS card,
                            jsonb_agg(jsonb_build_object('kind', kind, 'value', value) ORDER BY kind, place)
                                FILTER (WHERE place > 0) AS others
                       FROM customer_identities
                      WHERE merchant_id = c.merchant_id AND customer_id = c.id) i
 WHERE c.merchant_id = $1 AND c.id = ANY ($2)
