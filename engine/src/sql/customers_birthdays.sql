-- Customers of merchant $1 have these birthdays ($2) from $3 on. Whoever only corrects the year has known the day before.
UPDATE customers AS c
SET birth_day       = t.day,
    birth_year      = t.year,
    birthday_set_at = CASE WHEN c.birth_day = t.day THEN c.birthday_set_at WHEN t.day IS NOT NULL THEN $3 END
FROM jsonb_to_recordset($2::jsonb) AS t (id uuid, day smallint, year smallint)
WHERE c.merchant_id = $1 AND c.id = t.id
