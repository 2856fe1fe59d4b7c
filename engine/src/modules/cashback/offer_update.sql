-- The next version of offer $2 of merchant $1, from $4 on, by $5. No row when there is no such offer, or it is archived.
WITH changed AS (
    UPDATE cashback_offers SET version = version + 1, terms = $3::jsonb, changed_at = $4, changed_by = $5
    WHERE merchant_id = $1 AND id = $2 AND archived_at IS NULL
    RETURNING *
), version AS (
    INSERT INTO cashback_offer_versions (merchant_id, offer_id, version, terms, effective_from)
    SELECT merchant_id, id, version, terms, changed_at FROM changed
)
SELECT * FROM changed
