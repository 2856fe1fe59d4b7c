-- Apps of customers: those that run in a browser, and what all of them ask of the API.

ALTER TABLE merchants ADD COLUMN allowed_origins text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN merchants.allowed_origins IS 'Sites whose pages may call the API, with tokens of customers and keys of the scope till. Where referral links may lead is in referrals.';

ALTER TABLE request_log
    ALTER COLUMN api_key_id DROP NOT NULL,
    ADD COLUMN customer_id uuid,
    ADD CONSTRAINT request_log_asker_check CHECK ((api_key_id IS NULL) <> (customer_id IS NULL));
COMMENT ON TABLE request_log IS 'Requests of API keys, and of apps with tokens of customers, that wrote something or were refused, kept 30 days. No bodies, no addresses, no names of people.';
COMMENT ON COLUMN request_log.api_key_id IS 'The key that asked; NULL: an app of a customer.';
COMMENT ON COLUMN request_log.customer_id IS 'Whose token it was; NULL: a key. The opaque id, and never the token.';
COMMENT ON COLUMN request_counts.api_key_id IS 'The key that asked; the nil id: apps, those of all customers together.';
CREATE INDEX request_log_customer_idx ON request_log (merchant_id, customer_id) WHERE customer_id IS NOT NULL;
