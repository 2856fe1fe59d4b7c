-- When staff were last here. At the role and not at the account: where else somebody works is no merchant's business.
ALTER TABLE staff_memberships ADD COLUMN last_sign_in_at timestamptz;
COMMENT ON COLUMN staff_memberships.last_sign_in_at IS 'By the clock of the server: when this person last signed in and entered this merchant.';
