-- Customer $2 of merchant $1 was merged into $3 at $4: nothing personal stays behind, and whoever was merged into the one before
-- is led on. The one who goes on gets the name and the birthday that were missing.
WITH was AS (
    SELECT name, birth_day, birth_year, birthday_set_at FROM customers WHERE merchant_id = $1 AND id = $2
), gone AS (
    UPDATE customers
    SET merged_into = $3, merged_at = $4, name = NULL, birth_day = NULL, birth_year = NULL, birthday_set_at = NULL
    WHERE merchant_id = $1 AND id = $2
), led_on AS (
    UPDATE customers SET merged_into = $3 WHERE merchant_id = $1 AND merged_into = $2
)
UPDATE customers AS c
SET name            = coalesce(c.name, was.name),
    birth_day       = coalesce(c.birth_day, was.birth_day),
    birth_year      = CASE
        WHEN c.birth_day IS NULL OR (c.birth_day = was.birth_day AND c.birth_year IS NULL) THEN was.birth_year
        ELSE c.birth_year
    END,
    birthday_set_at = CASE WHEN c.birth_day IS NULL THEN was.birthday_set_at ELSE c.birthday_set_at END
FROM was
WHERE c.merchant_id = $1 AND c.id = $3
