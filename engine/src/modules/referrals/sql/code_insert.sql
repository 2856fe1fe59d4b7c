-- Gives customer $2 of merchant $1 the code $3, unless there is one already. The directory decides whether the code is free.
WITH free AS (
    INSERT INTO directory_referral_codes (code, merchant_id) VALUES ($3, $1) ON CONFLICT DO NOTHING RETURNING code
)
INSERT INTO referral_codes (merchant_id, code, customer_id, created_at)
SELECT $1, code, $2, $4 FROM free
