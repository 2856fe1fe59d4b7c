-- Ways to what the dashboard counts.

-- Who rose and who fell lately.
CREATE INDEX tier_moves_happened_at_idx ON tier_moves (merchant_id, happened_at);

-- How often a reward was taken and used, from the index alone.
CREATE INDEX redemptions_reward_state_idx ON redemptions (merchant_id, reward_id, state);
