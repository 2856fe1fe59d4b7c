// A merchant whose every figure is known: 10 points per dollar, and 500 for a friend's first purchase, nothing else.

import { Api } from './api.ts';
import type { Stage } from './stage.ts';

/** The shop on the web whose pages customers may share. */
export const SHOP = 'https://shop.example';

type Run = (...args: string[]) => Promise<string>;

/** Creates the merchant with the command line, then all else through the API. */
export async function prepare(base: string, run: Run): Promise<Omit<Stage, 'base'>> {
  const owner = { email: 'wren@fern.example', password: 'a long enough password' };
  const slug = 'fern';
  const name = 'Fern & Fig';
  const created = JSON.parse(
    await run(
      ...['merchant', 'create', '--json', '--name', name, '--slug', slug, '--currency', 'USD'],
      ...['--time-zone', 'America/New_York', '--owner-email', owner.email, '--owner-password', owner.password],
    ),
  ) as { merchant_id: string; api_key: string };

  const api = new Api(base, created.api_key);
  const retailer = 'river';
  const retailerName = 'Fern & Fig, River Street';
  await api.post('/retailers', {
    code: retailer,
    name: retailerName,
    region: 'east',
    time_zone: 'America/New_York',
    business_day_start: '04:00',
  });
  await api.post('/products', { sku: 'scone', name: 'Currant scone', category: 'bakery', tags: ['fresh'] });
  await api.post('/products', { sku: 'tea', name: 'Pot of tea', category: 'drinks', tags: [] });
  const promotion = await api.post<{ id: string }>('/promotions', { name: 'Ten a dollar', award_rate: '10' });
  await api.post(`/promotions/${promotion.id}/publish`, {});

  // Customers may share the shop's plans, and both get points for a first purchase.
  const targets = [{ name: 'Tasting plan', url: `${SHOP}/plans/7` }];
  await api.patch('/merchant', { referrals: { allowed_origins: [SHOP], targets } });
  const policy = await api.post<{ id: string }>('/reward-policies', {
    name: 'Refer a friend, as told',
    event: { on: 'first_purchase' },
    effects: [{ give: 'points', points: 500 }],
    to: 'both',
    hold_days: 14,
  });
  await api.post(`/reward-policies/${policy.id}/publish`, {});

  return {
    merchant: { id: created.merchant_id, slug, name, owner, key: created.api_key, retailer, retailerName },
  };
}
