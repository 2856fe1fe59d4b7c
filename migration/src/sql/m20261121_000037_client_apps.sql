-- Apps of a merchant that run in a browser.

ALTER TABLE merchants ADD COLUMN allowed_origins text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN merchants.allowed_origins IS 'Sites whose pages may call the API, with tokens of customers and keys of the scope till. Where referral links may lead is in referrals.';
