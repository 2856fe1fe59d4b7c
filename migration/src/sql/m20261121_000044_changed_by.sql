-- Who wrote what is to be said now, so that somebody whose form shows what was said before is told by whom it was changed.

ALTER TABLE promotions ADD COLUMN changed_by text;
ALTER TABLE cashback_offers ADD COLUMN changed_by text;
ALTER TABLE rewards ADD COLUMN changed_by text;
ALTER TABLE reward_policies ADD COLUMN changed_by text;
ALTER TABLE tiers ADD COLUMN changed_by text;
COMMENT ON COLUMN promotions.changed_by IS 'The member of staff, or the key, that wrote the newest version; NULL: it was before this was kept.';
COMMENT ON COLUMN cashback_offers.changed_by IS 'The member of staff, or the key, that wrote the terms; NULL: it was before this was kept.';
COMMENT ON COLUMN rewards.changed_by IS 'The member of staff, or the key, that wrote the terms; NULL: it was before this was kept.';
COMMENT ON COLUMN reward_policies.changed_by IS 'The member of staff, or the key, that wrote the draft; NULL: it was before this was kept.';
COMMENT ON COLUMN tiers.changed_by IS 'The member of staff, or the key, that wrote the terms; NULL: it was before this was kept.';
